// Calls in words: what people read, and what no program can make of it.

package reason

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"jail/engines/decode"
	"jail/seccomp"
	"jail/supervisor/utrace"
)

// native is a call of this machine's own ABI; the test ends if it has none of that name.
func native(t testing.TB, name string, args ...uint64) utrace.Call {
	nr, ok := seccomp.Native().Number(name)
	if !ok {
		t.Skipf("%v has no %s", seccomp.Native(), name)
	}
	c := utrace.Call{Arch: seccomp.Native().AuditArch(), Nr: int64(nr)}
	copy(c.Args[:], args)
	return c
}

func TestDecoded(t *testing.T) {
	const at, nowhere = 0x7f00_0000_1000, 0x7fff_0000_1234
	long := strings.Repeat("a\n", 2000)
	for _, c := range []struct {
		want, memory, name string
		args               []uint64
	}{
		{`umount2("/proc", 0)`, "/proc", "umount2", []uint64{at, 0}},
		{`umount2("proc", MNT_DETACH)`, "proc", "umount2", []uint64{at, unix.MNT_DETACH}},
		{`umount2("", 0)`, "", "umount2", []uint64{at, 0}},
		{`umount2("\"x\\", 0)`, "\"x\\", "umount2", []uint64{at, 0}},
		{`umount2("` + strings.Repeat(`a\n`, 23) + `a"…, 0)`, long, "umount2", []uint64{at, 0}},
		{"umount2(…, 0)", "", "umount2", []uint64{nowhere, 0}},
		{"umount2(NULL, 0)", "", "umount2", nil},
		{"ioctl(0, TIOCSTI, …)", "x", "ioctl", []uint64{0, unix.TIOCSTI, nowhere}},
		{"ptrace(PTRACE_ATTACH, 17, NULL, NULL)", "", "ptrace", []uint64{unix.PTRACE_ATTACH, 17}},
		{"socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)", "", "socket", []uint64{unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE}},
		{"unshare(CLONE_NEWUSER)", "", "unshare", []uint64{unix.CLONE_NEWUSER}},
		{"bind(3, …, 16)", "", "bind", []uint64{3, nowhere, 16}},
		{"write(1, …, 6)", "secret", "write", []uint64{1, at, 6}},
		{"sendto(3, …, 6, MSG_OOB, NULL, 0)", "secret", "sendto", []uint64{3, at, 6, unix.MSG_OOB}},
		{"setsockopt(3, SOL_ALG, 1, …, 6)", "secret", "setsockopt", []uint64{3, unix.SOL_ALG, unix.ALG_SET_KEY, at, 6}},
		{"setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1852143205], 4)", "even", "setsockopt", []uint64{3, unix.SOL_SOCKET, unix.SO_REUSEADDR, at, 4}},
		{"add_key(…, …, …, 6, -2)", "secret", "add_key", []uint64{nowhere, nowhere, at, 6, 1<<64 - 2}},
		{"pidfd_send_signal(3, SIGKILL, NULL, 0)", "", "pidfd_send_signal", []uint64{3, 9}},
		{"read(0, …, 6)", "", "read", []uint64{0, nowhere, 6}},
		{"prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE)", "", "prctl", []uint64{unix.PR_SET_DUMPABLE, 0}},
		{"keyctl(11, 0x2f00ab12, …, 0, 0)", "", "keyctl", []uint64{11, 0x2f00ab12, nowhere}},
		{`renameat2(AT_FDCWD, …, AT_FDCWD, …, RENAME_NOREPLACE)`, long, "renameat2", []uint64{1<<64 - 100, nowhere, 1<<64 - 100, nowhere, 1}},
	} {
		m := &decode.FakeTask{Memory: map[uint64][]byte{at: append([]byte(c.memory), 0)}}
		if got, ok := Decoded(m, native(t, c.name, c.args...)); got != c.want || !ok {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
	if got, ok := Decoded(nil, native(t, "umount2", at, 1)); got != "umount2(…, MNT_FORCE)" || !ok {
		t.Errorf("without memory: %s", got)
	}
}

// TestDecodedNot: of what the tables of this machine do not describe nothing is said here.
func TestDecodedNot(t *testing.T) {
	for _, c := range []utrace.Call{
		{Arch: unix.AUDIT_ARCH_X86_64, Nr: 1 << 30}, {Arch: unix.AUDIT_ARCH_I386, Nr: 3}, {Arch: unix.AUDIT_ARCH_ARM, Nr: 3},
		{Arch: seccomp.Native().AuditArch(), Nr: 9999}, {Arch: 7}, {Arch: seccomp.Native().AuditArch(), Nr: -1},
	} {
		if text, ok := Decoded(nil, c); ok {
			t.Errorf("%+v: %s", c, text)
		}
	}
}

// FuzzDecoded: whatever registers and memory hold, text is bounded, prints, has no newline, and begins and ends as calls do.
func FuzzDecoded(f *testing.F) {
	f.Add(uint16(166), uint64(0x1000), uint64(0), uint64(0), uint64(0), uint64(0), uint64(0), []byte("/proc\x00"))
	f.Add(uint16(165), uint64(0x1000), uint64(0x1001), uint64(0x1002), uint64(1), uint64(0x1000), uint64(0), []byte("\x1b]0;x\a\n\xff\u202e"))
	f.Add(uint16(59), uint64(0x1000), uint64(0x1000), uint64(0x1000), uint64(1), uint64(1), uint64(1), make([]byte, 5000))
	f.Add(uint16(54), uint64(3), uint64(1), uint64(2), uint64(0x1000), uint64(1<<63), uint64(1), []byte(strings.Repeat("\\\"\n", 2000)))
	f.Add(uint16(15), uint64(0), uint64(0), uint64(0), uint64(0), uint64(0), uint64(0), []byte(strings.Repeat("\x55", 600)))
	f.Fuzz(func(t *testing.T, nr uint16, a, b, c, d, e, g uint64, memory []byte) {
		call := utrace.Call{Arch: seccomp.Native().AuditArch(), Nr: int64(nr % 480), Args: [6]uint64{a, b, c, d, e, g}, SP: 0x1000}
		text, ok := Decoded(&decode.FakeTask{Memory: map[uint64][]byte{0x1000: memory}}, call)
		if !ok {
			return
		}
		odd := func(r rune) bool { return !unicode.IsPrint(r) || r > unicode.MaxASCII && r != '…' }
		if n := utf8.RuneCountInString(text); n > maxDecoded || !utf8.ValidString(text) || strings.ContainsFunc(text, odd) {
			t.Errorf("%d characters: %q", n, text)
		}
		if !strings.HasPrefix(text, Name(call)+"(") || !strings.HasSuffix(text, ")") {
			t.Errorf("%q is no call of %s", text, Name(call))
		}
	})
}
