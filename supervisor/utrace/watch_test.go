// What a callback took, and how it is seen while it runs.

package utrace_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"jail/supervisor/utrace"
)

func TestSpentIsCountedByName(t *testing.T) {
	s := newSite(t)
	took := time.Duration(1)
	e := &engine{name: "slow", exec: func(_ *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
		s.host.now += took
		took *= 2
		return ev.Continue()
	}}
	attach(t, s.task, e, utrace.Follow())
	attach(t, s.task, &engine{name: "quick"})
	child := s.space.NewChild(s.task, 2, 2)
	for _, task := range []*utrace.Task{s.task, child, s.task} {
		s.space.Exec(task, task.ID(), s.m)
		s.space.Settle(task)
	}
	attach(t, s.task, &engine{name: "never called"})
	if n := len(s.space.Spent()); n != 2 {
		t.Errorf("%d engines were called, want 2", n)
	}
	var slow, quick utrace.Spent
	for _, p := range s.space.Spent() {
		switch p.Engine {
		case "slow":
			slow = p
		case "quick":
			quick = p
		}
	}
	// Each exec is a Quiesce, too; quick is not on the child.
	if diff := cmp.Diff([]utrace.Spent{{"slow", 6, 7, 4}, {"quick", 4, 0, 0}}, []utrace.Spent{slow, quick}); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestDuringSeesTheCallbackThatRuns(t *testing.T) {
	s := newSite(t)
	var seen []utrace.Callback
	look := func(c utrace.Callback) bool { seen = append(seen, c); return false }
	begun := 0
	s.space.Watch(func() { begun++ })
	attach(t, s.task, &engine{name: "watched", exec: func(_ *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
		done := make(chan bool)
		go func() { done <- s.space.During(look) }()
		if !<-done || begun != 2 { // a Quiesce came before
			t.Errorf("nothing runs; begun %d times", begun)
		}
		return ev.Continue()
	}}, utrace.Observe())
	s.host.now = 3
	s.space.Exec(s.task, s.task.ID(), s.m)
	if s.space.During(look) {
		t.Error("something runs after the report")
	}
	want := []utrace.Callback{{Seq: 2, Task: s.task.ID(), Engine: "watched", Event: utrace.Exec, Lazy: true, Since: 3}}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
