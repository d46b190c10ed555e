// Messages and their control data, as plain data.

package network

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

// packet is a struct in_pktinfo or in6_pktinfo.
func packet(six bool, index uint32, from ...byte) []byte {
	if six {
		return binary.NativeEndian.AppendUint32(slices.Clone(from), index)
	}
	return slices.Concat(binary.NativeEndian.AppendUint32(nil, index), from, make([]byte, 4))
}

func TestControlDataThatDiverts(t *testing.T) {
	l := listsOf(t, `network: {connect: ["127.0.0.1:9/udp"], bind: ["10.0.0.0/8:53/udp", "[::1]:53/udp", "192.0.2.1:53"]}`)
	mapped := slices.Concat(make([]byte, 10), []byte{0xff, 0xff, 10, 0, 0, 1})
	six := append(make([]byte, 15), 1)
	for name, c := range map[string]struct {
		level, kind int32
		data        []byte
		diverts     bool
	}{
		"TTL":               {unix.SOL_IP, unix.IP_TTL, make([]byte, 4), false},
		"hop limit":         {unix.SOL_IPV6, unix.IPV6_HOPLIMIT, make([]byte, 4), false},
		"descriptors":       {unix.SOL_SOCKET, unix.SCM_RIGHTS, make([]byte, 4), false},
		"segments":          {unix.SOL_UDP, unix.UDP_SEGMENT, make([]byte, 2), false},
		"another family's":  {unix.SOL_NETLINK, 1, nil, false},
		"route of IPv4":     {unix.SOL_IP, 7, make([]byte, 8), true},
		"route of IPv6":     {unix.SOL_IPV6, unix.IPV6_RTHDR, make([]byte, 24), true},
		"older route":       {unix.SOL_IPV6, unix.IPV6_2292RTHDR, make([]byte, 24), true},
		"hop options":       {unix.SOL_IPV6, unix.IPV6_HOPOPTS, make([]byte, 8), true},
		"label":             {unix.SOL_IPV6, 11, make([]byte, 4), true},
		"mark":              {unix.SOL_SOCKET, unix.SO_MARK, make([]byte, 4), true},
		"not known":         {unix.SOL_SOCKET, 9999, nil, true},
		"no source":         {unix.SOL_IP, unix.IP_PKTINFO, packet(false, 0, 0, 0, 0, 0), false},
		"source":            {unix.SOL_IP, unix.IP_PKTINFO, packet(false, 0, 10, 1, 2, 3), false},
		"source, interface": {unix.SOL_IP, unix.IP_PKTINFO, packet(false, 1, 10, 1, 2, 3), true},
		"source elsewhere":  {unix.SOL_IP, unix.IP_PKTINFO, packet(false, 0, 11, 1, 2, 3), true},
		"source of TCP":     {unix.SOL_IP, unix.IP_PKTINFO, packet(false, 0, 192, 0, 2, 1), true},
		"short":             {unix.SOL_IP, unix.IP_PKTINFO, make([]byte, 11), true},
		"IPv6":              {unix.SOL_IPV6, unix.IPV6_PKTINFO, packet(true, 0, six...), false},
		"IPv6, older":       {unix.SOL_IPV6, 2, packet(true, 0, six...), false},
		"IPv6, interface":   {unix.SOL_IPV6, unix.IPV6_PKTINFO, packet(true, 2, six...), true},
		"IPv6, IPv4":        {unix.SOL_IPV6, unix.IPV6_PKTINFO, packet(true, 0, mapped...), false},
		"IPv6 elsewhere":    {unix.SOL_IPV6, unix.IPV6_PKTINFO, packet(true, 0, append(make([]byte, 15), 2)...), true},
		"IPv6, short":       {unix.SOL_IPV6, unix.IPV6_PKTINFO, make([]byte, 19), true},
	} {
		if what := l.diverts(utrace.ControlMessage{Level: c.level, Type: c.kind, Data: c.data}); (what != "") != c.diverts {
			t.Errorf("%s: %q", name, what)
		}
	}
}

// four is a struct sockaddr_in.
func four(family uint16, port uint16, ip ...byte) []byte {
	b := binary.BigEndian.AppendUint16(binary.NativeEndian.AppendUint16(nil, family), port)
	return append(append(b, ip...), make([]byte, 8)...)
}

// header maps a struct mmsghdr at 0x1000 that names somebody.
func header(m *enginetest.Machine, name []byte) {
	m.Map(0x2000, name)
	b := binary.NativeEndian.AppendUint64(nil, 0x2000)
	b = binary.NativeEndian.AppendUint64(b, uint64(len(name)))
	m.Map(0x1000, append(b, make([]byte, 48)...))
}

// Whatever the socket is: here there is none.
func TestReceiversOfMessages(t *testing.T) {
	const listed = `network: {connect: ["127.0.0.1:9/udp", "10.0.0.1:80"]}`
	for name, c := range map[string]struct {
		network string
		name    []byte
		refused bool
	}{
		"nobody":             {listed, nil, false},
		"listed":             {listed, four(unix.AF_INET, 9, 127, 0, 0, 1), false},
		"not listed":         {listed, four(unix.AF_INET, 10, 127, 0, 0, 1), true},
		"listed for TCP":     {listed, four(unix.AF_INET, 80, 10, 0, 0, 1), true},
		"no family":          {listed, four(unix.AF_UNSPEC, 10, 127, 0, 0, 1), true},
		"no family, listed":  {listed, four(unix.AF_UNSPEC, 9, 127, 0, 0, 1), false},
		"this host":          {listed, four(unix.AF_INET, 9, 0, 0, 0, 0), false},
		"local":              {listed, append([]byte{unix.AF_UNIX, 0}, "/run/x\x00"...), true},
		"local, any":         {`network: {connect: ["127.0.0.1:9/udp"], unix: any}`, append([]byte{unix.AF_UNIX, 0}, "/run/x\x00"...), false},
		"short, for kernels": {listed, four(unix.AF_INET, 10, 127, 0, 0, 1)[:8], false},
	} {
		for _, call := range []string{"sendmsg", "sendmmsg", "sendto"} {
			if call == "sendto" && len(c.name) == 0 {
				continue
			}
			e := engineOf(t, c.network)
			j, err := enginetest.Start(e)
			if err != nil {
				t.Fatal(err)
			}
			header(j.M, c.name)
			asked := enginetest.Call(call, 3, 0x1000, 1, 0)
			if call == "sendto" {
				asked = enginetest.Call(call, 3, 0x1000, 1, 0, 0x2000, uint64(len(c.name)))
			}
			out := j.Call(j.First, asked)
			if (out.Strict == utrace.Answered) != c.refused || !c.refused && !out.Sealed {
				t.Errorf("%s of %s: %+v", call, name, out)
			}
		}
	}
}

func TestFirstOfManyMessages(t *testing.T) {
	e := engineOf(t, `network: {connect: ["127.0.0.1:9/udp"]}`)
	for result, want := range map[int64]int64{5: 1, 0: 1, -11: -11, -512: -512} {
		j, err := enginetest.Start(e)
		if err != nil {
			t.Fatal(err)
		}
		header(j.M, four(unix.AF_INET, 9, 127, 0, 0, 1))
		asked, one := enginetest.Call("sendmmsg", 3, 0x1000, 2, unix.MSG_DONTWAIT), enginetest.Call("sendmsg", 3, 0, unix.MSG_DONTWAIT)
		out := j.Call(j.First, asked)
		if c := out.Call; c.Nr != one.Nr || c.Args[0] != 3 || c.Args[1] < enginetest.SealedAt || c.Args[2] != one.Args[2] || c.Args[3] != 0 {
			t.Fatalf("%+v", out)
		}
		if got := j.Return(j.First, asked, result).Result; got != want {
			t.Errorf("sendmsg answers %d, sendmmsg %d, want %d", result, got, want)
		}
		wrote := fmt.Sprint(j.M.Writes)
		if want := fmt.Sprint([]enginetest.Write{{Addr: 0x1038, Data: binary.NativeEndian.AppendUint32(nil, uint32(result))}}); result >= 0 && wrote != want || result < 0 && wrote != "[]" {
			t.Errorf("it wrote %s", wrote)
		}
	}
	if e.Len() != 0 {
		t.Errorf("%d are remembered", e.Len())
	}
	j, err := enginetest.Start(e)
	if err != nil {
		t.Fatal(err)
	}
	if out := j.Call(j.First, enginetest.Call("sendmmsg", 3, 0x1000, 0, 0)); out.Strict != utrace.AsIs || out.Sealed {
		t.Errorf("of none: %+v", out)
	}
}
