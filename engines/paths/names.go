// Which calls make, remove and rename, and how jail makes each.

package paths

import (
	"fmt"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// actions are the names of these calls.
var actions = [...]string{"mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename", "renameat", "renameat2", "link", "linkat",
	"symlink", "symlinkat", "mknod", "mknodat", "truncate", "bind"}

// at is the end whose descriptor and path are those arguments; a descriptor of -1 stands for the working folder.
func (r *request) at(dirfd, arg int) (*end, error) {
	e := &end{dirfd: unix.AT_FDCWD}
	if dirfd >= 0 {
		e.dirfd = int32(uint32(r.call.Args[dirfd]))
	}
	var err error
	e.path, err = r.s.ReadString(r.call.Args[arg], utrace.MaxPath-1)
	return e, err
}

const cwd = -1

// act makes a call that is one of actions.
func (r *request) act() utrace.EntryVerdict {
	a, err := r.action()
	if err != nil {
		return r.failed(r.name, err)
	}
	return r.do(a)
}

// action is what a call is to do.
func (r *request) action() (*action, error) {
	arg := r.call.Args
	switch r.name {
	case "mkdir":
		return r.makes(cwd, 0, func(dir int, name string) error { return unix.Mkdirat(dir, name, uint32(arg[1])) })
	case "mkdirat":
		return r.makes(0, 1, func(dir int, name string) error { return unix.Mkdirat(dir, name, uint32(arg[2])) })
	case "mknod":
		return r.makes(cwd, 0, func(dir int, name string) error { return unix.Mknodat(dir, name, uint32(arg[1]), int(uint32(arg[2]))) })
	case "mknodat":
		return r.makes(0, 1, func(dir int, name string) error { return unix.Mknodat(dir, name, uint32(arg[2]), int(uint32(arg[3]))) })
	case "symlink":
		return r.linksTo(0, cwd, 1)
	case "symlinkat":
		return r.linksTo(0, 1, 2)
	case "rmdir":
		return r.removes(cwd, 0, unix.AT_REMOVEDIR)
	case "unlink":
		return r.removes(cwd, 0, 0)
	case "unlinkat":
		return r.removes(0, 1, int(int32(uint32(arg[2]))))
	case "rename":
		return r.renames(cwd, 0, cwd, 1, 0)
	case "renameat":
		return r.renames(0, 1, 2, 3, 0)
	case "renameat2":
		return r.renames(0, 1, 2, 3, uint(uint32(arg[4])))
	case "link":
		return r.links(cwd, 0, cwd, 1, 0)
	case "linkat":
		return r.links(0, 1, 2, 3, int(int32(uint32(arg[4]))))
	case "truncate":
		return r.truncates()
	}
	return r.adjusts()
}

// makes is something that makes one name.
func (r *request) makes(dirfd, arg int, call func(dir int, name string) error) (*action, error) {
	e, err := r.at(dirfd, arg)
	return &action{verb: "making", ends: []*end{e}, umask: true, call: func(ends []*end) error { return call(ends[0].dir, ends[0].last) }}, err
}

// linksTo makes a symbolic link: where it leads is a matter of who follows it.
func (r *request) linksTo(text, dirfd, arg int) (*action, error) {
	target, err := r.s.ReadString(r.call.Args[text], utrace.MaxPath-1)
	if err != nil {
		return nil, err
	}
	if target == "" {
		return nil, unix.ENOENT
	}
	return r.makes(dirfd, arg, func(dir int, name string) error { return unix.Symlinkat(target, dir, name) })
}

func (r *request) removes(dirfd, arg, flags int) (*action, error) {
	e, err := r.at(dirfd, arg)
	return &action{verb: "removal", ends: []*end{e}, call: func(ends []*end) error { return unix.Unlinkat(ends[0].dir, ends[0].last, flags) }}, err
}

// two are the ends of a call with two paths.
func (r *request) two(dirfd1, arg1, dirfd2, arg2 int) ([]*end, error) {
	from, err := r.at(dirfd1, arg1)
	if err != nil {
		return nil, err
	}
	to, err := r.at(dirfd2, arg2)
	return []*end{from, to}, err
}

func (r *request) renames(dirfd1, arg1, dirfd2, arg2 int, flags uint) (*action, error) {
	ends, err := r.two(dirfd1, arg1, dirfd2, arg2)
	return &action{verb: "rename", ends: ends, moves: true, both: flags&unix.RENAME_EXCHANGE != 0, call: func(ends []*end) error {
		return unix.Renameat2(ends[0].dir, ends[0].last, ends[1].dir, ends[1].last, flags)
	}}, err
}

func (r *request) links(dirfd1, arg1, dirfd2, arg2, flags int) (*action, error) {
	ends, err := r.two(dirfd1, arg1, dirfd2, arg2)
	if err != nil {
		return nil, err
	}
	if flags&^unix.AT_SYMLINK_FOLLOW != 0 { // AT_EMPTY_PATH too, which takes a capability: who has none is answered so
		return nil, unix.ENOENT
	}
	ends[0].follow = flags != 0
	return &action{verb: "link", ends: ends, call: func(ends []*end) error {
		if ends[0].file >= 0 {
			return unix.Linkat(unix.AT_FDCWD, fmt.Sprintf("/proc/thread-self/fd/%d", ends[0].file), ends[1].dir, ends[1].last, unix.AT_SYMLINK_FOLLOW)
		}
		return unix.Linkat(ends[0].dir, ends[0].last, ends[1].dir, ends[1].last, 0)
	}}, nil
}

// truncates cuts a file, which the path leads to over links.
func (r *request) truncates() (*action, error) {
	e, err := r.at(cwd, 0)
	if err != nil {
		return nil, err
	}
	e.follow = true
	length := int64(r.call.Args[1])
	var most unix.Rlimit
	if err := unix.Prlimit(r.s.ID().TID, unix.RLIMIT_FSIZE, nil, &most); err != nil {
		return nil, err
	}
	if length > 0 && uint64(length) > most.Cur {
		return nil, unix.EFBIG
	}
	return &action{verb: "truncation", ends: []*end{e}, call: func(ends []*end) error {
		return cut(ends[0].file, length)
	}}, nil
}

// cut is truncate(2) of what a descriptor (O_PATH) is of. It does not wait for who has a lease on the file, which would take up to
// 45 seconds of all of the jail's (fcntl(2), "Leases"): the program is answered EAGAIN.
func cut(file int, length int64) error {
	name := fmt.Sprintf("/proc/thread-self/fd/%d", file)
	var st unix.Stat_t
	if err := unix.Fstat(file, &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		return unix.Truncate(name, length) // an error, at once
	}
	fd, err := unix.Open(name, unix.O_WRONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return unix.Ftruncate(fd, length)
}
