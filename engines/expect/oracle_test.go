// Any expectation on any small trace against an oracle that tries everything.

package expect_test

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"

	"jail/engines/decode"
	"jail/engines/expect"
	"jail/engines/trace"
	"jail/supervisor/utrace"
)

// anyTrace draws a trace of three processes whose calls overlap.
func anyTrace(t *rapid.T) []trace.Event {
	procs := []*trace.Process{sh, mydb, sub}
	n := rapid.IntRange(0, 9).Draw(t, "events")
	var list []trace.Event
	for i := range n {
		p := rapid.SampledFrom(procs).Draw(t, "process")
		ev := trace.Event{Seq: uint64(i + 1), After: uint64(i), Process: p, Program: p.Program, Task: utrace.TaskID{TID: p.PID, TGID: p.PID}}
		switch rapid.IntRange(0, 7).Draw(t, "kind") {
		case 0:
			ev.Kind, ev.Signal = trace.KindSignal, &trace.Signal{Number: rapid.SampledFrom([]unix.Signal{1, 15}).Draw(t, "signal")}
		case 1:
			ev.Kind, ev.Death = trace.KindDeath, &trace.Death{Status: utrace.ExitStatus{Code: rapid.IntRange(0, 1).Draw(t, "code")}}
		default:
			ev.After = uint64(rapid.IntRange(0, i).Draw(t, "after"))
			ev.Kind, ev.Result = trace.KindSyscall, result(rapid.SampledFrom([]int64{0, -2, -13}).Draw(t, "result"))
			ev.Call = &decode.Call{Name: rapid.SampledFrom([]string{"read", "write", "openat"}).Draw(t, "name"),
				Args: []decode.Arg{file(rapid.SampledFrom([]string{"/a", "/a/b"}).Draw(t, "path"))}}
		}
		list = append(list, ev)
	}
	return list
}

func anyPattern(t *rapid.T, label string) expect.Pattern {
	var p expect.Pattern
	switch rapid.IntRange(0, 6).Draw(t, label) {
	case 0:
		p = expect.Signal(rapid.SampledFrom([]unix.Signal{0, 1, 15}).Draw(t, "signal"))
	case 1:
		p = expect.Exited(rapid.IntRange(0, 1).Draw(t, "code"))
	default:
		if rapid.Bool().Draw(t, "named") {
			p.Calls = []string{rapid.SampledFrom([]string{"read", "write", "openat"}).Draw(t, "name")}
		}
		p.Path = rapid.SampledFrom([]string{"", "", "/a", "/a/*", "*"}).Draw(t, "path")
		p.Errno = rapid.SampledFrom([]unix.Errno{0, 0, unix.ENOENT}).Draw(t, "errno")
	}
	p.Program = rapid.SampledFrom([]string{"", "", "", "sh", "my*"}).Draw(t, "program")
	if rapid.IntRange(0, 4).Draw(t, "deep") == 0 {
		p.Depth = expect.Span{From: rapid.IntRange(0, 2).Draw(t, "from"), To: rapid.IntRange(0, 2).Draw(t, "to"), Limited: true}
	}
	return p
}

func anyExpectation(t *rapid.T) expect.Expectation {
	x := expect.Expectation{Want: anyPattern(t, "want")}
	switch rapid.IntRange(0, 3).Draw(t, "count") {
	case 0:
	case 1:
		x.Min, x.Max = 1, expect.Many
	case 2:
		x.Min = rapid.IntRange(0, 2).Draw(t, "min")
		x.Max = x.Min + rapid.IntRange(0, 2).Draw(t, "more")
	case 3:
		x.Min, x.Max = 1, expect.Many
		if rapid.Bool().Draw(t, "not") {
			x.Min, x.Max = 0, 0
		}
		for range rapid.IntRange(1, 2).Draw(t, "steps") {
			x.Then = append(x.Then, anyPattern(t, "then"))
		}
	}
	if rapid.IntRange(0, 2).Draw(t, "bounded below") == 0 {
		x = x.FirstAfter(anyPattern(t, "first"))
	}
	if rapid.IntRange(0, 2).Draw(t, "bounded above") == 0 {
		x = x.FirstBefore(anyPattern(t, "last"))
	}
	return x.In(rapid.SampledFrom([]expect.Scope{expect.InTree, expect.InTree, expect.InSome, expect.InEach}).Draw(t, "scope"))
}

// fits says by itself whether a pattern of anyPattern picks an event.
func fits(p expect.Pattern, ev trace.Event) bool {
	ok := inProcess(p, ev)
	switch p.Kind {
	case trace.KindSignal:
		return ok && ev.Kind == trace.KindSignal && (p.Signal == 0 || p.Signal == ev.Signal.Number)
	case trace.KindDeath:
		return ok && ev.Kind == trace.KindDeath && *p.Exit == ev.Death.Status.Code
	}
	if !ok || ev.Kind != trace.KindSyscall || p.Calls != nil && p.Calls[0] != ev.Call.Name || p.Errno != 0 && p.Errno != ev.Result.Errno {
		return false
	}
	path := ev.Call.Args[0].Path
	return p.Path == "" || p.Path == "*" || p.Path == path || strings.HasSuffix(p.Path, "/*") && path == "/a/b"
}

func inProcess(p expect.Pattern, ev trace.Event) bool {
	program := p.Program == "" || p.Program == ev.Program || p.Program == "my*" && ev.Program == "mydb"
	depth := ev.Process.Depth
	return program && (!p.Depth.Limited || depth >= p.Depth.From && (p.Depth.To < p.Depth.From || depth <= p.Depth.To))
}

func over(a, b trace.Event) bool { return a.Seq <= b.After }

// truth is whether a part of a trace is as expected, and whether its bounds are there.
func truth(x expect.Expectation, events []trace.Event) (good, bounded bool) {
	var part []trace.Event
	var after, before *trace.Event
	for i := range events {
		if x.After != nil && fits(*x.After, events[i]) && (after == nil || events[i].Seq < after.Seq) {
			after = &events[i]
		}
	}
	for i := range events {
		if x.Before != nil && fits(*x.Before, events[i]) && (after == nil || over(*after, events[i])) && (before == nil || events[i].After < before.After) {
			before = &events[i]
		}
	}
	if x.After != nil && after == nil || x.Before != nil && before == nil {
		return false, false
	}
	for _, ev := range events {
		if (after == nil || over(*after, ev)) && (before == nil || over(ev, *before)) {
			part = append(part, ev)
		}
	}
	n := 0
	for _, ev := range part {
		if fits(x.Want, ev) && follows(x.Then, ev, part) {
			n++
		}
	}
	if len(x.Then) > 0 {
		n = min(n, 1)
	}
	return n >= x.Min && (x.Max == expect.Many || n <= x.Max), true
}

// follows tries every way in which events may follow.
func follows(then []expect.Pattern, last trace.Event, part []trace.Event) bool {
	if len(then) == 0 {
		return true
	}
	for _, ev := range part {
		if over(last, ev) && fits(then[0], ev) && follows(then[1:], ev, part) {
			return true
		}
	}
	return false
}

func oracle(x expect.Expectation, events []trace.Event) bool {
	if x.Within == expect.InTree {
		good, _ := truth(x, events)
		return good
	}
	some, each, asked := false, true, false
	for _, p := range []*trace.Process{sh, mydb, sub} {
		var own []trace.Event
		about := false
		for _, ev := range events {
			if ev.Process == p {
				own = append(own, ev)
				about = about || inProcess(expect.Pattern{Program: x.Want.Program, Depth: x.Want.Depth}, ev)
			}
		}
		if own == nil {
			continue
		}
		good, bounded := truth(x, own)
		some = some || good
		if x.After != nil || x.Before != nil {
			about = bounded
		}
		if about {
			asked = true
			each = each && good
		}
	}
	if x.Within == expect.InSome {
		return some
	}
	return asked && each
}

func TestOracle(t *testing.T) {
	held, failed := 0, 0
	property := func(t *rapid.T) {
		events, x := anyTrace(t), anyExpectation(t)
		list := expect.Check(events, x)
		if want := oracle(x, events); want != (len(list) == 0) {
			t.Fatalf("%v: the oracle says %v\n%v", x, want, list)
		}
		if len(list) == 0 {
			held++
			return
		}
		failed++
		f := list[0]
		text := f.Error()
		if f.Err != nil || len(f.Excerpt) > 6 || strings.Count(text, "\n") > 12 || !strings.HasPrefix(text, "expected "+x.String()+": ") {
			t.Fatalf("%+v\n%s", f, text)
		}
		if len(events) > 0 && len(f.Excerpt) == 0 {
			t.Fatalf("it shows nothing of what happened:\n%s", text)
		}
	}
	for range 50 { // each a hundred times, unless -rapid.checks says otherwise: a trace is small, and what goes wrong is rare
		rapid.Check(t, property)
	}
	if held == 0 || failed == 0 {
		t.Errorf("%d held and %d failed: one side was not tried", held, failed)
	}
}
