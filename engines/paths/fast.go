// Resolving most paths by few calls: the kernel walks, and says what the place is called.

package paths

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// root is the root of all tasks: none can change its own while names are held.
type root struct {
	file *os.File // nil until the first open; without a descriptor: paths are resolved the slow way
	fd   int
}

// open opens it once. Where it is not the one that names are told from it is not used.
func (r *root) open(tid int) bool {
	if r.file == nil {
		r.file, r.fd = new(os.File), -1
		fd, err := unix.Open(fmt.Sprintf("/proc/%d/root", tid), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err == nil {
			r.file = os.NewFile(uintptr(fd), "root")
			if text, ok := nameOf(fd); ok && text == "/" {
				r.fd = fd
			}
		}
	}
	return r.fd >= 0
}

// nameOf is what the kernel calls an open file; false if that may be no name.
func nameOf(fd int) (string, bool) {
	return plainName(fmt.Sprintf("/proc/self/fd/%d", fd))
}

// plainName is the text of a link of procfs that is surely a name.
func plainName(link string) (string, bool) {
	var buf [512]byte // longer ones go the slow way
	n, err := unix.Readlinkat(unix.AT_FDCWD, link, buf[:])
	if err != nil || n == len(buf) {
		return "", false
	}
	text := string(buf[:n])
	return text, strings.HasPrefix(text, "/") && !strings.HasSuffix(text, " (deleted)")
}

// find is the function find for what it can tell; else it leaves it to that. As there, what is found decides nothing.
func (r *root) find(id utrace.TaskID, dirfd int32, name string, follow bool) (place, error) {
	if name != "" && r.open(id.TID) {
		if p, ok := r.quick(id, dirfd, name, follow || endsInFolder(name)); ok {
			return p, nil
		}
	}
	return find(id, dirfd, name, follow)
}

// quick resolves a path on which no link of procfs lies.
func (r *root) quick(id utrace.TaskID, dirfd int32, name string, follow bool) (p place, ok bool) {
	full := name
	if name[0] != '/' {
		base, ok := r.base(id, dirfd)
		if !ok {
			return p, false
		}
		full = base + "/" + name
	}
	p.folder = endsInFolder(name)
	fd, err := r.walk(full, follow)
	if errors.Is(err, unix.ENOENT) && !p.folder {
		return p, r.absent(&p, full)
	}
	if err != nil {
		return p, false
	}
	defer unix.Close(fd)
	p.exists, p.link = true, !follow && isLink(fd)
	p.name, ok = nameOf(fd)
	return p, ok && !within(p.name, "/proc")
}

// base is what a relative path begins at.
func (r *root) base(id utrace.TaskID, dirfd int32) (string, bool) {
	link := fmt.Sprintf("/proc/%d/cwd", id.TID)
	if dirfd != unix.AT_FDCWD {
		link = fmt.Sprintf("/proc/%d/fd/%d", id.TID, dirfd)
	}
	return plainName(link)
}

// walk opens what a path leads to in the root, following no link of procfs that leads to a file.
func (r *root) walk(full string, follow bool) (int, error) {
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS}
	if !follow {
		how.Flags |= unix.O_NOFOLLOW
	}
	return unix.Openat2(r.fd, full, &how)
}

// absent finds the place of a name that does not exist in a folder that does.
func (r *root) absent(p *place, full string) bool {
	i := strings.LastIndexByte(full, '/')
	last := full[i+1:]
	dir, err := r.walk(full[:i]+"/", true)
	if err != nil {
		return false
	}
	defer unix.Close(dir)
	var st unix.Stat_t
	folder, ok := nameOf(dir)
	if !ok || within(folder, "/proc") || unix.Fstatat(dir, last, &st, unix.AT_SYMLINK_NOFOLLOW) != unix.ENOENT {
		return false // a link that leads to nothing, or it is there by now
	}
	p.name, p.err = path.Join(folder, last), unix.ENOENT
	return true
}
