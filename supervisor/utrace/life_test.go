// Exit, Death and Reap: each once, in this order, and nothing after.

package utrace_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

func TestDeathAndReapOnce(t *testing.T) {
	s := newSite(t)
	e := &engine{name: "a"}
	attach(t, s.task, e)
	var status utrace.ExitStatus
	e.death = func(id utrace.TaskID, ev *utrace.DeathEvent) {
		status = ev.Status
		if id != s.task.ID() {
			t.Errorf("Death of %v", id)
		}
	}
	s.space.Reap(s.task) // too early: nothing
	s.space.Death(s.task, utrace.DeathEvent{Status: utrace.ExitStatus{Code: 3}})
	s.space.Death(s.task, utrace.DeathEvent{Status: utrace.ExitStatus{Code: 4}})
	s.space.Reap(s.task)
	s.space.Reap(s.task)
	if diff := cmp.Diff([]string{"Death", "Reap"}, e.heard); diff != "" {
		t.Errorf("heard (-want +got):\n%s", diff)
	}
	if status.Code != 3 {
		t.Errorf("status %v", status)
	}
	if m := s.task.Mask(); m != 0 {
		t.Errorf("engines are left: %v", m)
	}
}

func TestExitMakesTheTaskDying(t *testing.T) {
	s := newSite(t)
	e := &engine{name: "a"}
	a := attach(t, s.task, e, utrace.WithEvents(utrace.All&^utrace.Death))
	e.exit = func(_ *utrace.Stopped, ev *utrace.ExitEvent) utrace.ExitVerdict {
		if ev.Status().Code != 3 {
			t.Errorf("status %v", ev.Status())
		}
		want(t, "newly setting Death on a dying task", a.SetEvents(utrace.All), unix.EALREADY)
		return ev.Continue().Then(utrace.Stop)
	}
	if out := s.space.Exit(s.task, utrace.ExitStatus{Code: 3}, s.m); out.Action != utrace.Stop || !s.space.Park(s.task) {
		t.Errorf("Stop holds the dying task: %v", out.Action)
	}
}

func TestDyingTaskIsHeldByNobody(t *testing.T) {
	s := newSite(t)
	a := attach(t, s.task, &engine{name: "a"})
	s.hold(t, a)
	s.space.Dying(s.task)
	if need := s.space.Need(s.task); need != utrace.NeedNothing {
		t.Errorf("the owner needs to do %d", need)
	}
	s.space.Death(s.task, utrace.DeathEvent{})
	if s.space.Park(s.task) {
		t.Error("a dead task is parked")
	}
}

func TestRenumber(t *testing.T) {
	s := newSite(t)
	thread := s.space.NewChild(s.task, 101, 100)
	before := thread.ID()
	former := s.space.Renumber(thread, 100)
	if now := thread.ID(); former != before || now.Serial != before.Serial || now.TID != 100 || now.TGID != 100 {
		t.Errorf("%+v became %+v, formerly %+v", before, now, former)
	}
	if before.String() != "100/101" || thread.ID().String() != "100" {
		t.Errorf("written %s and %s", before, thread.ID())
	}
}

func TestCloneToldToWhoHasTheMethod(t *testing.T) {
	s := newSite(t)
	attach(t, s.task, withMaking{plain{"entry only", utrace.Clone}})
	e := &engine{name: "a"}
	attach(t, s.task, e)
	child := s.space.NewChild(s.task, 101, 101)
	e.clone = func(_ *utrace.Stopped, ev *utrace.CloneEvent) utrace.CloneVerdict {
		if ev.Child != child || !ev.VFork || ev.Thread || ev.Late || ev.Flags != 7 {
			t.Errorf("told of %+v", ev)
		}
		return ev.Continue().Then(utrace.Stop)
	}
	out := s.space.Clone(s.task, utrace.CloneEvent{Child: child, VFork: true, Flags: 7}, s.m)
	if out.Strict != utrace.AsIs || out.Action != utrace.Stop {
		t.Errorf("%v %v", out.Strict, out.Action)
	}
}

// TestChildIsHeldFromItsBirth: what is asked of a child in the report of its birth is owed before it runs.
func TestChildIsHeldFromItsBirth(t *testing.T) {
	s := newSite(t)
	nurse := &engine{name: "nurse"}
	e := &engine{name: "a"}
	e.clone = func(_ *utrace.Stopped, ev *utrace.CloneEvent) utrace.CloneVerdict {
		a := attach(t, ev.Child, nurse)
		want(t, "Stop of the child", a.Control(utrace.Stop), unix.EINPROGRESS)
		return ev.Continue()
	}
	attach(t, s.task, e)
	child := s.space.NewChild(s.task, 101, 101)
	s.space.Clone(s.task, utrace.CloneEvent{Child: child}, s.m)
	s.space.Settle(s.task)
	if need := s.space.Need(child); need != utrace.NeedInterrupt {
		t.Errorf("the owner needs to do %d", need)
	}
}
