// Tests of what gets round the lists of network by other ways than connect, and of what makes its rules advisory.

package policy

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/seccomp"
)

// openOptions is a rule that would allow the options, did it stand before those of network.
const openOptions = "syscalls: [{syscalls: [setsockopt, socketcall], action: allow}]\n"

func TestOptionsThatReroute(t *testing.T) {
	refused := []meets{
		{"setsockopt", args(3, unix.SOL_IP, unix.IP_OPTIONS), "errno EPERM"},
		{"setsockopt", args(3, high|unix.SOL_IP, high|unix.IP_OPTIONS, 0, 0), "errno EPERM"},
		{"setsockopt", args(3, unix.SOL_IPV6, unix.IPV6_RTHDR), "errno EPERM"},
		{"setsockopt", args(3, high|unix.SOL_IPV6, unix.IPV6_RTHDR, 1, 40), "errno EPERM"},
		{"setsockopt", args(3, unix.SOL_IPV6, unix.IPV6_2292PKTOPTIONS), "errno EPERM"},
		{"setsockopt", args(3, unix.SOL_IPV6, 32), "errno EPERM"},
		{"setsockopt", args(3, unix.SOL_SOCKET, unix.SO_BINDTODEVICE), "errno EPERM"},
		{"setsockopt", args(3, unix.SOL_SOCKET, unix.SO_BINDTOIFINDEX), "errno EPERM"},
		{"setsockopt", args(3, unix.SOL_TCP, unix.TCP_ULP), "errno ENOENT"},
		{"setsockopt", args(3, unix.SOL_SOCKET, unix.SO_REUSEADDR), "allow"},
		{"setsockopt", args(3, unix.SOL_SOCKET, unix.IP_OPTIONS), "allow"}, // SO_ERROR
		{"setsockopt", args(3, unix.SOL_IP, unix.IP_TOS), "allow"},
		{"setsockopt", args(3, unix.SOL_IPV6, unix.IPV6_V6ONLY), "allow"},
		{"setsockopt", args(3, unix.SOL_TCP, unix.TCP_NODELAY), "allow"},
		{"setsockopt", args(3, unix.SOL_UDP, unix.TCP_ULP), "allow"},
	}
	listed := "default: allow\n" + openOptions + "network: {connect: [\"203.0.113.7:443\"]}\n"
	d := decider(t, "version: 1\nabis: [i386, x32]\n"+listed, seccomp.X86_64)
	for _, abi := range []seccomp.ABI{seccomp.X86_64, seccomp.I386, seccomp.X32} {
		d.abi = abi
		check(t, d, refused)
	}
	d = decider(t, "version: 1\nabis: [arm]\n"+listed, seccomp.ARM64)
	for _, abi := range []seccomp.ABI{seccomp.ARM64, seccomp.ARM} {
		d.abi = abi
		check(t, d, refused)
	}
	for _, network := range []string{"loopback", "any"} { // no packet leaves; all may go anywhere
		check(t, decider(t, head+openOptions+"network: "+network+"\n", seccomp.X86_64), []meets{{"setsockopt", args(3, unix.SOL_IPV6, unix.IPV6_RTHDR), "allow"}})
	}
}

// What the program can get round is not called sound.
func TestAdvisoryNetwork(t *testing.T) {
	listed := "network: {connect: [\"203.0.113.7:443\"]}\n"
	for _, test := range []struct {
		text, unsound string // what is said of what is not sound, by a part; empty: all is
	}{
		{listed, ""},
		{listed + "capabilities: [CAP_CHOWN]\n", ""},
		{listed + "capabilities: [CAP_NET_RAW]\n", "with CAP_NET_RAW"},
		{listed + "outside: open\n", "with CAP_NET_ADMIN"},
		{listed + "outside: open\ncapabilities: none\n", ""},
		{"network: none\noutside: open\n", ""},
		{"network: {connect: [\"203.0.113.7:443/udp\"]}\n", ""},
		{"network: {bind: [\"*:53/udp\"]}\n", ""},
		{"network: {bind: [\"*:53\"]}\n", ""},
		{"network: {unix: [/run/a]}\n", "link(2)"},
		{"network: {unix: [/run/a]}\nfilesystem: {deny: [/etc/shadow]}\n", "link(2)"},
		{"network: {unix: [/run/a]}\nfilesystem: {read: [/]}\n", ""},
		{"network: {unix: any}\n", ""},
		{"network: none\n", ""},
		{"network: none\nfilesystem: {tmp: private}\n", "link(2)"},
		{"network: none\nfilesystem: {tmp: private, write: [\"{tmp}\"]}\n", ""},
	} {
		plan := decider(t, head+test.text, seccomp.X86_64).plan
		var why []string
		for _, r := range plan.Rules {
			if !r.Sound {
				why = append(why, r.Why)
			}
		}
		if got := strings.Join(why, "\n"); (got == "") != (test.unsound == "") || !strings.Contains(got, test.unsound) {
			t.Errorf("%s: not sound: %q, want %q", test.text, got, test.unsound)
		}
	}
}
