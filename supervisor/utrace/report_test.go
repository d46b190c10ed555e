// Reports: in which order engines are told, how their verdicts combine, and what a failure does.

package utrace_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

func TestOrderOfTelling(t *testing.T) {
	s := newSite(t)
	var log []string
	for _, name := range []string{"a", "b", "c"} {
		attach(t, s.task, &engine{name: name, log: &log})
	}
	for what, c := range map[string]struct {
		report func()
		want   []string
	}{
		"SyscallEntry": {func() { s.entry(1) }, []string{"c SyscallEntry", "b SyscallEntry", "a SyscallEntry"}},
		"SyscallExit": {func() { s.space.SyscallExit(s.task, utrace.Call{}, 0, s.m) },
			[]string{"a SyscallExit", "b SyscallExit", "c SyscallExit"}},
		"Exec": {func() { s.space.Exec(s.task, s.task.ID(), s.m) }, []string{"a Exec", "b Exec", "c Exec"}},
		"CloneEntry": {func() { s.space.CloneEntry(s.task, utrace.Call{}, s.m) },
			[]string{"a CloneEntry", "b CloneEntry", "c CloneEntry"}},
		"Quiesce": {func() { s.space.Quiesce(s.task, s.m) }, []string{"a Quiesce", "b Quiesce", "c Quiesce"}},
	} {
		log = nil
		c.report()
		s.space.Settle(s.task)
		if diff := cmp.Diff(c.want, log); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
}

func TestQuiesceIsToldBeforeEachReport(t *testing.T) {
	s := newSite(t)
	var before []utrace.Mask
	e := &engine{name: "a"}
	e.quiesce = func(_ *utrace.Stopped, ev *utrace.QuiesceEvent) utrace.QuiesceVerdict {
		before = append(before, ev.Before)
		return ev.Continue()
	}
	attach(t, s.task, e)
	child := s.space.NewChild(s.task, 101, 101)
	for _, report := range []func(){
		func() { s.space.Quiesce(s.task, s.m) },
		func() { s.space.Clone(s.task, utrace.CloneEvent{Child: child}, s.m) },
		func() { s.space.Exec(s.task, s.task.ID(), s.m) },
		func() { s.entry(1) },
		func() { s.space.SyscallExit(s.task, utrace.Call{}, 0, s.m) },
		func() { s.space.Signal(s.task, utrace.Siginfo{Signo: unix.SIGUSR1}, utrace.ToTerm, s.m) },
		func() { s.space.Jctl(s.task, utrace.JctlEvent{}, s.m) },
		func() { s.space.Exit(s.task, utrace.ExitStatus{}, s.m) },
		func() { s.end() },
	} {
		report()
		s.space.Settle(s.task)
	}
	if diff := cmp.Diff([]utrace.Mask{0, utrace.Clone, utrace.Exec, utrace.SyscallEntry, utrace.SyscallExit,
		utrace.SignalTerm, utrace.Jctl, utrace.Exit}, before); diff != "" {
		t.Errorf("before (-want +got):\n%s", diff)
	}
}

func TestRewritesCompose(t *testing.T) {
	s := newSite(t)
	add := func(arg int) *engine {
		e := &engine{name: fmt.Sprint("adds to ", arg)}
		e.entry = func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			c := ev.Call()
			if ev.Again() {
				return ev.Continue()
			}
			c.Args[arg] += 10
			c.Args[0] *= 2
			return ev.Rewrite(c, utrace.Why{Rule: fmt.Sprint(arg)})
		}
		return e
	}
	for _, arg := range []int{2, 1} {
		attach(t, s.task, add(arg))
	}
	out := s.entry(7)
	if out.Strict != utrace.Rewritten || out.Call.Args != [6]uint64{4, 12, 13} || out.Call.Nr != 7 || out.Call.Arch != 1 {
		t.Errorf("%v %+v", out.Strict, out.Call)
	}
	if out.Engine != "adds to 2" || len(out.Decisions) != 2 {
		t.Errorf("the last to rewrite is %q; %d decisions", out.Engine, len(out.Decisions))
	}
}

func TestRewriteCannotChangeTheArchitecture(t *testing.T) {
	s := newSite(t)
	e := &engine{name: "a"}
	e.entry = func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		return ev.Rewrite(utrace.Call{Arch: 9, Nr: 2}, utrace.Why{})
	}
	attach(t, s.task, e)
	if out := s.entry(1); out.Call.Arch != 1 || out.Call.Nr != 2 {
		t.Errorf("%+v", out.Call)
	}
}

// TestRewrittenCallIsTheBusinessOfWhoAsksForIt: an engine hears of a call that another engine made of one it never asked for.
func TestRewrittenCallIsTheBusinessOfWhoAsksForIt(t *testing.T) {
	s := newSite(t)
	denier := &engine{name: "denier", calls: new(utrace.SyscallSet).Add(1, 2)}
	denier.entry = func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		return ev.Abort(unix.EPERM, utrace.Why{})
	}
	rewriter := &engine{name: "rewriter"}
	rewriter.entry = func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		return ev.Rewrite(utrace.Call{Nr: 2}, utrace.Why{})
	}
	attach(t, s.task, denier)
	attach(t, s.task, rewriter)
	if out := s.entry(1); out.Strict != utrace.Answered || out.Result != -int64(unix.EPERM) || out.Engine != "denier" {
		t.Errorf("%v %d by %q", out.Strict, out.Result, out.Engine)
	}
}

// judge answers an entry with a strictness.
func judge(name string, strict utrace.Strictness) *engine {
	e := &engine{name: name}
	e.entry = func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		why := utrace.Why{Rule: name}
		switch strict {
		case utrace.Rewritten:
			return ev.Rewrite(ev.Call(), why)
		case utrace.Answered:
			return ev.Result(5, why)
		case utrace.KillProcess:
			return ev.KillProcess(why)
		case utrace.KillTree:
			return ev.KillTree(why)
		}
		return ev.Continue()
	}
	return e
}

// TestStrictestWins tries every combination of three verdicts in every order, each engine enforcing or observing.
func TestStrictestWins(t *testing.T) {
	s, _ := newSpace(t)
	for n := range 5 * 5 * 5 * 8 {
		v := [3]utrace.Strictness{utrace.Strictness(n % 5), utrace.Strictness(n / 5 % 5), utrace.Strictness(n / 25 % 5)}
		task := s.Add(100+n, 100+n)
		var strictest utrace.Strictness
		decisions := 0
		for i, strict := range v {
			var opts []utrace.AttachOption
			if n/125&(1<<i) != 0 {
				opts = append(opts, utrace.Observe())
			} else {
				strictest = max(strictest, strict)
			}
			if strict != utrace.AsIs {
				decisions++
			}
			attach(t, task, judge(fmt.Sprint(i), strict), opts...)
		}
		out := s.SyscallEntry(task, utrace.Call{}, &machine{})
		s.Settle(task)
		if out.Strict != strictest || len(out.Decisions) != decisions {
			t.Fatalf("%v, observers %03b: %v with %d decisions, want %v with %d", v, n/125, out.Strict, len(out.Decisions), strictest, decisions)
		}
		if (strictest == utrace.AsIs) != (out.Engine == "") || out.Why.Rule != out.Engine {
			t.Fatalf("%v, observers %03b: by %q because of %+v", v, n/125, out.Engine, out.Why)
		}
	}
}

func TestSecondRefusalDoesNotReplaceTheFirst(t *testing.T) {
	s := newSite(t)
	for _, errno := range []unix.Errno{unix.EPERM, unix.EACCES} { // EACCES is told first
		e := &engine{name: errno.Error()}
		e.entry = func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			return ev.Abort(errno, utrace.Why{})
		}
		attach(t, s.task, e)
	}
	if out := s.entry(1); out.Result != -int64(unix.EACCES) {
		t.Errorf("answered with %d", out.Result)
	}
}

// failures is each way in which a callback fails, in a callback for Exec.
var failures = map[string]func(*host, *utrace.ExecEvent) utrace.ExecVerdict{
	"panicked":          func(*host, *utrace.ExecEvent) utrace.ExecVerdict { panic("on purpose") },
	"panicked with nil": func(*host, *utrace.ExecEvent) utrace.ExecVerdict { panic(nil) },
	"answered with a verdict that it did not get": func(*host, *utrace.ExecEvent) utrace.ExecVerdict { return utrace.ExecVerdict{} },
	"took longer than its time": func(h *host, ev *utrace.ExecEvent) utrace.ExecVerdict {
		h.now += budget + 1
		return ev.Continue()
	},
}

func TestFailuresCloseTheTree(t *testing.T) {
	for what, fail := range failures {
		for _, observer := range []bool{false, true} {
			s := newSite(t)
			e := &engine{name: "faulty"}
			e.exec = func(_ *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict { return fail(s.host, ev) }
			var opts []utrace.AttachOption
			if observer {
				opts = append(opts, utrace.Observe())
			}
			attach(t, s.task, e, opts...)
			later := &engine{name: "later"}
			attach(t, s.task, later)
			out := s.space.Exec(s.task, s.task.ID(), s.m)
			s.space.Settle(s.task)
			wanted, left := utrace.KillTree, []string(nil)
			if observer && strings.HasPrefix(what, "took") {
				wanted, left = utrace.AsIs, []string{"faulty: took longer than its time budget"}
			}
			if out.Strict != wanted || len(out.Decisions) != 1 || out.Decisions[0].Failure == nil {
				t.Errorf("%s, observer %v: %v with %+v", what, observer, out.Strict, out.Decisions)
				continue
			}
			if diff := cmp.Diff(left, s.host.gone()); diff != "" {
				t.Errorf("%s, observer %v: detached (-want +got):\n%s", what, observer, diff)
			}
			if wanted == utrace.KillTree && (out.Engine != "faulty" || !strings.Contains(out.Why.What, strings.Fields(what)[0])) {
				t.Errorf("%s: %q because %q", what, out.Engine, out.Why.What)
			}
			if len(later.heard) != 1 {
				t.Errorf("%s: the engines behind it heard %v", what, later.heard)
			}
			if f := out.Decisions[0].Failure; strings.HasPrefix(what, "panicked") != (len(f.Stack) > 0) {
				t.Errorf("%s: stack of %d bytes", what, len(f.Stack))
			}
		}
	}
}

func TestNothingLoosensAFailure(t *testing.T) {
	s := newSite(t)
	e := &engine{name: "faulty"}
	e.entry = func(*utrace.Stopped, *utrace.EntryEvent) utrace.EntryVerdict { panic("on purpose") }
	attach(t, s.task, judge("first", utrace.Rewritten))
	attach(t, s.task, e) // told first
	attach(t, s.task, judge("last", utrace.KillProcess))
	if out := s.entry(1); out.Strict != utrace.KillTree || out.Engine != "faulty" {
		t.Errorf("%v by %q", out.Strict, out.Engine)
	}
}

func TestFailureInEveryCallback(t *testing.T) {
	for _, c := range []struct {
		event  string
		spoil  func(*engine)
		report func(site) utrace.Outcome
	}{
		{"Quiesce", func(e *engine) {
			e.quiesce = func(*utrace.Stopped, *utrace.QuiesceEvent) (v utrace.QuiesceVerdict) { return }
		}, func(s site) utrace.Outcome { return s.space.Quiesce(s.task, s.m) }},
		{"Quiesce", func(e *engine) {
			e.quiesce = func(*utrace.Stopped, *utrace.QuiesceEvent) (v utrace.QuiesceVerdict) { return }
		}, func(s site) utrace.Outcome { return s.space.Exec(s.task, s.task.ID(), s.m) }},
		{"Clone", func(e *engine) {
			e.clone = func(*utrace.Stopped, *utrace.CloneEvent) (v utrace.CloneVerdict) { return }
		}, func(s site) utrace.Outcome {
			return s.space.Clone(s.task, utrace.CloneEvent{Child: s.space.NewChild(s.task, 1, 1)}, s.m)
		}},
		{"Clone", func(e *engine) {
			e.making = func(*utrace.Stopped, *utrace.CloneEntryEvent) (v utrace.CloneEntryVerdict) { return }
		}, func(s site) utrace.Outcome { return s.space.CloneEntry(s.task, utrace.Call{}, s.m) }},
		{"SyscallEntry", func(e *engine) {
			e.entry = func(*utrace.Stopped, *utrace.EntryEvent) (v utrace.EntryVerdict) { return }
		}, func(s site) utrace.Outcome { return s.entry(1) }},
		{"SyscallExit", func(e *engine) {
			e.exited = func(*utrace.Stopped, *utrace.ExitedEvent) (v utrace.ExitedVerdict) { return }
		}, func(s site) utrace.Outcome { return s.space.SyscallExit(s.task, utrace.Call{}, 0, s.m) }},
		{"SignalCore", func(e *engine) {
			e.signal = func(*utrace.Stopped, *utrace.SignalEvent) (v utrace.SignalVerdict) { return }
		}, func(s site) utrace.Outcome {
			return s.space.Signal(s.task, utrace.Siginfo{Signo: unix.SIGSEGV}, utrace.ToCore, s.m)
		}},
		{"Jctl", func(e *engine) {
			e.jctl = func(*utrace.Stopped, *utrace.JctlEvent) (v utrace.JctlVerdict) { return }
		}, func(s site) utrace.Outcome { return s.space.Jctl(s.task, utrace.JctlEvent{}, s.m) }},
		{"Exit", func(e *engine) {
			e.exit = func(*utrace.Stopped, *utrace.ExitEvent) (v utrace.ExitVerdict) { return }
		}, func(s site) utrace.Outcome { return s.space.Exit(s.task, utrace.ExitStatus{}, s.m) }},
		{"Death", func(e *engine) { e.death = func(utrace.TaskID, *utrace.DeathEvent) { panic("on purpose") } },
			func(s site) utrace.Outcome { return s.space.Death(s.task, utrace.DeathEvent{}) }},
		{"Reap", func(e *engine) { e.reap = func(utrace.TaskID) { panic("on purpose") } },
			func(s site) utrace.Outcome {
				s.space.Death(s.task, utrace.DeathEvent{})
				return s.space.Reap(s.task)
			}},
	} {
		s := newSite(t)
		e := &engine{name: "faulty"}
		c.spoil(e)
		attach(t, s.task, e)
		out := c.report(s)
		if out.Strict != utrace.KillTree || !strings.Contains(out.Why.What, c.event) {
			t.Errorf("%s: %v because %q", c.event, out.Strict, out.Why.What)
		}
	}
}

func TestSyscallExitVerdicts(t *testing.T) {
	s := newSite(t)
	set := func(v int64, opts ...utrace.AttachOption) {
		e := &engine{name: fmt.Sprint(v)}
		e.exited = func(_ *utrace.Stopped, ev *utrace.ExitedEvent) utrace.ExitedVerdict {
			return ev.SetResult(ev.Result()+v, utrace.Why{})
		}
		attach(t, s.task, e, opts...)
	}
	set(10)
	set(1000, utrace.Observe())
	set(100)
	if out := s.space.SyscallExit(s.task, utrace.Call{}, 1, s.m); out.Strict != utrace.Rewritten || out.Result != 111 {
		t.Errorf("%v %d", out.Strict, out.Result)
	}
	for result, restarting := range map[int64]bool{-512: true, -516: true, -511: false, -517: false, 0: false} {
		other := newSite(t)
		e := &engine{name: "a"}
		e.exited = func(_ *utrace.Stopped, ev *utrace.ExitedEvent) utrace.ExitedVerdict {
			if ev.Restarting() != restarting {
				t.Errorf("Restarting of %d", result)
			}
			return ev.Continue()
		}
		attach(t, other.task, e)
		if out := other.space.SyscallExit(other.task, utrace.Call{}, result, other.m); out.Result != result || out.Strict != utrace.AsIs {
			t.Errorf("result %d became %d", result, out.Result)
		}
	}
}

func TestCloneEntry(t *testing.T) {
	s := newSite(t)
	first, second := &engine{name: "first"}, &engine{name: "second"}
	first.making = func(_ *utrace.Stopped, ev *utrace.CloneEntryEvent) utrace.CloneEntryVerdict {
		c := ev.Call()
		c.Args[0] = 5
		return ev.Rewrite(c, utrace.Why{})
	}
	second.making = func(_ *utrace.Stopped, ev *utrace.CloneEntryEvent) utrace.CloneEntryVerdict {
		if ev.Call().Args[0] != 5 {
			t.Error("the second does not see what the first made of it")
		}
		return ev.Continue()
	}
	attach(t, s.task, first)
	attach(t, s.task, second)
	if out := s.space.CloneEntry(s.task, utrace.Call{}, s.m); out.Strict != utrace.Rewritten || out.Call.Args[0] != 5 {
		t.Errorf("%v %+v", out.Strict, out.Call)
	}
	s.space.Settle(s.task)
	second.making = func(_ *utrace.Stopped, ev *utrace.CloneEntryEvent) utrace.CloneEntryVerdict {
		return ev.Refuse(unix.EAGAIN, utrace.Why{})
	}
	if out := s.space.CloneEntry(s.task, utrace.Call{}, s.m); out.Strict != utrace.Answered || out.Result != -int64(unix.EAGAIN) {
		t.Errorf("%v %d", out.Strict, out.Result)
	}
}

func TestReportsDoNotAllocateForWhomNobodyAsks(t *testing.T) {
	s := newSite(t)
	attach(t, s.task, &engine{name: "a", calls: new(utrace.SyscallSet)}, utrace.WithEvents(utrace.SyscallEntry))
	call := utrace.Call{Arch: 1, Nr: 1}
	if n := testing.AllocsPerRun(100, func() {
		s.space.SyscallEntry(s.task, call, s.m)
		s.space.Settle(s.task)
	}); n > 3 {
		t.Errorf("%v allocations for a call that nobody asks for", n)
	}
}
