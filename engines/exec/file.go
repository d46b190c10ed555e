// Files: which one it is, where it stands, and whether it can be a program.

package exec

import (
	"fmt"

	"golang.org/x/sys/unix"

	"jail/engines/internal/walk"
)

// identity tells one file from all others. The time of birth is there because a number may be given to another file once
// the first is gone. Where the file system does not know it the identity proves nothing; that it is zero, as in images made
// by a tool, is another thing: a file that comes later has another one.
type identity struct {
	devMajor, devMinor uint32
	ino                uint64
	bornSec            int64
	bornNsec           uint32
	born               bool // the time of birth is known
}

// proves tells whether an equal identity means the same file.
func (i identity) proves() bool { return i.born }

// identify looks at a descriptor (name ""), or follows a path.
func identify(dir int, name string) (identity, error) {
	st, err := statx(dir, name)
	if err != nil {
		return identity{}, err
	}
	return identityOf(&st), nil
}

func identityOf(st *unix.Statx_t) identity {
	i := identity{devMajor: st.Dev_major, devMinor: st.Dev_minor, ino: st.Ino}
	if st.Mask&unix.STATX_BTIME != 0 {
		i.bornSec, i.bornNsec, i.born = st.Btime.Sec, st.Btime.Nsec, true
	}
	return i
}

func statx(dir int, name string) (unix.Statx_t, error) {
	var st unix.Statx_t
	flags := 0
	if name == "" {
		flags = unix.AT_EMPTY_PATH
	}
	for {
		err := unix.Statx(dir, name, flags, unix.STATX_BASIC_STATS|unix.STATX_BTIME, &st)
		if err != unix.EINTR {
			return st, err
		}
	}
}

// file is a program, or what may be one.
type file struct {
	path   string // absolute, without links, as the supervisor sees it; for people if not linked
	id     identity
	linked bool // path leads to this file, in the supervisor's view
	mode   uint16
}

// inspect looks at an open file. Its path is where the kernel says that it is (/proc/self/fd, proc(5)). A file that was
// removed, a memfd, or one that another mount hides has a path that leads nowhere or to another file: a program in a
// mount namespace of its own could else put anything in the place of a program that is allowed.
func inspect(fd int) (file, error) {
	return inspectLink(fmt.Sprintf("/proc/self/fd/%d", fd))
}

// inspectLink is inspect for a link of procfs that leads to a file.
func inspectLink(link string) (file, error) {
	st, err := statx(unix.AT_FDCWD, link)
	if err != nil {
		return file{}, err
	}
	path, err := walk.Readlink(unix.AT_FDCWD, link)
	if err != nil {
		return file{}, err
	}
	f := file{path: path, id: identityOf(&st), mode: st.Mode}
	if len(path) > 0 && path[0] == '/' {
		there, err := identify(unix.AT_FDCWD, path)
		f.linked = err == nil && there == f.id
	}
	return f, nil
}

// executable tells whether the kernel would try to run the file at all; else it answers EACCES (execve(2)).
func (f *file) executable() bool {
	return f.mode&unix.S_IFMT == unix.S_IFREG && f.mode&0o111 != 0
}
