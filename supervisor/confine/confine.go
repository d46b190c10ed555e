// Package confine says what a program may reach of the machine, in the words of the kernel features that hold it: a Landlock
// domain, namespaces, mounts, capabilities, resource limits, a cgroup. A [Spec] is plain data; package supervisor carries it
// out when it starts a program, and refuses to start one if this kernel can't.
package confine

import "golang.org/x/sys/unix"

// Spec is all of it. The zero Spec confines nothing.
type Spec struct {
	Domain       Domain
	Namespaces   Namespaces
	Mounts       []Mount // in their order; they need Namespaces.Mount
	Fixed        *Fixed  // nil: files change as the user's rights and the Domain let them
	Capabilities Capabilities
	Rlimits      []Rlimit
	Cgroup       *Cgroup // nil: none

	// Tmp, Shm and Dev are folders that Held made, for temporary files, shared memory and devices: they are removed with all in them
	// after the last death, or when nothing was started. When the supervisor itself is killed they stay until RemoveStale.
	Tmp, Shm, Dev string
	// Held keeps others' RemoveStale off them until they are removed; nil: nothing does.
	Held *Held
}

// Domain is a Landlock domain (landlock(7)). Its rules are about objects, so no race of the program changes what they decide.
type Domain struct {
	Files bool   // file rights are handled: what no grant gives is refused
	Exec  bool   // of these the right to execute too; without it what may be read may be executed. The first program is not asked
	Paths []Path // grants; one whose path does not exist gives nothing, and Jail.Skipped names it

	ConnectTCP, BindTCP           bool     // handled: only the ports below
	ConnectTCPPorts, BindTCPPorts []uint16 // of IPv4 and IPv6

	// Seal scopes signals and abstract sockets to the domain (Linux 6.12). Every domain, sealed or not, keeps the program
	// from reaching into the memory of processes outside of it.
	Seal bool

	// BestEffort leaves out what this kernel's Landlock lacks. Without it the lack is an error of the start. Either way
	// Domain.Gaps tells beforehand what it is.
	BestEffort bool
}

// Path grants rights over a file, or over a folder and all in it.
type Path struct {
	Name   string // absolute; what it leads to when the program is started is what is granted
	Rights Rights
}

// Rights is what a grant gives; they add up over all grants on the way from a file to the root.
type Rights uint8

// The rights. Read includes listing; Write includes making, removing, renaming and truncating, and device ioctls, but not
// reading; Execute includes reading files, without which nothing can be executed, but not listing.
const (
	Read Rights = 1 << iota
	Write
	Execute
)

// Namespaces that the program gets for itself. Without CAP_SYS_ADMIN they take a user namespace, in which user and group keep
// their numbers, and all others, supplementary groups too, look like nobody (user_namespaces(7)).
type Namespaces struct {
	// Mount keeps what Mounts changes to the jail. It brings a Landlock domain with it (ABI 2, Linux 5.19) in which nobody can
	// mount, unmount or pivot_root, with whatever capabilities in user namespaces of their own, nor reach the folders of
	// processes outside through /proc. No descriptor of a folder may be inherited.
	Mount bool
	// Network has a loopback interface that is up, and no other. Local sockets with a path stay within reach. It keeps in only
	// who can't reach into processes outside: have a domain beside it, Domain.Seal for one.
	Network bool
	// IPC has no System V objects and POSIX message queues but the program's own (ipc_namespaces(7)).
	IPC bool
}

// Mount is one change to what the program sees of the file tree. They are made in their order, and each looks its paths up in
// what those before it left: a folder that one of them covers can't be the source of a later one.
type Mount struct {
	Kind   MountKind
	Source string // absolute; of Bind and ReadOnly
	Target string // absolute, and there; not the root, but for ReadOnly of the root itself
}

// Fixed makes every mount read-only, after Mounts were made: nothing changes there, neither files nor what Landlock does not decide
// about (landlock(7)): modes, owners, times, attributes. Devices, pipes and sockets can be written to nevertheless. The first
// program is executed a second time then, in the mounts as they are: through its link in /proc the file itself could be changed, and
// so are devices without memory and terminals opened again that are passed on as descriptors. Files that are passed on stay open as
// they were, and can be changed through their descriptors. It needs Namespaces.Mount, and Linux 5.12 (mount_setattr(2)).
type Fixed struct {
	// Writable are files and folders with all in them, absolute, that stay as they are, each a mount of its own: it can't be
	// renamed, and nothing is renamed or linked from one to the other (rename(2), EXDEV). Those that do not exist are left out.
	Writable []string
}

// MountKind is what a Mount does.
type MountKind uint8

// The kinds of mount.
const (
	Bind     MountKind = iota + 1 // Source, with all that is mounted below it, is seen at Target
	ReadOnly                      // the same, and nothing can be changed there
	Mask                          // an empty folder, or a file that can't be opened, is seen at Target; nobody can change it
	Link                          // the symbolic link Target stays: it can't be removed or renamed (a mount of itself: EBUSY; Linux 5.2)
)

// Capabilities that the program keeps of those that its starter has. Whatever this says, those that would lead out are
// dropped where there is a domain, a namespace or a mount (see Leaving), and all where a user namespace had to be made.
type Capabilities struct {
	Restrict bool   // only those in Keep stay
	Keep     uint64 // a bit for each, by number (capabilities(7))
}

// Leaving are the capabilities that nothing else here holds against (capabilities(7)): CAP_PERFMON and CAP_SYS_ADMIN read
// the memory of any process (may_access_mm() in kernel/fork.c), the others trace, load modules, write to ports, reboot, load BPF programs.
const Leaving uint64 = 1<<unix.CAP_SYS_ADMIN | 1<<unix.CAP_PERFMON | 1<<unix.CAP_SYS_PTRACE | 1<<unix.CAP_CHECKPOINT_RESTORE |
	1<<unix.CAP_SYS_MODULE | 1<<unix.CAP_SYS_RAWIO | 1<<unix.CAP_SYS_BOOT | 1<<unix.CAP_BPF

// LeavingMounts are those that lead around mounts besides: CAP_DAC_READ_SEARCH opens files by handle (open_by_handle_at(2)),
// whatever is mounted over them, CAP_MKNOD makes a device of the disk. A disk's device that root finds ready-made in /dev needs none:
// to the user root, a mask without Domain.Files is a fence, not a wall.
const LeavingMounts uint64 = 1<<unix.CAP_DAC_READ_SEARCH | 1<<unix.CAP_MKNOD

// Rlimit is one limit of each process (setrlimit(2)), soft and hard. It only ever lowers what there is.
type Rlimit struct {
	Resource int // unix.RLIMIT_…
	Most     uint64
}

// Cgroup bounds the whole tree (cgroups(7), version 2), and kills it as a whole at the end. Zero is no bound.
type Cgroup struct {
	Memory uint64 // bytes
	Tasks  uint64
}

// Infinity as Rlimit.Most is no limit.
const Infinity = unix.RLIM_INFINITY
