// The part of a plan that is about the network.

package policy

import (
	"net/netip"
	"slices"
)

// NetworkRules say which sockets the jail may have and whom they may reach.
type NetworkRules struct {
	Reach NetworkReach `json:"reach"`
	Rule  int          `json:"rule,omitempty"` // index into Plan.Rules; only if Reach is not NetworkAny

	// Connect and Bind are for NetworkListed only. An endpoint with the ports 1 to 65535 lets a socket be bound to port 0
	// too, which the kernel replaces by one of its choice. listen(2) binds a socket that is not bound yet to such a port
	// at all addresses, so it needs such an endpoint of Bind.
	Connect []Endpoint `json:"connect,omitempty"`
	Bind    []Endpoint `json:"bind,omitempty"`

	// The rest is for all but NetworkAny.

	// Families are other socket families that are let in, by the names of socket(2): AF_NETLINK, AF_VSOCK, …
	Families []string `json:"families,omitempty"`
	// UnixAny lets local sockets be connected to wherever their path is. Without it only to those in Unix, and to those
	// that lie where FileRules.Write allows writing.
	UnixAny bool       `json:"unixAny,omitempty"`
	Unix    []PathRule `json:"unix,omitempty"`
	// UnixHeld says that local sockets may be connected to wherever they are, but for what FileRules.Deny names and no mount hides in this
	// run (engines.Hold). Compile never says so.
	UnixHeld bool `json:"unixHeld,omitempty"`
	// UnixRule is what refuses other local sockets: its hint has {path} in it. Index into Plan.Rules; only if UnixAny
	// is not set.
	UnixRule int `json:"unixRule,omitempty"`
	// BindRule is what refuses addresses that Bind does not list, as Rule is for Connect. Their hints have {address} in
	// them. Index into Plan.Rules; only if Reach is NetworkListed.
	BindRule int `json:"bindRule,omitempty"`
}

// Datagrams tells whether there may be sockets of UDP. Any goroutine.
func (n NetworkRules) Datagrams() bool {
	return slices.ContainsFunc(slices.Concat(n.Connect, n.Bind), func(e Endpoint) bool { return e.Protocol == protocolUDP })
}

// NetworkReach is how far a jail's sockets reach.
type NetworkReach string

// How far that may be.
const (
	NetworkAny      NetworkReach = "any"      // the policy says nothing of the network
	NetworkNone     NetworkReach = "none"     // local sockets only; decided in BPF on the socket's family
	NetworkLoopback NetworkReach = "loopback" // a loopback interface of the jail's own (a network namespace)
	NetworkListed   NetworkReach = "listed"   // what Connect and Bind name
)

// Endpoint is whom a socket may be connected or bound to: every address of a prefix, every port of a range. An address of IPv4
// that is written as one of IPv6 (::ffff:10.0.0.1, ipv6(7)) is one of IPv4.
type Endpoint struct {
	Prefix   netip.Prefix `json:"prefix"`   // without host bits; 0.0.0.0/0 and ::/0 are all
	Low      uint16       `json:"low"`      // first port
	High     uint16       `json:"high"`     // last port
	Protocol string       `json:"protocol"` // "tcp" or "udp"
	Rule     int          `json:"rule"`     // index into Plan.Rules
}
