// Denials in a loop: the report counts them and does not grow with each.

package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"jail/supervisor/report"
	"jail/supervisor/utrace"
)

// told is the sum of what lines of a kind stand for, and their number.
func told(t *testing.T, text, kind string) (sum, lines int) {
	t.Helper()
	for line := range strings.Lines(text) {
		var e report.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if e.Event == kind {
			lines++
			sum += max(e.Times, 1)
		}
	}
	return sum, lines
}

// deny tells of a refused call.
func deny(r *report.Recorder, task utrace.TaskID, what, rule string) {
	r.Decided(task, utrace.Decision{Engine: "syscalls", Event: utrace.SyscallEntry, Strictness: utrace.Answered,
		Why: utrace.Why{What: what, Rule: rule}})
}

func TestRepeatedDenialsAreSummedUp(t *testing.T) {
	for _, n := range []int{1, 99, 100, 101, 199, 200, 201, 400, 100_000} {
		var lines bytes.Buffer
		r := report.New(report.Config{Lines: &lines, Now: clock(), Probe: fake{}, Run: "r"})
		r.Birth(id(1, 10, 10), utrace.TaskID{}, false)
		for i := range n {
			deny(r, id(1, 10, 10), fmt.Sprintf("mount(%d)", i), "p.yaml:1:1")
			sum, _ := 0, 0
			if n < 500 {
				if sum, _ = told(t, lines.String(), report.KindDenial); 2*sum < i+1 {
					t.Fatalf("after %d only %d are told", i+1, sum)
				}
			}
		}
		r.Passed(id(1, 10, 10), "syscalls", utrace.Why{What: "mount(1)"})
		r.End(utrace.ExitStatus{}, utrace.Killer{}, report.Exit{By: "program"}, nil)
		sum, written := told(t, lines.String(), report.KindDenial)
		if sum != n || written > 120 || n <= 100 && written != n {
			t.Errorf("%d denials: %d lines that stand for %d", n, written, sum)
		}
		if !strings.HasSuffix(lines.String(), "}\n") || !strings.Contains(lines.String()[strings.LastIndex(strings.TrimSpace(lines.String()), "\n"):], `"event":"end"`) {
			t.Error("the last line is not the end")
		}
		validate(t, lines.String())
	}
}

// TestOnlyEqualOnesAreSummedUp: what differs in program, rule, engine, kind or the thing itself is told.
func TestOnlyEqualOnesAreSummedUp(t *testing.T) {
	var lines bytes.Buffer
	probe := fake{10: {"/bin/a", "a"}, 11: {"/bin/b", "b"}}
	r := report.New(report.Config{Lines: &lines, Now: clock(), Probe: probe, Run: "r"})
	one, two := id(1, 10, 10), id(2, 11, 11)
	r.Birth(one, utrace.TaskID{}, false)
	r.Birth(two, one, false)
	r.Exec(two, two)
	for range 1000 {
		deny(r, one, "mount(1)", "p.yaml:1:1")
	}
	before := lines.Len()
	for i, next := range []func(){
		func() { deny(r, two, "mount(1)", "p.yaml:1:1") },
		func() { deny(r, one, "mount(1)", "p.yaml:2:1") },
		func() { deny(r, one, "umount2(1)", "p.yaml:1:1") },
		func() {
			r.Decided(one, utrace.Decision{Engine: "syscalls", Event: utrace.SyscallEntry, Strictness: utrace.KillProcess, Why: utrace.Why{What: "mount(1)", Rule: "p.yaml:1:1"}})
		},
		func() {
			r.Decided(one, utrace.Decision{Engine: "mine", Event: utrace.SyscallEntry, Strictness: utrace.Answered, Why: utrace.Why{What: "mount(1)", Rule: "p.yaml:1:1"}})
		},
		func() {
			r.Decided(one, utrace.Decision{Engine: "syscalls", Event: utrace.SyscallEntry, Strictness: utrace.Answered, Observed: true, Why: utrace.Why{What: "mount(1)", Rule: "p.yaml:1:1"}})
		},
	} {
		next()
		if lines.Len() == before {
			t.Errorf("number %d was not told", i)
		}
		before = lines.Len()
	}
}

// TestFloodOfDifferentDenialsIsBounded: names that a program invents cost neither memory nor disk without end.
func TestFloodOfDifferentDenialsIsBounded(t *testing.T) {
	const n = 300_000
	var lines bytes.Buffer
	r := report.New(report.Config{Lines: &lines, Now: clock(), Probe: fake{}, Run: "r"})
	r.Birth(id(1, 10, 10), utrace.TaskID{}, false)
	for i := range n {
		deny(r, id(1, 10, 10), fmt.Sprintf("exec of /tmp/%d", i), "p.yaml:1:1")
	}
	r.End(utrace.ExitStatus{}, utrace.Killer{}, report.Exit{By: "program"}, nil)
	if sum, written := told(t, lines.String(), report.KindDenial); sum != n || written > 1500 {
		t.Errorf("%d lines that stand for %d", written, sum)
	}
}
