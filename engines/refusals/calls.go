// The calls that use paths, in every ABI: where their paths and flags are.

package refusals

import (
	"math"
	"sync"

	"golang.org/x/sys/unix"

	"jail/seccomp"
	"jail/supervisor/utrace"
)

// kind is what a call does to the file that its path leads to.
type kind uint8

const (
	opens    kind = iota + 1
	makes         // in the folder
	removes       // from the folder
	moves         // from one folder to another
	links         // a file gets a second name
	empties       // truncate(2)
	executes      // execve(2)
	enters        // chdir(2)
	binds         // a local socket gets a name
	changes       // what the file says of itself: mode, owner, times, attributes
)

// shape is a call's arguments. An index of -1: there is none.
type shape struct {
	kind        kind
	dir, path   int // of the file
	dir2, path2 int // of its new name
	flags       int
	noun        string // what is made or removed
	cost        cost
}

// cost is when a call is worth a stop.
type cost uint8

const (
	cheap  cost = iota // always: nobody makes many of them
	flags              // with flags of writing
	costly             // only if everything is to be told
)

const none = -1

// at is a shape with one path.
func at(k kind, dir, path int, noun string) shape {
	return shape{kind: k, dir: dir, path: path, dir2: none, path2: none, flags: none, noun: noun}
}

// two is a shape with two paths.
func two(k kind, dir, path, dir2, path2 int) shape {
	return shape{kind: k, dir: dir, path: path, dir2: dir2, path2: path2, flags: none}
}

// flagged has flags.
func flagged(s shape, at int, c cost) shape {
	s.flags, s.cost = at, c
	return s
}

// many of s are made by programs that are in a hurry.
func many(s shape) shape {
	s.cost = costly
	return s
}

// shapes are the calls by name (syscalls(2) and each call's page). Made once, and never changed.
var shapes = sync.OnceValue(func() map[string]shape {
	return map[string]shape{
		"open":       flagged(at(opens, none, 0, ""), 1, flags),
		"openat":     flagged(at(opens, 0, 1, ""), 2, flags),
		"openat2":    flagged(at(opens, 0, 1, ""), 2, costly), // struct open_how begins with them
		"creat":      at(opens, none, 0, ""),
		"mkdir":      at(makes, none, 0, "the folder "),
		"mkdirat":    at(makes, 0, 1, "the folder "),
		"mknod":      at(makes, none, 0, ""),
		"mknodat":    at(makes, 0, 1, ""),
		"symlink":    at(makes, none, 1, "the link "),
		"symlinkat":  at(makes, 1, 2, "the link "),
		"unlink":     many(at(removes, none, 0, "")),
		"unlinkat":   flagged(at(removes, 0, 1, ""), 2, costly),
		"rmdir":      many(at(removes, none, 0, "the folder ")),
		"rename":     two(moves, none, 0, none, 1),
		"renameat":   two(moves, 0, 1, 2, 3),
		"renameat2":  two(moves, 0, 1, 2, 3),
		"link":       two(links, none, 0, none, 1),
		"linkat":     flagged(two(links, 0, 1, 2, 3), 4, cheap),
		"truncate":   at(empties, none, 0, ""),
		"truncate64": at(empties, none, 0, ""),
		"execve":     at(executes, none, 0, ""),
		"execveat":   flagged(at(executes, 0, 1, ""), 4, cheap),
		"chdir":      many(at(enters, none, 0, "")),
		"bind":       at(binds, none, 1, "the socket "),

		"chmod":        at(changes, none, 0, "mode"),
		"fchmodat":     at(changes, 0, 1, "mode"),
		"fchmodat2":    flagged(at(changes, 0, 1, "mode"), 3, cheap),
		"chown":        at(changes, none, 0, "owner"),
		"lchown":       at(changes, none, 0, "owner"),
		"fchownat":     flagged(at(changes, 0, 1, "owner"), 4, cheap),
		"utime":        many(at(changes, none, 0, "times")),
		"utimes":       many(at(changes, none, 0, "times")),
		"futimesat":    many(at(changes, 0, 1, "times")),
		"utimensat":    flagged(at(changes, 0, 1, "times"), 3, costly),
		"setxattr":     many(at(changes, none, 0, "attributes")),
		"lsetxattr":    many(at(changes, none, 0, "attributes")),
		"removexattr":  many(at(changes, none, 0, "attributes")),
		"lremovexattr": many(at(changes, none, 0, "attributes")),
	}
})

// writing are the flags of open(2) with which it is no mere reading. They are the same on every architecture here.
const writing = unix.O_WRONLY | unix.O_RDWR | unix.O_CREAT | unix.O_TRUNC

// exit is the call that ends a process, and failure are the bits of its argument that the parent sees (exit_group(2)).
const (
	exit    = "exit_group"
	failure = 0xff
)

// calls is what stops: with all, everything that uses a path and can be refused. Without it, neither what reads nor what is made
// or removed by the thousands stops: who unpacks an archive, copies a tree or checks a version out makes files with O_EXCL. But
// programs that fail do. What changes metadata is refused where mounts are fixed, and nowhere else.
func calls(all, fixed bool) *utrace.SyscallSet {
	set := new(utrace.SyscallSet)
	for _, abi := range []seccomp.ABI{seccomp.X86_64, seccomp.X32, seccomp.I386, seccomp.ARM64, seccomp.ARM} {
		for name, s := range shapes() {
			nr, ok := abi.Number(name)
			switch {
			case !ok || s.kind == changes && !fixed:
			case all || s.cost == cheap:
				set.Add(abi.AuditArch(), int64(nr))
			case s.cost == flags:
				set.AddIf(abi.AuditArch(), int64(nr), s.flags, writing, unix.O_EXCL)
			}
		}
		if nr, ok := abi.Number(exit); ok && !all {
			set.AddIf(abi.AuditArch(), int64(nr), 0, failure, 0)
		}
	}
	return set
}

// call is one that was made.
type call struct {
	shape
	name string
	made utrace.Call
	low  bool // pointers have 32 bits
}

// parse finds the call's shape; false if it is none of those above.
func parse(c utrace.Call) (call, bool) {
	abi := seccomp.ABIOf(c.Arch, uint32(c.Nr))
	name, _ := abi.Name(int(int32(c.Nr)))
	s, ok := shapes()[name]
	return call{shape: s, name: name, made: c, low: abi == seccomp.I386 || abi == seccomp.ARM}, ok
}

// pointer is an argument that is an address.
func (c *call) pointer(i int) uint64 {
	if c.low {
		return c.made.Args[i] & math.MaxUint32
	}
	return c.made.Args[i]
}

// folder is the descriptor that a relative path begins at.
func (c *call) folder(i int) int32 {
	if i == none {
		return unix.AT_FDCWD
	}
	return int32(uint32(c.made.Args[i]))
}

// how are the flags.
func (c *call) how(s *utrace.Stopped) uint64 {
	switch {
	case c.name == "creat":
		return unix.O_CREAT | unix.O_WRONLY | unix.O_TRUNC
	case c.name == "openat2":
		var flags [8]byte
		if n, err := s.ReadMem(c.pointer(c.flags), flags[:]); err != nil || n < len(flags) {
			return 0
		}
		return word(flags[:])
	case c.flags != none:
		return uint64(uint32(c.made.Args[c.flags]))
	}
	return 0
}

// follows tells whether a link at the path's end is followed.
func (c *call) follows(flags uint64) bool {
	switch c.kind {
	case opens:
		return flags&unix.O_NOFOLLOW == 0 && flags&(unix.O_CREAT|unix.O_EXCL) != unix.O_CREAT|unix.O_EXCL
	case executes:
		return flags&unix.AT_SYMLINK_NOFOLLOW == 0
	case links:
		return flags&unix.AT_SYMLINK_FOLLOW != 0
	case changes:
		return flags&unix.AT_SYMLINK_NOFOLLOW == 0 && c.name[0] != 'l' // lchown, lsetxattr, lremovexattr
	case makes, removes, moves, binds:
		return false
	}
	return true
}
