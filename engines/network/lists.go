// Whom the lists of a policy let a socket reach: plain data, no system calls.

package network

import (
	"net/netip"

	"jail/policy"
)

// lists decide about addresses of the internet.
type lists struct {
	reach         policy.NetworkReach
	connect, bind []policy.Endpoint
}

// use is what a socket's address is for.
type use uint8

const (
	toConnect use = iota
	toBind
)

// String is the name of the call.
func (u use) String() string {
	if u == toBind {
		return "bind"
	}
	return "connect"
}

// allows tells whether a socket of protocol p may be connected, or bound, to an address.
func (l *lists) allows(u use, to netip.AddrPort, p protocol) bool {
	switch l.reach {
	case policy.NetworkAny, policy.NetworkLoopback:
		return true
	case policy.NetworkListed:
	default:
		return false
	}
	if u == toBind {
		return listed(l.bind, to, p)
	}
	for _, t := range Meant(to) {
		if !listed(l.connect, t, p) {
			return false
		}
	}
	return true
}

// Meant is whom connect(2) goes to; all of them have to be listed. Nobody has the address 0.0.0.0, nor ::; the kernel takes them for the loopback address
// (ip_route_output_key_hash_rcu(), tcp_v6_connect()), :: for that of IPv4 if the socket is bound to an IPv4 address. Any goroutine.
func Meant(to netip.AddrPort) []netip.AddrPort {
	if !to.Addr().IsUnspecified() {
		return []netip.AddrPort{to}
	}
	four := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), to.Port())
	if to.Addr().Is4() {
		return []netip.AddrPort{four}
	}
	return []netip.AddrPort{netip.AddrPortFrom(netip.IPv6Loopback(), to.Port()), four}
}

// listed tells whether one of the endpoints is meant. One with all ports has port 0 too, see policy.NetworkRules.
func listed(all []policy.Endpoint, to netip.AddrPort, p protocol) bool {
	for _, e := range all {
		if e.Protocol != string(p) || !e.Prefix.Contains(to.Addr()) {
			continue
		}
		port := to.Port()
		if e.Low <= port && port <= e.High || port == 0 && e.Low <= 1 && e.High == 65535 {
			return true
		}
	}
	return false
}

// mixed tells whether sockets of both protocols may come to be: then what a socket is has to be known for certain.
func (l *lists) mixed() bool {
	var has [2]bool
	for _, list := range [][]policy.Endpoint{l.connect, l.bind} {
		for _, e := range list {
			if e.Protocol == string(udp) {
				has[0] = true
			} else {
				has[1] = true
			}
		}
	}
	return has[0] && has[1]
}
