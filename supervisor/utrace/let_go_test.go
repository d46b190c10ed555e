// Letting go: what an answer does to an earlier Stop, and what a callback may do behind the protocol's back.

package utrace_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// stops answers Quiesce with Stop as long as *on.
func stops(e *engine, on *bool) {
	e.quiesce = func(_ *utrace.Stopped, ev *utrace.QuiesceEvent) utrace.QuiesceVerdict {
		if *on {
			return ev.Continue().Then(utrace.Stop)
		}
		return ev.Continue()
	}
}

func TestAnswerLetsGoOfAnEarlierStop(t *testing.T) {
	for act := utrace.Stop; act <= utrace.Detach; act++ {
		s := newSite(t)
		e := &engine{name: "a"}
		attach(t, s.task, e, utrace.WithEvents(utrace.All&^utrace.Quiesce))
		e.exec = func(_ *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
			return ev.Continue().Then(utrace.Stop)
		}
		s.space.Exec(s.task, s.task.ID(), s.m)
		if !s.space.Park(s.task) {
			t.Fatal("Stop does not hold")
		}
		s.space.Settle(s.task)
		e.exit = func(_ *utrace.Stopped, ev *utrace.ExitEvent) utrace.ExitVerdict { return ev.Continue().Then(act) }
		s.space.Exit(s.task, utrace.ExitStatus{}, s.m) // the process has ended while it was held
		if held := s.space.Park(s.task); held != (act == utrace.Stop) {
			t.Errorf("answer %v: held %v", act, held)
		}
	}
}

// TestOneStopIsEnoughAtOneStop: Quiesce is answered with Stop, the event that it was told before is not.
func TestOneStopIsEnoughAtOneStop(t *testing.T) {
	s := newSite(t)
	on := true
	e := &engine{name: "a"}
	stops(e, &on)
	attach(t, s.task, e)
	if out := s.space.Exec(s.task, s.task.ID(), s.m); out.Action != utrace.Stop || !s.space.Park(s.task) {
		t.Errorf("action %v", out.Action)
	}
}

func TestHolderIsNotToldWhatOthersAskFor(t *testing.T) {
	s := newSite(t)
	on := true
	e, other := &engine{name: "a"}, &engine{name: "other"}
	stops(e, &on)
	a, b := attach(t, s.task, e), attach(t, s.task, other)
	want(t, "Stop", a.Control(utrace.Stop), unix.EINPROGRESS)
	s.space.Quiesce(s.task, s.m)
	s.space.Park(s.task)
	s.space.Settle(s.task)
	on = false
	heard := len(e.heard)
	want(t, "Report by another", b.Control(utrace.Report), 0)
	if need := s.space.Need(s.task); need != utrace.NeedQuiesce {
		t.Errorf("the owner needs to do %d", need)
	}
	s.space.Quiesce(s.task, s.m)
	if len(e.heard) != heard || !s.space.Park(s.task) {
		t.Errorf("it was told %d times more, and holds: %v", len(e.heard)-heard, s.space.Park(s.task))
	}
	want(t, "Report by itself", a.Control(utrace.Report), 0)
	s.space.Quiesce(s.task, s.m)
	if len(e.heard) != heard+1 || s.space.Park(s.task) {
		t.Errorf("it asked itself, and was told %d times", len(e.heard)-heard)
	}
}

// TestStopWhileTheStopIsAnswered: who asks for Stop while his own callback answers Stop has it, and is not told of it twice.
func TestStopWhileTheStopIsAnswered(t *testing.T) {
	s := newSite(t)
	e := &engine{name: "a"}
	a := attach(t, s.task, e)
	e.exec = func(_ *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
		elsewhere(func() { want(t, "Stop during the callback", a.Control(utrace.Stop), unix.EINPROGRESS) })
		return ev.Continue().Then(utrace.Stop)
	}
	s.space.Exec(s.task, s.task.ID(), s.m)
	elsewhere(func() { want(t, "Stop after the answer, before it is parked", a.Control(utrace.Stop), 0) })
	if !s.space.Park(s.task) || s.space.Need(s.task) != utrace.NeedNothing {
		t.Errorf("parked, and the owner needs to do %d", s.space.Need(s.task))
	}
}

func TestStepIsNotLostByAQuiesceBeforeIt(t *testing.T) {
	s := newSite(t)
	a := attach(t, s.task, &engine{name: "a"})
	want(t, "SingleStep of a running task", a.Control(utrace.SingleStep), 0)
	if out := s.space.Quiesce(s.task, s.m); out.Action != utrace.SingleStep {
		t.Errorf("it has stopped, and is to go on by %v", out.Action)
	}
	s.space.Settle(s.task)
	if out := s.space.Quiesce(s.task, s.m); out.Action != utrace.Resume {
		t.Errorf("after the step: %v", out.Action)
	}
	s.space.Settle(s.task)

	b := attach(t, s.task, &engine{name: "b"})
	c := attach(t, s.task, &engine{name: "c"})
	s.hold(t, b)
	want(t, "SingleStep of a task that another one holds", a.Control(utrace.SingleStep), 0)
	want(t, "Report by a third", c.Control(utrace.Report), 0)
	s.space.Quiesce(s.task, s.m)
	want(t, "Resume", b.Control(utrace.Resume), 0)
	want(t, "Resume", c.Control(utrace.Resume), 0)
	if act := s.space.Wants(s.task); act != utrace.SingleStep {
		t.Errorf("it was not stepped yet, and is to go on by %v", act)
	}
}

// TestDetachedLongAgo: nil, now and for ever, whatever became of the task.
func TestDetachedLongAgo(t *testing.T) {
	s := newSite(t)
	a, b := attach(t, s.task, &engine{name: "a"}), attach(t, s.task, &engine{name: "b"})
	want(t, "Detach", a.Control(utrace.Detach), 0)
	s.space.Death(s.task, utrace.DeathEvent{})
	want(t, "Detach after Death, detached before", a.Control(utrace.Detach), 0)
	want(t, "Detach after Death", b.Control(utrace.Detach), unix.EALREADY)
	s.space.Reap(s.task)
	want(t, "Detach after Reap, detached before", a.Control(utrace.Detach), 0)
	want(t, "Detach after Reap", b.Control(utrace.Detach), unix.ESRCH)
}

func TestSecondSetEventsDuringACallback(t *testing.T) {
	s := newSite(t)
	e := &engine{name: "a"}
	a := attach(t, s.task, e)
	e.exec = func(_ *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
		elsewhere(func() {
			for range 2 {
				want(t, "SetEvents", a.SetEvents(utrace.All&^utrace.Exec), unix.EINPROGRESS)
			}
		})
		return ev.Continue()
	}
	s.space.Exec(s.task, s.task.ID(), s.m)
}

// TestRegistersOfACallThatIsDecided: what is decided by verdicts nobody changes under the hand, not even who only observes.
func TestRegistersOfACallThatIsDecided(t *testing.T) {
	s := newSite(t)
	s.m.regs = utrace.Registers{PC: 1, SP: 2, Nr: 3, Result: -38, Args: [6]uint64{4}}
	try := func(st *utrace.Stopped) {
		for what, f := range map[string]func(*utrace.Registers){
			"Nr":     func(r *utrace.Registers) { r.Nr = 59 },
			"Args":   func(r *utrace.Registers) { r.Args[5]++ },
			"Result": func(r *utrace.Registers) { r.Result = 0 },
		} {
			r, _ := st.Registers()
			f(&r)
			want(t, "SetRegisters with another "+what, st.SetRegisters(r), unix.EPERM)
		}
		r, _ := st.Registers()
		r.PC++
		want(t, "SetRegisters with another PC", st.SetRegisters(r), 0)
	}
	e := &engine{name: "a"}
	e.quiesce = func(st *utrace.Stopped, ev *utrace.QuiesceEvent) utrace.QuiesceVerdict {
		if ev.Before == utrace.SyscallEntry {
			try(st)
		}
		return ev.Continue()
	}
	e.entry = func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		try(st)
		return ev.Continue().Then(utrace.Stop)
	}
	e.making = func(st *utrace.Stopped, ev *utrace.CloneEntryEvent) utrace.CloneEntryVerdict {
		try(st)
		return ev.Continue()
	}
	e.exited = func(st *utrace.Stopped, ev *utrace.ExitedEvent) utrace.ExitedVerdict {
		want(t, "SetRegisters after the call", st.SetRegisters(utrace.Registers{}), 0)
		return ev.Continue()
	}
	a := attach(t, s.task, e, utrace.Observe())
	s.space.CloneEntry(s.task, utrace.Call{}, s.m)
	s.entry(1)
	s.space.Park(s.task)
	s.space.Settle(s.task)
	want(t, "Examine of a task that is held before its call", s.examine(a, func(st *utrace.Stopped) error { try(st); return nil }), 0)
	s.space.Unpark(s.task)
	s.space.SyscallExit(s.task, utrace.Call{}, 0, s.m)
	if s.m.regs.PC != 0 {
		t.Error("SetRegisters after the call did nothing")
	}
}

func TestActionThatDoesNotExist(t *testing.T) {
	for _, act := range []utrace.Action{0, utrace.Detach + 1, 255} {
		s := newSite(t)
		attach(t, s.task, &engine{name: "a", exec: func(_ *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
			return ev.Continue().Then(act).Then(utrace.Resume)
		}})
		if out := s.space.Exec(s.task, s.task.ID(), s.m); out.Strict != utrace.KillTree {
			t.Errorf("Then(%d): %v", act, out.Strict)
		}
	}
}

func TestErrnoThatDoesNotExist(t *testing.T) {
	for _, errno := range []unix.Errno{0, 4096, math.MaxUint32, 1<<64 - 5} {
		s := newSite(t)
		attach(t, s.task, &engine{name: "a", entry: func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			return ev.Abort(errno, utrace.Why{})
		}})
		if out := s.entry(1); out.Result != -int64(unix.EPERM) {
			t.Errorf("Abort(%d) answers %d", errno, out.Result)
		}
	}
}

// TestOneEnginesEventIsNotTheNextOnes: what an engine writes into its event is its own.
func TestOneEnginesEventIsNotTheNextOnes(t *testing.T) {
	s := newSite(t)
	for range 2 {
		attach(t, s.task, &engine{name: "a",
			clone: func(_ *utrace.Stopped, ev *utrace.CloneEvent) utrace.CloneVerdict {
				if ev.Flags != 1 || ev.Child == nil {
					t.Errorf("Clone: %+v", ev)
				}
				ev.Flags, ev.Child = 0, nil
				return ev.Continue()
			},
			exec: func(_ *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
				if ev.Former.TID != 5 {
					t.Errorf("Exec: %+v", ev)
				}
				ev.Former.TID = 6
				return ev.Continue()
			},
			jctl: func(_ *utrace.Stopped, ev *utrace.JctlEvent) utrace.JctlVerdict {
				if !ev.Stopped {
					t.Errorf("Jctl: %+v", ev)
				}
				ev.Stopped = false
				return ev.Continue()
			},
			death: func(_ utrace.TaskID, ev *utrace.DeathEvent) {
				if ev.Status.Code != 7 {
					t.Errorf("Death: %+v", ev)
				}
				ev.Status.Code = 0
			}})
	}
	s.space.Clone(s.task, utrace.CloneEvent{Flags: 1, Child: s.space.NewChild(s.task, 1, 1)}, s.m)
	s.space.Exec(s.task, utrace.TaskID{TID: 5}, s.m)
	s.space.Jctl(s.task, utrace.JctlEvent{Stopped: true}, s.m)
	s.space.Death(s.task, utrace.DeathEvent{Status: utrace.ExitStatus{Code: 7}})
}

// shifty says something else each time it is asked, and asks back.
type shifty struct {
	withExec
	task *utrace.Task
	asks int
}

func (e *shifty) Name() string {
	e.asks++
	e.task.Mask() // takes the mutex: nobody may call this with it
	return strings.Repeat("x", e.asks)
}

func TestNameIsAskedOnceAndUnderNoLock(t *testing.T) {
	s := newSite(t)
	e := &shifty{withExec: withExec{plain{"", utrace.Exec}}, task: s.task}
	attach(t, s.task, e, utrace.Exclusive())
	if _, err := s.task.Match("x"); err != nil {
		t.Errorf("Match: %v", err)
	}
	_, err := s.task.Attach(&engine{name: "x"}, utrace.Exclusive())
	want(t, "Attach(Exclusive) beside it", err, unix.EEXIST)
	_, err = s.task.Attach(nil)
	want(t, "Attach of no engine", err, unix.EINVAL)
}

func TestSyscallSetIsCopied(t *testing.T) {
	s := newSite(t)
	set := new(utrace.SyscallSet).Add(1, 1)
	attach(t, s.task, &engine{name: "a", calls: set})
	set.Add(1, 2).AddAll()
	if s.task.Wants(utrace.SyscallEntry, 1, 2) || !s.task.Wants(utrace.SyscallEntry, 1, 1) {
		t.Error("the engine's set was changed afterwards, and that counts")
	}
}

// TestContextOfACallbackThatIsOver: it does not say "inside" any more.
func TestContextOfACallbackThatIsOver(t *testing.T) {
	s := newSite(t)
	e := &engine{name: "a"}
	a := attach(t, s.task, e)
	var kept context.Context
	e.exec = func(st *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
		if kept == nil {
			kept = st.Context(cancelled())
			return ev.Continue()
		}
		elsewhere(func() {
			if err := a.Barrier(kept); !errors.Is(err, context.Canceled) {
				t.Errorf("Barrier with the context of an earlier callback, during this one: %v", err)
			}
		})
		return ev.Continue()
	}
	for range 2 {
		s.space.Exec(s.task, s.task.ID(), s.m)
		s.space.Settle(s.task)
	}
}

func TestPanicInExamineIsTheCallers(t *testing.T) {
	s := newSite(t)
	a := attach(t, s.task, &engine{name: "a"})
	s.hold(t, a)
	done := make(chan any, 1)
	go func() {
		defer func() { done <- recover() }()
		_ = a.Examine(func(*utrace.Stopped) error { panic("on purpose") })
	}()
	for {
		select {
		case p := <-done:
			if text, _ := p.(string); !strings.Contains(text, "on purpose") {
				t.Errorf("the caller panics with %v", p)
			}
			return
		case <-s.host.rung:
			s.space.Serve()
		}
	}
}

func TestReadStringOfAnyLength(t *testing.T) {
	s := newSite(t)
	s.m.mem = append([]byte("hello"), 0)
	s.at(t, func(st *utrace.Stopped) {
		got, err := st.ReadString(0x1000, math.MaxInt)
		if got != "hello" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		_, err = st.ReadString(0x1000, -1)
		want(t, "ReadString of less than nothing", err, unix.ENAMETOOLONG)
	})
}
