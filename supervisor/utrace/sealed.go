// Sealed arguments: what an engine checked is what the kernel uses.

package utrace

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// Sizes in bytes.
const (
	// MaxSealed is how much of one argument can be sealed: all the strings that execve(2) takes, which are at most 3/4 of 8 MiB
	// (bprm_stack_limits() in fs/exec.c), and the pointers to them.
	MaxSealed = 12 << 20
	// MaxPath is the longest path with its NUL (PATH_MAX, path_resolution(7)).
	MaxPath = 4096
)

// Errors of Seal and of what is built upon it. An engine that gets one has seen nothing that it could decide about: it refuses.
var (
	// ErrUnsealed: the argument can't be taken out of the program's reach; it comes wrapped, with the reason. The kernel is older
	// than Linux 6.10 (mseal(2)), the program has seccomp filters of its own that came first, its ABI is not the native one, …
	ErrUnsealed = errors.New("the argument can't be sealed")
	// ErrNoRoom is an ErrUnsealed of that moment: other calls of the jail have all the places for arguments of that size. No rule is to blame, and ENOMEM
	// tells the program that it may try again.
	ErrNoRoom = fmt.Errorf("%w: too many calls are under way whose arguments are sealed", ErrUnsealed)
	// ErrTooLarge: the argument is longer than MaxSealed, or than the kernel takes.
	ErrTooLarge = errors.New("the argument is too large to be sealed")
)

// A Sealer is a Machine that has places where only the supervisor can write, and that the task can read. Seal takes one of size
// bytes, until the call that the task stands before has ended: addr is where the task finds it, place is for writing, before
// the callback returns. Errors wrap ErrUnsealed or ErrTooLarge, or are ESRCH.
type Sealer interface {
	Seal(size int) (addr uint64, place []byte, err error)
}

// An ArgumentSealer is an engine that seals arguments: of the calls in Seals, which its Syscalls must have too. It is asked
// once, when the engine is attached. What Stopped.Seal needs is made ready before the engine is told of such a call.
type ArgumentSealer interface {
	EntryReporter
	Seals() *SyscallSet
}

// sealing is an argument that was sealed in the report under way, or a value that was placed for one.
type sealing struct {
	arg      int    // placed: the one that a call has to have it as is not known
	from, at uint64 // the program's own pointer, and the copy's address
	value    []byte
	strings  []string // Strings: what value has the pointers to
	message  bool     // Message: value is a header with what it points to
}

const placed = -1

// Seal takes the size bytes that argument arg of the call points to out of the program's reach, and answers them: they are
// copied once, and the kernel will read the copy, which no task can change. The program finds its own pointer in its
// register when the call has ended. What a Rewrite leaves as it was in Call stays sealed. A second Seal of the same argument
// answers the same bytes; one of more bytes begins with them.
//
// It can be called in ReportSyscallEntry, for calls that ArgumentSealer names. Only the bytes themselves are sealed: not what
// pointers among them point to, nor what a path or a descriptor means. It does not block. Errors: ErrTooLarge, ErrUnsealed, EFAULT where the
// program has no readable memory, EINVAL outside of ReportSyscallEntry, ESRCH. With an error nothing has changed.
func (s *Stopped) Seal(arg, size int) ([]byte, error) {
	if err := s.sealable(arg); err != nil {
		return nil, err
	}
	if size < 0 {
		return nil, unix.EINVAL
	}
	if size > MaxSealed {
		return nil, fmt.Errorf("%w: %d bytes, %d are possible", ErrTooLarge, size, MaxSealed) // before that much is copied
	}
	if size == 0 { // the kernel reads nothing
		return nil, nil
	}
	known, from := s.known(arg)
	if known != nil && size <= len(known.value) {
		return slices.Clone(known.value[:size]), nil
	}
	value := make([]byte, size)
	if err := s.fillBehind(known, from, value); err != nil {
		return nil, err
	}
	return slices.Clone(value), s.seal(sealing{arg: arg, from: from, value: value})
}

// Path seals the string that argument arg points to, as Seal does, and answers it without its NUL. Errors are those of Seal, and
// ENAMETOOLONG for one that is longer than the kernel takes a path to be. An empty path is for the kernel to refuse, or not
// (AT_EMPTY_PATH, openat(2)). What the path leads to can change nevertheless, by links and renames.
func (s *Stopped) Path(arg int) (string, error) {
	if err := s.sealable(arg); err != nil {
		return "", err
	}
	known, from := s.known(arg)
	begin := ""
	if known != nil {
		if end := slices.Index(known.value, 0); end >= 0 {
			return string(known.value[:end]), nil
		}
		begin = string(known.value)
	}
	rest, err := s.ReadString(from+uint64(len(begin)), MaxPath-1-len(begin))
	if err != nil {
		return "", err
	}
	path := begin + rest
	return path, s.seal(sealing{arg: arg, from: from, value: append([]byte(path), 0)})
}

// Struct seals a struct of which the call says how long it is, in argument sizeArg: clone_args, open_how and the like, which
// grow with the kernel (openat2(2), "Extensibility"). Errors are those of Seal; E2BIG for more than a page, as the kernel
// answers. A length of 0 answers nothing.
func (s *Stopped) Struct(arg, sizeArg int) ([]byte, error) {
	if err := s.sealable(sizeArg); err != nil {
		return nil, err
	}
	size := s.call.Args[sizeArg]
	if size > 4096 {
		return nil, unix.E2BIG
	}
	return s.Seal(arg, int(size))
}

// sealable tells why argument arg can't be sealed now.
func (s *Stopped) sealable(arg int) error {
	if err := s.usable(); err != nil {
		return err
	}
	if s.call == nil || arg < 0 || arg >= len(s.call.Args) {
		return unix.EINVAL
	}
	return nil
}

// known is what was sealed or placed for argument arg as it stands, nil if nothing was; from is the program's own pointer.
func (s *Stopped) known(arg int) (x *sealing, from uint64) {
	from = s.call.Args[arg]
	list := s.task.space.sealed
	for i := range list {
		if list[i].at == from && (list[i].arg == arg || list[i].arg == placed) {
			return &list[i], list[i].from
		}
	}
	return nil, from
}

// sealedAs tells whether what the program has at from was sealed for an argument in a way that changed pointers in it.
func (s *Stopped) sealedAs(arg int, from uint64, way func(sealing) bool) bool {
	return slices.ContainsFunc(s.task.space.sealed, func(x sealing) bool { return x.arg == arg && x.from == from && way(x) })
}

// seal points an argument to a copy of x.value.
func (s *Stopped) seal(x sealing) error {
	at, place, err := s.take(len(x.value))
	if err != nil {
		return err
	}
	copy(place, x.value)
	s.sealedAt(x, at)
	return nil
}

// sealedAt points an argument to where it is sealed.
func (s *Stopped) sealedAt(x sealing, at uint64) {
	x.at = at
	space := s.task.space
	space.sealed = append(space.sealed, x)
	s.call.Args[x.arg] = at
}

// take takes a place for size bytes.
func (s *Stopped) take(size int) (uint64, []byte, error) {
	m, ok := s.machine.(Sealer)
	if !ok {
		return 0, nil, fmt.Errorf("%w: not here", ErrUnsealed)
	}
	if size > MaxSealed {
		return 0, nil, fmt.Errorf("%w: %d bytes, %d are possible", ErrTooLarge, size, MaxSealed)
	}
	return m.Seal(size)
}

// fillBehind reads p whole: what is sealed of it already, and the rest from the program's memory. Somebody has decided about what is
// sealed, and is not asked again.
func (s *Stopped) fillBehind(known *sealing, from uint64, p []byte) error {
	n := 0
	if known != nil {
		n = copy(p, known.value)
	}
	return s.fill(from+uint64(n), p[n:])
}

// keep puts sealed arguments into a call that an engine made of the one it was told of, where it left what that had: the program's
// pointers, or earlier copies. The last copy has the most of it.
func (s *Space) keep(next *Call) {
	for arg, own := range next.Args {
		for _, x := range s.sealed {
			if x.arg == arg && x.at == own {
				own = x.from
			}
		}
		for _, x := range s.sealed {
			if x.arg == arg && x.from == own {
				next.Args[arg] = x.at
			}
		}
	}
}

// sealedIn makes the outcome of a report carry what was sealed in it.
func (s *Space) sealedIn(out *Outcome, c Call) {
	of := func(x sealing) bool { return x.arg != placed }
	if out.Strict <= Rewritten && slices.ContainsFunc(s.sealed, of) {
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
