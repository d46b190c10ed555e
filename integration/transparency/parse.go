// parse.go turns the output of one run into outcomes, test by test. It does no
// I/O; each parser is tested against output of the real programs.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
)

// A capture is what one run of a unit left behind.
type capture struct {
	output  string // standard output and error, in the order written
	journal string // what the unit wrote to the file named by $JOURNAL
	status  string // "exit 0", "signal: killed"
	stalled bool   // ended by us, for lack of progress or time
}

// A report is a parsed capture.
type report struct {
	results results
	// seen are top-level tests that were begun; a second run may leave them
	// out to reach the rest when this one ended early.
	seen  []string
	ended bool // the program came to the end of its tests
}

// unresolved gives tests that were begun and have no result their verdict.
func (r *report) unresolved(begun []string, c capture) {
	for _, name := range begun {
		if _, ok := r.results[name]; ok {
			continue
		}
		v := died
		if c.stalled {
			v = hung
		}
		r.results[name] = outcome{verdict: v}
	}
}

// goLine matches the lines that test2json would take for events: with
// -test.v=test2json they begin with a ^V, wherever on the line they come, which
// what a test prints does not.
var goLine = regexp.MustCompile(`\x16(?:=== (RUN|PAUSE|CONT) +|--- (PASS|FAIL|SKIP): )(\S+)`)

// goEnd matches the last line of a test binary that came to its end.
var goEnd = regexp.MustCompile(`(?m)\x16(?:PASS|FAIL|SKIP)$`)

// parseGo reads the output of a Go test binary run with -test.v=test2json.
func parseGo(c capture) report {
	r := report{results: results{}}
	var order []string
	paused := map[string]bool{} // every test that was begun
	for _, m := range goLine.FindAllStringSubmatch(c.output, -1) {
		event, result, name := m[1], m[2], m[3]
		if event == "" {
			r.results[name] = outcome{verdict: verdict(strings.ToLower(result))}
			continue
		}
		if _, ok := paused[name]; !ok {
			order = append(order, name)
		}
		paused[name] = event == "PAUSE"
	}
	var begun []string
	for _, name := range order {
		_, told := r.results[name]
		if paused[name] && !told {
			continue // waiting for its turn, which never came
		}
		begun = append(begun, name)
		if !strings.Contains(name, "/") {
			r.seen = append(r.seen, name)
		}
	}
	r.ended = goEnd.MatchString(c.output) && !c.stalled
	r.unresolved(begun, c)
	return r
}

// parseJournal reads what pydriver.py writes: "start NAME", "pass NAME" and so
// on, one a line, and "end" as the last.
func parseJournal(c capture) report {
	r := report{results: results{}}
	var begun []string
	for _, line := range strings.Split(c.journal, "\n") {
		word, name, _ := strings.Cut(line, " ")
		switch word {
		case "start":
			begun = append(begun, name)
			r.seen = append(r.seen, name)
		case "pass", "skip", "fail":
			// A failed subtest is told before its test passes as a whole.
			if r.results[name].verdict != fail {
				r.results[name] = outcome{verdict: verdict(word)}
			}
		case "end":
			r.ended = true
		}
	}
	r.unresolved(begun, c)
	return r
}

// parseStatus judges a program that is one test by its exit status; skipCode is
// the status that says "skipped".
func parseStatus(skipCode int) func(capture) report {
	skipped := fmt.Sprintf("exit %d", skipCode)
	return func(c capture) report {
		v := fail
		switch {
		case c.stalled:
			v = hung
		case c.status == "exit 0":
			v = pass
		case c.status == skipped:
			v = skip
		}
		return report{results: results{"": {verdict: v}}, ended: true}
	}
}

// noSkip is a skipCode that no program exits with.
const noSkip = -1

// parseOutput judges a program by all it printed and its exit status; skipCode
// is the status that says "skipped".
func parseOutput(skipCode int) func(capture) report {
	skipped := fmt.Sprintf("exit %d", skipCode)
	return func(c capture) report {
		o := printed(c)
		switch {
		case c.stalled:
			o = outcome{verdict: hung}
		case c.status == skipped:
			o = outcome{verdict: skip}
		}
		return report{results: results{"": o}, ended: true}
	}
}

// withoutNumbers makes a parser of output pass over all numbers in it.
func withoutNumbers(parse func(capture) report) func(capture) report {
	return func(c capture) report {
		r := parse(c)
		for name, o := range r.results {
			loosest := o.forms[len(o.forms)-1]
			o.forms = [3]string{loosest, loosest, loosest}
			r.results[name] = o
		}
		return r
	}
}

// printed is the outcome of a program that is judged by its output.
func printed(c capture) outcome {
	text := c.output + "\n" + c.status
	return outcome{
		verdict: ran,
		forms: [3]string{
			digest(text),
			digest(unstable.ReplaceAllString(text, "#")),
			digest(number.ReplaceAllString(text, "#") + c.status),
		},
		status: c.status,
	}
}

// unstable matches what legitimately differs between two runs of one program:
// addresses, process ids in columns, times, names of temporary files.
var unstable = regexp.MustCompile(`0x[0-9a-f]{5,}|jt-[0-9A-Za-z]+|[0-9]{2}:[0-9]{2}:[0-9]{2}|[0-9]{3,} *`)

// number matches every number too, with any names of temporary files.
var number = regexp.MustCompile(`jt-[0-9A-Za-z]+|0x[0-9a-f]+|[0-9]+ *`)

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}
