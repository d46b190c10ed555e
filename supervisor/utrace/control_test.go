// Control and SetEvents: every action and every error of the page.

package utrace_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// states of a task in the tables below.
const (
	runs   = "runs"
	parked = "parked" // held by another engine
	dying  = "dying"
	dead   = "dead"
	reaped = "reaped"
)

// inState is a task in a state, with an attachment of a.
func inState(t *testing.T, state string, mask utrace.Mask) (site, *utrace.Attachment) {
	s := newSite(t)
	other := attach(t, s.task, &engine{name: "other"})
	a := attach(t, s.task, &engine{name: "a"}, utrace.WithEvents(mask))
	switch state {
	case parked:
		s.hold(t, other)
	case dying:
		s.space.Dying(s.task)
	case dead:
		s.space.Death(s.task, utrace.DeathEvent{})
	case reaped:
		s.end()
	}
	return s, a
}

func TestControl(t *testing.T) {
	const (
		stop, interrupt, report   = utrace.Stop, utrace.Interrupt, utrace.Report
		single, block, on, detach = utrace.SingleStep, utrace.BlockStep, utrace.Resume, utrace.Detach
	)
	for _, c := range []struct {
		act   utrace.Action
		state string
		mask  utrace.Mask
		errno unix.Errno
		need  utrace.Need
	}{
		{stop, runs, utrace.All, unix.EINPROGRESS, utrace.NeedInterrupt},
		{stop, runs, utrace.Quiesce, unix.EINPROGRESS, utrace.NeedInterrupt},
		{stop, runs, utrace.Signals, unix.EINVAL, utrace.NeedNothing}, // no callback is sure to come
		{stop, runs, utrace.Exec, unix.EINVAL, utrace.NeedNothing},
		{stop, parked, utrace.All, 0, utrace.NeedNothing},
		{stop, parked, 0, 0, utrace.NeedNothing},
		{interrupt, runs, utrace.Quiesce, 0, utrace.NeedInterrupt},
		{interrupt, runs, utrace.Signals, unix.EINVAL, utrace.NeedNothing},
		{interrupt, parked, utrace.Quiesce, 0, utrace.NeedQuiesce},
		{report, runs, utrace.Quiesce, 0, utrace.NeedInterrupt},
		{report, runs, 0, unix.EINVAL, utrace.NeedNothing},
		{report, parked, utrace.Quiesce, 0, utrace.NeedQuiesce},
		{single, runs, utrace.Quiesce, 0, utrace.NeedInterrupt},
		{single, runs, utrace.Exec, unix.EINVAL, utrace.NeedNothing},
		{single, parked, utrace.Quiesce, 0, utrace.NeedNothing}, // another engine holds it
		{block, runs, utrace.Quiesce, 0, utrace.NeedInterrupt},
		{block, runs, 0, unix.EINVAL, utrace.NeedNothing},
		{on, runs, 0, 0, utrace.NeedNothing},
		{on, parked, 0, 0, utrace.NeedNothing},
		{detach, runs, 0, 0, utrace.NeedNothing},
		{detach, parked, 0, 0, utrace.NeedNothing},
		{0, runs, utrace.All, unix.EINVAL, utrace.NeedNothing},
		{detach + 1, runs, utrace.All, unix.EINVAL, utrace.NeedNothing},
		{detach, dying, utrace.All, 0, utrace.NeedNothing},
		{detach, dead, utrace.All, unix.EALREADY, utrace.NeedNothing},
		{detach, reaped, utrace.All, unix.ESRCH, utrace.NeedNothing},
	} {
		s, a := inState(t, c.state, c.mask)
		elsewhere(func() {
			want(t, c.act.String()+" of a task that "+c.state+", mask "+c.mask.String(), a.Control(c.act), c.errno)
		})
		if need := s.space.Need(s.task); need != c.need {
			t.Errorf("%v of a task that %s, mask %v: the owner needs to do %d, want %d", c.act, c.state, c.mask, need, c.need)
		}
	}
	for act := stop; act < detach; act++ {
		for _, state := range []string{dead, reaped} {
			_, a := inState(t, state, utrace.All)
			want(t, act.String()+" of a task that is "+state, a.Control(act), unix.ESRCH)
		}
		_, a := inState(t, runs, utrace.All)
		want(t, "Detach", a.Control(detach), 0)
		want(t, act.String()+" by a detached engine", a.Control(act), unix.EINVAL)
		want(t, "a second Detach", a.Control(detach), 0)
	}
}

func TestControlRingsTheOwner(t *testing.T) {
	s, a := inState(t, runs, utrace.All)
	elsewhere(func() { _ = a.Control(utrace.Report) })
	if s.host.ringCount() == 0 {
		t.Error("nobody rang")
	}
	if tasks := s.space.Serve(); len(tasks) != 1 || tasks[0] != s.task {
		t.Errorf("Serve answered %v", tasks)
	}
	if tasks := s.space.Serve(); len(tasks) != 0 {
		t.Errorf("Serve answered %v once more", tasks)
	}
}

func TestStopIsPerEngineAndSticky(t *testing.T) {
	s := newSite(t)
	a, b := attach(t, s.task, &engine{name: "a"}), attach(t, s.task, &engine{name: "b"})
	s.hold(t, a)
	want(t, "Stop by the second", b.Control(utrace.Stop), 0)
	want(t, "Resume by the first", a.Control(utrace.Resume), 0)
	if need := s.space.Need(s.task); need != utrace.NeedNothing || !s.space.Park(s.task) {
		t.Errorf("one still holds, and the owner needs to do %d", need)
	}
	want(t, "Detach by the second", b.Control(utrace.Detach), 0)
	if need := s.space.Need(s.task); need != utrace.NeedResume || s.space.Park(s.task) {
		t.Errorf("nobody holds, and the owner needs to do %d", need)
	}
}

func TestHoldOutlivesOtherReports(t *testing.T) {
	s := newSite(t)
	a := attach(t, s.task, &engine{name: "a"})
	b := attach(t, s.task, &engine{name: "b"})
	s.hold(t, a)
	want(t, "Report by the other", b.Control(utrace.Report), 0)
	if out := s.space.Quiesce(s.task, s.m); out.Action != utrace.Stop {
		t.Errorf("after a report that somebody else asked for the smallest action is %v", out.Action)
	}
}

func TestSmallestActionWins(t *testing.T) {
	for a := utrace.Stop; a <= utrace.Detach; a++ {
		for b := utrace.Stop; b <= utrace.Detach; b++ {
			s := newSite(t)
			for _, act := range []utrace.Action{a, b} {
				e := &engine{name: act.String()}
				e.exec = func(_ *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict { return ev.Continue().Then(act) }
				attach(t, s.task, e)
			}
			wanted := map[utrace.Action]utrace.Action{utrace.Interrupt: utrace.Report, utrace.Detach: utrace.Resume}
			smallest := min(a, b)
			if w, ok := wanted[smallest]; ok {
				smallest = w
			}
			if out := s.space.Exec(s.task, s.task.ID(), s.m); out.Action != smallest {
				t.Errorf("%v and %v gave %v, want %v", a, b, out.Action, smallest)
			}
			_ = s.space.Park(s.task)
			s.space.Settle(s.task)
		}
	}
}

func TestControlInsideAReportOfItsTask(t *testing.T) {
	s := newSite(t)
	e := &engine{name: "a"}
	a := attach(t, s.task, e)
	e.exec = func(_ *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
		want(t, "Stop inside", a.Control(utrace.Stop), 0)
		return ev.Continue()
	}
	if out := s.space.Exec(s.task, s.task.ID(), s.m); out.Action != utrace.Stop {
		t.Errorf("Stop inside was answered nil, and the task gets %v", out.Action)
	}
	s.space.Park(s.task)
	s.space.Settle(s.task)
	e.exec = func(_ *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
		want(t, "Detach inside", a.Control(utrace.Detach), 0)
		return ev.Continue().Then(utrace.Stop)
	}
	if out := s.space.Exec(s.task, s.task.ID(), s.m); out.Action != utrace.Resume {
		t.Errorf("who detached inside its callback gives %v", out.Action)
	}
	s.space.Settle(s.task)
	s.end()
	if diff := cmp.Diff([]string{"Exec", "Exec"}, e.heard); diff != "" {
		t.Errorf("heard (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a: asked for"}, s.host.gone()); diff != "" {
		t.Errorf("the host was told (-want +got):\n%s", diff)
	}
}

func TestDetachDuringACallback(t *testing.T) {
	s := newSite(t)
	e := &engine{name: "a"}
	a := attach(t, s.task, e)
	e.exec = func(_ *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
		elsewhere(func() {
			want(t, "Detach during a callback", a.Control(utrace.Detach), unix.EINPROGRESS)
			want(t, "the second Detach during a callback", a.Control(utrace.Detach), unix.EINPROGRESS)
		})
		return ev.Continue().Then(utrace.Stop)
	}
	out := s.space.Exec(s.task, s.task.ID(), s.m)
	if out.Action != utrace.Resume {
		t.Errorf("a detached engine holds the task: %v", out.Action)
	}
	s.space.Settle(s.task)
	elsewhere(func() { want(t, "Detach afterwards", a.Control(utrace.Detach), 0) })
	s.end()
	if diff := cmp.Diff([]string{"Exec"}, e.heard); diff != "" {
		t.Errorf("heard (-want +got):\n%s", diff)
	}
}

func TestThenDetach(t *testing.T) {
	s := newSite(t)
	e := &engine{name: "a"}
	attach(t, s.task, e)
	e.exec = func(_ *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
		return ev.Continue().Then(utrace.Detach)
	}
	s.space.Exec(s.task, s.task.ID(), s.m)
	s.space.Settle(s.task)
	s.end()
	if diff := cmp.Diff([]string{"Exec"}, e.heard); diff != "" {
		t.Errorf("heard (-want +got):\n%s", diff)
	}
}

func TestSingleStepOfAParkedTask(t *testing.T) {
	s := newSite(t)
	a := attach(t, s.task, &engine{name: "a"})
	s.hold(t, a)
	want(t, "SingleStep by who holds it", a.Control(utrace.SingleStep), 0)
	if need := s.space.Need(s.task); need != utrace.NeedResume {
		t.Errorf("the owner needs to do %d", need)
	}
	if act := s.space.Wants(s.task); act != utrace.SingleStep {
		t.Errorf("Wants answered %v", act)
	}
	s.space.Unpark(s.task)
	if out := s.space.Quiesce(s.task, s.m); out.Action != utrace.Resume {
		t.Errorf("after the step was told the task gets %v", out.Action)
	}
}

func TestReportIsOwedOnce(t *testing.T) {
	s := newSite(t)
	e := &engine{name: "a"}
	a := attach(t, s.task, e)
	want(t, "Report", a.Control(utrace.Report), 0)
	want(t, "Interrupt", a.Control(utrace.Interrupt), 0)
	s.space.Exec(s.task, s.task.ID(), s.m) // Quiesce is told before it
	if need := s.space.Need(s.task); need != utrace.NeedNothing {
		t.Errorf("Quiesce was told before another report, and the owner needs to do %d", need)
	}
}

func TestSetEvents(t *testing.T) {
	all := utrace.All
	for _, c := range []struct {
		what     string
		state    string
		from, to utrace.Mask
		errno    unix.Errno
	}{
		{"fewer", runs, all, utrace.Exec, 0},
		{"more", runs, 0, all, 0},
		{"an event that does not exist", runs, all, all + 1, unix.EINVAL},
		{"clearing Death", runs, all, all &^ utrace.Death, 0},
		{"clearing Death", dying, all, all &^ utrace.Death, 0},
		{"clearing Death", dead, all, all &^ utrace.Death, unix.EALREADY},
		{"clearing Death", reaped, all, all &^ utrace.Death, unix.EALREADY},
		{"clearing Reap", dead, all, all &^ utrace.Reap, 0},
		{"clearing Reap", reaped, all, all &^ utrace.Reap, unix.EALREADY},
		{"clearing another", dead, all, all &^ utrace.Exec, 0},
		{"clearing another", reaped, all, all &^ utrace.Exec, unix.ESRCH},
		{"setting Death", dying, all &^ utrace.Death, all, unix.EALREADY},
		{"setting Death", dead, all &^ utrace.Death, all, unix.EALREADY},
		{"setting Quiesce", dying, all &^ utrace.Quiesce, all, unix.EALREADY},
		{"setting Quiesce", dead, all &^ utrace.Quiesce, all, unix.EALREADY},
		{"setting another", dying, all &^ utrace.Exec, all, 0},
		{"setting nothing new", reaped, all, all, unix.ESRCH},
	} {
		s, a := inState(t, c.state, c.from)
		before := s.task.Mask()
		want(t, c.what+" on a task that "+c.state, a.SetEvents(c.to), c.errno)
		if c.errno != 0 && s.task.Mask() != before {
			t.Errorf("%s on a task that %s was refused and changed the mask", c.what, c.state)
		}
	}
	_, a := inState(t, runs, all)
	want(t, "Detach", a.Control(utrace.Detach), 0)
	want(t, "SetEvents by a detached engine", a.SetEvents(0), unix.EINVAL)
}

func TestSetEventsNeedsMethods(t *testing.T) {
	s := newSite(t)
	a := attach(t, s.task, withSignal{plain{"e", utrace.SignalTerm}})
	want(t, "SetEvents with another signal event", a.SetEvents(utrace.Signals), 0)
	want(t, "SetEvents without a method", a.SetEvents(utrace.Exec), unix.EINVAL)
}

func TestSetEventsDuringACallback(t *testing.T) {
	s := newSite(t)
	e := &engine{name: "a"}
	a := attach(t, s.task, e)
	e.exec = func(_ *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
		elsewhere(func() {
			want(t, "clearing another event than the one that runs", a.SetEvents(utrace.All&^utrace.Clone), 0)
			want(t, "clearing the event that runs", a.SetEvents(utrace.All&^utrace.Exec), unix.EINPROGRESS)
		})
		return ev.Continue()
	}
	s.space.Exec(s.task, s.task.ID(), s.m)
	s.space.Settle(s.task)
	s.space.Exec(s.task, s.task.ID(), s.m)
	if diff := cmp.Diff([]string{"Exec"}, e.heard); diff != "" {
		t.Errorf("EINPROGRESS changes the mask all the same (-want +got):\n%s", diff)
	}
}

func TestQuiesceMayChangeTheMaskForThisVeryEvent(t *testing.T) {
	s := newSite(t)
	e := &engine{name: "a"}
	a := attach(t, s.task, e, utrace.WithEvents(utrace.Quiesce|utrace.Exec))
	e.quiesce = func(_ *utrace.Stopped, ev *utrace.QuiesceEvent) utrace.QuiesceVerdict {
		switch ev.Before {
		case utrace.Exec:
			want(t, "clearing inside", a.SetEvents(utrace.Quiesce), 0)
		case utrace.Jctl:
			want(t, "setting inside", a.SetEvents(utrace.Quiesce|utrace.Jctl), 0)
		}
		return ev.Continue()
	}
	s.space.Exec(s.task, s.task.ID(), s.m)
	s.space.Jctl(s.task, utrace.JctlEvent{}, s.m)
	if diff := cmp.Diff([]string{"Jctl"}, e.heard); diff != "" {
		t.Errorf("heard (-want +got):\n%s", diff)
	}
}
