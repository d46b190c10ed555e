// Programs of other kinds: i386 on x86-64, filters upon filters, and a supervisor that is itself traced.

package ptrace

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
)

// exit386 is i386 code: if a register that the kernel clears at exec is not zero it exits with 1, else it calls
// getppid by int 0x80 and exits with 3.
var exit386 = []byte{
	0x09, 0xd9, // or ecx, ebx
	0x09, 0xd1, // or ecx, edx
	0x09, 0xf1, // or ecx, esi
	0x09, 0xf9, // or ecx, edi
	0x09, 0xe9, // or ecx, ebp
	0x09, 0xc1, // or ecx, eax
	0x75, 0x10, // jnz bad
	0xb8, 64, 0, 0, 0, // mov eax, getppid
	0xcd, 0x80, // int 0x80
	0xbb, 3, 0, 0, 0, // mov ebx, 3
	0x6a, 1, // push exit
	0x58, // pop eax
	0xcd, 0x80,
	0xbb, 1, 0, 0, 0, // bad: mov ebx, 1
	0xb8, 1, 0, 0, 0,
	0xcd, 0x80,
}

func TestProgram386(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("an i386 program needs x86-64")
	}
	path := filepath.Join(t.TempDir(), "exit386")
	if err := os.WriteFile(path, elf386(exit386), 0o755); err != nil {
		t.Fatal(err)
	}
	cfg := Config{Path: path, Args: []string{"exit386"}, Files: []uintptr{0, 1, 2}, Filter: tracing(64)} // semget to x86-64, getppid to i386
	<-Own(func() {
		k, tid, err := launch(cfg, false)
		if errors.Is(err, unix.ENOEXEC) {
			t.Skip("the kernel runs no i386 programs (CONFIG_IA32_EMULATION)")
		}
		if err != nil {
			t.Errorf("Launch: %v", err)
			return
		}
		j := &jailed{k, t, tid, map[kernel.Kind]int{}}
		defer j.end()
		j.reachSeccomp()
		info, err := j.Syscall(tid)
		j.ok(err)
		if info.Call.Arch != unix.AUDIT_ARCH_I386 || info.Call.Nr != 64 {
			t.Errorf("%+v", info)
		}
		if call, _, err := j.callByRegisters(tid); err != nil || call != info.Call {
			t.Errorf("by registers %+v %v, want %+v", call, err, info.Call)
		}
		if st := j.run(nil); st.Code != 3 {
			t.Errorf("ended with %v", st)
		}
	})
}

func init() {
	victims["nested"] = func([]string) { // a jail in a jail that follows forks
		<-Own(func() {
			_, _, err := launch(Config{Path: "/bin/true", Args: []string{"true"}}, false)
			if !errors.Is(err, ErrPtraceRefused) || !errors.Is(err, unix.EPERM) || !strings.Contains(err.Error(), "traced, by process") {
				fail("Launch answered", err)
			}
			if err := childless(); err != nil {
				fail(err)
			}
		})
	}
	victims["under a filter"] = func([]string) { // launches a program although it has a filter itself
		<-Own(func() {
			k, tid, err := launch(Config{Path: "/bin/true", Args: []string{"true"}, Filter: answer(unix.SYS_GETPPID, unix.EXDEV, 4)}, false)
			must(err)
			n, err := statusNumber(tid, "Seccomp_filters:")
			must(err)
			if n != 2 {
				fail(n, "filters")
			}
			must(k.Close())
		})
	}
}

func TestSupervisorIsTraced(t *testing.T) {
	jail(t, victim(t, "nested"), func(j *jailed) { j.runs(nil) })
}

// TestSupervisorHasFilter stacks a filter on one that the supervisor lives under, as in a container.
func TestSupervisorHasFilter(t *testing.T) {
	if err := untraced("filter and exec", "under a filter").Run(); err != nil {
		t.Error(err)
	}
}

// TestFilterThatLies is a container whose filter answers 0 to seccomp(2) without doing it: Launch must notice.
func TestFilterThatLies(t *testing.T) {
	if err := untraced("filter and exec", "lied to").Run(); err != nil {
		t.Error(err)
	}
}

func init() {
	victims["filter and exec"] = func(args []string) {
		f := answer(unix.SYS_GETPRIORITY, unix.EXDEV, 4)
		if args[0] == "lied to" {
			f = answer(unix.SYS_SECCOMP, 0, 4)
		}
		must(unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		prog := []sockFprog{{len: uint16(len(f)), filter: uint64(addressOf(&f[0]))}}
		must(unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, addressOf(&prog[0]), 0, 0))
		must(unix.Exec("/proc/self/exe", []string{"victim"}, []string{victimKey + "=" + args[0]}))
	}
	victims["lied to"] = func([]string) {
		<-Own(func() {
			_, _, err := launch(Config{Path: "/bin/true", Args: []string{"true"}, Filter: answer(unix.SYS_GETPPID, unix.EXDEV, 4)}, false)
			if err == nil || !strings.Contains(err.Error(), "not in force") {
				fail("Launch answered", err)
			}
		})
	}
}
