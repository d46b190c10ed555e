// Names of errors and signals.

package fault

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"jail/seccomp"
)

// maxErrno is MAX_ERRNO of the kernel: a result from -4095 on is an error.
const maxErrno = 4095

// Errors that the kernel uses among its own parts, for calls that are made again (include/linux/errno.h). No program sees them.
const firstInternal, lastInternal = 512, 530

// parseErrno reads ENOSPC or 28.
func parseErrno(text string) (unix.Errno, error) {
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		if n < 1 || n > maxErrno {
			return 0, fmt.Errorf("there is no error %s: they are 1 to %d", text, maxErrno)
		}
		return unix.Errno(n), checkErrno(unix.Errno(n))
	}
	switch text { // names for numbers that have another
	case "EWOULDBLOCK":
		return unix.EWOULDBLOCK, nil
	case "EDEADLOCK":
		return unix.EDEADLOCK, nil
	case "ENOTSUP":
		return unix.ENOTSUP, nil
	}
	for n := unix.Errno(1); n < firstInternal; n++ {
		if unix.ErrnoName(n) == text {
			return n, nil
		}
	}
	hint := ""
	if near := NearestErrno(text); near != "" {
		hint = "; did you mean " + near + "?"
	}
	return 0, fmt.Errorf("there is no error %q%s; names are as in errno(3): ENOSPC, EIO, EINTR, …", text, hint)
}

// NearestErrno is the name of an error that a word may be a misspelling of; "": none is near. Any goroutine.
func NearestErrno(word string) string {
	var names []string
	for n := unix.Errno(1); n < firstInternal; n++ {
		if name := unix.ErrnoName(n); name != "" {
			names = append(names, name)
		}
	}
	return seccomp.Nearest(strings.ToUpper(word), names)
}

func checkErrno(e unix.Errno) error {
	switch {
	case e > maxErrno:
		return fmt.Errorf("there is no error %d: they are 1 to %d", e, maxErrno)
	case e >= firstInternal && e <= lastInternal:
		return fmt.Errorf("no call answers %d: that is the kernel's own, for calls that it makes again", e)
	}
	return nil
}

func errnoText(e unix.Errno) string {
	if name := unix.ErrnoName(e); name != "" {
		return name
	}
	return strconv.Itoa(int(e))
}

// lastSignal is SIGRTMAX (signal(7)).
const lastSignal = 64

// parseSignal reads SIGSEGV, SEGV or 11.
func parseSignal(text string) (unix.Signal, error) {
	if n, err := strconv.Atoi(text); err == nil {
		if n < 1 || n > lastSignal {
			return 0, fmt.Errorf("there is no signal %d: they are 1 to %d", n, lastSignal)
		}
		return unix.Signal(n), nil
	}
	name := text
	if !strings.HasPrefix(name, "SIG") {
		name = "SIG" + name
	}
	if s := unix.SignalNum(name); s != 0 {
		return s, nil
	}
	return 0, fmt.Errorf("there is no signal %q; names are as in signal(7): SIGSEGV, SIGUSR1, …", text)
}

func signalText(s unix.Signal) string {
	if name := unix.SignalName(s); name != "" {
		return name
	}
	return strconv.Itoa(int(s))
}
