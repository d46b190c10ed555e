// Tests of the tools themselves: replay, hashing, and that merging equal states loses nothing.

package sim_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"jail/supervisor/internal/kernel/sim"
)

func TestChooserReplaysWhatItPrints(t *testing.T) {
	c, err := sim.NewChooser("1.0.7.2")
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for range 6 {
		got = append(got, c.Choose(4))
	}
	if want := []int{1, 0, 3, 2, 0, 0}; !cmp.Equal(got, want) {
		t.Errorf("chose %v, want %v", got, want)
	}
	if s := c.String(); s != "1.0.3.2" {
		t.Errorf("printed %q", s)
	}
}

func TestChooserRefusesWhatIsNoChoice(t *testing.T) {
	for _, s := range []string{"1,2", "a", "1..2", "-1", "1.", "."} {
		if _, err := sim.NewChooser(s); err == nil {
			t.Errorf("%q was taken", s)
		}
	}
}

func TestExploreVisitsEveryLeaf(t *testing.T) {
	var leaves []string
	st, _, err := sim.ExploreAll(0, func(c *sim.Chooser) error {
		leaf := ""
		if c.Choose(2) == 1 {
			leaf = "a"
		}
		leaf += strings.Repeat("b", c.Choose(3))
		leaves = append(leaves, leaf)
		return nil
	})
	if err != nil || !st.Complete || st.Runs != 6 {
		t.Errorf("%v, %v", st, err)
	}
	if want := []string{"", "b", "bb", "a", "ab", "abb"}; !cmp.Equal(leaves, want) {
		t.Errorf("leaves %q, want %q", leaves, want)
	}
}

func TestExploreStopsAtTheFirstFailure(t *testing.T) {
	boom := errors.New("boom")
	_, c, err := sim.ExploreAll(0, func(c *sim.Chooser) error {
		if c.Choose(3) == 1 && c.Choose(2) == 1 {
			return boom
		}
		return nil
	})
	if !errors.Is(err, boom) || c.String() != "1.1" {
		t.Errorf("%v at %q", err, c)
	}
}

type node struct {
	n    int
	next *node
	m    map[int]string
	skip int `hash:"-"`
}

func TestHashSeesValuesNotAddresses(t *testing.T) {
	ring := func(a, b, skip int) *node {
		x := &node{n: a, m: map[int]string{1: "x", 2: "y"}, skip: skip}
		x.next = &node{n: b, next: x}
		return x
	}
	if sim.Hash(ring(1, 2, 3)) != sim.Hash(ring(1, 2, 4)) {
		t.Error("equal graphs have different hashes")
	}
	if sim.Hash(ring(1, 2, 3)) == sim.Hash(ring(1, 3, 3)) {
		t.Error("different graphs have the same hash")
	}
	long := &node{n: 1, m: map[int]string{1: "x", 2: "y"}}
	long.next = &node{n: 2, next: &node{n: 1, next: &node{n: 2}, m: map[int]string{1: "x", 2: "y"}}}
	if sim.Hash(ring(1, 2, 3)) == sim.Hash(long) {
		t.Error("a ring and a chain have the same hash")
	}
}

// TestMergingLosesNothing compares the states that are reached with and without merging of equal ones.
func TestMergingLosesNothing(t *testing.T) {
	for _, sc := range scenarios() {
		if !sc.quick {
			continue
		}
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			type explorer func(int, func(*sim.Chooser) error) (sim.Stats, *sim.Chooser, error)
			reached := func(explore explorer) map[uint64]bool {
				states := map[uint64]bool{}
				st, c, err := explore(0, func(c *sim.Chooser) error {
					return newWorld(sc, c, func(w *world) bool {
						hash := sim.Hash(w)
						states[hash] = true
						return c.New(func() uint64 { return hash })
					}).run()
				})
				if err != nil {
					t.Fatal(howToReplay(sc, c, err))
				}
				t.Log(st)
				return states
			}
			if diff := cmp.Diff(reached(sim.ExploreAll), reached(sim.Explore)); diff != "" {
				t.Errorf("states with every course (-) and with merged states (+):\n%s", diff)
			}
		})
	}
}
