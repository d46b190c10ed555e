// Barrier: what it waits for, what it does not, and who may call it.

package utrace_test

import (
	"context"
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

func cancelled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func TestBarrierWaitsForTheEffect(t *testing.T) {
	s := newSite(t)
	e := &engine{name: "a"}
	a := attach(t, s.task, e)
	free := func(when string, is bool) {
		t.Helper()
		elsewhere(func() {
			err := a.Barrier(cancelled())
			if is && err != nil || !is && !errors.Is(err, context.Canceled) {
				t.Errorf("%s: Barrier answered %v", when, err)
			}
		})
	}
	free("before anything", true)
	e.exec = func(_ *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
		free("during the callback", false)
		return ev.Continue()
	}
	s.space.Exec(s.task, s.task.ID(), s.m)
	free("after the callback, before its effect", false)

	done := make(chan error)
	waits := make(chan struct{})
	go func() {
		close(waits)
		done <- a.Barrier(context.Background())
	}()
	<-waits
	s.space.Settle(s.task)
	if err := <-done; err != nil {
		t.Errorf("Barrier that waited answered %v", err)
	}
	free("afterwards", true)
	s.end()
	free("after Reap", true)
}

func TestBarrierOfADetachedEngine(t *testing.T) {
	s := newSite(t)
	e := &engine{name: "a"}
	a := attach(t, s.task, e)
	done := make(chan error, 1)
	e.exec = func(_ *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
		elsewhere(func() {
			want(t, "Detach during the callback", a.Control(utrace.Detach), unix.EINPROGRESS)
			if err := a.Barrier(cancelled()); !errors.Is(err, context.Canceled) {
				t.Errorf("Barrier of an engine that was detached during its callback answered %v", err)
			}
		})
		go func() { done <- a.Barrier(context.Background()) }()
		return ev.Continue()
	}
	s.space.Exec(s.task, s.task.ID(), s.m)
	s.space.Settle(s.task)
	if err := <-done; err != nil {
		t.Errorf("Barrier answered %v", err)
	}
}

func TestBarrierInsideACallback(t *testing.T) {
	s := newSite(t)
	e := &engine{name: "a"}
	a := attach(t, s.task, e)
	b := attach(t, s.task, &engine{name: "b"})
	e.exec = func(st *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
		for _, x := range []*utrace.Attachment{a, b} {
			want(t, "Barrier inside", x.Barrier(context.Background()), 0)
		}
		ctx := st.Context(context.Background())
		elsewhere(func() { want(t, "Barrier inside, handed to another goroutine", a.Barrier(ctx), 0) })
		return ev.Continue()
	}
	s.space.Exec(s.task, s.task.ID(), s.m)
	s.space.Settle(s.task)
}

// TestBarrierAfterTwoReportsAtOneStop: an engine that detaches in the first is settled with the second.
func TestBarrierAfterTwoReportsAtOneStop(t *testing.T) {
	s := newSite(t)
	e := &engine{name: "a"}
	a := attach(t, s.task, e)
	attach(t, s.task, &engine{name: "b"})
	e.making = func(_ *utrace.Stopped, ev *utrace.CloneEntryEvent) utrace.CloneEntryVerdict {
		return ev.Continue().Then(utrace.Detach)
	}
	s.space.CloneEntry(s.task, utrace.Call{}, s.m)
	s.entry(1)
	s.space.Settle(s.task)
	elsewhere(func() { want(t, "Barrier", a.Barrier(cancelled()), 0) })
}

func TestBarrierSeesWhatTheCallbackDid(t *testing.T) {
	s := newSite(t)
	seen := 0 // written by callbacks, read after Barrier: the race detector looks on
	e := &engine{name: "a"}
	e.exec = func(_ *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict { seen++; return ev.Continue() }
	a := attach(t, s.task, e)
	begun, done := make(chan struct{}), make(chan int)
	go func() {
		<-begun
		_ = a.Control(utrace.Detach)
		_ = a.Barrier(context.Background())
		done <- seen
	}()
	s.space.Exec(s.task, s.task.ID(), s.m)
	close(begun)
	s.space.Settle(s.task)
	s.space.Exec(s.task, s.task.ID(), s.m)
	s.space.Settle(s.task)
	if n := <-done; n != 1 && n != 2 {
		t.Errorf("saw %d", n)
	}
}
