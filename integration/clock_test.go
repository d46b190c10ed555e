// Time and randomness that are the same in every run.

package integration

import (
	crand "crypto/rand"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"jail/engines/clock"
	"jail/supervisor"
	"jail/supervisor/utrace"
)

func init() {
	roles["clock"] = func([]string) int { // a Go program
		var p [8]byte
		_, _ = crand.Read(p[:])
		fmt.Printf("%d %x %d\n", time.Now().UnixNano(), p, time.Now().Unix())
		return 0
	}
}

// leapDay is a time that no machine has.
var leapDay = time.Date(2024, 2, 29, 12, 34, 56, 123456789, time.UTC)

// clocked runs a program with another clock.
func clocked(t *testing.T, set clock.Settings, path string, args ...string) *jailRun {
	t.Helper()
	e, err := clock.New(set)
	if err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "TZ=UTC", "LC_ALL=C")
	if path == os.Args[0] {
		env = append(env, roleVar+"="+args[0])
	}
	r := jailed(t, supervisor.Command{Engines: one(e.Attachable()), Env: env}, path, args...)
	if r.Status != (utrace.ExitStatus{}) {
		t.Errorf("%s ended with %v", path, r.Status)
	}
	return r
}

func TestClockStandsStill(t *testing.T) {
	const day = "1709210096"
	all := "time " + day + " " + day + " " + day + ".123456 " + day + ".123456789 " + day + "\n"
	for _, c := range []struct {
		name, path string
		args       []string
		want       string
	}{
		{"date", program(t, "date"), []string{"+%F %T.%N"}, "2024-02-29 12:34:56.123456789\n"},
		{"a program of a program", program(t, "sh"), []string{"-c", "date +%s.%N; (env date +%F)"}, day + ".123456789\n2024-02-29\n"},
		{"python", program(t, "python3"), []string{"-c", "import time, datetime\nprint(time.time_ns(), datetime.date.today())"}, day + "123456789 2024-02-29\n"},
		{"C", victim(t, "clock"), nil, all},
		{"static C", victim(t, "clock_static"), nil, all},
	} {
		t.Run(c.name, func(t *testing.T) {
			if r := clocked(t, clock.Settings{Start: leapDay}, c.path, c.args...); r.Output != c.want {
				t.Errorf("%q, not %q", r.Output, c.want)
			}
		})
	}
	t.Run("Go", func(t *testing.T) {
		r := clocked(t, clock.Settings{Start: leapDay}, os.Args[0], "clock")
		if f := strings.Fields(r.Output); len(f) != 3 || f[0] != day+"123456789" || f[2] != day {
			t.Errorf("%q", r.Output)
		}
	})
	t.Run("steps", func(t *testing.T) {
		r := clocked(t, clock.Settings{Start: leapDay, Step: time.Second}, program(t, "python3"), "-Ic",
			"import time\nfrom time import time as now\na = now()\nwhile now() < a + 5: pass\nprint('over')")
		if r.Output != "over\n" {
			t.Errorf("%q", r.Output)
		}
	})
}

func TestRandomnessIsSeeded(t *testing.T) {
	uuid := []string{"-c", "import os, random, uuid\nprint(os.urandom(8), uuid.uuid4(), random.random(), hash('a'), random.SystemRandom().random())"}
	for _, c := range []struct {
		name, path string
		args       []string
	}{
		{"python", program(t, "python3"), uuid},
		{"C", victim(t, "clock"), []string{"random"}},
		{"static C", victim(t, "clock_static"), []string{"random"}},
		{"Go", os.Args[0], []string{"clock"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			of := func(seed uint64) string {
				return clocked(t, clock.Settings{Start: leapDay, Seed: &seed}, c.path, c.args...).Output
			}
			first := of(7)
			if again := of(7); again != first {
				t.Errorf("one seed, and two runs say\n%s\n%s", first, again)
			}
			if other := of(8); other == first {
				t.Errorf("another seed gives the same: %s", other)
			}
			if c.path != victim(t, "clock") {
				return
			}
			lines := strings.Split(first, "\n")
			if len(lines) != 8 || lines[2] != "getrandom 16" || lines[6] != "getrandom -1" {
				t.Fatalf("%q", lines)
			}
			seen := make(map[string]bool)
			for _, i := range []int{1, 3, 4, 5} {
				seen[lines[i][strings.LastIndex(lines[i], " "):]] = true
			}
			if len(seen) != 4 {
				t.Errorf("random bytes come twice:\n%s", first)
			}
		})
	}
}

// TestClockDeadlines: a program waits until a time by its own clock, which the kernel does not know.
func TestClockDeadlines(t *testing.T) {
	want := "condition: timed out in time\nsleep: 0 in time\ntimer: 0 1 in time\n"
	for _, start := range []time.Time{leapDay, time.Now().AddDate(50, 0, 0)} {
		for _, rate := range []float64{0, 1} {
			if r := clocked(t, clock.Settings{Start: start, Rate: rate}, victim(t, "clock"), "wait"); r.Output != want {
				t.Errorf("from %v at rate %g:\n%s", start, rate, r.Output)
			}
		}
	}
	// At a hundred times the speed 30 ms of the program's are over in less, and it sees 30 ms of its own.
	if r := clocked(t, clock.Settings{Start: leapDay, Rate: 100}, victim(t, "clock"), "wait"); r.Output != want {
		t.Errorf("at rate 100:\n%s", r.Output)
	}
}

// TestClockRuns: a relative sleep is a real one, and a fast clock shows it as a long one; by both kinds of clocks.
func TestClockRuns(t *testing.T) {
	r := clocked(t, clock.Settings{Start: leapDay, Rate: 1000}, victim(t, "clock"), "elapsed")
	var steady, day float64
	if _, err := fmt.Sscan(r.Output, &steady, &day); err != nil || steady < 20 || day < 19 {
		t.Errorf("20 ms are %q (%v) by a clock that is 1000 times as fast", r.Output, err)
	}
	r = clocked(t, clock.Settings{Start: leapDay, Rate: 0}, victim(t, "clock"), "elapsed")
	if _, err := fmt.Sscan(r.Output, &steady, &day); err != nil || steady < 0.02 || day != 0 {
		t.Errorf("20 ms are %q (%v) by a clock that stands still", r.Output, err)
	}
}
