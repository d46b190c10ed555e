// A task at a stop: the only way to its registers and memory.

package utrace

import (
	"context"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// A Machine reaches into one stopped task. The owner gives one with each report; methods answer ESRCH when the
// task was killed meanwhile.
type Machine interface {
	Registers() (Registers, error)
	SetRegisters(Registers) error
	ReadMem(addr uint64, p []byte) (int, error)
	WriteMem(addr uint64, p []byte) (int, error)
	Disposition(unix.Signal) (Disposition, error)
}

// A Stopped is a task at a stop, valid until the callback (or the fn of Examine) that it was given to returns;
// every method answers EINVAL afterwards. It must stay on the goroutine it was given on.
type Stopped struct {
	task    *Task
	machine Machine
	by      *Attachment // whose callback this is
	call    *Call       // in ReportSyscallEntry, as it stands by now
	over    atomic.Bool
}

// Task is the task's handle, which may be kept.
func (s *Stopped) Task() *Task { return s.task }

// Attachment is the one whose callback this is, or whose Examine: what to hold the task with, and to let it go. It may be kept.
func (s *Stopped) Attachment() *Attachment { return s.by }

// ID is the task's name for ever.
func (s *Stopped) ID() TaskID { return s.task.ID() }

// TGID is the thread group.
func (s *Stopped) TGID() int { return s.task.id.TGID }

// Registers reads the registers.
func (s *Stopped) Registers() (Registers, error) {
	if err := s.usable(); err != nil {
		return Registers{}, err
	}
	return s.machine.Registers()
}

// SetRegisters changes them. It answers EPERM if it would change number, arguments or result of a call that has not been
// made yet: who decides about calls, and in which order, is the business of verdicts, and an observer has none.
func (s *Stopped) SetRegisters(r Registers) error {
	if err := s.usable(); err != nil {
		return err
	}
	if s.task.isEntering() {
		now, err := s.machine.Registers()
		if err != nil {
			return err
		}
		if r.Nr != now.Nr || r.Args != now.Args || r.Result != now.Result {
			return unix.EPERM
		}
	}
	return s.machine.SetRegisters(r)
}

// ReadMem reads the task's memory. What it reads other tasks may change at the same moment: decide on nothing that
// another thread can rewrite before the kernel looks (P36).
func (s *Stopped) ReadMem(addr uint64, p []byte) (int, error) {
	if err := s.usable(); err != nil {
		return 0, err
	}
	return s.machine.ReadMem(addr, p)
}

// WriteMem writes the task's memory.
func (s *Stopped) WriteMem(addr uint64, p []byte) (int, error) {
	if err := s.usable(); err != nil {
		return 0, err
	}
	return s.machine.WriteMem(addr, p)
}

// Disposition tells what the task would do about a signal now.
func (s *Stopped) Disposition(sig unix.Signal) (Disposition, error) {
	if err := s.usable(); err != nil {
		return 0, err
	}
	return s.machine.Disposition(sig)
}

// ReadString reads a string that ends in NUL, at most max bytes long without it: ENAMETOOLONG if there is no NUL by then,
// EFAULT if memory ends first, as the kernel answers.
func (s *Stopped) ReadString(addr uint64, max int) (string, error) {
	var out []byte
	var chunk [256]byte
	for len(out) <= max {
		n := min(len(chunk), int(4096-addr%4096))
		if left := max - len(out); n > left { // not "left + 1" in the comparison: max may be the greatest int
			n = left + 1
		}
		got, err := s.ReadMem(addr, chunk[:n])
		for i := range got {
			if chunk[i] == 0 {
				return string(append(out, chunk[:i]...)), nil
			}
		}
		if err != nil {
			return "", err
		}
		if got == 0 {
			return "", unix.EFAULT
		}
		out = append(out, chunk[:got]...)
		addr += uint64(got)
	}
	return "", unix.ENAMETOOLONG
}

type insideKey struct{}

// Context marks ctx as being inside this callback, for as long as that runs: a Barrier with it returns at once instead of
// waiting for itself.
func (s *Stopped) Context(ctx context.Context) context.Context {
	return context.WithValue(ctx, insideKey{}, s)
}

// isEntering tells whether t stands before a call that engines decide about.
func (t *Task) isEntering() bool {
	t.space.mu.Lock()
	defer t.space.mu.Unlock()
	return t.entering
}

func (s *Stopped) usable() error {
	switch {
	case s.over.Load():
		return unix.EINVAL
	case s.machine == nil:
		return unix.ESRCH
	}
	return nil
}
