// Package taken gets hold of what a task has open, so that no dup2(2) of the program exchanges it.
package taken

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// ErrHidden says that a descriptor can't be had, although the task has it: its process is closed to us.
var ErrHidden = errors.New("the socket can't be looked at")

// Socket duplicates a task's descriptor fd of a socket (pidfd_getfd(2), Linux 5.6; of a thread, whose table may be its own, 6.9). Close it. The
// errors are EBADF and ENOTSOCK, which the kernel would answer, ESRCH, and ErrHidden. Any goroutine; it does not block.
func Socket(tid, tgid, fd int) (int, error) {
	if fd < 0 {
		return -1, unix.EBADF
	}
	pidfd, err := unix.PidfdOpen(tid, unix.PIDFD_THREAD|unix.O_CLOEXEC)
	older := err == unix.EINVAL // than Linux 6.9: the leader's table, which is checked below
	if older {
		pidfd, err = unix.PidfdOpen(tgid, 0)
	}
	if err == unix.ESRCH {
		return -1, err
	}
	if err != nil {
		return -1, fmt.Errorf("%w: pidfd_open: %w", ErrHidden, err)
	}
	defer unix.Close(pidfd)
	own, err := unix.PidfdGetfd(pidfd, fd, 0)
	switch err {
	case nil:
	case unix.EBADF, unix.ESRCH:
		return -1, err
	default:
		return -1, fmt.Errorf("%w: pidfd_getfd: %w", ErrHidden, err)
	}
	if err = isSocket(own); err == nil && older {
		err = belongs(own, tid, fd)
	}
	if err != nil {
		_ = unix.Close(own)
		return -1, err
	}
	return own, nil
}

// isSocket tells what the kernel answers to calls for sockets on it.
func isSocket(own int) error {
	flags, err := unix.FcntlInt(uintptr(own), unix.F_GETFL, 0)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrHidden, err)
	}
	if flags&unix.O_PATH != 0 { // no file is open behind it (open(2))
		return unix.EBADF
	}
	if _, err = unix.GetsockoptInt(own, unix.SOL_SOCKET, unix.SO_DOMAIN); err != nil {
		return unix.ENOTSOCK
	}
	return nil
}

// belongs finds out whether the socket is what a thread's own table has.
func belongs(own, tid, fd int) error {
	var st unix.Stat_t
	if err := unix.Fstat(own, &st); err != nil {
		return fmt.Errorf("%w: %w", ErrHidden, err)
	}
	link, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", tid, fd))
	if err != nil || link != fmt.Sprintf("socket:[%d]", st.Ino) {
		return fmt.Errorf("%w: it is another thread's, or was exchanged meanwhile", ErrHidden)
	}
	return nil
}
