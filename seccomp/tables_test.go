// Tests of the tables against x/sys, go-seccomp-bpf, facts about the kernel, and the kernel itself.

package seccomp

import (
	"math"
	"slices"
	"testing"

	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/sys/unix"
)

func TestTablesAreSortedAndWhole(t *testing.T) {
	for _, abi := range abis() {
		table := abi.table()
		if len(table) < 300 {
			t.Errorf("%v has only %d calls", abi, len(table))
		}
		if !slices.IsSortedFunc(table, func(a, b entry) int { return int(a.nr) - int(b.nr) }) {
			t.Errorf("the table of %v is not sorted", abi)
		}
		names := abi.Names()
		if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(table) {
			t.Errorf("the names of %v are not sorted or not unique", abi)
		}
		for _, e := range table {
			if nr, ok := abi.Number(e.name); !ok || nr != int(e.nr) {
				t.Errorf("%v: %s has number %d, then %d", abi, e.name, e.nr, nr)
			}
			if _, ok := abi.Name(int(e.nr)); !ok || !KnownName(e.name) {
				t.Errorf("%v: %d is not found", abi, e.nr)
			}
		}
	}
}

// The oracle of all ABIs, as far as it goes: it follows Linux 6.15.
func TestTablesAgainstGoSeccompBPF(t *testing.T) {
	for abi, info := range map[ABI]*arch.Info{
		X86_64: arch.X86_64, X32: arch.X32, I386: arch.I386, ARM64: arch.AARCH64, ARM: arch.ARM,
	} {
		for nr, name := range info.SyscallNumbers {
			if abi == ARM64 && theirsOnly(nr, name) || abi == X32 && !x32Has(nr, name) {
				continue
			}
			if got, ok := abi.Number(name); !ok || got != nr|info.SeccompMask {
				t.Errorf("%v: %s is %d, theirs %d", abi, name, got, nr|info.SeccompMask)
			}
		}
		if uint32(info.ID) != abi.AuditArch() {
			t.Errorf("%v: arch %#x, theirs %#x", abi, abi.AuditArch(), uint32(info.ID))
		}
	}
}

// theirsOnly tells what go-seccomp-bpf lists for arm64 although the kernel
// has it on 32-bit architectures only (asm-generic/unistd.h), or under
// another name.
func theirsOnly(nr int, name string) bool {
	return nr >= 403 && nr <= 423 || name == "fstatat"
}

// x32Has tells whether an entry of go-seccomp-bpf's list for x32 is a call
// of x32. The list also has the amd64-only ones, some of them under a name
// that it has a second time with a number from 512 on.
func x32Has(nr int, name string) bool {
	for other, same := range arch.X32.SyscallNumbers {
		if same == name && other > nr {
			return false
		}
	}
	return !slices.Contains([]string{
		"_sysctl", "create_module", "epoll_ctl_old", "epoll_wait_old", "get_kernel_syms", "get_thread_area",
		"nfsservctl", "query_module", "set_thread_area", "uprobe", "uretprobe", "uselib", "vserver",
	}, name)
}

// The amd64 number of a call that x32 has elsewhere must stay unknown there.
func TestX32HasNoAMD64OnlyNumbers(t *testing.T) {
	for _, nr := range []int{13, 15, 16, 59, 101, 134, 322, 335} {
		if name, ok := X32.Name(nr | x32Bit); ok {
			t.Errorf("x32 %d is taken for %s", nr, name)
		}
	}
}

// Constants that x/sys has on every Linux port, for the native table.
func TestNativeTableAgainstConstants(t *testing.T) {
	for name, want := range map[string]int{
		"read": unix.SYS_READ, "write": unix.SYS_WRITE, "close": unix.SYS_CLOSE, "openat": unix.SYS_OPENAT,
		"openat2": unix.SYS_OPENAT2, "ioctl": unix.SYS_IOCTL, "fcntl": unix.SYS_FCNTL, "clone": unix.SYS_CLONE,
		"clone3": unix.SYS_CLONE3, "execve": unix.SYS_EXECVE, "execveat": unix.SYS_EXECVEAT, "exit": unix.SYS_EXIT,
		"exit_group": unix.SYS_EXIT_GROUP, "kill": unix.SYS_KILL, "tgkill": unix.SYS_TGKILL, "ptrace": unix.SYS_PTRACE,
		"seccomp": unix.SYS_SECCOMP, "prctl": unix.SYS_PRCTL, "mmap": unix.SYS_MMAP, "mprotect": unix.SYS_MPROTECT,
		"socket": unix.SYS_SOCKET, "connect": unix.SYS_CONNECT, "io_uring_setup": unix.SYS_IO_URING_SETUP,
		"bpf": unix.SYS_BPF, "futex": unix.SYS_FUTEX, "unlinkat": unix.SYS_UNLINKAT, "renameat2": unix.SYS_RENAMEAT2,
		"statx": unix.SYS_STATX, "process_vm_writev": unix.SYS_PROCESS_VM_WRITEV, "pidfd_getfd": unix.SYS_PIDFD_GETFD,
		"mount": unix.SYS_MOUNT, "setns": unix.SYS_SETNS, "unshare": unix.SYS_UNSHARE, "mseal": unix.SYS_MSEAL,
		"landlock_restrict_self": unix.SYS_LANDLOCK_RESTRICT_SELF, "restart_syscall": unix.SYS_RESTART_SYSCALL,
	} {
		if got, ok := Native().Number(name); !ok || got != want {
			t.Errorf("%s is %d, x/sys has %d", name, got, want)
		}
	}
}

// Since 5.1 new calls have one number on all architectures; these are what
// the tables must have to be those of 6.18.
func TestNewCalls(t *testing.T) {
	for name, want := range map[string]int{
		"cachestat": 451, "fchmodat2": 452, "map_shadow_stack": 453, "futex_wake": 454, "futex_wait": 455,
		"futex_requeue": 456, "statmount": 457, "listmount": 458, "lsm_get_self_attr": 459, "lsm_set_self_attr": 460,
		"lsm_list_modules": 461, "mseal": 462, "setxattrat": 463, "getxattrat": 464, "listxattrat": 465,
		"removexattrat": 466, "open_tree_attr": 467, "file_getattr": 468, "file_setattr": 469,
	} {
		for _, abi := range abis() {
			full := want
			if abi == X32 {
				full |= x32Bit
			}
			if got, ok := abi.Number(name); !ok || got != full {
				t.Errorf("%v: %s is %d, want %d", abi, name, got, full)
			}
		}
	}
	for name, want := range map[string]int{"uretprobe": 335, "uprobe": 336} {
		if got, _ := X86_64.Number(name); got != want {
			t.Errorf("x86_64: %s is %d, want %d", name, got, want)
		}
	}
}

// What is easily taken for something else.
func TestTraps(t *testing.T) {
	for _, c := range []struct {
		abi  ABI
		name string
		nr   int
	}{
		{X32, "execve", x32Bit | 520}, {X32, "ptrace", x32Bit | 521}, {X32, "ioctl", x32Bit | 514}, {X32, "read", x32Bit},
		{I386, "socketcall", 102}, {I386, "ipc", 117}, {I386, "socket", 359}, {I386, "umount", 22}, {I386, "umount2", 52},
		{ARM, "set_tls", 0xf0005}, {ARM, "arm_sync_file_range", 341}, {ARM, "sync_file_range2", 341}, {ARM64, "newfstatat", 79},
	} {
		if got, ok := c.abi.Number(c.name); !ok || got != c.nr {
			t.Errorf("%v: %s is %d, want %d", c.abi, c.name, got, c.nr)
		}
	}
	if name, _ := ARM.Name(341); name != "arm_sync_file_range" {
		t.Errorf("arm 341 is called %s", name)
	}
	if name, _ := ARM.Name(0); name != "restart_syscall" {
		t.Errorf("arm 0 is called %s", name)
	}
	for _, abi := range []ABI{X86_64, X32, ARM64} {
		if _, ok := abi.Number("socketcall"); ok {
			t.Errorf("%v has socketcall", abi)
		}
	}
	for _, nr := range []int{-1, -x32Bit, 100000, math.MaxInt32} {
		for _, abi := range append(abis(), 0) {
			if name, ok := abi.Name(nr); ok {
				t.Errorf("%v has a name for %d: %s", abi, nr, name)
			}
		}
	}
}

// Beyond the table's end there must be nothing that the running kernel knows:
// else the table is older than the kernel.
func TestKernelHasNoCallsBehindTheTable(t *testing.T) {
	table := Native().table()
	last := int(table[len(table)-1].nr)
	for nr := last + 1; nr < last+64; nr++ {
		if _, _, errno := unix.RawSyscall6(uintptr(nr), ^uintptr(0), ^uintptr(0), ^uintptr(0), ^uintptr(0), ^uintptr(0), ^uintptr(0)); errno != unix.ENOSYS {
			t.Errorf("the kernel answers %v to number %d; run the generator with a newer x/sys", errno, nr)
		}
	}
}
