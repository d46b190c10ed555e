// A thread of the supervisor's in the same Landlock domain as the jail.

// Package inside lets the supervisor do what it does in a program's place within the program's bounds.
package inside

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"jail/supervisor/confine"
	"jail/supervisor/internal/kernel/landlock"
)

// A Domain is one that threads can enter. The zero Domain bounds nothing.
type Domain struct{ ruleset *os.File }

// New makes the domain that spec.Domain gives a jail. What its paths lead to now is what is granted, so it is to be called before the
// jail's program runs; it may block on a network's file system. Errors are those of supervisor.Command.Start for the domain. Any
// goroutine.
func New(spec *confine.Spec) (*Domain, error) {
	r, err := landlock.New(spec.Domain, spec.Namespaces.Mount)
	if err != nil || r == nil {
		return new(Domain), err
	}
	return &Domain{os.NewFile(uintptr(r.FD), "ruleset")}, nil
}

// Enter puts the calling thread into the domain for ever, and keeps it from gaining privileges by exec (landlock_restrict_self(2)): the
// goroutine has to be locked to it, and to end with it (runtime.LockOSThread). It does not block. The error is an errno: the thread
// is to be used for nothing then.
func (d *Domain) Enter() error {
	if d.ruleset == nil {
		return nil
	}
	if _, _, errno := unix.RawSyscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0); errno != 0 {
		return fmt.Errorf("prctl: %w", errno)
	}
	if _, _, errno := unix.RawSyscall(unix.SYS_LANDLOCK_RESTRICT_SELF, d.ruleset.Fd(), 0, 0); errno != 0 {
		return fmt.Errorf("landlock_restrict_self: %w", errno)
	}
	return nil
}
