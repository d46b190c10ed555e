// report.go prints what was found and decides the exit status.
package main

import (
	"fmt"
	"io"
	"time"
)

// A tally is what a suite's findings amount to.
type tally struct {
	suite       string
	unavailable error // the suite could not be had: nothing was tested
	tests       int
	passed      int // SAME, and passing natively
	lost        int // and not listed
	listed      int // LOST, and listed as known
	gained      int
	flaky       int
	native      time.Duration // one native run, the first
	wrapped     time.Duration
}

// add counts findings and prints those that are not SAME.
func (t *tally) add(w io.Writer, findings []finding, list known) {
	for _, f := range findings {
		t.tests++
		switch f.class {
		case same:
			if f.verdict == pass || f.verdict == ran {
				t.passed++
			}
			continue
		case lost:
			if e := list.find(f.test); e != nil {
				t.listed++
				fmt.Fprintf(w, "LOST (known)  %s  %s: %s\n", f.test, f.why, e.reason)
				continue
			}
			t.lost++
		case gained:
			t.gained++
		case flaky:
			t.flaky++
		}
		fmt.Fprintf(w, "%-12s  %s  %s\n", f.class, f.test, f.why)
	}
}

// summary prints one line for each suite, and returns whether all is well:
// nothing lost that is not listed.
func summary(w io.Writer, tallies []tally) bool {
	ok := true
	fmt.Fprintf(w, "\n%-8s %6s %6s %6s %6s %6s %6s %9s %9s\n",
		"suite", "tests", "passed", "LOST", "known", "GAINED", "FLAKY", "native", "wrapped")
	for _, t := range tallies {
		if t.unavailable != nil {
			fmt.Fprintf(w, "%-8s NOT AVAILABLE: %v\n", t.suite, t.unavailable)
			continue
		}
		fmt.Fprintf(w, "%-8s %6d %6d %6d %6d %6d %6d %8.1fs %8.1fs\n", t.suite, t.tests, t.passed,
			t.lost, t.listed, t.gained, t.flaky, t.native.Seconds(), t.wrapped.Seconds())
		if t.lost > 0 || t.tests == 0 {
			ok = false
		}
	}
	return ok
}

// reportUnused prints entries of the list that nothing was lost to, of the
// units that have run.
func reportUnused(w io.Writer, path string, list known, ranUnits []string) {
	for _, e := range list {
		if e.used {
			continue
		}
		for _, u := range ranUnits {
			if matches(e.pattern, u) || matches(u+"/*", e.pattern) {
				fmt.Fprintf(w, "%s:%d: %s is listed as a known loss, and is not lost\n", path, e.line, e.pattern)
				break
			}
		}
	}
}
