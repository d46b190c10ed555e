// Standard error as a place for sentences.

package report

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// Terminal writes to a descriptor that may be a terminal, of which this process may not be in the foreground: a
// terminal with tostop set would stop everything for it (SIGTTOU, termios(3)); for a thread that blocks the signal it does
// not. Errors are of write(2); EPIPE comes without SIGPIPE's consequences.
type Terminal struct{ FD int }

// Write writes p with one write(2) where the kernel takes it whole. Any goroutine; it blocks as long as the terminal does.
func (t Terminal) Write(p []byte) (int, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var block, old unix.Sigset_t
	block.Val[0] = 1 << (unix.SIGTTOU - 1)
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, &block, &old); err != nil {
		return 0, err
	}
	defer func() { _ = unix.PthreadSigmask(unix.SIG_SETMASK, &old, nil) }()
	return writeAll(t.FD, p)
}
