// compare.go says what became of each test under the wrapper, from the outcomes
// of its native and its wrapped runs. It does no I/O.
package main

import (
	"fmt"
	"sort"
	"strings"
)

// A verdict is how one test ended in one run.
type verdict string

const (
	pass    verdict = "pass"
	skip    verdict = "skip"
	fail    verdict = "fail"
	hung    verdict = "timeout" // no progress for as long as its unit allows
	died    verdict = "died"    // begun, and its program ended without a result
	missing verdict = "missing" // never begun in this run, but in another
	ran     verdict = "ran"     // what counts is what it printed: see outcome
)

// rank orders the verdicts: a fall in rank is a loss, a rise a gain.
func (v verdict) rank() int {
	switch v {
	case pass, ran:
		return 3
	case skip:
		return 2
	case fail:
		return 1
	default:
		return 0
	}
}

// An outcome is what one run made of one test. Programs without tests of their
// own are judged by what they printed, and by their exit status: forms are
// digests of both from the strictest to the loosest, each with more of what may
// differ between two runs made equal. The first form in which the runs of each
// side agree with each other is the one that counts.
type outcome struct {
	verdict verdict
	forms   [3]string // as printed; without addresses, ids and times; without numbers
	status  string    // how it ended
}

// rank is the verdict's, but that of a failure for a program that ran and did not
// exit with 0.
func (o outcome) rank() int {
	if o.verdict == ran && o.status != "exit 0" {
		return fail.rank()
	}
	return o.verdict.rank()
}

// results are the outcomes of one run, by test name.
type results map[string]outcome

// A class is what a comparison says of a test.
type class string

const (
	same   class = "SAME"
	lost   class = "LOST"
	gained class = "GAINED"
	flaky  class = "FLAKY"
)

// A finding is one test with its class. why shows the outcomes of all runs.
type finding struct {
	test    string
	class   class
	verdict verdict // of the native runs, when they agree
	why     string
}

// compare classifies every test that any run of a unit has, sorted by name, which
// begins with the unit's.
func compare(unit string, native, wrapped []results) []finding {
	names := map[string]bool{}
	for _, runs := range [][]results{native, wrapped} {
		for _, r := range runs {
			for name := range r {
				names[name] = true
			}
		}
	}
	out := make([]finding, 0, len(names))
	for name := range names {
		out = append(out, classify(strings.TrimSuffix(unit+"/"+name, "/"), pick(native, name), pick(wrapped, name)))
	}
	sort.Slice(out, func(i, j int) bool { return out[i].test < out[j].test })
	return out
}

// pick returns a test's outcome in each run, missing where it has none.
func pick(runs []results, name string) []outcome {
	out := make([]outcome, len(runs))
	for i, r := range runs {
		o, ok := r[name]
		if !ok {
			o = outcome{verdict: missing}
		}
		out[i] = o
	}
	return out
}

// A keyFunc maps outcomes that count as equal to one string.
type keyFunc func(outcome) string

// classify names what the wrapper did to one test. Where the native runs agree,
// one wrapped run that is worse makes it LOST: a test that fails now and then
// under the wrapper only is a loss, not a flake. FLAKY is what differs natively,
// unless no wrapped run was as good as the worst native one.
func classify(name string, native, wrapped []outcome) finding {
	key, stable := chooseKey(native, wrapped)
	f := finding{test: name, why: describe(native, wrapped, key)}
	if !stable {
		f.class = flaky
		if best(wrapped) < worst(native) {
			f.class = lost
		}
		return f
	}
	f.verdict = native[0].verdict
	f.class = same
	for _, o := range wrapped {
		if key(o) == key(native[0]) {
			continue
		}
		if o.rank() <= native[0].rank() {
			f.class = lost
			return f
		}
		f.class = gained
	}
	return f
}

// chooseKey returns the strictest key in which the native runs agree, and
// whether there is one. As printed is only for outputs that the wrapped runs agree
// in as well: the pid of its parent, say, is the same whenever we start a program
// natively, and never twice under a wrapper. Where no two outputs are alike, a test whose runs all end
// alike is judged by that end alone if the wrapped runs end otherwise: an end
// that differs is a loss whatever was printed. If they end the same, nothing can
// be said of it.
func chooseKey(native, wrapped []outcome) (key keyFunc, stable bool) {
	first := 0
	if len(native) == 1 || len(wrapped) == 1 {
		first = 1 // one run cannot show what would differ in another
	}
	for form := first; form < len(outcome{}.forms); form++ {
		key = func(o outcome) string { return string(o.verdict) + " " + o.forms[form] }
		if agree(native, key) && (form > 0 || agree(wrapped, key)) {
			return key, true
		}
	}
	end := func(o outcome) string { return string(o.verdict) + " " + o.status }
	if agree(native, end) && !agree(append(wrapped[:len(wrapped):len(wrapped)], native[0]), end) {
		return end, true
	}
	return key, false
}

// agree reports whether all outcomes have one key.
func agree(all []outcome, key keyFunc) bool {
	for _, o := range all[1:] {
		if key(o) != key(all[0]) {
			return false
		}
	}
	return true
}

// best is the highest rank of all outcomes.
func best(all []outcome) int {
	top := all[0].rank()
	for _, o := range all[1:] {
		top = max(top, o.rank())
	}
	return top
}

// worst is the lowest rank of all outcomes.
func worst(all []outcome) int {
	low := all[0].rank()
	for _, o := range all[1:] {
		low = min(low, o.rank())
	}
	return low
}

// describe shows both sides, short: "native pass, wrapped fail" or, where runs
// of one side differ, "native pass, wrapped pass fail pass". Outputs that differ
// are lettered in the order of their first appearance.
func describe(native, wrapped []outcome, key func(outcome) string) string {
	letters := map[string]string{}
	word := func(o outcome) string {
		if o.verdict != ran {
			return string(o.verdict)
		}
		k := key(o)
		if letters[k] == "" {
			letters[k] = fmt.Sprintf("output %d", len(letters)+1)
		}
		return letters[k]
	}
	side := func(all []outcome) string {
		words := make([]string, len(all))
		for i, o := range all {
			words[i] = word(o)
		}
		if agree(all, key) {
			words = words[:1]
		}
		return strings.Join(words, " | ")
	}
	return "native " + side(native) + ", wrapped " + side(wrapped)
}
