// The first driver: every course of choices, states that are equal merged. And the replay of one.

package sim_test

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"testing"

	"jail/supervisor/internal/kernel/sim"
)

var (
	choicesFlag  = flag.String("choices", "", "TestReplay: the choices to replay, such as 1.0.2.2")
	scenarioFlag = flag.String("scenario", "", "TestReplay: in which scenario")
	longFlag     = flag.Bool("long", os.Getenv("SIM_LONG") != "", "search without a limit (or set SIM_LONG)")
)

// hashed is a run whose states are compared with those seen before.
func hashed(sc *scenario) func(*sim.Chooser) error {
	return func(c *sim.Chooser) error {
		w := newWorld(sc, c, func(w *world) bool {
			if c.New(func() uint64 { return sim.Hash(w) }) {
				return true
			}
			if c.Circle() {
				w.fault("livelock", "the loop has come round to a state in which it was before")
			}
			return false
		})
		return w.run()
	}
}

// howToReplay is part of every failure.
func howToReplay(sc *scenario, choices fmt.Stringer, err error) string {
	return fmt.Sprintf("%v\nchoices: %s\nreplay: go test -run TestReplay ./supervisor/internal/kernel/sim -scenario=%s -choices=%s",
		err, choices, sc.name, choices)
}

func TestExplore(t *testing.T) {
	var states, runs atomic.Int64
	t.Run("all", func(t *testing.T) {
		for _, sc := range scenarios() {
			t.Run(sc.name, func(t *testing.T) {
				t.Parallel()
				limit := shortLimit
				if *longFlag {
					limit = 0
				}
				st, c, err := sim.Explore(limit, hashed(sc))
				states.Add(int64(st.States))
				runs.Add(int64(st.Runs))
				if err != nil {
					t.Fatal(howToReplay(sc, c, err))
				}
				if !st.Complete && limit > 3000 {
					t.Errorf("the scenario has grown too big to be searched: %v", st)
				}
				t.Log(st)
			})
		}
	})
	t.Logf("%d states in %d runs", states.Load(), runs.Load())
}

// TestReplay replays what another test printed, with everything that happens.
func TestReplay(t *testing.T) {
	if *scenarioFlag == "" {
		t.Skip("nothing to replay: -scenario and -choices say what")
	}
	sc := named(*scenarioFlag)
	if sc == nil {
		t.Fatalf("there is no scenario %q", *scenarioFlag)
	}
	c, err := sim.NewChooser(*choicesFlag)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(sc, c, nil)
	w.k.Trace(t.Logf)
	if err := w.run(); err != nil {
		t.Fatal(howToReplay(sc, c, err))
	}
	t.Logf("choices: %s: no rule was broken", strconv.Quote(c.String()))
}
