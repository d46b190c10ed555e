// Datagrams and whom they reach: sendto, sendmsg and sendmmsg, while other threads exchange what was checked.

package integration

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/engines/network"
	"jail/supervisor"
	"jail/supervisor/confine"
	"jail/supervisor/utrace"
)

// A mailbox counts the datagrams that come.
type mailbox struct {
	conn          *net.UDPConn
	done          chan struct{}
	count, others int // others: not from 127.0.0.1
}

// mailboxAt listens at a port of the kernel's choice.
func mailboxAt(t *testing.T) *mailbox {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	m := &mailbox{conn: conn, done: make(chan struct{})}
	t.Cleanup(func() { conn.Close() })
	go m.read()
	return m
}

const end = "that was all"

func (m *mailbox) read() {
	defer close(m.done)
	var b [64]byte
	for {
		n, from, err := m.conn.ReadFromUDPAddrPort(b[:])
		if err != nil || string(b[:n]) == end {
			return
		}
		m.count++
		if from.Addr() != netip.AddrFrom4([4]byte{127, 0, 0, 1}) {
			m.others++
		}
	}
}

func (m *mailbox) port() string { return strconv.Itoa(m.conn.LocalAddr().(*net.UDPAddr).Port) }

// close waits until everything that was sent before has been counted.
func (m *mailbox) close(t *testing.T) (count, others int) {
	t.Helper()
	own, err := net.DialUDP("udp4", nil, m.conn.LocalAddr().(*net.UDPAddr))
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	for { // a full queue drops it
		if _, err := own.Write([]byte(end)); err != nil {
			t.Fatal(err)
		}
		select {
		case <-m.done:
			return m.count, m.others
		default:
		}
	}
}

// races are what threads exchange, with what the program is to see.
var races = []struct {
	what, says string
	calls      []string
}{
	{what: "name", says: bothSeen, calls: []string{"sendmsg", "sendmmsg"}},
	{what: "bytes", says: bothSeen, calls: []string{"sendmsg", "sendmmsg", "sendto"}},
	{what: "length", says: bothSeen, calls: []string{"sendmsg", "sendmmsg"}},
	{what: "control", says: bothSeen, calls: []string{"sendmsg", "sendmmsg"}},
	{what: "kind", says: "none went through, some were refused", calls: []string{"sendmsg", "sendmmsg"}},
	{what: "slot", says: "none went through, some were refused", calls: []string{"sendmsg", "sendmmsg", "sendto"}},
}

// No datagram reaches the port that is not listed, and none comes from an address that is not.
func TestMessagesAreRaced(t *testing.T) {
	needsSealing(t)
	for _, race := range races {
		for _, call := range race.calls {
			t.Run(race.what+"/"+call, func(t *testing.T) {
				good, bad := mailboxAt(t), mailboxAt(t)
				c := networked(t, fmt.Sprintf(`{connect: ["127.0.0.1:%s/udp"]}`, good.port()))
				got := jailed(t, c, victim(t, "messages"), call, race.what, good.port(), bad.port(), "5000")
				if got.Output != race.says+"\n" {
					t.Errorf("%q, %v; want %q", got.Output, got.Status, race.says)
				}
				if n, _ := bad.close(t); n != 0 {
					t.Errorf("%d datagrams reached the port that is not listed", n)
				}
				if n, others := good.close(t); others != 0 || (n == 0) != (race.says != bothSeen) {
					t.Errorf("%d datagrams reached the port that is listed, %d of them from elsewhere", n, others)
				}
			})
		}
	}
}

// A believer decides about messages as they are in the program's memory, and lets them be sent from there.
type believer struct{ port string }

func (*believer) Name() string                 { return "believer" }
func (*believer) Events() utrace.Mask          { return utrace.On(utrace.SyscallEntry) }
func (*believer) Syscalls() *utrace.SyscallSet { return callSet("sendmsg", "sendmmsg") }

func (b *believer) ReportSyscallEntry(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	var head, name, kind [16]byte
	read := func(at uint64, p []byte) bool {
		n, err := st.ReadMem(at, p)
		return err == nil && n == len(p)
	}
	at := ev.Call().Args[1]
	word := func(offset uint64) uint64 {
		read(at+offset, head[:8])
		return binary.NativeEndian.Uint64(head[:8])
	}
	if to := word(0); to != 0 && (!read(to, name[:]) || strconv.Itoa(int(binary.BigEndian.Uint16(name[2:]))) != b.port) {
		return ev.Abort(unix.EACCES, utrace.Why{Quiet: true})
	}
	if word(40) != 0 && (!read(word(32), kind[:]) || binary.NativeEndian.Uint32(kind[12:]) == unix.IP_PKTINFO) {
		return ev.Abort(unix.EACCES, utrace.Why{Quiet: true})
	}
	return ev.Continue()
}

// Without sealing the races are won, and the test above would fail.
func TestBelievedMessagesLeak(t *testing.T) {
	for _, race := range races {
		if race.what == "slot" { // about the socket, not about memory
			continue
		}
		for _, call := range []string{"sendmsg", "sendmmsg"} {
			good, bad := mailboxAt(t), mailboxAt(t)
			c := supervisor.Command{Engines: []supervisor.Engine{{Engine: &believer{good.port()}}}}
			got := jailed(t, c, victim(t, "messages"), call, race.what, good.port(), bad.port(), "20000")
			n, _ := bad.close(t)
			if _, others := good.close(t); n == 0 && others == 0 {
				t.Errorf("%s of %s: nothing leaked: %q", race.what, call, got.Output)
			}
		}
	}
}

// An unsealing engine of the network can't seal arguments, as on an old kernel.
type unsealing struct{ *network.Engine }

func (unsealing) Seals() *utrace.SyscallSet { return new(utrace.SyscallSet) }

func unseal(c *supervisor.Command) {
	for i, e := range c.Engines {
		if n, ok := e.Engine.(*network.Engine); ok {
			c.Engines[i].Engine = unsealing{n}
		}
	}
}

// What programs see of calls that are made one by one, from copies: nothing.
func TestMessagesAnswerAsTheKernel(t *testing.T) {
	const native = "6 bytes\nnone: ok\nno socket: EBADF\nnowhere: EFAULT\nread-only: EFAULT\nnegative: EINVAL\nshort: EINVAL\nlong: ok\n" +
		"much control: ENOBUFS\nparts: EMSGSIZE\nsendto: ok\nsendto elsewhere: ok\nmapped elsewhere: ok\nmapped: ok\nIPv4 in IPv6: ok\n" +
		"zerocopy elsewhere: ok\nfast open: "
	refused := strings.NewReplacer("6 bytes", "after 3: EACCES\n4 bytes", "elsewhere: ok", "elsewhere: EACCES").Replace(native)
	for name, how := range map[string]func(c *supervisor.Command){
		"sealed":  func(*supervisor.Command) {},
		"by jail": unseal,
	} {
		t.Run(name, func(t *testing.T) {
			good, bad := mailboxAt(t), mailboxAt(t)
			c := networked(t, fmt.Sprintf(`{connect: ["127.0.0.1:%s/udp", "[::1]:9/udp"], bind: ["127.0.0.1:1"]}`, good.port()))
			how(&c)
			got := jailed(t, c, victim(t, "messages"), "many", "4", good.port(), bad.port())
			if want := refused + "EOPNOTSUPP\n"; got.Output != want {
				t.Errorf("%v, it says\n%swant\n%s", got.Status, got.Output, want)
			}
			if n, _ := bad.close(t); n != 0 {
				t.Errorf("%d datagrams reached the port that is not listed", n)
			}
			if n, _ := good.close(t); n != 8 { // three of four, and two to which the result could not be written, or whose name was long; three of sendto
				t.Errorf("%d datagrams came", n)
			}
		})
	}
}

func TestDescriptorsArePassed(t *testing.T) {
	c := networked(t, `{connect: ["127.0.0.1:9/udp"]}`)
	if got := jailed(t, c, victim(t, "messages"), "passed", "1", "1", "1"); got.Output != "pass: ok\ntake: ok\npassed: 1\n" {
		t.Errorf("%q, %v", got.Output, got.Status)
	}
}

// glibc asks a name server for both kinds of addresses at once, with sendmmsg, and goes on if one question was sent.
func TestNamesAreResolved(t *testing.T) {
	server, asked := nameServer(t)
	port := strconv.Itoa(server.LocalAddr().(*net.UDPAddr).Port)
	c := networked(t, `{connect: ["127.0.0.1:`+port+`/udp"]}`)
	got := jailed(t, c, victim(t, "messages"), "resolve", "a.name.test", port, "1")
	if got.Output != "2001:db8::7\n203.0.113.7\n" && got.Output != "203.0.113.7\n2001:db8::7\n" {
		t.Errorf("%q, %v", got.Output, got.Status)
	}
	server.Close()
	if n := <-asked; n < 2 {
		t.Errorf("it was asked %d questions", n)
	}
}

// nameServer answers every question, and says at its end how many there were.
func nameServer(t *testing.T) (*net.UDPConn, <-chan int) {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	asked := make(chan int, 1)
	go func() {
		n := 0
		defer func() { asked <- n }()
		var b [512]byte
		for ; ; n++ {
			size, from, err := conn.ReadFromUDPAddrPort(b[:])
			if err != nil {
				return
			}
			if _, err := conn.WriteToUDPAddrPort(answerTo(b[:size]), from); err != nil {
				t.Error(err)
			}
		}
	}()
	return conn, asked
}

// answerTo makes an answer of a question (RFC 1035, section 4).
func answerTo(question []byte) []byte {
	name := 12
	for question[name] != 0 {
		name += int(question[name]) + 1
	}
	kind := binary.BigEndian.Uint16(question[name+1:])
	address := netip.AddrFrom4([4]byte{203, 0, 113, 7}).AsSlice()
	if kind == 28 { // AAAA
		address = netip.MustParseAddr("2001:db8::7").AsSlice()
	}
	b := append([]byte(nil), question[:name+5]...)
	copy(b[2:], []byte{0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0}) // an answer, recursion available; one question, one answer
	b = append(b, 0xc0, 12)
	b = binary.BigEndian.AppendUint16(b, kind)
	b = append(b, 0, 1, 0, 0, 0, 60, 0, byte(len(address)))
	return append(b, address...)
}

// Where arguments can't be sealed a race is not won either: jail sends what it has copied.
func TestMessagesOfJailAreRaced(t *testing.T) {
	if k := confine.Probe(); !k.PidfdGetfd.OK() {
		t.Skip("pidfd_getfd(2):", k.PidfdGetfd.Missing)
	}
	for _, race := range races[:3] {
		for _, call := range race.calls {
			good, bad := mailboxAt(t), mailboxAt(t)
			c := networked(t, fmt.Sprintf(`{connect: ["127.0.0.1:%s/udp"]}`, good.port()))
			unseal(&c)
			got := jailed(t, c, victim(t, "messages"), call, race.what, good.port(), bad.port(), "5000")
			if got.Output != race.says+"\n" {
				t.Errorf("%s of %s: %q, %v; want %q", race.what, call, got.Output, got.Status, race.says)
			}
			if n, _ := bad.close(t); n != 0 {
				t.Errorf("%s of %s: %d datagrams reached the port that is not listed", race.what, call, n)
			}
		}
	}
}
