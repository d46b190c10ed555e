// Addresses of the internet: TCP and UDP.

package network

import (
	"encoding/binary"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"

	"jail/engines/internal/reason"
	"jail/policy"
	"jail/supervisor/utrace"
)

// internet decides connect and bind to an address of IPv4 or IPv6.
func (r *request) internet(u use) utrace.EntryVerdict {
	p, inet := r.sock.inet()
	if !inet { // no family takes addresses of another
		return r.natural(mismatch(r.sock.domain, r.to.family, len(r.raw)))
	}
	what := u.String() + " to " + named(r.to.to, p)
	if !r.e.lists.allows(u, r.to.to, p) {
		return r.refuse(u, p, what)
	}
	if r.sealed && r.exchangeable(u, p) {
		return r.ev.Continue()
	}
	sa := sockaddr(r.raw)
	tid := r.s.ID().TID
	if u == toBind {
		return r.made(what, resultOf(as(tid, func() error { return unix.Bind(r.sock.fd, sa) })))
	}
	none := -1
	return r.attempt(what, &none, func(sock *socket, _ int) error { return unix.Connect(sock.fd, sa) })
}

// whatever has a connect made to an address that nobody decides about, and to no other.
func (r *request) whatever() utrace.EntryVerdict {
	if _, inet := r.sock.inet(); r.sealed || !inet {
		return r.let("connect to " + r.to.String())
	}
	sa, tid, none := sockaddr(r.raw), r.s.ID().TID, -1
	return r.attempt("connect to "+r.to.String(), &none, func(sock *socket, _ int) error {
		return as(tid, func() error { return unix.Connect(sock.fd, sa) })
	})
}

// exchangeable tells that it does no harm if the program puts another socket in the place of this one: what it may be used for
// is the same, or nobody can do it.
func (r *request) exchangeable(u use, p protocol) bool {
	other := udp
	if p == udp {
		other = tcp
	}
	return !r.e.mixed || r.e.lists.allows(u, r.to.to, other) || r.private()
}

// refuse is the verdict on an address that no list has.
func (r *request) refuse(u use, p protocol, what string) utrace.EntryVerdict {
	rule := r.e.rules.Rule
	// Name services connect, and send nothing, to find out which of several addresses is near (getaddrinfo(3), RFC 6724).
	r.quiet = u == toConnect && p == udp && reason.Name(r.call) == "connect" && (r.to.to.Port() == 0 || r.e.lists.allows(u, r.to.to, tcp))
	if u == toBind && r.e.rules.Reach == policy.NetworkListed {
		rule = r.e.rules.BindRule
	}
	return r.deny(rule, what, "address", endpoint(r.to.to, p))
}

// bindUnspecified decides bind to an address of no family. The kernel takes it for 0.0.0.0 on sockets of IPv4, for programs that
// forget the family (inet_bind(), net/ipv4/af_inet.c), and for an error on others.
func (r *request) bindUnspecified() utrace.EntryVerdict {
	if r.sock.domain != unix.AF_INET || len(r.raw) < inet4Size || [4]byte(r.raw[4:8]) != [4]byte{} {
		return r.natural(mismatch(r.sock.domain, unix.AF_UNSPEC, len(r.raw)))
	}
	binary.NativeEndian.PutUint16(r.raw, unix.AF_INET)
	r.to = parse(r.raw)
	r.sealed = false // what was sealed is something else: jail makes the call
	return r.internet(toBind)
}

// mismatch is what the kernel answers when an address does not fit a socket: those of the internet look at its length first.
func mismatch(domain, family, size int) unix.Errno {
	least := inet4Size
	switch domain {
	case unix.AF_INET6:
		least = inet6Size
	case unix.AF_INET:
	default:
		return unix.EINVAL
	}
	if size < least || family == domain {
		return unix.EINVAL
	}
	return unix.EAFNOSUPPORT
}

// sockaddr is an address of the internet for jail's own call.
func sockaddr(raw []byte) unix.Sockaddr {
	port := int(binary.BigEndian.Uint16(raw[2:4]))
	if binary.NativeEndian.Uint16(raw) == unix.AF_INET {
		return &unix.SockaddrInet4{Port: port, Addr: [4]byte(raw[4:8])}
	}
	sa := &unix.SockaddrInet6{Port: port, Addr: [16]byte(raw[8:24])}
	if len(raw) >= inet6Scoped {
		sa.ZoneId = binary.NativeEndian.Uint32(raw[24:28])
	}
	return sa
}

// listen decides listen(2): of a socket without a port it makes one that listens at all addresses, on a port of the kernel's
// choice. Another thread may take the port away from it meanwhile (connect(2), AF_UNSPEC), so it is looked at again.
func (r *request) listen() utrace.EntryVerdict {
	if v, over := r.take(); over {
		return v
	}
	if r.sock == nil {
		return r.unseenListen()
	}
	defer r.sock.close()
	p, inet := r.sock.inet()
	at, listed := r.mayListen()
	if inet && p == tcp && !listed {
		return r.denyListen(at)
	}
	if !inet && r.private() {
		return r.ev.Continue() // so that its SO_PEERCRED is the task's
	}
	backlog := int(int32(uint32(r.call.Args[1])))
	err := as(r.s.ID().TID, func() error { return unix.Listen(r.sock.fd, backlog) })
	if inet && err == nil {
		if at, listed := r.mayListen(); !listed {
			_ = unix.Shutdown(r.sock.fd, unix.SHUT_RDWR)
			return r.denyListen(at)
		}
	}
	return r.made("listen with a backlog of "+strconv.Itoa(backlog), resultOf(err))
}

// mayListen tells where a socket would listen, and whether that is listed.
func (r *request) mayListen() (netip.AddrPort, bool) {
	at, ok := r.sock.local()
	return at, ok && r.e.lists.allows(toBind, at, tcp)
}

func (r *request) denyListen(at netip.AddrPort) utrace.EntryVerdict {
	where := named(at, tcp)
	if at.Port() == 0 {
		where = at.Addr().String() + " on any port (TCP)"
	}
	return r.deny(r.e.rules.BindRule, "listen at "+where, "address", endpoint(at, tcp))
}
