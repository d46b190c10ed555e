// What this kernel, and the container around us, give.

package confine

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"jail/internal/procfile"
	"jail/supervisor/internal/cgroup"
)

// A Feature is there when Missing is empty; else that says why not, as a clause.
type Feature struct {
	Missing string
	Err     error // what the kernel answered, if it was asked
}

// OK tells whether it is there.
func (f Feature) OK() bool { return f.Missing == "" }

// A Kernel is what was found: for each feature whether it is there for this process, with its rights and in its container.
type Kernel struct {
	Release      string // uname -r
	Architecture string // of the machine, uname -m
	Root         bool   // we are user 0 of our user namespace
	Capabilities uint64 // effective, a bit for each by number

	LandlockABI int // 0: none
	Landlock    Feature

	UserNamespaces    Feature // for a program with our rights, really made
	MountNamespaces   Feature // by CAP_SYS_ADMIN or in a user namespace, really made; with Landlock's ABI 2, which Namespaces.Mount needs, and a root that is a mount
	NetworkNamespaces Feature

	Cgroup Feature // version 2, with bounds for memory and tasks, in a place that is ours; really made
	// CgroupMounts is where hierarchies of version 2 are mounted in which we may write to some cgroup: a program that may, too, can
	// lift the bounds of its own, and kill and freeze processes outside of the jail.
	CgroupMounts []string

	Seccomp        Feature // filters that stop calls for a tracer (Linux 4.8)
	Ptrace         Feature // of children; and see PtraceScope
	PtraceScope    int     // Yama's kernel.yama.ptrace_scope; -1: no Yama
	PidfdGetfd     Feature // pidfd_getfd(2), Linux 5.6
	Mseal          Feature // mseal(2), Linux 6.10
	SetSyscallInfo Feature // PTRACE_SET_SYSCALL_INFO, Linux 6.16: one call to rewrite a system call; without it two
	CgroupKill     Feature // cgroup.kill, Linux 5.14
	TextBusy       Feature // nobody can write to the file of a program that runs (ETXTBSY, execve(2)): not Linux 6.11 and 6.12
}

// A Part is something that takes longer to find out than a system call or two.
type Part uint8

// The parts; they add up.
const (
	PartUserNamespaces    Part = 1 << iota // UserNamespaces
	PartMountNamespaces                    // MountNamespaces
	PartNetworkNamespaces                  // NetworkNamespaces: what takes the longest
	PartCgroup                             // Cgroup, CgroupKill
	PartTracing                            // Seccomp and what follows it, but for CgroupKill
	PartOutside                            // CgroupMounts, and PartMountNamespaces if there is one

	PartNamespaces = PartUserNamespaces | PartMountNamespaces | PartNetworkNamespaces
)

// Probe finds everything out, see ProbeOnly.
func Probe() Kernel { return ProbeOnly(PartNamespaces | PartCgroup | PartTracing | PartOutside) }

// ProbeOnly finds out the given parts, and what costs nothing; features of other parts are missing. It makes user, mount and
// network namespaces in children that execute nothing and end at once, and a cgroup that it removes; it leaves nothing behind. It
// blocks for some milliseconds. Any goroutine but one that owns a jail.
func ProbeOnly(parts Part) Kernel {
	var k Kernel
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		k.Release, k.Architecture = unix.ByteSliceToString(u.Release[:]), unix.ByteSliceToString(u.Machine[:])
	}
	k.Root = os.Geteuid() == 0
	k.Capabilities = effective()
	k.probeTextBusy()
	abi, err := LandlockABI()
	if k.LandlockABI = abi; err != nil {
		k.Landlock = Feature{whyNoLandlock(err), err}
	}
	if parts&(PartOutside|PartCgroup) != 0 {
		if k.CgroupMounts = cgroup.Writable(); len(k.CgroupMounts) > 0 {
			parts |= PartMountNamespaces
		}
	}
	unknown := Feature{Missing: "nobody has looked for it"}
	k.UserNamespaces, k.MountNamespaces, k.NetworkNamespaces = unknown, unknown, unknown
	k.probeNamespaces(parts)
	if parts&PartCgroup != 0 {
		k.probeCgroup()
	} else {
		k.Cgroup, k.CgroupKill = unknown, unknown
	}
	if parts&PartTracing != 0 {
		k.probeTracing()
	} else {
		k.Seccomp, k.Ptrace, k.PidfdGetfd, k.Mseal, k.SetSyscallInfo = unknown, unknown, unknown, unknown, unknown
	}
	return k
}

func effective() uint64 {
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if unix.Capget(&hdr, &data[0]) != nil {
		return 0
	}
	return uint64(data[0].Effective) | uint64(data[1].Effective)<<32
}

func whyNoLandlock(err error) string {
	switch {
	case errors.Is(err, unix.ENOSYS):
		return "this kernel was built without it, or is older than Linux 5.13"
	case errors.Is(err, unix.EOPNOTSUPP):
		return "it is built in but not switched on (kernel parameter lsm=landlock,…)"
	case errors.Is(err, unix.EPERM):
		return "the filter of a container refuses it"
	}
	return "it answers " + err.Error()
}

func (k *Kernel) probeCgroup() {
	if err := cgroup.Delegated(); err != nil {
		k.Cgroup = Feature{err.Error(), err}
	}
	if !k.AtLeast(5, 14) {
		k.CgroupKill = Feature{Missing: "it came with Linux 5.14"}
	}
}

func (k *Kernel) probeTracing() {
	k.Seccomp = seccompActions("/proc")
	k.PtraceScope = -1
	if n, err := strconv.Atoi(sysctl("kernel/yama/ptrace_scope")); err == nil {
		k.PtraceScope = n
	}
	if k.PtraceScope >= 3 {
		k.Ptrace = Feature{Missing: "it is turned off until the next boot (sysctl kernel.yama.ptrace_scope = 3)"}
	} else if k.PtraceScope == 2 && k.Capabilities&(1<<unix.CAP_SYS_PTRACE) == 0 {
		k.Ptrace = Feature{Missing: "it takes CAP_SYS_PTRACE (sysctl kernel.yama.ptrace_scope = 2)"}
	}
	if _, err := unix.PidfdGetfd(-1, 0, 0); !errors.Is(err, unix.EBADF) {
		k.PidfdGetfd = Feature{since(err, "5.6"), err}
	}
	if _, _, errno := unix.RawSyscall(unix.SYS_MSEAL, 0, 0, 0); errno != 0 { // of nothing: succeeds
		k.Mseal = Feature{since(errno, "6.10"), errno}
	}
	if !k.AtLeast(6, 16) {
		k.SetSyscallInfo = Feature{Missing: "it came with Linux 6.16"}
	}
}

// seccompActions looks for filters that stop calls for a tracer (seccomp(2), "/proc interfaces").
func seccompActions(proc string) Feature {
	available, err := procfile.Read(proc + "/sys/kernel/seccomp/actions_avail")
	if err != nil {
		if _, e := os.Stat(proc + "/sys/kernel"); e != nil {
			return Feature{"that can't be found out without /proc/sys: " + e.Error(), err}
		}
		return Feature{"this kernel was built without CONFIG_SECCOMP_FILTER", err}
	}
	if !slices.Contains(strings.Fields(string(available)), "trace") {
		return Feature{Missing: "it has no action to stop a call for a tracer"}
	}
	return Feature{}
}

// since says what an unknown call's errno means.
func since(err error, kernel string) string {
	if errors.Is(err, unix.EPERM) {
		return "the filter of a container refuses it"
	}
	return "it came with Linux " + kernel
}

// AtLeast compares with Release; what can't be read there is old.
func (k *Kernel) AtLeast(major, minor int) bool {
	var a, b int
	if _, err := fmt.Sscanf(k.Release, "%d.%d", &a, &b); err != nil {
		return false
	}
	return a > major || a == major && b >= minor
}
