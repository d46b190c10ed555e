// The calls that run programs: where their arguments are, in every ABI.

package exec

import (
	"math"
	"path"

	"golang.org/x/sys/unix"

	"jail/seccomp"
	"jail/supervisor/utrace"
)

// request is what a task asks for.
type request struct {
	call           utrace.Call
	pointer        int // size of a pointer in bytes: 4 or 8
	at             int // index of the argument that is the path; argv and envp follow
	dirfd          int32
	noFollow, byFD bool // AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH
	path           string
}

// abis that a program may be of, on any machine.
func abis() []seccomp.ABI {
	return []seccomp.ABI{seccomp.X86_64, seccomp.X32, seccomp.I386, seccomp.ARM64, seccomp.ARM}
}

// calls are execve and execveat of every ABI.
func calls() *utrace.SyscallSet {
	set := new(utrace.SyscallSet)
	for _, abi := range abis() {
		for _, name := range []string{"execve", "execveat"} {
			if nr, ok := abi.Number(name); ok {
				set.Add(abi.AuditArch(), int64(nr))
			}
		}
	}
	return set
}

// parse takes the registers apart; false if the call is none that runs a program.
func parse(c utrace.Call) (request, bool) {
	r := request{call: c, pointer: 8, dirfd: unix.AT_FDCWD}
	abi := seccomp.ABIOf(c.Arch, uint32(c.Nr))
	switch abi {
	case seccomp.X32, seccomp.I386, seccomp.ARM:
		r.pointer = 4
	}
	name, _ := abi.Name(int(int32(c.Nr)))
	switch name {
	case "execve":
		return r, true
	case "execveat":
		flags := uint32(c.Args[4])
		r.at, r.dirfd = 1, int32(uint32(c.Args[0]))
		r.noFollow, r.byFD = flags&unix.AT_SYMLINK_NOFOLLOW != 0, flags&unix.AT_EMPTY_PATH != 0
		return r, true
	}
	return r, false
}

// address is an argument that is a pointer. Entry code of 32-bit ABIs hands on the low half of the register.
func (r *request) address(i int) uint64 {
	a := r.call.Args[i]
	if abi := seccomp.ABIOf(r.call.Arch, uint32(r.call.Nr)); abi == seccomp.I386 || abi == seccomp.ARM {
		a &= math.MaxUint32
	}
	return a
}

// name is how the kernel calls the file to the interpreter of a script (fs/exec.c, alloc_bprm).
func (r *request) name() string {
	switch {
	case r.dirfd == unix.AT_FDCWD || r.path != "" && r.path[0] == '/':
		return r.path
	case r.path == "":
		return "/dev/fd/" + decimal(r.dirfd)
	}
	return "/dev/fd/" + decimal(r.dirfd) + "/" + r.path
}

// absolute is the path that rules for rewriting are compared with: as it was given, but from the root and without
// components that say nothing. Links are not followed. The error is why the folder that it begins in can't be looked at.
func (r *request) absolute(w *walker) (string, error) {
	if r.path != "" && r.path[0] == '/' {
		return path.Clean(r.path), nil
	}
	fd, err := w.from(r.dirfd)
	if err != nil {
		return "", err
	}
	defer unix.Close(fd)
	f, err := inspect(fd)
	if err != nil {
		return "", err
	}
	return path.Join(f.path, r.path), nil
}
