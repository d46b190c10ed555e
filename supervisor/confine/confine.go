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
	Capabilities Capabilities
	Rlimits      []Rlimit
	Cgroup       *Cgroup // nil: none
}

// Domain is a Landlock domain (landlock(7)). Its rules are about objects, so no race of the program changes what they decide.
type Domain struct {
	Files bool   // file rights are handled: what no grant gives is refused
	Exec  bool   // of these the right to execute too; without it what may be read may be executed
	Paths []Path // grants

	ConnectTCP, BindTCP           bool     // handled: only the ports below
	ConnectTCPPorts, BindTCPPorts []uint16 // of IPv4 and IPv6

	// Seal scopes signals and abstract sockets to the domain (Linux 6.12). Every domain, sealed or not, keeps the program
	// from reaching into the memory of processes outside of it.
	Seal bool
}

// Path grants rights over a file, or over a folder and all in it.
type Path struct {
	Name   string // absolute; what it leads to when the program is started is what is granted
	Rights Rights
}

// Rights is what a grant gives; they add up over all grants on the way from a file to the root.
type Rights uint8

// The rights. Read includes listing, Write includes making, removing, renaming and truncating, and device ioctls.
const (
	Read Rights = 1 << iota
	Write
	Execute
)

// Namespaces that the program gets for itself. Without CAP_SYS_ADMIN they take a user namespace, in which user and group keep
// their numbers, and all others look like nobody.
type Namespaces struct {
	Mount   bool
	Network bool // with a loopback interface that is up
}

// Mount is one change to what the program sees of the file tree.
type Mount struct {
	Kind   MountKind
	Source string // absolute, on the machine; of Bind and ReadOnly
	Target string // absolute
}

// MountKind is what a Mount does.
type MountKind uint8

// The kinds of mount.
const (
	Bind     MountKind = iota + 1 // Source is seen at Target
	ReadOnly                      // the same, and nothing can be changed there
	Mask                          // an empty folder or file is seen at Target, which nobody may read or change
)

// Capabilities that the program keeps of those that its starter has.
type Capabilities struct {
	All  bool
	Keep uint64 // a bit for each, by number (capabilities(7))
}

// Rlimit is one limit of each process (setrlimit(2)); soft and hard are the same. It only ever lowers what there is.
type Rlimit struct {
	Resource int // unix.RLIMIT_…
	Most     uint64
}

// Cgroup bounds the whole tree (cgroups(7), version 2). Zero is no bound.
type Cgroup struct {
	Memory uint64 // bytes
	Tasks  uint64
}

// Infinity as Rlimit.Most is no limit.
const Infinity = unix.RLIM_INFINITY
