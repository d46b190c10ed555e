// What the first program inherits: which descriptors a rule of the network can't hold.

package launch

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"jail/policy"
)

// holdable refuses sockets that rules of the network do not hold: under loopback those of the network outside, and those of
// kinds that the policy lets nobody make, if they name receivers at any time, by sendmsg(2): only where there may be datagrams of
// the internet an engine looks at that, and at local ones nowhere but under unix: any. What else a socket does is decided by
// connect(2) and bind(2), or was, by who made it.
func holdable(files []*os.File, rules policy.NetworkRules) error {
	if rules.Reach == policy.NetworkAny || rules.Reach == "" {
		return nil
	}
	for n, f := range files {
		var err error
		with(f, func(fd int) { err = holdableSocket(n, fd, rules) })
		if err != nil {
			return err
		}
	}
	return nil
}

// holdableSocket is about the program's descriptor n, which is fd here.
func holdableSocket(n, fd int, rules policy.NetworkRules) error {
	kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil {
		return nil // no socket
	}
	domain, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN)
	inet := err != nil || domain == unix.AF_INET || domain == unix.AF_INET6
	switch {
	case rules.Reach == policy.NetworkLoopback && inet:
		return fmt.Errorf("descriptor %d is a socket of this machine's network, and the program, which has one of its own, could connect it to anybody; "+
			"start jail with another file there, or write a list: network: {connect: [...]}", n)
	case kind == unix.SOCK_STREAM, kind == unix.SOCK_SEQPACKET, domain == unix.AF_UNIX && rules.UnixAny, inet && kind == unix.SOCK_DGRAM && rules.Datagrams():
		return nil
	}
	return fmt.Errorf("descriptor %d is a socket for datagrams, which can name any receiver, and the policy's network lets the program have none such; "+
		"start jail with another file there, or write network: any", n)
}
