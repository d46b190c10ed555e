// Socket addresses as the kernel reads them, and whom they name.

package network

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/sys/unix"

	"jail/engines/internal/reason"
)

// kind sorts addresses by who decides about them.
type kind uint8

const (
	malformed   kind = iota // the kernel answers EINVAL whatever the socket is
	unspecified             // AF_UNSPEC: connect(2) ends an association with it
	internet                // AF_INET, AF_INET6
	local                   // AF_UNIX with a path
	abstract                // AF_UNIX with a name that is no path
	unnamed                 // AF_UNIX and nothing more: bind(2) picks an abstract name
	other                   // of a family that the filter let in
)

// Sizes and offsets of the addresses (ip(7), ipv6(7), unix(7)), in bytes.
const (
	familySize  = 2
	inet4Size   = 16
	inet6Size   = 24 // SIN6_LEN_RFC2133: without the scope
	inet6Scoped = 28
	longestPath = 108 // of sun_path; a path as long as that has no NUL
)

// address is a socket address, taken apart.
type address struct {
	kind   kind
	family int
	to     netip.AddrPort // internet; without a scope, and IPv4 as such even where it came in IPv6
	path   string         // local
}

// parse takes an address apart. It knows nothing of the socket, whose family may be another.
func parse(raw []byte) address {
	if len(raw) < familySize {
		return address{}
	}
	a := address{family: int(binary.NativeEndian.Uint16(raw))}
	switch a.family {
	case unix.AF_UNSPEC:
		a.kind = unspecified
	case unix.AF_INET, unix.AF_INET6:
		a.to, a.kind = internetAddress(a.family, raw)
	case unix.AF_UNIX:
		a.path, a.kind = localAddress(raw[familySize:])
	default:
		a.kind = other
	}
	return a
}

func internetAddress(family int, raw []byte) (netip.AddrPort, kind) {
	var ip netip.Addr
	switch {
	case family == unix.AF_INET && len(raw) >= inet4Size:
		ip = netip.AddrFrom4([4]byte(raw[4:8]))
	case family == unix.AF_INET6 && len(raw) >= inet6Size:
		// The scope says through which interface, not whom.
		ip = netip.AddrFrom16([16]byte(raw[8:24])).Unmap()
	default:
		return netip.AddrPort{}, malformed
	}
	return netip.AddrPortFrom(ip, binary.BigEndian.Uint16(raw[2:4])), internet
}

// localAddress reads sun_path (unix(7), "Pathname sockets", BUGS: the NUL may be missing).
func localAddress(name []byte) (string, kind) {
	switch {
	case len(name) == 0:
		return "", unnamed
	case len(name) > longestPath:
		return "", malformed
	case name[0] == 0:
		return "", abstract
	}
	if end := bytes.IndexByte(name, 0); end >= 0 {
		name = name[:end]
	}
	return string(name), local
}

// String is the address as policies write it.
func (a address) String() string {
	switch a.kind {
	case internet:
		return a.to.String()
	case local:
		return reason.Path(a.path)
	case abstract, unnamed:
		return "an abstract socket"
	case unspecified:
		return "no address"
	}
	return fmt.Sprintf("an address of family %d", a.family)
}

// protocol is what the endpoints of a policy call a socket's type.
type protocol string

const (
	tcp protocol = "tcp"
	udp protocol = "udp"
)

// endpoint is an address and a protocol as policies write them: TCP goes without saying, and port 0 with all ports.
func endpoint(to netip.AddrPort, p protocol) string {
	text := to.String()
	if to.Port() == 0 {
		text = netip.AddrPortFrom(to.Addr(), 1).String() + "-65535"
	}
	if p == udp {
		return text + "/udp"
	}
	return text
}

// named is the same in a sentence.
func named(to netip.AddrPort, p protocol) string {
	return fmt.Sprintf("%v (%s)", to, strings.ToUpper(string(p)))
}
