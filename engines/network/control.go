// Control data of messages: what of it makes a datagram go elsewhere, or come from elsewhere, than its address and its socket say.

package network

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/supervisor/utrace"
)

// Names that golang.org/x/sys/unix lacks.
const (
	ipRetopts       = 7  // IP_RETOPTS, linux/in.h: as IP_OPTIONS
	ipv62292PktInfo = 2  // IPV6_2292PKTINFO, linux/in6.h
	scmTSOptID      = 81 // SCM_TS_OPT_ID, asm-generic/socket.h, Linux 6.13
)

// harmless tells of control data that send nothing elsewhere, and looked whether their level is one of the internet's or of all
// sockets': ip_cmsg_send() in net/ipv4/ip_sockglue.c, ip6_datagram_send_ctl() in net/ipv6/datagram.c, __sock_cmsg_send() in
// net/core/sock.c. What else is there, or comes with a new kernel, is not: IP_RETOPTS and routing headers are source routes, SO_MARK
// chooses another routing table, IPV6_FLOWINFO a label that stands for such things.
func harmless(c utrace.ControlMessage) (is, looked bool) {
	var kinds []int32
	switch c.Level {
	case unix.SOL_IP:
		kinds = []int32{unix.IP_TOS, unix.IP_TTL}
	case unix.SOL_IPV6:
		kinds = []int32{unix.IPV6_TCLASS, unix.IPV6_HOPLIMIT, unix.IPV6_DONTFRAG}
	case unix.SOL_SOCKET:
		kinds = []int32{unix.SCM_RIGHTS, unix.SCM_CREDENTIALS, unix.SO_TIMESTAMPING_OLD, unix.SO_TIMESTAMPING_NEW, unix.SCM_TXTIME,
			scmTSOptID, unix.SO_PRIORITY}
	default:
		return false, false
	}
	return slices.Contains(kinds, c.Type), true
}

// diverts tells what of control data is not to be, in words; empty: it may be. Other levels than these mean nothing to the
// sockets that the lists are about, and where to a message goes they change nowhere.
func (l *lists) diverts(c utrace.ControlMessage) string {
	known, looked := harmless(c)
	switch {
	case !looked || known:
		return ""
	case c.Level == unix.SOL_IP && c.Type == unix.IP_PKTINFO:
		return l.source("IP_PKTINFO", c.Data, 12, func(b []byte) (uint32, netip.Addr) { // struct in_pktinfo: ifindex, spec_dst, addr
			return binary.NativeEndian.Uint32(b), netip.AddrFrom4([4]byte(b[4:8]))
		})
	case c.Level == unix.SOL_IPV6 && (c.Type == unix.IPV6_PKTINFO || c.Type == ipv62292PktInfo):
		return l.source("IPV6_PKTINFO", c.Data, 20, func(b []byte) (uint32, netip.Addr) { // struct in6_pktinfo: addr, ifindex
			return binary.NativeEndian.Uint32(b[16:]), netip.AddrFrom16([16]byte(b[:16])).Unmap()
		})
	case c.Level == unix.SOL_IP && c.Type == ipRetopts:
		return "IP_RETOPTS, which can name a route"
	case c.Level == unix.SOL_IPV6 && (c.Type == unix.IPV6_RTHDR || c.Type == unix.IPV6_2292RTHDR):
		return "IPV6_RTHDR, which names a route"
	}
	return fmt.Sprintf("control data of level %d and type %d, which is not known to leave its receiver alone", c.Level, c.Type)
}

// source decides about the address that a datagram comes from and the interface that it leaves by. An interface without a route to
// the receiver takes that for a neighbour's address, as with SO_BINDTODEVICE; a source has to be one that sockets may be bound to.
func (l *lists) source(name string, data []byte, size int, read func([]byte) (uint32, netip.Addr)) string {
	if len(data) < size {
		return name + " that is too short"
	}
	index, from := read(data)
	switch {
	case index != 0:
		return name + " that names an interface"
	case from.IsUnspecified():
		return ""
	}
	if !slices.ContainsFunc(l.bind, func(e policy.Endpoint) bool { return e.Protocol == string(udp) && e.Prefix.Contains(from) }) {
		return fmt.Sprintf("%s that names %v, which sockets may not be bound to", name, from)
	}
	return ""
}
