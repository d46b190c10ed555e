// Addresses as programs pass them: whole, short, long, of every family.

package network

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

// rawOf makes a struct sockaddr: a family and what follows.
func rawOf(family uint16, rest ...byte) []byte {
	return append(binary.NativeEndian.AppendUint16(nil, family), rest...)
}

// pathRaw makes one of a local socket.
func pathRaw(path string) []byte { return rawOf(unix.AF_UNIX, []byte(path)...) }

// inetRaw makes one of the internet, of the family that the address is of.
func inetRaw(to netip.AddrPort, scope uint32) []byte {
	port := binary.BigEndian.AppendUint16(nil, to.Port())
	if to.Addr().Is4() {
		return append(append(rawOf(unix.AF_INET, port...), to.Addr().AsSlice()...), make([]byte, 8)...)
	}
	b := append(append(rawOf(unix.AF_INET6, port...), 1, 2, 3, 4), to.Addr().AsSlice()...)
	return binary.NativeEndian.AppendUint32(b, scope)
}

func TestParse(t *testing.T) {
	four, six := netip.MustParseAddrPort("203.0.113.7:443"), netip.MustParseAddrPort("[2001:db8::1]:80")
	mapped := netip.MustParseAddrPort("[::ffff:203.0.113.7]:443")
	full := strings.Repeat("p", longestPath)
	for name, c := range map[string]struct {
		raw  []byte
		want address
	}{
		"nothing":                {nil, address{}},
		"half a family":          {[]byte{2}, address{}},
		"no family":              {rawOf(unix.AF_UNSPEC), address{kind: unspecified}},
		"no family, and more":    {rawOf(unix.AF_UNSPEC, make([]byte, 14)...), address{kind: unspecified}},
		"IPv4":                   {inetRaw(four, 0), address{kind: internet, family: unix.AF_INET, to: four}},
		"IPv4, too short":        {inetRaw(four, 0)[:15], address{kind: malformed, family: unix.AF_INET}},
		"IPv4, longer":           {append(inetRaw(four, 0), 1, 2, 3), address{kind: internet, family: unix.AF_INET, to: four}},
		"IPv6":                   {inetRaw(six, 0), address{kind: internet, family: unix.AF_INET6, to: six}},
		"IPv6 with a scope":      {inetRaw(six, 3), address{kind: internet, family: unix.AF_INET6, to: six}},
		"IPv6 without its scope": {inetRaw(six, 3)[:inet6Size], address{kind: internet, family: unix.AF_INET6, to: six}},
		"IPv6, too short":        {inetRaw(six, 0)[:23], address{kind: malformed, family: unix.AF_INET6}},
		"IPv4 in IPv6":           {inetRaw(mapped, 0), address{kind: internet, family: unix.AF_INET6, to: four}},
		"path":                   {pathRaw("/run/s\x00rest"), address{kind: local, family: unix.AF_UNIX, path: "/run/s"}},
		"path without NUL":       {pathRaw("/run/s"), address{kind: local, family: unix.AF_UNIX, path: "/run/s"}},
		"the longest path":       {pathRaw(full), address{kind: local, family: unix.AF_UNIX, path: full}},
		"a path too long":        {pathRaw(full + "\x00"), address{kind: malformed, family: unix.AF_UNIX}},
		"abstract":               {pathRaw("\x00name"), address{kind: abstract, family: unix.AF_UNIX}},
		"abstract, empty":        {rawOf(unix.AF_UNIX, 0), address{kind: abstract, family: unix.AF_UNIX}},
		"autobind":               {rawOf(unix.AF_UNIX), address{kind: unnamed, family: unix.AF_UNIX}},
		"netlink":                {rawOf(unix.AF_NETLINK, make([]byte, 10)...), address{kind: other, family: unix.AF_NETLINK}},
		"the last family":        {rawOf(0xffff), address{kind: other, family: 0xffff}},
	} {
		if got := parse(c.raw); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// TestParseRandom: whatever address the kernel would read is the one that is decided about.
func TestParseRandom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ip := netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "four")))
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 1:
			ip = netip.AddrFrom16(ip.As16())
		case 2:
			ip = netip.AddrFrom16([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "six")))
		}
		to := netip.AddrPortFrom(ip, rapid.Uint16().Draw(t, "port"))
		got := parse(inetRaw(to, rapid.Uint32().Draw(t, "scope")))
		if want := netip.AddrPortFrom(ip.Unmap(), to.Port()); got.kind != internet || got.to != want {
			t.Fatalf("%v: %+v", to, got)
		}
		if strings.Contains(got.String(), "%") {
			t.Fatalf("%v has a scope: %v", to, got)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte{})
	f.Add(pathRaw("/run/s\x00"))
	f.Add(inetRaw(netip.MustParseAddrPort("[::ffff:1.2.3.4]:5"), 6))
	f.Fuzz(func(t *testing.T, data []byte) {
		a := parse(data)
		if a.kind == local && (a.path == "" || strings.Contains(a.path, "\x00") || len(a.path) > longestPath) {
			t.Errorf("%q: the path %q", data, a.path)
		}
		if a.kind == internet {
			if !a.to.IsValid() || a.to.Addr().Is4In6() || a.to.Addr().Zone() != "" {
				t.Errorf("%q: %v", data, a.to)
			}
			if sa := sockaddr(data); sa == nil {
				t.Errorf("%q: nothing to call with", data)
			}
		}
		if (len(data) < familySize) != (a == address{}) && a.kind == malformed && a.family == 0 {
			t.Errorf("%q: %+v", data, a)
		}
		if text := a.String(); bytes.ContainsAny([]byte(text), "\x00\x1b\n") {
			t.Errorf("%q is shown as %q", data, text)
		}
	})
}
