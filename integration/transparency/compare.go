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
	case pass:
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
// own are judged by exact, a digest of output and exit status, or, where that
// differs from one native run to the next, by normal, a digest of the same with
// addresses, numbers and temporary names made equal.
type outcome struct {
	verdict       verdict
	exact, normal string
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

// compare classifies every test that any run has, sorted by name. A test that
// agrees with itself on both sides is SAME, LOST or GAINED; one that does not,
// on either side, is FLAKY.
func compare(native, wrapped []results) []finding {
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
		out = append(out, classify(name, pick(native, name), pick(wrapped, name)))
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

func classify(name string, native, wrapped []outcome) finding {
	key := func(o outcome) string { return string(o.verdict) + " " + o.exact }
	// One run cannot show what it would print another time.
	once := len(native) == 1 || len(wrapped) == 1
	if once || !agree(native, key) || !agree(wrapped, key) {
		key = func(o outcome) string { return string(o.verdict) + " " + o.normal }
	}
	f := finding{test: name, why: describe(native, wrapped, key)}
	switch {
	case !agree(native, key) || !agree(wrapped, key):
		f.class = flaky
		return f
	case key(native[0]) == key(wrapped[0]):
		f.class = same
	case wrapped[0].verdict.rank() > native[0].verdict.rank():
		f.class = gained
	default:
		f.class = lost
	}
	f.verdict = native[0].verdict
	return f
}

// agree reports whether all outcomes have one key.
func agree(all []outcome, key func(outcome) string) bool {
	for _, o := range all[1:] {
		if key(o) != key(all[0]) {
			return false
		}
	}
	return true
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
