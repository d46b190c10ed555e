// Letting go: what an answer does to an earlier Stop, a step or a Detach.

package utrace_test

import (
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

func TestExamineOfAHeldTaskThatWasKilledInstead(t *testing.T) {
	s := newSite(t)
	a := attach(t, s.task, &engine{name: "a"})
	s.hold(t, a)
	s.space.Unpark(s.task) // as for a verdict that kills it
	want(t, "Examine", s.examine(a, func(*utrace.Stopped) error { t.Error("fn ran"); return nil }), unix.EAGAIN)
}

// TestStopOfWhoWasAttachedMeanwhile: it is as any other from the next stop on.
func TestStopOfWhoWasAttachedMeanwhile(t *testing.T) {
	s := newSite(t)
	first := &engine{name: "first"}
	first.exec = func(st *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
		want(t, "Stop by who was attached just now", attach(t, st.Task(), &engine{name: "late"}).Control(utrace.Stop), 0)
		return ev.Continue()
	}
	attach(t, s.task, first)
	s.space.Exec(s.task, s.task.ID(), s.m)
	if !s.space.Park(s.task) {
		t.Error("Stop does not hold")
	}
	s.space.Settle(s.task)
	s.space.Exit(s.task, utrace.ExitStatus{}, s.m)
	if s.space.Park(s.task) {
		t.Error("its answer does not let go")
	}
}

func TestFailureEndsAHold(t *testing.T) {
	s := newSite(t)
	attach(t, s.task, onSignal("holder", func(ev *utrace.SignalEvent) utrace.SignalVerdict { return ev.Hold(utrace.Why{}) }))
	attach(t, s.task, onSignal("faulty", func(*utrace.SignalEvent) utrace.SignalVerdict { panic("on purpose") }))
	if out := s.space.Signal(s.task, utrace.Siginfo{Signo: unix.SIGHUP}, utrace.ToTerm, s.m); out.Hold || out.Strict != utrace.KillTree {
		t.Errorf("%v, to be told again: %v", out.Strict, out.Hold)
	}
}
