// Attach and Match: every error of the page, and who hears what first.

package utrace_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// plain has a name and a mask, and no callback at all.
type plain struct {
	name string
	mask utrace.Mask
}

func (p plain) Name() string        { return p.name }
func (p plain) Events() utrace.Mask { return p.mask }

type withExec struct{ plain }

func (withExec) ReportExec(_ *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
	return ev.Continue()
}

type withSignal struct{ plain }

func (withSignal) ReportSignal(_ *utrace.Stopped, ev *utrace.SignalEvent) utrace.SignalVerdict {
	return ev.Deliver()
}

type withMaking struct{ plain }

func (withMaking) ReportCloneEntry(_ *utrace.Stopped, ev *utrace.CloneEntryEvent) utrace.CloneEntryVerdict {
	return ev.Continue()
}

// withEntry lacks Syscalls, so that it is no EntryReporter.
type withEntry struct{ plain }

func (withEntry) ReportSyscallEntry(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	return ev.Continue()
}

func TestAttachChecksMaskAgainstCallbacks(t *testing.T) {
	on := utrace.On
	for _, c := range []struct {
		what   string
		engine utrace.Engine
		says   string // empty: it fits
	}{
		{"nothing asked, nothing there", plain{"e", 0}, ""},
		{"exec asked and there", withExec{plain{"e", utrace.Exec}}, ""},
		{"exec asked, no method", plain{"e", utrace.Exec}, "lacks the method"},
		{"exec there, not asked", withExec{plain{"e", 0}}, "never asks"},
		{"exec there, clone asked", withExec{plain{"e", utrace.Clone}}, "lacks the method"},
		{"one signal event asked", withSignal{plain{"e", utrace.SignalCore}}, ""},
		{"all signal events asked", withSignal{plain{"e", utrace.Signals}}, ""},
		{"signal method, none asked", withSignal{plain{"e", 0}}, "never asks"},
		{"signal asked, no method", plain{"e", utrace.SignalIgn}, "lacks the method"},
		{"clone entry with clone", withMaking{plain{"e", utrace.Clone}}, ""},
		{"clone entry without clone", withMaking{plain{"e", 0}}, "asks for"},
		{"entry without Syscalls", withEntry{plain{"e", utrace.SyscallEntry}}, "lacks the method"},
		{"an event that does not exist", plain{"e", utrace.All + 1}, "unknown event"},
		{"everything", &engine{name: "e"}, ""},
		{"everything there, one asked", &engine{name: "e", mask: on(utrace.Exec)}, "never asks"},
	} {
		s := newSite(t)
		_, err := s.task.Attach(c.engine)
		switch {
		case c.says == "" && err != nil:
			t.Errorf("%s: %v", c.what, err)
		case c.says != "" && (!errors.Is(err, utrace.ErrCallbacks) || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%s: answered %v, want ErrCallbacks with %q", c.what, err, c.says)
		}
	}
}

func TestAttachWithEventsNeedsMethods(t *testing.T) {
	s := newSite(t)
	_, err := s.task.Attach(withExec{plain{"e", utrace.Exec}}, utrace.WithEvents(utrace.Exec|utrace.Clone))
	want(t, "Attach with a mask that has no method", err, unix.EINVAL)
	_, err = s.task.Attach(withExec{plain{"e", utrace.Exec}}, utrace.WithEvents(0))
	want(t, "Attach with a smaller mask", err, 0)
}

func TestAttachExclusive(t *testing.T) {
	s := newSite(t)
	attach(t, s.task, &engine{name: "a"})
	_, err := s.task.Attach(&engine{name: "a"}, utrace.Exclusive())
	want(t, "Attach(Exclusive) beside one of the same name", err, unix.EEXIST)
	_, err = s.task.Attach(&engine{name: "b"}, utrace.Exclusive())
	want(t, "Attach(Exclusive) beside another", err, 0)
	_, err = s.task.Attach(&engine{name: "a"})
	want(t, "Attach of a second one that is not exclusive", err, 0)
}

func TestMatch(t *testing.T) {
	s := newSite(t)
	_, err := s.task.Match("a")
	want(t, "Match of nobody", err, unix.ENOENT)
	a := attach(t, s.task, &engine{name: "a"})
	if got, err := s.task.Match("a"); got != a || err != nil {
		t.Errorf("Match answered %v, %v", got, err)
	}
	want(t, "Detach", a.Control(utrace.Detach), 0)
	_, err = s.task.Match("a")
	want(t, "Match of a detached one", err, unix.ENOENT)
}

func TestAttachUntilReap(t *testing.T) {
	s := newSite(t)
	s.space.Death(s.task, utrace.DeathEvent{})
	late := &engine{name: "late"}
	attach(t, s.task, late)
	s.space.Reap(s.task)
	_, err := s.task.Attach(&engine{name: "a"})
	want(t, "Attach after Reap", err, unix.ESRCH)
	_, err = s.task.Match("late")
	want(t, "Match after Reap", err, unix.ESRCH)
	if diff := cmp.Diff([]string{"Reap"}, late.heard); diff != "" {
		t.Errorf("who was attached between Death and Reap heard (-want +got):\n%s", diff)
	}
}

func TestAttachDuringReportHearsTheNext(t *testing.T) {
	s := newSite(t)
	late := &engine{name: "late"}
	first := &engine{name: "first"}
	first.exec = func(st *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
		first.exec = nil
		attach(t, st.Task(), late)
		return ev.Continue()
	}
	attach(t, s.task, first)
	s.space.Exec(s.task, s.task.ID(), s.m)
	if len(late.heard) != 0 {
		t.Errorf("heard of the report under way: %v", late.heard)
	}
	s.space.Settle(s.task)
	s.space.Exec(s.task, s.task.ID(), s.m)
	if diff := cmp.Diff([]string{"Exec"}, late.heard); diff != "" {
		t.Errorf("of the next report (-want +got):\n%s", diff)
	}
}

func TestFollowersAreOnTheChildFromTheStart(t *testing.T) {
	s := newSite(t)
	attach(t, s.task, &engine{name: "stays"})
	attach(t, s.task, &engine{name: "left"}, utrace.Follow())
	follower := &engine{name: "follows"}
	a := attach(t, s.task, follower, utrace.Follow())
	left, _ := s.task.Match("left")
	want(t, "Detach", left.Control(utrace.Detach), 0)
	want(t, "SetEvents", a.SetEvents(utrace.Exec|utrace.Death), 0)
	child := s.space.NewChild(s.task, 101, 101)
	for _, name := range []string{"stays", "left"} {
		_, err := child.Match(name)
		want(t, "Match of "+name+" on the child", err, unix.ENOENT)
	}
	grandchild := s.space.NewChild(child, 102, 102)
	b, err := grandchild.Match("follows")
	if err != nil || b.Engine() != utrace.Engine(follower) || b.Task() != grandchild {
		t.Fatalf("on the grandchild: %v, %v", b, err)
	}
	if m := grandchild.Mask(); m != utrace.Exec|utrace.Death {
		t.Errorf("the mask that is inherited is %v", m)
	}
	if a, b := s.task.ID(), child.ID(); a.Serial == b.Serial {
		t.Errorf("two tasks with one serial: %+v, %+v", a, b)
	}
}

func TestTaskMaskAndWants(t *testing.T) {
	s := newSite(t)
	only := new(utrace.SyscallSet).Add(1, 42)
	a := attach(t, s.task, &engine{name: "a", calls: only}, utrace.WithEvents(utrace.SyscallEntry|utrace.Clone))
	attach(t, s.task, &engine{name: "b"}, utrace.WithEvents(utrace.Exec))
	if m := s.task.Mask(); m != utrace.SyscallEntry|utrace.Clone|utrace.Exec {
		t.Errorf("union is %v", m)
	}
	if !s.task.Wants(utrace.SyscallEntry, 1, 42) || s.task.Wants(utrace.SyscallEntry, 1, 43) ||
		s.task.Wants(utrace.SyscallEntry, 2, 42) || s.task.Wants(utrace.SyscallExit, 1, 42) {
		t.Error("Wants does not go by event, architecture and number")
	}
	if !s.task.WantsCloneEntry() {
		t.Error("somebody wants the entry of clone")
	}
	want(t, "SetEvents", a.SetEvents(0), 0)
	if s.task.WantsCloneEntry() || s.task.Wants(utrace.SyscallEntry, 1, 42) {
		t.Error("nobody asks any more")
	}
}

func TestSyscallSet(t *testing.T) {
	var none *utrace.SyscallSet
	if none.Has(1, 1) || new(utrace.SyscallSet).Has(1, 1) || !new(utrace.SyscallSet).AddAll().Has(9, 9) {
		t.Error("Has of nothing, or of everything")
	}
	n := 0
	new(utrace.SyscallSet).Add(1, 2).Add(3, 4).Add(1, 2).Each(func(arch uint32, nr int64) { n += int(arch)*10 + int(nr) })
	if n != 12+34 {
		t.Errorf("Each gave %d", n)
	}
}

// Engines that would never hear of what they ask for are not attached: silence would look like "it never happened".
func TestAttachOfADeafEngine(t *testing.T) {
	s := newSite(t)
	calls := new(utrace.SyscallSet).Add(1, passing).Add(1, 1)
	if a, err := s.task.Attach(&engine{name: "deaf", calls: calls}); a != nil || !errors.Is(err, utrace.ErrDeaf) || !strings.Contains(err.Error(), "engine deaf: ") {
		t.Errorf("%v, %v", a, err)
	}
	if _, err := s.task.Match("deaf"); err != unix.ENOENT {
		t.Errorf("it was attached nevertheless: %v", err)
	}
	attach(t, s.task, &engine{name: "hears", calls: new(utrace.SyscallSet).Add(1, 1)})
	s.host.fixed = true
	if _, err := s.task.Attach(&engine{name: "maker"}); !errors.Is(err, utrace.ErrDeaf) {
		t.Errorf("before a task is made: %v", err)
	}
}

// The end of a call is asked for under the condition that its entry is.
func TestWantsExitUnderItsCondition(t *testing.T) {
	s := newSite(t)
	e := &engine{name: "e", calls: new(utrace.SyscallSet).AddIf(1, 2, 3, 4, 8).Add(1, 5)}
	a := attach(t, s.task, e)
	for _, c := range []struct {
		call utrace.Call
		want bool
	}{
		{utrace.Call{Arch: 1, Nr: 5}, true}, {utrace.Call{Arch: 1, Nr: 2}, false}, {utrace.Call{Arch: 2, Nr: 5}, false},
		{utrace.Call{Arch: 1, Nr: 2, Args: [6]uint64{3: 4}}, true}, {utrace.Call{Arch: 1, Nr: 2, Args: [6]uint64{3: 12}}, false},
		{utrace.Call{Arch: 1, Nr: 2, Args: [6]uint64{3: 4 << 32}}, false}, // an int
	} {
		if got := s.task.WantsExit(c.call); got != c.want {
			t.Errorf("%+v: %v", c.call, got)
		}
	}
	_ = a.Control(utrace.Detach)
	attach(t, s.task, &engine{name: "all", calls: new(utrace.SyscallSet).AddAll()})
	if !s.task.WantsExit(utrace.Call{Arch: 7, Nr: 7}) {
		t.Error("all calls are not all")
	}
}
