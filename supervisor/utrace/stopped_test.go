// Stopped: valid for one callback, and how it reads strings.

package utrace_test

import (
	"bytes"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// at calls f inside a callback and returns the Stopped, which is over by then.
func (s site) at(t *testing.T, f func(*utrace.Stopped)) (over *utrace.Stopped) {
	t.Helper()
	e := &engine{name: "a"}
	a := attach(t, s.task, e)
	e.exec = func(st *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
		over = st
		f(st)
		return ev.Continue()
	}
	if out := s.space.Exec(s.task, s.task.ID(), s.m); out.Strict != utrace.AsIs {
		t.Fatalf("the callback failed: %q", out.Why.What)
	}
	s.space.Settle(s.task)
	want(t, "Detach", a.Control(utrace.Detach), 0)
	return over
}

// methods is every method of a Stopped that touches the task.
func methods(st *utrace.Stopped) map[string]error {
	all := map[string]error{}
	_, all["Registers"] = st.Registers()
	all["SetRegisters"] = st.SetRegisters(utrace.Registers{})
	_, all["ReadMem"] = st.ReadMem(0x1000, make([]byte, 1))
	_, all["WriteMem"] = st.WriteMem(0x1000, make([]byte, 1))
	_, all["Disposition"] = st.Disposition(unix.SIGTERM)
	return all
}

func TestStoppedIsValidForItsCallbackOnly(t *testing.T) {
	s := newSite(t)
	s.m.mem = []byte{1}
	over := s.at(t, func(st *utrace.Stopped) {
		for name, err := range methods(st) {
			want(t, name+" inside", err, 0)
		}
		if st.Task() != s.task || st.ID() != s.task.ID() || st.TGID() != 100 {
			t.Error("it is another task's")
		}
	})
	for name, err := range methods(over) {
		want(t, name+" afterwards", err, unix.EINVAL)
	}
	_, err := over.ReadString(0x1000, 10)
	want(t, "ReadString afterwards", err, unix.EINVAL)
}

func TestStoppedOfAKilledTask(t *testing.T) {
	s := newSite(t)
	s.m.err = unix.ESRCH
	s.at(t, func(st *utrace.Stopped) {
		for name, err := range methods(st) {
			want(t, name, err, unix.ESRCH)
		}
	})
}

func TestStoppedWithoutAMachine(t *testing.T) {
	s := newSite(t)
	e := &engine{name: "a"}
	e.exec = func(st *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
		for name, err := range methods(st) {
			want(t, name, err, unix.ESRCH)
		}
		return ev.Continue()
	}
	attach(t, s.task, e)
	s.space.Exec(s.task, s.task.ID(), nil)
}

func TestReadString(t *testing.T) {
	s := newSite(t)
	s.m.mem = append(bytes.Repeat([]byte{'x'}, 5000), 0, 'y', 'z')
	for _, c := range []struct {
		addr  uint64
		max   int
		len   int
		errno unix.Errno
	}{
		{0x1000, 5000, 5000, 0},
		{0x1000, 6000, 5000, 0},
		{0x1000, 4999, 0, unix.ENAMETOOLONG},
		{0x1000 + 4999, 1, 1, 0},
		{0x1000 + 5000, 0, 0, 0},
		{0x1000 + 4999, 0, 0, unix.ENAMETOOLONG},
		{0x1000 + 5001, 1, 0, unix.ENAMETOOLONG},
		{0x1000 + 5001, 2, 0, unix.EFAULT}, // memory ends before a NUL
		{0x10, 10, 0, unix.EFAULT},
	} {
		s.at(t, func(st *utrace.Stopped) {
			got, err := st.ReadString(c.addr, c.max)
			want(t, "ReadString", err, c.errno)
			if len(got) != c.len {
				t.Errorf("%#x, at most %d: %d bytes, want %d", c.addr, c.max, len(got), c.len)
			}
		})
	}
}

// TestStoppedKnowsWhoseCallbackItIs: of two engines of one name each can let itself go.
func TestStoppedKnowsWhoseCallbackItIs(t *testing.T) {
	s := newSite(t)
	var told [2]*utrace.Attachment
	var mine [2]*utrace.Attachment
	for i := range mine {
		e := &engine{name: "a"}
		mine[i] = attach(t, s.task, e)
		e.exec = func(st *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
			told[i] = st.Attachment()
			return ev.Continue()
		}
	}
	s.space.Exec(s.task, s.task.ID(), s.m)
	s.space.Settle(s.task)
	if told != mine || mine[0] == mine[1] {
		t.Error("it is another engine's")
	}
}
