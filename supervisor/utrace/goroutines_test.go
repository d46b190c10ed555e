// Other goroutines really call the protocol while the owner reports: for the race detector, and for what no schedule may break.

package utrace_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// run is a loop without a kernel: it reports, parks and serves until stop, then ends the task.
func (s site) run(stop <-chan struct{}) {
	for done := false; !done; {
		select {
		case <-stop:
			done = true
		default:
		}
		s.carry(s.entry(1))
		s.carry(s.space.Exec(s.task, s.task.ID(), s.m))
		select {
		case <-s.host.rung:
			s.carry(s.serve())
		default:
		}
	}
	s.end()
	s.space.Serve() // whoever still waits for Examine is told
}

// carry carries an outcome out: parks while somebody holds the task.
func (s site) carry(out utrace.Outcome) {
	for out.Action == utrace.Stop && s.space.Park(s.task) {
		s.space.Settle(s.task)
		<-s.host.rung
		out = s.serve()
	}
	s.space.Unpark(s.task)
	s.space.Settle(s.task)
}

// serve answers what became of the task: Stop as long as it is held.
func (s site) serve() utrace.Outcome {
	s.space.Serve()
	if s.space.Need(s.task) != utrace.NeedNothing {
		return s.space.Quiesce(s.task, s.m)
	}
	return utrace.Outcome{Action: s.space.Wants(s.task)}
}

// rounds is how often each goroutine goes through its calls.
const rounds = 200

func TestGoroutines(t *testing.T) {
	s := newSite(t)
	stop := make(chan struct{})
	var callers sync.WaitGroup
	each := func(f func(*engine)) {
		e := &engine{name: "e"}
		callers.Add(1)
		go func() {
			defer callers.Done()
			for range rounds {
				f(e)
			}
		}()
	}
	for range 2 {
		each(func(*engine) { // attach, change, detach: nothing may be heard after
			var over atomic.Bool
			e := &engine{name: "brief"}
			e.exec = func(_ *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
				if over.Load() {
					t.Error("told after Detach and Barrier had answered nil")
				}
				return ev.Continue()
			}
			a, err := s.task.Attach(e)
			if err != nil {
				t.Errorf("Attach: %v", err)
				return
			}
			if err := a.SetEvents(utrace.Exec | utrace.Death); err != nil && !errors.Is(err, unix.EINPROGRESS) {
				t.Errorf("SetEvents: %v", err)
			}
			if err := a.Control(utrace.Detach); err != nil && !errors.Is(err, unix.EINPROGRESS) {
				t.Errorf("Detach: %v", err)
			}
			if err := a.Barrier(context.Background()); err != nil {
				t.Errorf("Barrier: %v", err)
			}
			over.Store(true)
		})
	}
	each(s.stopAndLook(t))
	each(func(*engine) {
		s.task.Mask()
		s.task.ID()
		s.task.WantsCloneEntry()
		s.task.Wants(utrace.SyscallEntry, 1, 1)
		_, _ = s.task.Match("brief")
	})
	go func() {
		callers.Wait()
		close(stop)
	}()
	s.run(stop)
	if _, err := s.task.Match("brief"); !errors.Is(err, unix.ESRCH) {
		t.Errorf("in the end Match answers %v", err)
	}
}

// stopAndLook holds the task, examines it and lets it go again.
func (s site) stopAndLook(t *testing.T) func(*engine) {
	var asked atomic.Bool
	held := make(chan struct{}, 1)
	e := &engine{name: "holder"}
	e.quiesce = func(_ *utrace.Stopped, ev *utrace.QuiesceEvent) utrace.QuiesceVerdict {
		if !asked.Load() {
			return ev.Continue()
		}
		select {
		case held <- struct{}{}:
		default:
		}
		return ev.Continue().Then(utrace.Stop) // each time: another answer would let go
	}
	a := attach(t, s.task, e, utrace.WithEvents(utrace.Quiesce))
	return func(*engine) {
		asked.Store(true)
		switch err := a.Control(utrace.Stop); {
		case err == nil: // somebody else held it: so do we
		case errors.Is(err, unix.EINPROGRESS):
			<-held
		default:
			t.Errorf("Stop: %v", err)
			return
		}
		if err := a.Barrier(context.Background()); err != nil {
			t.Errorf("Barrier: %v", err)
		}
		looked := false
		if err := a.Examine(func(st *utrace.Stopped) error { looked = true; _, err := st.Registers(); return err }); err != nil || !looked {
			t.Errorf("Examine of a task that is held: %v, looked %v", err, looked)
		}
		asked.Store(false)
		if err := a.Control(utrace.Resume); err != nil {
			t.Errorf("Resume: %v", err)
		}
		if err := a.Barrier(context.Background()); err != nil { // who answered Stop has done so
			t.Errorf("Barrier: %v", err)
		}
		select {
		case <-held:
		default:
		}
		if err := a.Control(utrace.Resume); err != nil { // and let go of what it answered
			t.Errorf("Resume: %v", err)
		}
	}
}
