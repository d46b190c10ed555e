// The socket that a descriptor of a task leads to, held so that no dup2(2) of the program exchanges it.

package network

import (
	"errors"
	"fmt"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// socket is a descriptor of our own for a socket of a task. Close it.
type socket struct {
	fd     int
	domain int // AF_…
	kind   int // SOCK_…
}

// errHidden says that a socket can't be had, although the task has it: its process is closed to us.
var errHidden = errors.New("the socket can't be looked at")

// takeSocket duplicates the task's descriptor fd (pidfd_getfd(2), Linux 5.6; of a thread, whose table may be its own, 6.9).
// The errors are EBADF and ENOTSOCK, which the kernel would answer, ESRCH, and errHidden.
func takeSocket(tid, tgid, fd int) (*socket, error) {
	if fd < 0 {
		return nil, unix.EBADF
	}
	pidfd, err := unix.PidfdOpen(tid, unix.PIDFD_THREAD|unix.O_CLOEXEC)
	older := err == unix.EINVAL // than Linux 6.9: the leader's table, which is checked below
	if older {
		pidfd, err = unix.PidfdOpen(tgid, 0)
	}
	if err == unix.ESRCH {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%w: pidfd_open: %w", errHidden, err)
	}
	defer unix.Close(pidfd)
	own, err := unix.PidfdGetfd(pidfd, fd, 0)
	switch err {
	case nil:
	case unix.EBADF, unix.ESRCH:
		return nil, err
	default:
		return nil, fmt.Errorf("%w: pidfd_getfd: %w", errHidden, err)
	}
	s := &socket{fd: own}
	err = s.look()
	if err == nil && older {
		err = s.belongs(tid, fd)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// belongs finds out whether the socket is what a thread's own table has.
func (s *socket) belongs(tid, fd int) error {
	var st unix.Stat_t
	if err := unix.Fstat(s.fd, &st); err != nil {
		return fmt.Errorf("%w: %w", errHidden, err)
	}
	link, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", tid, fd))
	if err != nil || link != fmt.Sprintf("socket:[%d]", st.Ino) {
		return fmt.Errorf("%w: it is another thread's, or was exchanged meanwhile", errHidden)
	}
	return nil
}

// look finds out what kind of socket it is.
func (s *socket) look() error {
	flags, err := unix.FcntlInt(uintptr(s.fd), unix.F_GETFL, 0)
	if err != nil {
		return fmt.Errorf("%w: %w", errHidden, err)
	}
	if flags&unix.O_PATH != 0 { // no file is open behind it (open(2))
		return unix.EBADF
	}
	if s.domain, err = unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_DOMAIN); err != nil {
		return unix.ENOTSOCK
	}
	if s.kind, err = unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_TYPE); err != nil {
		return fmt.Errorf("%w: %w", errHidden, err)
	}
	return nil
}

func (s *socket) close() { _ = unix.Close(s.fd) }

// inet tells whether it reaches the internet, and by which protocol. The filter lets no other types come to be.
func (s *socket) inet() (protocol, bool) {
	if s.domain != unix.AF_INET && s.domain != unix.AF_INET6 {
		return "", false
	}
	switch s.kind {
	case unix.SOCK_STREAM:
		return tcp, true
	case unix.SOCK_DGRAM:
		return udp, true
	}
	return "", false
}

// local is where the socket is bound, IPv4 as such also in IPv6; port 0: it is not.
func (s *socket) local() (netip.AddrPort, bool) {
	at, err := unix.Getsockname(s.fd)
	if err != nil {
		return netip.AddrPort{}, false
	}
	switch a := at.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port)), true
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(a.Addr).Unmap(), uint16(a.Port)), true
	}
	return netip.AddrPort{}, false
}

// waits tells whether calls on it wait (open(2), O_NONBLOCK).
func (s *socket) waits() (bool, error) {
	flags, err := unix.FcntlInt(uintptr(s.fd), unix.F_GETFL, 0)
	return flags&unix.O_NONBLOCK == 0, err
}
