// What the first program inherits: descriptors, and which of them a rule of the network can't hold.

package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"jail/policy"
)

// inherited are the descriptors of the first program. What jail opened itself is closed on exec, what it was given is not, so
// that no number of a policy leads to a file of jail's.
func inherited(more []int) ([]*os.File, error) {
	files := []*os.File{os.Stdin, os.Stdout, os.Stderr}
	for _, fd := range more {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err != nil || flags&unix.FD_CLOEXEC != 0 {
			return nil, fmt.Errorf("the policy passes on descriptor %d, and jail was not given it; start jail with it, for example: jail run … %d<file", fd, fd)
		}
		for len(files) <= fd {
			files = append(files, nil)
		}
		files[fd] = os.NewFile(uintptr(fd), fmt.Sprintf("descriptor %d", fd))
	}
	return files, nil
}

// holdable refuses sockets that rules of the network do not hold: under loopback those of the network outside, and those of
// kinds that the policy lets nobody make, if they name receivers at any time, by sendmsg(2): only where there may be datagrams of
// the internet an engine looks at that, and at local ones nowhere but under unix: any. What else a socket does is decided by
// connect(2) and bind(2), or was, by who made it.
func holdable(files []*os.File, n policy.NetworkRules) error {
	if n.Reach == policy.NetworkAny || n.Reach == "" {
		return nil
	}
	for fd, f := range files {
		if f == nil {
			continue
		}
		kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
		if err != nil {
			continue // no socket
		}
		domain, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN)
		inet := err != nil || domain == unix.AF_INET || domain == unix.AF_INET6
		switch {
		case n.Reach == policy.NetworkLoopback && inet:
			return fmt.Errorf("descriptor %d is a socket of this machine's network, and the program, which has one of its own, could connect it to anybody; "+
				"start jail with another file there, or write a list: network: {connect: [...]}", fd)
		case kind == unix.SOCK_STREAM, kind == unix.SOCK_SEQPACKET, domain == unix.AF_UNIX && n.UnixAny, inet && kind == unix.SOCK_DGRAM && n.Datagrams():
			continue
		}
		return fmt.Errorf("descriptor %d is a socket for datagrams, which can name any receiver, and the policy's network lets the program have none such; "+
			"start jail with another file there, or write network: any", fd)
	}
	return nil
}
