// Sealed arguments: what an engine checked is what the kernel uses.

package utrace

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// MaxSealed is how many bytes of one argument can be sealed: the longest path with its NUL, PATH_MAX.
const MaxSealed = 4096

// Errors of Seal and of what is built upon it. An engine that gets one has seen nothing that it could decide about: it refuses.
var (
	// ErrUnsealed: the argument can't be taken out of the program's reach; it comes wrapped, with the reason. The kernel is older
	// than Linux 6.10 (mseal(2)), the program has seccomp filters of its own that came first, its ABI is not the native one, …
	ErrUnsealed = errors.New("the argument can't be sealed")
	// ErrTooLarge: the argument is longer than MaxSealed, or than the kernel takes.
	ErrTooLarge = errors.New("the argument is too large to be sealed")
)

// A Sealer is a Machine that can keep a copy of an argument where only the supervisor can write. The copy stays until the call
// that the task stands before has ended. Errors wrap ErrUnsealed or ErrTooLarge, or are ESRCH.
type Sealer interface {
	Seal(p []byte) (addr uint64, err error)
}

// An ArgumentSealer is an engine that seals arguments: of the calls in Seals, which its Syscalls must have too. It is asked
// once, when the engine is attached. What Stopped.Seal needs is made ready before the engine is told of such a call.
type ArgumentSealer interface {
	EntryReporter
	Seals() *SyscallSet
}

// sealing is an argument that was sealed in the report under way.
type sealing struct {
	arg      int
	from, at uint64 // the program's own pointer, and the copy's address
	value    []byte
}

// Seal takes the size bytes that argument arg of the call points to out of the program's reach, and answers them: they are
// copied once, and the kernel will read the copy, which no task can change. The program finds its own pointer in its
// register when the call has ended. What a Rewrite leaves as it was in Call stays sealed. A second Seal of the same argument
// answers the same bytes.
//
// It can be called in ReportSyscallEntry, for calls that ArgumentSealer names. Only the bytes themselves are sealed: not what
// pointers among them point to, nor what a path or a descriptor means. It does not block. Errors: ErrTooLarge, ErrUnsealed, EFAULT where the
// program has no readable memory, EINVAL outside of ReportSyscallEntry, ESRCH. With an error nothing has changed.
func (s *Stopped) Seal(arg, size int) ([]byte, error) {
	if err := s.usable(); err != nil {
		return nil, err
	}
	if s.call == nil || arg < 0 || arg >= len(s.call.Args) || size < 0 {
		return nil, unix.EINVAL
	}
	if size > MaxSealed {
		return nil, fmt.Errorf("%w: %d bytes, %d are possible", ErrTooLarge, size, MaxSealed)
	}
	if size == 0 { // the kernel reads nothing
		return nil, nil
	}
	from := s.call.Args[arg]
	for _, x := range s.task.space.sealed {
		if x.arg != arg || x.at != from {
			continue
		}
		if size <= len(x.value) {
			return slices.Clone(x.value[:size]), nil
		}
		from = x.from
	}
	value := make([]byte, size)
	if n, err := s.machine.ReadMem(from, value); err != nil {
		return nil, err
	} else if n < size {
		return nil, unix.EFAULT
	}
	return s.seal(arg, from, value)
}

// seal points the argument to a copy of value.
func (s *Stopped) seal(arg int, from uint64, value []byte) ([]byte, error) {
	m, ok := s.machine.(Sealer)
	if !ok {
		return nil, fmt.Errorf("%w: not here", ErrUnsealed)
	}
	at, err := m.Seal(value)
	if err != nil {
		return nil, err
	}
	space := s.task.space
	space.sealed = append(space.sealed, sealing{arg, from, at, value})
	s.call.Args[arg] = at
	return slices.Clone(value), nil
}

// keep puts sealed arguments into a call that an engine made of the one it was told of, where it left the program's pointers.
func (s *Space) keep(next *Call) {
	for _, x := range s.sealed {
		if next.Args[x.arg] == x.from {
			next.Args[x.arg] = x.at
		}
	}
}

// sealedIn makes the outcome of a report carry what was sealed in it.
func (s *Space) sealedIn(out *Outcome, c Call) {
	if len(s.sealed) > 0 && out.Strict <= Rewritten {
		out.Sealed, out.Call = true, c
	}
}

// Seals tells whether an engine may seal arguments of this call. Any goroutine.
func (t *Task) Seals(arch uint32, nr int64) bool {
	t.space.mu.Lock()
	defer t.space.mu.Unlock()
	for _, a := range t.attached {
		if a.cb.seals != nil && a.mask.Has(SyscallEntry) && a.cb.seals.Has(arch, nr) {
			return true
		}
	}
	return false
}
