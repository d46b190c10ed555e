// Tests of what network and outgoing make of the filter, and of warnings.

package policy

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/seccomp"
)

const (
	afUnix, afInet, afInet6, afNetlink = unix.AF_UNIX, unix.AF_INET, unix.AF_INET6, unix.AF_NETLINK
	stream, dgram, raw                 = unix.SOCK_STREAM, unix.SOCK_DGRAM, unix.SOCK_RAW
	cloexec                            = unix.SOCK_CLOEXEC | unix.SOCK_NONBLOCK
)

// open is a rule that would allow all sockets, did it stand before those of network.
const open = "syscalls:\n  - {syscalls: [socket, socketpair, sendto, socketcall], action: allow}\n"

func TestNetworkNone(t *testing.T) {
	d := decider(t, head+open+"network: none\n", seccomp.X86_64)
	check(t, d, []meets{
		{"socket", args(afInet, stream), "errno EACCES"},
		{"socket", args(high|afInet, dgram|cloexec), "errno EACCES"},
		{"socket", args(afInet6, stream), "errno EACCES"},
		{"socket", args(afNetlink, raw), "errno EAFNOSUPPORT"},
		{"socket", args(unix.AF_VSOCK, stream), "errno EAFNOSUPPORT"},
		{"socket", args(unix.AF_PACKET, raw), "errno EAFNOSUPPORT"},
		{"socket", args(unix.AF_ALG, stream), "errno EAFNOSUPPORT"},
		{"socket", args(0xffffffff, stream), "errno EAFNOSUPPORT"},
		{"socket", args(0, stream), "errno EAFNOSUPPORT"},
		{"socket", args(afUnix, stream|cloexec), "allow"},
		{"socket", args(afUnix, unix.SOCK_SEQPACKET), "allow"},
		{"socket", args(afUnix, dgram|cloexec), "errno EACCES"},
		{"socket", args(afUnix, high|raw), "errno EACCES"},
		{"socketpair", args(afUnix, stream), "allow"},
		{"socketpair", args(afUnix, dgram), "errno EACCES"},
		{"socketpair", args(afInet, stream), "errno EAFNOSUPPORT"},
		{"sendto", args(3, 1, 1, unix.MSG_FASTOPEN), "errno ENOTSUP"},
		{"sendmsg", args(3, 1, unix.MSG_FASTOPEN|1), "errno ENOTSUP"},
		{"sendmmsg", args(3, 1, 1, unix.MSG_FASTOPEN), "errno ENOTSUP"},
		{"sendto", args(3, 1, 1, unix.MSG_NOSIGNAL, 0), "allow"},
		{"sendto", args(3, 1, 1, unix.MSG_NOSIGNAL, 5), "errno EACCES"}, // on a socket that was handed over
		{"connect", args(3), "allow"},                                   // the engine stops it
	})
	if _, rule := d.call("socket", args(afInet)); rule.Origin != "p.yaml:5:10" || rule.AllowHint != `network: {connect: ["ADDRESS:PORT"]}` {
		t.Errorf("%+v", rule)
	}
	if n := d.plan.Network; n.Reach != NetworkNone || n.UnixAny || d.plan.Rules[n.UnixRule].HintFor("path", "/run/x\n\"") != `network: {unix: ["/run/x\n\""]}; enforce: best-effort` {
		t.Errorf("%+v, %s", n, d.plan.Rules[n.UnixRule].HintFor("path", "/run/x\n\""))
	}
}

func TestNetworkWithExceptions(t *testing.T) {
	d := decider(t, head+open+"network: {families: [AF_NETLINK], unix: any}\n", seccomp.X86_64)
	check(t, d, []meets{
		{"socket", args(afInet, stream), "errno EACCES"},
		{"socket", args(afNetlink, raw), "allow"},
		{"socket", args(afUnix, dgram), "allow"},
		{"socketpair", args(afUnix, dgram), "allow"},
	})
}

func TestNetworkLoopback(t *testing.T) {
	d := decider(t, head+open+"network: loopback\n", seccomp.X86_64)
	check(t, d, []meets{
		{"socket", args(afInet, stream), "allow"},
		{"socket", args(afInet6, dgram), "allow"},
		{"socket", args(afNetlink, raw, unix.NETLINK_ROUTE), "allow"},
		{"socket", args(afNetlink, raw, unix.NETLINK_AUDIT), "errno EAFNOSUPPORT"},
		{"socket", args(unix.AF_VSOCK), "errno EAFNOSUPPORT"},
		{"socket", args(afUnix, dgram), "errno EACCES"},
	})
}

func TestNetworkListed(t *testing.T) {
	d := decider(t, head+open+"network: {connect: [\"203.0.113.7:443\"]}\n", seccomp.X86_64)
	check(t, d, []meets{
		{"socket", args(afInet, stream|cloexec), "allow"},
		{"socket", args(afInet, stream, unix.IPPROTO_TCP), "allow"},
		{"socket", args(afInet, stream, unix.IPPROTO_MPTCP), "errno EPROTONOSUPPORT"},
		{"socket", args(afInet, dgram), "errno EACCES"},
		{"socket", args(afInet, dgram, unix.IPPROTO_ICMP), "errno EPROTONOSUPPORT"},
		{"socket", args(afInet, raw), "errno EACCES"},
		{"socket", args(afInet, unix.SOCK_SEQPACKET, unix.IPPROTO_SCTP), "errno EPROTONOSUPPORT"},
		{"socket", args(afInet6, stream), "errno EACCES"},
		{"socket", args(afNetlink, raw), "errno EAFNOSUPPORT"},
		{"sendto", args(3, 1, 1, 0, 1<<40), "errno EACCES"}, // on a socket that was handed over
		{"setsockopt", args(3, unix.SOL_IP, unix.IP_ADD_MEMBERSHIP), "allow"},
	})
	d = decider(t, head+open+"network: {connect: [\"*:53/udp\"], bind: [\"[::1]:1-65535\"]}\n", seccomp.X86_64)
	check(t, d, []meets{
		{"socket", args(afInet, stream), "errno EACCES"},
		{"socket", args(afInet, dgram), "allow"},
		{"socket", args(afInet6, stream), "allow"},
		{"socket", args(afInet6, dgram, 136), "errno EPROTONOSUPPORT"},
		{"sendto", args(3, 1, 1, 0, 1<<40), "allow"}, // the engine stops it
		{"setsockopt", args(3, unix.SOL_IP, unix.IP_ADD_MEMBERSHIP), "errno EPERM"},
		{"setsockopt", args(3, unix.SOL_IPV6, high|unix.IPV6_PKTINFO), "errno EPERM"},
		{"setsockopt", args(3, unix.SOL_IPV6, unix.IPV6_RECVPKTINFO), "allow"},
		{"setsockopt", args(3, unix.SOL_IP, unix.IP_MULTICAST_TTL), "allow"},
	})
	n := d.plan.Network
	if len(n.Connect) != 2 || len(n.Bind) != 1 || n.Connect[0].Rule != n.Connect[1].Rule || !d.plan.Rules[n.Connect[0].Rule].Sound || !d.plan.Rules[n.Bind[0].Rule].Sound {
		t.Errorf("%+v", n)
	}
	if got := d.plan.Rules[n.BindRule].HintFor("address", "127.0.0.1:80"); got != `network: {bind: ["127.0.0.1:80"]}` {
		t.Error(got)
	}
}

// socketcall has its arguments in memory, so no rule of the network can see them.
func TestNetworkOfI386(t *testing.T) {
	for _, network := range []string{"none", "loopback", `{connect: ["*:1-65535"]}`} {
		d := decider(t, "version: 1\nabis: [i386]\ndefault: allow\n"+open+"network: "+network+"\n", seccomp.X86_64)
		d.abi = seccomp.I386
		if got := d.effect("socketcall", args(1)); got != "errno ENOSYS" && got != "quiet errno ENOSYS" {
			t.Errorf("network: %s: socketcall: %s", network, got)
		}
		if got := d.effect("socket", args(unix.AF_ALG)); got != "errno EAFNOSUPPORT" {
			t.Errorf("network: %s: socket: %s", network, got)
		}
	}
}

func TestOutgoing(t *testing.T) {
	d := decider(t, head+"syscalls: [{syscalls: [kill, \"@signal\"], action: allow}]\noutgoing: {signals: [SIGTERM, SIGABRT]}\n", seccomp.X86_64)
	check(t, d, []meets{
		{"kill", args(5, 0), "allow"}, {"kill", args(5, high|15), "allow"}, {"kill", args(5, 9), "errno EPERM"}, {"kill", args(5, 64), "errno EPERM"},
		{"tkill", args(5, 6), "allow"}, {"tkill", args(5, 9), "errno EPERM"},
		{"tgkill", args(5, 5, 6), "allow"}, {"tgkill", args(5, 6, 9), "errno EPERM"},
		{"rt_sigqueueinfo", args(5, 9), "errno EPERM"}, {"rt_tgsigqueueinfo", args(5, 5, 9), "errno EPERM"}, {"rt_tgsigqueueinfo", args(5, 9, 15), "allow"},
		{"pidfd_send_signal", args(5, 9), "errno EPERM"}, {"pidfd_send_signal", args(5, 15), "allow"},
		{"fcntl", args(3, unix.F_SETSIG, 9), "errno EPERM"}, {"fcntl", args(3, unix.F_SETSIG, high|9), "errno EPERM"}, {"fcntl", args(3, unix.F_SETSIG, 15), "allow"},
		{"fcntl", args(3, unix.F_SETOWN, 9), "errno EPERM"}, {"fcntl", args(3, unix.F_SETFL, 9), "allow"},
		{"ioctl", args(3, 0x8901), "errno EPERM"}, {"ioctl", args(3, 0x8902), "errno EPERM"}, {"ioctl", args(3, unix.TCGETS), "allow"},
	})
	if o := d.plan.Outgoing; !o.Restrict || len(o.Signals) != 2 || !strings.Contains(d.plan.Rules[o.Rule].Text, "outgoing") {
		t.Errorf("%+v", o)
	}
	d = decider(t, head+"outgoing: {signals: []}\n", seccomp.X86_64)
	check(t, d, []meets{{"kill", args(5, 0), "allow"}, {"kill", args(5, 15), "errno EPERM"}})
	d = decider(t, head+"outgoing: {signals: [SIGIO, SIGURG]}\n", seccomp.X86_64)
	check(t, d, []meets{{"fcntl", args(3, unix.F_SETOWN), "allow"}, {"fcntl", args(3, unix.F_SETSIG, 9), "errno EPERM"}})
}

// A call of another machine only is no mistake, because policies are for several, but the rule does nothing.
func TestWarningsOfOtherMachines(t *testing.T) {
	p, err := Parse("p.yaml", []byte(head+"abis: [i386]\nsyscalls:\n  - {syscalls: [open], action: trace}\n  - {syscalls: [breakpoint], action: trace}\n"+
		"  - {syscalls: [close, breakpoint], action: trace}\n  - {syscalls: [mmap2], action: trace}\n"))
	if err != nil {
		t.Fatal(err)
	}
	text := func(all []*Error) string {
		var lines []string
		for _, w := range all {
			lines = append(lines, w.Error())
		}
		return strings.Join(lines, "\n")
	}
	if got, want := text(p.WarningsOn(seccomp.X86_64)), "p.yaml:6:5: the rule does nothing on x86_64, which has no call breakpoint; it is a call of arm"; got != want {
		t.Errorf("%s", got)
	}
	p, err = Parse("p.yaml", []byte(head+"syscalls:\n  - {syscalls: [open], action: trace}\n  - {syscalls: [mmap2], action: trace}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := text(p.WarningsOn(seccomp.ARM64)), "p.yaml:4:5: the rule does nothing on arm64, which has no call open; it is a call of x86_64, i386, x32, arm\n"+
		"p.yaml:5:5: the rule does nothing on arm64, which has no call mmap2; it is a call of i386, arm"; got != want {
		t.Errorf("%s", got)
	}
	if got := text(p.WarningsOn(seccomp.X86_64)); got != "p.yaml:5:5: the rule does nothing on x86_64, which has no call mmap2; it is a call of i386, arm" {
		t.Errorf("%s", got)
	}
}

func TestWarnings(t *testing.T) {
	p, err := Parse("p.yaml", []byte(head+`syscalls:
  - {syscalls: ["@basic-io"], action: allow}
  - {syscalls: [read, write], action: errno EPERM}
  - {syscalls: [ioctl], when: ["arg1 == TIOCSTI"], action: errno EPERM}
  - {syscalls: [ioctl], when: ["arg0 == 5", "arg1 == TIOCSTI"], action: allow}
  - {syscalls: [ioctl], when: ["arg1 == TCGETS"], action: allow}
  - {syscalls: [read, getpid], action: allow}
signals:
  - {signal: [SIGHUP, SIGINT], action: ignore}
  - {signal: SIGINT, from: inside, action: kill}
  - {signal: any, action: deliver}
filesystem:
  read: [/usr, /srv/x, /etc/ssh/keys]
  write: [/srv]
  deny: [/etc/ssh]
network: {connect: ["10.0.0.0/8:1-100", "10.1.0.0/16:80", "*:443", "[::1]:443"]}
limits: {signal: SIGTERM}
`))
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, w := range p.Warnings() {
		got.WriteString(w.Error() + "\n")
	}
	golden(t, "warnings.txt", got.String())
	if n := strings.Count(got.String(), "\n"); n != 8 {
		t.Errorf("%d warnings", n)
	}
	for _, text := range examples(t) {
		if p, err := load(text); err == nil && len(p.Warnings()) > 0 {
			t.Errorf("the example\n%s\nhas the warnings %v", text, p.Warnings())
		}
	}
}
