// What an engine may try behind the protocol's back: registers, numbers that do not exist, events of others, names that change.

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

func TestRegistersAfterTheCallWasDecided(t *testing.T) {
	for what, next := range map[string]func(site){
		"it goes on and stops":  func(s site) { s.space.Unpark(s.task); s.space.Quiesce(s.task, s.m) },
		"another event is told": func(s site) { s.space.Jctl(s.task, utrace.JctlEvent{}, s.m) },
		"a signal is told":      func(s site) { s.space.Signal(s.task, utrace.Siginfo{Signo: unix.SIGHUP}, utrace.ToTerm, s.m) },
	} {
		s := newSite(t)
		e := &engine{name: "a"}
		attach(t, s.task, e)
		s.entry(1)
		s.space.Settle(s.task)
		tried := false
		try := func(st *utrace.Stopped) { tried = true; want(t, what, st.SetRegisters(utrace.Registers{Nr: 5}), 0) }
		e.quiesce = func(st *utrace.Stopped, ev *utrace.QuiesceEvent) utrace.QuiesceVerdict { try(st); return ev.Continue() }
		next(s)
		if !tried {
			t.Errorf("%s: not told", what)
		}
	}
}
