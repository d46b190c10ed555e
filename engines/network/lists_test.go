// Lists: who may be connected to, and bound.

package network

import (
	"fmt"
	"net/netip"
	"testing"

	"pgregory.net/rapid"

	"jail/policy"
)

func listsOf(t testing.TB, network string) *lists { return &engineOf(t, network).lists }

func TestAllows(t *testing.T) {
	l := listsOf(t, `network: {connect: ["203.0.113.7:443", "10.0.0.0/8:80-90", "[2001:db8::/32]:443/udp", "127.0.0.1:25", "[::1]:26", "127.0.0.1:26"],
  bind: ["127.0.0.1:8080", "0.0.0.0:9000", "[::1]:1-65535"]}`)
	for _, c := range []struct {
		use  use
		to   string
		p    protocol
		want bool
	}{
		{toConnect, "203.0.113.7:443", tcp, true},
		{toConnect, "203.0.113.7:443", udp, false},
		{toConnect, "203.0.113.7:442", tcp, false},
		{toConnect, "203.0.113.8:443", tcp, false},
		{toConnect, "10.255.255.255:80", tcp, true},
		{toConnect, "10.0.0.0:90", tcp, true},
		{toConnect, "10.0.0.1:91", tcp, false},
		{toConnect, "11.0.0.0:80", tcp, false},
		{toConnect, "[2001:db8:ffff::1]:443", udp, true},
		{toConnect, "[2001:db9::1]:443", udp, false},
		{toConnect, "0.0.0.0:25", tcp, true},   // the own host
		{toConnect, "0.0.0.0:443", tcp, false}, // though 203.0.113.7 is listed
		{toConnect, "[::]:26", tcp, true},
		{toConnect, "[::]:25", tcp, false}, // ::1 is not listed with it
		{toConnect, "203.0.113.7:0", tcp, false},
		{toConnect, "127.0.0.1:8080", tcp, false}, // that is a list of its own
		{toBind, "127.0.0.1:8080", tcp, true},
		{toBind, "127.0.0.1:0", tcp, false},
		{toBind, "0.0.0.0:8080", tcp, false},
		{toBind, "0.0.0.0:9000", tcp, true},
		{toBind, "[::1]:0", tcp, true}, // the kernel's choice is one of those listed
		{toBind, "[::]:0", tcp, false},
		{toBind, "203.0.113.7:443", tcp, false},
	} {
		if got := l.allows(c.use, netip.MustParseAddrPort(c.to), c.p); got != c.want {
			t.Errorf("%v %s %s: %t", c.use, c.to, c.p, got)
		}
	}
}

func TestReach(t *testing.T) {
	to := netip.MustParseAddrPort("127.0.0.1:80")
	for reach, want := range map[policy.NetworkReach]bool{policy.NetworkNone: false, policy.NetworkLoopback: true, policy.NetworkAny: true, policy.NetworkListed: false, "": false, "what": false} {
		l := lists{reach: reach}
		if l.allows(toConnect, to, tcp) != want || l.allows(toBind, to, tcp) != want {
			t.Errorf("%q: not %t", reach, want)
		}
	}
}

func TestMixed(t *testing.T) {
	for text, want := range map[string]bool{
		`network: {connect: ["1.2.3.4:5"]}`:                              false,
		`network: {connect: ["1.2.3.4:5/udp"], bind: ["1.2.3.4:5/udp"]}`: false,
		`network: {connect: ["1.2.3.4:5"], bind: ["1.2.3.4:5/udp"]}`:     true,
	} {
		if got := listsOf(t, text).mixed(); got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
}

// TestOneEndpoint: an endpoint allows its prefix, its ports and its protocol, and nothing else; a second one takes nothing away.
func TestOneEndpoint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ip := netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.ByteRange(1, 9), 4, 4).Draw(t, "ip")))
		prefix, err := ip.Prefix(rapid.IntRange(0, 32).Draw(t, "bits"))
		if err != nil {
			t.Fatal(err)
		}
		low := rapid.Uint16Range(1, 65535).Draw(t, "low")
		e := policy.Endpoint{Prefix: prefix, Low: low, High: rapid.Uint16Range(low, 65535).Draw(t, "high"), Protocol: string(tcp)}
		to := netip.AddrPortFrom(netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.ByteRange(1, 9), 4, 4).Draw(t, "to"))), rapid.Uint16Range(1, 65535).Draw(t, "port"))
		want := prefix.Contains(to.Addr()) && e.Low <= to.Port() && to.Port() <= e.High
		other := policy.Endpoint{Prefix: netip.MustParsePrefix("172.16.0.1/32"), Low: 1, High: 65535, Protocol: string(tcp)}
		for _, l := range []lists{{reach: policy.NetworkListed, connect: []policy.Endpoint{e}}, {reach: policy.NetworkListed, connect: []policy.Endpoint{other, e}}} {
			if l.allows(toConnect, to, tcp) != want || l.allows(toConnect, to, udp) || l.allows(toBind, to, tcp) {
				t.Fatalf("%v %d-%d: %v is not %t", prefix, e.Low, e.High, to, want)
			}
		}
	})
}

// TestHint: what is said to allow an address, written into a policy, does.
func TestHint(t *testing.T) {
	for _, p := range []protocol{tcp, udp} {
		for _, text := range []string{"203.0.113.7:443", "[2001:db8::1]:80", "127.0.0.1:0", "[::]:0", "0.0.0.0:65535"} {
			to := netip.MustParseAddrPort(text)
			l := listsOf(t, fmt.Sprintf("network: {bind: [%q]}", endpoint(to, p)))
			if !l.allows(toBind, to, p) {
				t.Errorf("%q does not allow %v", endpoint(to, p), to)
			}
		}
	}
}
