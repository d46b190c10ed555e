// Calls that change what a file says of itself: its mode, owner, times and attributes.
//
// Where nothing else keeps these (landlock(7) does not), jail makes the calls itself, on the file that was decided about: it has it open, so no
// other can get into its place.

package paths

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"jail/engines/internal/walk"
	"jail/supervisor/utrace"
)

// changes are the names of these calls.
func changes() []string {
	return []string{"chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat", "chown32", "fchown32", "lchown32",
		"utime", "utimes", "futimesat", "utimensat", "utimensat_time64", "setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr"}
}

// adjustment is such a call, as far as its arguments say which file is meant.
type adjustment struct {
	verb       string
	dirfd, arg int // of descriptor and path; an arg of -1: the descriptor is the file's
	flags      int // which argument has AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH; -1: none has
	link       bool
	empty      bool // a null pointer stands for no path
	call       func(at string, link bool) error
}

// beginOpen opens what a descriptor of the task is open on.
func (e *end) beginOpen(id utrace.TaskID) (err error) {
	if e.w, err = walk.New(id.TID, id.TGID); err != nil {
		return err
	}
	e.file, err = unix.Open(fmt.Sprintf("/proc/%d/fd/%d", id.TID, e.dirfd), unix.O_PATH|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.ENOENT) {
		return unix.EBADF
	}
	if err != nil {
		return err
	}
	var st unix.Stat_t
	if err := unix.Fstat(e.file, &st); err != nil {
		return err
	}
	kind := st.Mode & unix.S_IFMT
	if e.name = e.w.Name(e.file); e.name != "" {
		e.path = e.name
	}
	named := kind == unix.S_IFREG || kind == unix.S_IFDIR || kind == unix.S_IFCHR || kind == unix.S_IFBLK
	if e.name == "" && (st.Nlink == 0 || !named) || e.name != "" && leads(e.w, e.name, e.file) {
		return nil // pipes, sockets and removed files are under no rule
	}
	return errElsewhere
}

// adjusts is a call that changes metadata.
func (r *request) adjusts() (*action, error) {
	j, err := r.adjustment()
	if err != nil {
		return nil, err
	}
	e, err := r.adjusted(&j)
	if err != nil {
		return nil, err
	}
	return &action{verb: j.verb, ends: []*end{e}, adjusts: true, call: func(ends []*end) error {
		if e.file >= 0 {
			return j.call(fmt.Sprintf("/proc/thread-self/fd/%d", e.file), false)
		}
		return j.call(fmt.Sprintf("/proc/thread-self/fd/%d/%s", e.dir, e.last), true)
	}}, nil
}

// adjusted is the file that is meant.
func (r *request) adjusted(j *adjustment) (*end, error) {
	var flags uint64
	if j.flags >= 0 {
		flags = r.call.Args[j.flags]
	}
	none := j.arg < 0 || j.empty && r.call.Args[j.arg] == 0
	switch {
	case uint32(flags)&^(unix.AT_SYMLINK_NOFOLLOW|unix.AT_EMPTY_PATH) != 0, none && uint32(flags) != 0:
		return nil, unix.EINVAL
	case none && int32(uint32(r.call.Args[j.dirfd])) == unix.AT_FDCWD: // which stands for a folder only where there is a path
		if j.arg < 0 {
			return nil, unix.EBADF
		}
		return nil, unix.EFAULT
	case none:
		return openEnd(r.call.Args[j.dirfd]), nil
	}
	e, err := r.at(j.dirfd, j.arg)
	if err != nil {
		return nil, err
	}
	if e.path == "" && flags&unix.AT_EMPTY_PATH != 0 {
		return openEnd(uint64(uint32(e.dirfd))), nil
	}
	e.follow = !j.link && flags&unix.AT_SYMLINK_NOFOLLOW == 0 || endsInFolder(e.path)
	return e, nil
}

// openEnd is what a descriptor is open on.
func openEnd(fd uint64) *end {
	if int32(uint32(fd)) == unix.AT_FDCWD {
		return &end{dirfd: unix.AT_FDCWD, path: ".", follow: true}
	}
	return &end{dirfd: int32(uint32(fd)), open: true, path: fmt.Sprintf("descriptor %d", int32(uint32(fd)))}
}

// adjustment reads what is to be changed, and to what.
func (r *request) adjustment() (adjustment, error) {
	arg := r.call.Args
	j := adjustment{dirfd: cwd, flags: -1}
	switch r.name {
	case "chmod":
		return j.mode(arg[1]), nil
	case "fchmod":
		j.dirfd, j.arg = 0, -1
		return j.mode(arg[1]), nil
	case "fchmodat", "fchmodat2":
		j.dirfd, j.arg = 0, 1
		if r.name == "fchmodat2" {
			j.flags = 3
		}
		return j.mode(arg[2]), nil
	case "chown", "lchown":
		j.link = r.name == "lchown"
		return j.owner(arg[1], arg[2]), nil
	case "fchown":
		j.dirfd, j.arg = 0, -1
		return j.owner(arg[1], arg[2]), nil
	case "fchownat":
		j.dirfd, j.arg, j.flags = 0, 1, 4
		return j.owner(arg[2], arg[3]), nil
	case "utime", "utimes", "futimesat", "utimensat":
		return r.times(j)
	case "setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr":
		return r.attribute(j)
	}
	return j, unix.ENOSYS
}

// mode is chmod(2).
func (j adjustment) mode(mode uint64) adjustment {
	j.verb = "change of the mode"
	j.call = func(at string, link bool) error {
		if link {
			return unix.Fchmodat(unix.AT_FDCWD, at, uint32(mode), unix.AT_SYMLINK_NOFOLLOW)
		}
		return unix.Fchmodat(unix.AT_FDCWD, at, uint32(mode), 0)
	}
	return j
}

// owner is chown(2).
func (j adjustment) owner(user, group uint64) adjustment {
	j.verb = "change of the owner"
	j.call = func(at string, link bool) error {
		if link {
			return unix.Lchown(at, int(int32(uint32(user))), int(int32(uint32(group))))
		}
		return unix.Chown(at, int(int32(uint32(user))), int(int32(uint32(group))))
	}
	return j
}

// times is utimensat(2) and those that it has replaced, which have two times in seconds, or in microseconds.
func (r *request) times(j adjustment) (adjustment, error) {
	j.verb = "change of the times"
	at, unit := 1, int64(1000) // nanoseconds of what stands beside the seconds
	switch r.name {
	case "utimensat":
		j.dirfd, j.arg, j.flags, j.empty, at, unit = 0, 1, 3, true, 2, 1
	case "futimesat":
		j.dirfd, j.arg, j.empty, at = 0, 1, true, 2
	}
	now := [2]unix.Timespec{{Nsec: unix.UTIME_NOW}, {Nsec: unix.UTIME_NOW}}
	if pointer := r.call.Args[at]; pointer != 0 {
		words := make([]int64, 4)
		if r.name == "utime" {
			words = words[:2]
		}
		if err := r.words(pointer, words); err != nil {
			return j, err
		}
		if r.name == "utime" {
			words = []int64{words[0], 0, words[1], 0}
		}
		for i := range now {
			nanoseconds := words[2*i+1]
			if unit > 1 && (nanoseconds < 0 || nanoseconds >= 1_000_000) {
				return j, unix.EINVAL
			}
			now[i] = unix.Timespec{Sec: words[2*i], Nsec: nanoseconds * unit}
		}
	}
	j.call = func(at string, link bool) error {
		flags := 0
		if link {
			flags = unix.AT_SYMLINK_NOFOLLOW
		}
		return unix.UtimesNanoAt(unix.AT_FDCWD, at, now[:], flags)
	}
	return j, nil
}

// words reads numbers of the native ABI.
func (r *request) words(pointer uint64, to []int64) error {
	raw := make([]byte, 8*len(to))
	if n, err := r.s.ReadMem(pointer, raw); err != nil {
		return err
	} else if n < len(raw) {
		return unix.EFAULT
	}
	for i := range to {
		to[i] = int64(binary.NativeEndian.Uint64(raw[8*i:]))
	}
	return nil
}

// mostName and mostValue bound an attribute (XATTR_NAME_MAX and XATTR_SIZE_MAX of linux/limits.h).
const mostName, mostValue = 255, 65536

// attribute is setxattr(2) and removexattr(2).
func (r *request) attribute(j adjustment) (adjustment, error) {
	j.verb = "change of attributes"
	removes := r.name == "removexattr" || r.name == "lremovexattr" || r.name == "fremovexattr"
	switch r.name[0] {
	case 'f':
		j.dirfd, j.arg = 0, -1
	case 'l':
		j.link = true
	}
	name, err := r.s.ReadString(r.call.Args[1], mostName+1)
	if err != nil {
		return j, err
	}
	if name == "" || len(name) > mostName {
		return j, unix.ERANGE
	}
	if removes {
		j.call = func(at string, link bool) error {
			if link {
				return unix.Lremovexattr(at, name)
			}
			return unix.Removexattr(at, name)
		}
		return j, nil
	}
	size := r.call.Args[3]
	if size > mostValue {
		return j, unix.E2BIG
	}
	value := make([]byte, size)
	if size > 0 {
		if n, err := r.s.ReadMem(r.call.Args[2], value); err != nil {
			return j, err
		} else if n < len(value) {
			return j, unix.EFAULT
		}
	}
	flags := int(int32(uint32(r.call.Args[4])))
	j.call = func(at string, link bool) error {
		if link {
			return unix.Lsetxattr(at, name, value, flags)
		}
		return unix.Setxattr(at, name, value, flags)
	}
	return j, nil
}
