// Examine: only while the engine holds the task, on the owner's goroutine, and never to be trusted after SIGKILL.

package utrace_test

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// examine calls Examine on another goroutine and serves it.
func (s site) examine(a *utrace.Attachment, fn func(*utrace.Stopped) error) error {
	done := make(chan error, 1)
	go func() { done <- a.Examine(fn) }()
	for {
		select {
		case err := <-done:
			return err
		case <-s.host.rung:
			s.space.Serve()
		}
	}
}

func TestExamine(t *testing.T) {
	s := newSite(t)
	a := attach(t, s.task, &engine{name: "a"})
	b := attach(t, s.task, &engine{name: "b"})
	look := func(st *utrace.Stopped) error {
		_, err := st.Registers()
		return err
	}
	want(t, "Examine of a running task", s.examine(a, look), unix.EINVAL)
	s.hold(t, a)
	want(t, "Examine by who does not hold it", s.examine(b, look), unix.EINVAL)

	s.m.regs.PC = 77
	var pc uint64
	var kept *utrace.Stopped
	want(t, "Examine", s.examine(a, func(st *utrace.Stopped) error {
		if !s.host.OnOwner() {
			t.Error("fn runs on another goroutine than the owner's")
		}
		r, err := st.Registers()
		pc, kept = r.PC, st
		return err
	}), 0)
	if pc != 77 {
		t.Errorf("read PC %d", pc)
	}
	_, err := kept.Registers()
	want(t, "what fn was given, afterwards", err, unix.EINVAL)

	mine := errors.New("mine")
	if err := s.examine(a, func(*utrace.Stopped) error { return mine }); !errors.Is(err, mine) {
		t.Errorf("what fn answers is lost: %v", err)
	}
	want(t, "Resume", a.Control(utrace.Resume), 0)
	want(t, "Examine after letting go", s.examine(a, look), unix.EINVAL)
}

func TestExamineAfterSIGKILL(t *testing.T) {
	look := func(*utrace.Stopped) error { return nil }
	t.Run("while fn looks", func(t *testing.T) {
		s := newSite(t)
		a := attach(t, s.task, &engine{name: "a"})
		s.hold(t, a)
		want(t, "Examine", s.examine(a, func(*utrace.Stopped) error { s.m.err = unix.ESRCH; return nil }), unix.EAGAIN)
	})
	t.Run("before fn looks", func(t *testing.T) {
		s := newSite(t)
		a := attach(t, s.task, &engine{name: "a"})
		s.hold(t, a)
		s.host.mu.Lock()
		clear(s.host.machines)
		s.host.mu.Unlock()
		want(t, "Examine", s.examine(a, func(*utrace.Stopped) error { t.Error("fn ran"); return nil }), unix.EAGAIN)
	})
	t.Run("known to be dying", func(t *testing.T) {
		s := newSite(t)
		a, b := attach(t, s.task, &engine{name: "a"}), attach(t, s.task, &engine{name: "b"})
		s.hold(t, a)
		s.space.Dying(s.task)
		want(t, "Examine by who held it", s.examine(a, look), unix.EAGAIN)
		want(t, "Examine by who did not", s.examine(b, look), unix.EINVAL)
	})
	t.Run("dead", func(t *testing.T) {
		s := newSite(t)
		a := attach(t, s.task, &engine{name: "a"})
		s.hold(t, a)
		s.space.Death(s.task, utrace.DeathEvent{})
		want(t, "Examine", s.examine(a, look), unix.ESRCH)
		s.space.Reap(s.task)
		want(t, "Examine after Reap", s.examine(a, look), unix.ESRCH)
	})
	t.Run("dead before the owner came to it", func(t *testing.T) {
		s := newSite(t)
		a := attach(t, s.task, &engine{name: "a"})
		s.hold(t, a)
		done := make(chan error, 1)
		go func() { done <- a.Examine(func(*utrace.Stopped) error { t.Error("fn ran"); return nil }) }()
		<-s.host.rung
		s.space.Death(s.task, utrace.DeathEvent{})
		s.space.Serve()
		want(t, "Examine", <-done, unix.ESRCH)
	})
}

func TestExamineInsideACallback(t *testing.T) {
	s := newSite(t)
	e := &engine{name: "a"}
	a := attach(t, s.task, e)
	s.hold(t, a)
	ran := false
	e.exit = func(_ *utrace.Stopped, ev *utrace.ExitEvent) utrace.ExitVerdict {
		want(t, "Examine inside, before Stop", a.Examine(func(*utrace.Stopped) error { return nil }), unix.EINVAL) // Quiesce let go
		want(t, "Stop inside", a.Control(utrace.Stop), 0)
		want(t, "Examine inside", a.Examine(func(*utrace.Stopped) error { ran = true; return nil }), 0)
		return ev.Continue()
	}
	s.space.Exit(s.task, utrace.ExitStatus{}, s.m)
	if !ran {
		t.Error("fn did not run")
	}
}

func TestExamineByADetachedEngine(t *testing.T) {
	s := newSite(t)
	a, b := attach(t, s.task, &engine{name: "a"}), attach(t, s.task, &engine{name: "b"})
	s.hold(t, a)
	want(t, "Stop", b.Control(utrace.Stop), 0)
	want(t, "Detach", a.Control(utrace.Detach), 0)
	want(t, "Examine", s.examine(a, func(*utrace.Stopped) error { return nil }), unix.EINVAL)
}
