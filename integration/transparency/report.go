// report.go prints what was found and decides the exit status.
package main

import (
	"fmt"
	"io"
	"time"
)

// A tally is what a suite's findings amount to.
type tally struct {
	suite   string
	notRun  error // the suite could not be had, and why: nothing was tested
	whole   bool  // every unit of it was run, and none in a shorter form
	tests   int
	passed  int // SAME, and passing natively
	lost    int // and not listed
	listed  int // LOST, and listed as known
	gained  int
	flaky   int
	native  time.Duration // the first native run
	wrapped time.Duration // the first wrapped run
}

// add counts findings and prints those that are not SAME.
func (t *tally) add(w io.Writer, findings []finding, list known) {
	for _, f := range findings {
		t.tests++
		e := list.find(f.test)
		if e != nil {
			e.used = e.used || f.class == lost
			// Of a test that differs natively nothing can be said either.
			e.moot = e.moot || f.verdict.rank() < pass.rank()
		}
		switch f.class {
		case same:
			if f.verdict == pass || f.verdict == ran {
				t.passed++
			}
			continue
		case lost:
			if e != nil {
				t.listed++
				fmt.Fprintf(w, "LOST (%s)  %s  %s: %s\n", e.place, f.test, f.why, e.reason)
				continue
			}
			t.lost++
		case gained:
			t.gained++
		case flaky:
			t.flaky++
		}
		fmt.Fprintf(w, "%-13s  %s  %s\n", f.class, f.test, f.why)
	}
}

// An ending is the exit status of this program, from the best to the worst.
type ending int

const (
	allWell   ending = 0 // every test is as it was natively, or its loss is listed
	different ending = 1 // a test is lost that is not listed, or an entry is stale
	undone    ending = 2 // something that was asked for has not been tested
)

// summary prints the final table and the stale entries, and returns how this
// program is to end. A suite that could not be had is not passed over, unless
// skipMissing says so.
func summary(w io.Writer, path string, tallies []tally, list known, skipMissing bool) ending {
	end := allWell
	var whole []string
	for _, t := range tallies {
		if t.whole {
			whole = append(whole, t.suite)
		}
	}
	for _, e := range list.stale(whole) {
		fmt.Fprintf(w, "STALE          %s  %s:%d: listed as a known loss, and not lost: remove it\n", e.pattern, path, e.line)
		end = different
	}
	fmt.Fprintf(w, "\n%-8s %6s %6s %6s %6s %6s %6s %9s %9s\n",
		"suite", "tests", "passed", "LOST", "known", "GAINED", "FLAKY", "native", "wrapped")
	for _, t := range tallies {
		switch {
		case t.notRun != nil && skipMissing:
			fmt.Fprintf(w, "%-8s skipped: %v\n", t.suite, t.notRun)
			continue
		case t.notRun != nil:
			fmt.Fprintf(w, "%-8s not run: %v\n", t.suite, t.notRun)
			end = undone
			continue
		}
		fmt.Fprintf(w, "%-8s %6d %6d %6d %6d %6d %6d %8.1fs %8.1fs\n", t.suite, t.tests, t.passed,
			t.lost, t.listed, t.gained, t.flaky, t.native.Seconds(), t.wrapped.Seconds())
		switch {
		case t.tests == 0:
			end = undone
		case t.lost > 0:
			end = max(end, different)
		}
	}
	return end
}
