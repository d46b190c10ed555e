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
	case fail, ran:
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
	f := finding{test: name}
	var key func(outcome) string
	stable := func() bool { return agree(native, key) && agree(wrapped, key) }
	first := 0
	if len(native) == 1 || len(wrapped) == 1 {
		first = 1 // one run cannot show what would differ in another
	}
	for form := first; form < len(native[0].forms); form++ {
		key = func(o outcome) string { return string(o.verdict) + " " + o.forms[form] }
		if stable() {
			break
		}
	}
	f.why = describe(native, wrapped, key)
	unlike := !stable()
	if unlike {
		// No two outputs are alike. An end that differs is a loss all the same.
		key = func(o outcome) string { return string(o.verdict) + " " + o.status }
	}
	switch alike := stable() && key(native[0]) == key(wrapped[0]); {
	case !stable(), unlike && alike:
		f.class = flaky
		return f
	case alike:
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
