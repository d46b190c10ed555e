// Sealed arguments: what the loop needs of a kernel to take a call's arguments out of the program's reach.

package kernel

import (
	"errors"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// A PageStep is one of the calls that bring the sealed pages into an address space. A task makes them in place of a call of
// its own that it stands before, and then makes that call again.
type PageStep uint8

// The steps, in their order.
const (
	TakePages PageStep = iota + 1 // answers a descriptor of the pages
	MapPages                      // of that descriptor; answers the address
	PavePages                     // at that address: makes return pads of a part of them, if the kernel and the program's filters let it
	LockPages                     // at that address: nothing can be mapped there any more but these pages
	DropPages                     // closes the descriptor
)

// String names the step as a person knows it.
func (s PageStep) String() string {
	names := [...]string{"nothing", "handing over the sealed pages", "mmap", "mprotect", "mseal", "close"}
	if int(s) < len(names) {
		return names[s]
	}
	return "unknown"
}

// A Sealer has pages that all tasks of the jail can be given to read, and that nobody but the supervisor can write. Its methods
// are for the owner's goroutine. Errors wrap utrace.ErrUnsealed if the pages can't be had, by this task or by any.
type Sealer interface {
	// Sealable tells whether arguments of calls of this architecture can be sealed: those of the native ABI.
	Sealable(arch uint32) bool
	// PageCall is the call that a task in a Seccomp stop has to make for step; at is the descriptor or the address that the step
	// is about. Signals that can be blocked are, until Remake. An error of DropPages means that there is nothing to close.
	PageCall(tid int, step PageStep, at uint64) (utrace.Call, error)
	// Remake makes a task at its SyscallExit stop make call c again, which it was about to make before PageCall.
	Remake(tid int, c utrace.Call) error
	// PagesAt tells where the pages are in the task's address space, whole and unwritable, and whether a part of them can be
	// executed, for return pads. With at not 0: whether there. 0: no.
	PagesAt(tid int, at uint64) (addr uint64, pads bool, err error)
	// Seal takes a place of size bytes in the pages, until Unseal; it answers how far from their beginning that is, and the place,
	// to be written to. utrace.ErrTooLarge, or utrace.ErrUnsealed if all places are taken.
	Seal(size int) (offset uint64, place []byte, err error)
	Unseal(offset uint64)

	// Pad makes a task at its Seccomp stop make call next in place of c, which it stands before, and come back from it over a
	// return pad: a few instructions that put the arguments of c back into their registers, so that the task needs no stop for
	// that. If next fails with errno redo, which is not 0, it makes c again, from an instruction that is said to be at Pad.At. pages is
	// where the pages are. ErrNoPad: it needs a stop.
	Pad(tid int, c, next utrace.Call, redo unix.Errno, pages uint64) (Pad, error)
	// OffPad gives a pad back at the task's next stop, whichever that is; if it stands on it, still in the call or after it, its
	// registers become those of the program's own call; redo: of one that it is about to make again, because it had come back with
	// that errno.
	OffPad(tid int, p Pad) (redo bool, err error)
	// DropPad gives back the pad of a task that is gone, or whose address space is.
	DropPad(p Pad)
}

// A Pad is what a task that has one will come back over. The zero Pad is none.
type Pad struct {
	At   uint64 // the instruction after the call instruction, in the task's address space; not 0
	Call utrace.Call
	Redo unix.Errno
	Key  uint64 // the kernel's own
}

// ErrNoPad: there is none to be had.
var ErrNoPad = errors.New("no return pad")
