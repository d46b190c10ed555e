// The test: every attempt gets out without a jail, and none does in any cell of the matrix.

package escape

import (
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// each calls f for all attempts, several at a time.
func each(list []attempt, f func(attempt)) {
	work := make(chan attempt)
	var all sync.WaitGroup
	for range 2 * runtime.NumCPU() {
		all.Go(func() {
			for a := range work {
				f(a)
			}
		})
	}
	for _, a := range list {
		work <- a
	}
	close(work)
	all.Wait()
}

// TestWithoutJail shows that each attempt works: it escapes, as root and as an ordinary user.
func TestWithoutJail(t *testing.T) {
	list := attempts(t)
	for _, c := range []cell{{root: true, landlock: true, userns: true}, {landlock: true, userns: true}} {
		if c.root && os.Geteuid() != 0 {
			continue
		}
		t.Run(c.String(), func(t *testing.T) {
			each(list, func(a attempt) {
				if a.has("r") && !c.root || a.has("u") && c.root {
					return
				}
				switch o := try(t, c, a); o.verdict {
				case "ESCAPED":
				case "SKIP":
					t.Logf("%s: %v", a.name, o)
				default:
					t.Errorf("%s: it does not work: %v", a.name, o)
				}
			})
		})
	}
}

// TestEscapes shows that none gets out of a jail.
func TestEscapes(t *testing.T) {
	list := attempts(t)
	if len(list) < 120 && *only == "" {
		t.Errorf("%d attempts, not 120", len(list))
	}
	for _, c := range cells() {
		t.Run(c.String(), func(t *testing.T) {
			if c.bestEffort() {
				notStarted(t, c)
			}
			each(c.share(list), func(a attempt) { c.try(t, a) })
		})
	}
}

// memory is how much jail may have, in KiB, whatever a flood does. It has about 15,000 without one.
const memory = 64 << 10

// try judges one attempt under a jail.
func (c cell) try(t *testing.T, a attempt) {
	o := try(t, c, a)
	if a.has("f") {
		t.Logf("%s: jail had %d KiB of memory, and %d denials in its report", a.name, o.peak, o.told)
	}
	if o.peak > memory {
		t.Errorf("%s: jail had %d KiB of memory, more than %d", a.name, o.peak, memory)
	}
	if o.told != o.denied {
		t.Errorf("%s: %d denials stand in the report, not %d: %v", a.name, o.told, o.denied, o)
	}
	why := known[a.name].under(c)
	if why == "" {
		why = c.excused(a)
	}
	switch {
	case o.code == 125 && o.text == "" && !strings.Contains(o.stderr, "jail: killed everything because"): // as it does where an engine was too slow
		t.Errorf("%s: jail did not start it: %v", a.name, o)
	case o.verdict == "HUNG" && why == "": // jail itself may be stopped where nothing holds that
		t.Errorf("%s: it hangs: %v", a.name, o)
	case known[a.name].under(c) != "" && c.landlock && c.userns && o.verdict != "ESCAPED" && o.verdict != "LEFT":
		t.Errorf("%s: it is held now: take it out of known_test.go: %v", a.name, o)
	case o.verdict == "BLOCKED" || o.verdict == "SKIP" || o.verdict == "KILLED":
	case why != "":
		t.Logf("%s: %s, because %s", a.name, o.verdict, why)
	default:
		t.Errorf("%s: %v", a.name, o)
	}
}

// notStarted checks that the policy itself starts nothing in a cell where something is missing, and says what.
func notStarted(t *testing.T, c cell) {
	t.Helper()
	w := newWorld(t, c)
	if err := os.WriteFile(w.dir+"/policy.yaml", []byte(c.policyText(w.out, false)), 0o644); err != nil {
		t.Fatal(err)
	}
	o := w.run(t, c, attempt{name: "--list"})
	if o.code != 125 || o.text != "" || !strings.Contains(o.stderr, c.missing()) {
		t.Errorf("it ended with %d, and does not say that %q is missing: %v", o.code, c.missing(), o)
	}
	w.end(t)
}
