// Tests of the names of errnos, signals and constants, and of suggestions.

package policy

import (
	"encoding/json"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"jail/seccomp"
)

func TestSignalNames(t *testing.T) {
	for name, want := range map[string]Signal{
		"SIGHUP": 1, "1": 1, "SIGKILL": 9, "SIGTERM": 15, "SIGSYS": 31, "SIGIOT": 6, "SIGPOLL": 29,
		"SIGRTMIN": 34, "SIGRTMIN+1": 35, "SIGRTMIN+30": 64, "SIGRTMAX": 64, "SIGRTMAX-1": 63, "SIGRTMAX-30": 34, "33": 33,
	} {
		if got, ok := parseSignal(name); !ok || got != want {
			t.Errorf("parseSignal(%q) = %d, %v, want %d", name, got, ok, want)
		}
	}
	for _, name := range []string{"", "0", "65", "256", "-1", "+1", "01", "HUP", "sighup", "SIGRTMIN+31", "SIGRTMIN-1", "SIGRTMIN+", "SIGRTMIN+001", "SIGRTMAX+1", "SIGRTMAX-31", "SIG", "SIGRTMIN+ 1"} {
		if got, ok := parseSignal(name); ok {
			t.Errorf("parseSignal(%q) = %d", name, got)
		}
	}
}

func TestNamesSurviveJSON(t *testing.T) {
	for s := Signal(1); s <= sigRTMax; s++ {
		var back Signal
		if text, err := json.Marshal(s); err != nil || json.Unmarshal(text, &back) != nil || back != s {
			t.Errorf("signal %d became %s, %d (%v)", s, text, back, err)
		}
	}
	for _, name := range errnoNames() {
		var e, back ErrnoNumber
		if err := e.UnmarshalText([]byte(name)); err != nil || e == 0 {
			t.Errorf("%s: %d, %v", name, e, err)
		}
		if text, err := json.Marshal(e); err != nil || json.Unmarshal(text, &back) != nil || back != e {
			t.Errorf("errno %d became %s, %d (%v)", e, text, back, err)
		}
	}
	var e ErrnoNumber
	var s Signal
	if e.UnmarshalText([]byte("ENOTHING")) == nil || s.UnmarshalText([]byte("SIGNOTHING")) == nil {
		t.Error("a name that is none was read")
	}
}

func TestErrnoNames(t *testing.T) {
	for name, want := range map[string]unix.Errno{"EPERM": unix.EPERM, "EWOULDBLOCK": unix.EAGAIN, "ENOTSUP": unix.EOPNOTSUPP, "EDEADLOCK": unix.EDEADLK, "EHWPOISON": unix.EHWPOISON} {
		if got, ok := parseErrno(name); !ok || unix.Errno(got) != want {
			t.Errorf("parseErrno(%q) = %d, %v", name, got, ok)
		}
	}
	for _, name := range []string{"", "0", "1", "eperm", "ERESTARTSYS", "512"} {
		if got, ok := parseErrno(name); ok {
			t.Errorf("parseErrno(%q) = %d", name, got)
		}
	}
}

func TestConstants(t *testing.T) {
	// From the kernel's headers, so that a slip in our lists is found.
	for name, want := range map[string]uint64{
		"AF_UNIX": 1, "AF_INET6": 10, "AF_NETLINK": 16, "CLONE_NEWUSER": 0x10000000, "CLONE_UNTRACED": 0x00800000,
		"TIOCSTI": 0x5412, "TIOCLINUX": 0x541c, "TCGETS": 0x5401, "PROT_EXEC": 4, "MAP_SHARED": 1, "PR_SET_SECCOMP": 22, "PR_SET_NAME": 15,
		"PR_SET_VMA": 0x53564d41, "O_CREAT": 0o100, "O_ACCMODE": 3, "S_IFMT": 0o170000, "S_IFCHR": 0o020000, "F_SETFL": 4, "F_DUPFD_CLOEXEC": 1030,
		"PTRACE_TRACEME": 0, "SECCOMP_SET_MODE_FILTER": 1, "PER_LINUX32": 8, "UNAME26": 0x20000, "ADDR_NO_RANDOMIZE": 0x40000,
		"SIGTERM": 15, "SIGRTMIN+1": 35, "AT_FDCWD": 0xffffffffffffff9c, "FIONREAD": 0x541b, "SOCK_CLOEXEC": 0o2000000,
	} {
		if got, ok := constantValue(name); !ok || got.bits != want {
			t.Errorf("%s = %#x, %v, want %#x", name, got.bits, ok, want)
		}
	}
	for _, name := range []string{"", "S", "15", "AF_", "clone_newuser", "EPERM"} {
		if _, ok := constantValue(name); ok {
			t.Errorf("%q is a constant", name)
		}
	}
}

func TestNearest(t *testing.T) {
	words := []string{"syscalls", "signals", "default"}
	for word, want := range map[string]string{
		"sycalls": "syscalls", "syscall": "syscalls", "SIGNALS": "signals", "singals": "signals", "defualt": "default",
		"": "", "x": "", "extends": "", "completely different": "",
	} {
		if got := nearest(word, words); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestCommonGroupsExist(t *testing.T) {
	for _, name := range commonGroups() {
		if _, ok := seccomp.Group(name); !ok {
			t.Errorf("there is no %s", name)
		}
	}
	if !slices.IsSorted(constantNames()) {
		t.Error("suggestions depend on chance")
	}
}
