// Tests that arguments are compared as the kernel looks at them.

package policy

import (
	"os"
	"testing"

	"jail/policy/internal/argformat"
	"jail/seccomp"
)

// The table is the kernel's own; where the kernel that runs here describes
// its calls, they must agree.
func TestTableOfArguments(t *testing.T) {
	root := "/sys/kernel/tracing"
	if _, err := os.ReadDir(root + "/events/syscalls"); err != nil {
		t.Skip("needs a tracefs that may be read: ", err)
	}
	kinds, err := argformat.Read(root)
	if err != nil {
		t.Fatal(err)
	}
	for call, want := range kinds {
		got, ok := argKinds(call)
		if call == "clone" { // its flags are cut to 32 bits by kernel_clone itself
			want = "illll"
		}
		if ok && got != want {
			t.Errorf("%s takes %s here, the table says %s", call, want, got)
		}
	}
}

func TestKindsOfArguments(t *testing.T) {
	for call, want := range map[string]string{
		"read": "ipl", "openat": "ipim", "ioctl": "iil", "socket": "iii", "kill": "ii", "mmap": "llllll", "prctl": "illll", "clone": "illll",
		"chmod": "pm", "getpid": "", "clock_gettime64": "ip", "recvmmsg_time64": "ipiip", "setuid32": "i", "socketcall": "ip", "personality": "i",
		"setns": "ii", "unshare": "l", "seccomp": "iip", "tgkill": "iii", "prlimit64": "iipp", "fcntl": "iil", "ptrace": "llll",
	} {
		if got, ok := kindsOf(call); !ok || got != want {
			t.Errorf("%s takes %q, %v, want %q", call, got, ok, want)
		}
	}
	for _, call := range []string{"", "vserver", "truncate64", "pread32x"} {
		if got, ok := kindsOf(call); ok {
			t.Errorf("%s takes %q", call, got)
		}
	}
}

// Every call of the two native ABIs that programs of today use must be known,
// or policies have to write widths.
func TestEveryNativeCallIsKnown(t *testing.T) {
	gone := map[string]bool{} // never implemented, removed, or never called by programs
	for _, call := range []string{"_sysctl", "afs_syscall", "create_module", "epoll_ctl_old", "epoll_wait_old", "get_kernel_syms", "getpmsg",
		"lookup_dcookie", "nfsservctl", "putpmsg", "query_module", "security", "tuxcall", "vserver", "arch_specific_syscall"} {
		gone[call] = true
	}
	for _, abi := range []seccomp.ABI{seccomp.X86_64, seccomp.ARM64} {
		for _, call := range abi.Names() {
			if _, ok := kindsOf(call); !ok && !gone[call] {
				t.Errorf("%v: the arguments of %s are not known", abi, call)
			}
		}
	}
}

func TestConditionsOfAFilter(t *testing.T) {
	const w = 0xdead << 32 // what a program may put above an int
	tests := []struct {
		call, when string
		args       [6]uint64
		want       bool
	}{
		{"ioctl", "arg1 == TIOCSTI", [6]uint64{0, 0x5412}, true},
		{"ioctl", "arg1 == TIOCSTI", [6]uint64{0, w | 0x5412}, true},
		{"ioctl", "arg1 == TIOCSTI", [6]uint64{0, 0x5413}, false},
		{"ioctl", "arg1 != TIOCSTI", [6]uint64{0, w | 0x5412}, false},
		{"ioctl", "arg2 == 5", [6]uint64{0, 0, w | 5}, false},
		{"ioctl", "arg2:32 == 5", [6]uint64{0, 0, w | 5}, true},
		{"openat", "arg0 == AT_FDCWD", [6]uint64{0xffffffffffffff9c}, true},
		{"openat", "arg0 == AT_FDCWD", [6]uint64{0x00000000ffffff9c}, true},
		{"openat", "arg0 == -100", [6]uint64{100}, false},
		{"openat", "arg2 & O_ACCMODE == O_RDONLY", [6]uint64{0, 0, w | 0o100}, true},
		{"openat", "arg2 & O_ACCMODE == O_RDONLY", [6]uint64{0, 0, 1}, false},
		{"openat", "arg2 & O_ACCMODE|O_CREAT != 0", [6]uint64{0, 0, 0o100}, true},
		{"chmod", "arg1 == 04755", [6]uint64{0, w | 0xabcd0000 | 0o4755}, true},
		{"chmod", "arg1 != 0o4755", [6]uint64{0, w | 0xabcd0000 | 0o4755}, false},
		{"chmod", "arg1 & S_ISUID == S_ISUID", [6]uint64{0, 0o4755}, true},
		{"chmod", "arg1 & S_ISUID == S_ISUID", [6]uint64{0, 0o755}, false},
		{"mmap", "arg0 == 0x100000005", [6]uint64{0x100000005}, true},
		{"mmap", "arg0 == 0x100000005", [6]uint64{5}, false},
		{"mmap", "arg0 == -1", [6]uint64{0xffffffffffffffff}, true},
		{"mmap", "arg0 == -1", [6]uint64{0xffffffff}, false},
		{"fcntl", "arg1 <= F_SETFL", [6]uint64{0, 4}, true},
		{"fcntl", "arg1<=F_SETFL", [6]uint64{0, w | 5}, false},
		{"fcntl", "arg1 < 0x4", [6]uint64{0, w | 3}, true},
		{"fcntl", "arg1 >= 0b100", [6]uint64{0, w | 3}, false},
		{"fcntl", "arg1 > 3", [6]uint64{0, 0xffffffff}, true}, // without a sign
		{"mmap", "arg0 == 0", [6]uint64{}, true},
		{"read", "arg1 == 0", [6]uint64{0, 1 << 40}, false},
		{"kill", "arg1 == SIGTERM", [6]uint64{0, w | 15}, true},
	}
	for _, test := range tests {
		text := head + "syscalls:\n  - {syscalls: [" + test.call + `], when: ["` + test.when + `"], action: kill-process}` + "\n"
		d := decider(t, text, seccomp.X86_64)
		action, _ := d.call(test.call, test.args)
		if got := action == seccomp.KillProcess; got != test.want {
			t.Errorf("%s(%#x) when %s: %v", test.call, test.args, test.when, got)
		}
	}
}

// Several calls in one rule may need several widths, and several ABIs too.
func TestConditionsOfSeveralCalls(t *testing.T) {
	text := "version: 1\nabis: [i386]\ndefault: allow\nsyscalls:\n  - {syscalls: [close, mmap, mmap2, madvise], when: [arg0 == -1], action: kill-process}\n"
	const high = 0xdead << 32
	one := decider(t, "version: 1\nabis: [i386]\ndefault: allow\nsyscalls:\n  - {syscalls: [madvise], when: [arg0 == -1], action: kill-process}\n", seccomp.X86_64)
	one.abi = seccomp.I386
	native := decider(t, text, seccomp.X86_64)
	narrow := native
	narrow.abi = seccomp.I386
	for _, test := range []struct {
		d    decided
		call string
		arg  uint64
		want seccomp.Action
	}{
		{native, "close", 0xffffffff, seccomp.KillProcess},
		{native, "close", high | 0xffffffff, seccomp.KillProcess},
		{native, "mmap", 0xffffffff, seccomp.Allow},
		{native, "mmap", 0xffffffffffffffff, seccomp.KillProcess},
		{native, "madvise", 0xffffffff, seccomp.Allow},
		{narrow, "close", 0xffffffff, seccomp.KillProcess},
		{narrow, "mmap2", 0xffffffff, seccomp.KillProcess},
		{narrow, "madvise", 0xffffffff, seccomp.KillProcess},
		{narrow, "madvise", 1, seccomp.Allow},
		{one, "madvise", 0xffffffff, seccomp.KillProcess},
	} {
		if got, _ := test.d.call(test.call, [6]uint64{test.arg}); got != test.want {
			t.Errorf("%v %s(%#x): %v, want %v", test.d.abi, test.call, test.arg, got, test.want)
		}
	}
}
