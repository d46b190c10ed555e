// Options of sockets by which packets for an address go to another host.

package policy

import (
	"slices"

	"golang.org/x/sys/unix"
)

// option is an option of setsockopt(2), and how it is refused.
type option struct {
	name       string
	level, opt uint64
	errno      unix.Errno
}

// ipv6FlowLabelManager is IPV6_FLOWLABEL_MGR, which golang.org/x/sys/unix lacks (linux/in6.h).
const ipv6FlowLabelManager = 32

// wayOptions are those that need no right and change which way the packets of a connection go, which nobody sees who looks at
// the addresses of connect(2). A socket of IPv6 takes the options of IPv4 too (ipv6_setsockopt(), net/ipv6/ipv6_sockglue.c), so
// its family is not asked for.
func wayOptions() []option {
	return []option{
		// Source routes: packets go to the host that the program names first (RFC 791, RFC 8754).
		{"IP_OPTIONS", unix.SOL_IP, unix.IP_OPTIONS, unix.EPERM},
		{"IPV6_RTHDR", unix.SOL_IPV6, unix.IPV6_RTHDR, unix.EPERM},
		{"IPV6_2292PKTOPTIONS", unix.SOL_IPV6, unix.IPV6_2292PKTOPTIONS, unix.EPERM},
		{"IPV6_FLOWLABEL_MGR", unix.SOL_IPV6, ipv6FlowLabelManager, unix.EPERM}, // a label has options of its own (net/ipv6/ip6_flowlabel.c)
		// Through an interface without a route to the address the kernel takes that for a neighbour's, so that whoever claims it there
		// gets the packets (ip_route_output_key_hash_rcu(), net/ipv4/route.c).
		{"SO_BINDTODEVICE", unix.SOL_SOCKET, unix.SO_BINDTODEVICE, unix.EPERM},
		{"SO_BINDTOIFINDEX", unix.SOL_SOCKET, unix.SO_BINDTOIFINDEX, unix.EPERM},
		// Other protocols on top of TCP, of which SMC sends beside the connection. Programs do without TLS in the kernel; where its
		// module is missing the kernel gives the same error.
		{"TCP_ULP", unix.SOL_TCP, unix.TCP_ULP, unix.ENOENT},
	}
}

// datagramOptions are those that only datagrams heed.
func datagramOptions() []option {
	return []option{
		// As SO_BINDTODEVICE.
		{"IP_UNICAST_IF", unix.SOL_IP, ipUnicastInterface, unix.EPERM},
		{"IPV6_UNICAST_IF", unix.SOL_IPV6, unix.IPV6_UNICAST_IF, unix.EPERM},
		{"IPV6_PKTINFO", unix.SOL_IPV6, unix.IPV6_PKTINFO, unix.EPERM},
		// The kernel tells the neighbours which group was joined: 28 bits of the program's choice, or 112 (RFC 3376, RFC 3810).
		{"IP_ADD_MEMBERSHIP", unix.SOL_IP, unix.IP_ADD_MEMBERSHIP, unix.EPERM},
		{"IP_ADD_SOURCE_MEMBERSHIP", unix.SOL_IP, unix.IP_ADD_SOURCE_MEMBERSHIP, unix.EPERM},
		{"MCAST_JOIN_GROUP", unix.SOL_IP, unix.MCAST_JOIN_GROUP, unix.EPERM},
		{"MCAST_JOIN_SOURCE_GROUP", unix.SOL_IP, unix.MCAST_JOIN_SOURCE_GROUP, unix.EPERM},
		{"IPV6_JOIN_GROUP", unix.SOL_IPV6, unix.IPV6_JOIN_GROUP, unix.EPERM},
		{"IPV6_JOIN_ANYCAST", unix.SOL_IPV6, unix.IPV6_JOIN_ANYCAST, unix.EPERM},
		{"MCAST_JOIN_GROUP", unix.SOL_IPV6, unix.MCAST_JOIN_GROUP, unix.EPERM},
		{"MCAST_JOIN_SOURCE_GROUP", unix.SOL_IPV6, unix.MCAST_JOIN_SOURCE_GROUP, unix.EPERM},
	}
}

// ipUnicastInterface is IP_UNICAST_IF, which golang.org/x/sys/unix lacks (linux/in.h).
const ipUnicastInterface = 50

// datagrams tells whether there may be sockets of UDP.
func (n networkSection) datagrams() bool {
	return slices.ContainsFunc(slices.Concat(n.connect, n.bind), func(e endpoint) bool { return e.Protocol == protocolUDP })
}

// optionGuards refuse them, where lists say whom sockets may reach.
func (c *compiler) optionGuards(n networkSection) {
	if n.reach != NetworkListed {
		return // no sockets of the internet, or no interface that leads out
	}
	all := wayOptions()
	if n.datagrams() {
		all = append(all, datagramOptions()...)
	}
	for _, o := range all {
		c.refuse(n.place, "setsockopt", o.errno, "setsockopt with "+o.name, "", []condition{equal(1, o.level), equal(2, o.opt)})
	}
}

// reroutes is a capability that the program keeps and that changes where packets go (capabilities(7)); empty if there is none.
func (p *Policy) reroutes() string {
	kept := p.keptCapabilities()
	for _, name := range []string{"CAP_NET_ADMIN", "CAP_NET_RAW"} {
		if kept.keepAll || slices.Contains(kept.keep, name) {
			return name
		}
	}
	return ""
}
