// The socket that a descriptor of a task leads to, held so that no dup2(2) of the program exchanges it.

package network

import (
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"

	"jail/engines/internal/taken"
)

// socket is a descriptor of our own for a socket of a task. Close it.
type socket struct {
	fd     int
	domain int // AF_…
	kind   int // SOCK_…
}

// errHidden says that a socket can't be had, although the task has it: its process is closed to us.
var errHidden = taken.ErrHidden

// takeSocket duplicates the task's descriptor fd, see taken.Socket.
func takeSocket(tid, tgid, fd int) (*socket, error) {
	own, err := taken.Socket(tid, tgid, fd)
	if err != nil {
		return nil, err
	}
	s := &socket{fd: own}
	if err := s.look(); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// look finds out what kind of socket it is.
func (s *socket) look() (err error) {
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
