// Walking a path as a task would: its root, its folders, its /proc/self.

// Package walk resolves paths in the place of a task.
package walk

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// mostLinks is how many symbolic links the kernel follows in one path (path_resolution(7)).
const mostLinks = 40

// mostNames is how many names are looked up in one walk. A path has half as many at most (PATH_MAX); the kernel would follow
// links with more, for as long as the program waits. Here all of the jail waits.
const mostNames = unix.PathMax

// A Walker resolves paths as one task would. It looks at one component after the other, because links of procfs say something
// else to the supervisor than to the task. It walks with the rights of the thread that it is called on, and blocks as long as
// the file systems do. One goroutine at a time.
type Walker struct {
	tid, tgid int
	root      int    // descriptor of the task's root
	cwd       int    // of its working folder; -1 until Pin
	links     int    // followed in this walk so far
	names     int    // looked up in it
	magic     string // the last link of procfs in it that led to a file
}

// New opens what walks in the place of a stopped task need; Close it. The error is an errno: ESRCH or ENOENT when the task is
// gone, EACCES when its /proc is closed to us.
func New(tid, tgid int) (*Walker, error) {
	root, err := openPath(unix.AT_FDCWD, fmt.Sprintf("/proc/%d/root", tid), 0)
	if err != nil {
		return nil, err
	}
	return &Walker{tid: tid, tgid: tgid, root: root, cwd: -1}, nil
}

// PinAt is Pin for one of the task's descriptors, or for AT_FDCWD: walks from AT_FDCWD begin there. EBADF: there is none.
func (w *Walker) PinAt(dirfd int32) (err error) {
	w.cwd, err = w.From(dirfd)
	return err
}

// Pin opens the task's working folder now, with the rights of the calling thread: a walk with the task's own rights may not get
// at it, because procfs is closed to all but root for a process that has changed its user (proc(5), PR_SET_DUMPABLE).
func (w *Walker) Pin() (err error) {
	w.cwd, err = openPath(unix.AT_FDCWD, fmt.Sprintf("/proc/%d/cwd", w.tid), 0)
	return err
}

// Close lets go of the task's folders.
func (w *Walker) Close() {
	_ = unix.Close(w.root)
	if w.cwd >= 0 {
		_ = unix.Close(w.cwd)
	}
}

// openPath opens without acting on the file, so that neither a pipe nor a device notices.
func openPath(dir int, name string, flags int) (int, error) {
	for {
		fd, err := unix.Openat(dir, name, unix.O_PATH|unix.O_CLOEXEC|flags, 0)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

// From opens what a relative path begins at: the working folder for AT_FDCWD, or one of the task's descriptors. EBADF: there is none.
func (w *Walker) From(dirfd int32) (int, error) {
	if dirfd == unix.AT_FDCWD && w.cwd >= 0 {
		return unix.FcntlInt(uintptr(w.cwd), unix.F_DUPFD_CLOEXEC, 0)
	}
	if dirfd == unix.AT_FDCWD {
		return openPath(unix.AT_FDCWD, fmt.Sprintf("/proc/%d/cwd", w.tid), 0)
	}
	if dirfd < 0 {
		return -1, unix.EBADF
	}
	fd, err := openPath(unix.AT_FDCWD, fmt.Sprintf("/proc/%d/fd/%d", w.tid, dirfd), 0)
	if err == unix.ENOENT {
		err = unix.EBADF
	}
	return fd, err
}

// Open follows name from a folder, as for From, and returns a descriptor (O_PATH) of the file that it leads to. Unless follow, a
// link at its end is the file. The error is the errno that the kernel would answer; ELOOP also where links lead through
// more than 4096 names.
func (w *Walker) Open(dirfd int32, name string, follow bool) (int, error) {
	if name == "" {
		return -1, unix.ENOENT
	}
	w.links, w.names = 0, 0
	var cur int
	var err error
	if name[0] == '/' {
		cur, err = openPath(w.root, ".", 0)
	} else {
		cur, err = w.From(dirfd)
	}
	if err != nil {
		return -1, err
	}
	for rest := parts(name); len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		next, more, err := w.step(cur, part, follow || len(rest) > 0)
		if next != cur {
			_ = unix.Close(cur)
		}
		if err != nil {
			return -1, err
		}
		cur = next
		if len(more) > 0 { // a link, of which there are few: to copy for each name would cost the square of their number
			rest = append(more, rest...)
		}
	}
	return cur, nil
}

// parts are the names that a path has walked, without those that say nothing: only a last one of these is kept, empty, as it
// has a link before it followed.
func parts(path string) []string {
	var said []string
	last := ""
	for name := range strings.SplitSeq(path, "/") {
		if last = name; name != "" && name != "." {
			said = append(said, name)
		}
	}
	if last == "" || last == "." {
		said = append(said, "")
	}
	return said
}

// step goes to one component. If that is a link with a text, the text's components are still to be walked. next is a new
// descriptor, or cur, or -1 with an error.
func (w *Walker) step(cur int, name string, follow bool) (next int, more []string, err error) {
	switch {
	case name == "" || name == ".":
		return cur, nil, nil
	case name == ".." && sameFile(cur, w.root):
		return cur, nil, nil
	}
	if w.names++; w.names > mostNames {
		return -1, nil, unix.ELOOP
	}
	next, err = openPath(cur, name, unix.O_NOFOLLOW)
	if err != nil {
		return -1, nil, err
	}
	var st unix.Stat_t
	if err := unix.Fstat(next, &st); err != nil || st.Mode&unix.S_IFMT != unix.S_IFLNK || !follow {
		if err != nil {
			_ = unix.Close(next)
			return -1, nil, err
		}
		return next, nil, nil
	}
	_ = unix.Close(next)
	if w.links++; w.links > mostLinks {
		return -1, nil, unix.ELOOP
	}
	return w.link(cur, name)
}

// link follows the link name in the folder cur.
func (w *Walker) link(cur int, name string) (next int, more []string, err error) {
	text := ""
	if isProc(cur) {
		text = w.selfLink(cur, name)
		if text == "" && isMagic(cur, name) { // leads to a file, not to a path
			w.magic = path.Join(pathOf(cur), name)
			next, err = openPath(cur, name, 0)
			return next, nil, err
		}
	}
	if text == "" {
		if text, err = Readlink(cur, name); err != nil {
			return -1, nil, err
		}
	}
	if text == "" {
		return -1, nil, unix.ENOENT
	}
	next = cur
	if text[0] == '/' {
		if next, err = openPath(w.root, ".", 0); err != nil {
			return -1, nil, err
		}
	}
	return next, parts(text), nil
}

// procRoot is the inode number of the root of any procfs (PROC_ROOT_INO in the kernel's fs/proc).
const procRoot = 1

// selfLink is the text that /proc/self and /proc/thread-self have for the task, "" for all else.
func (w *Walker) selfLink(cur int, name string) string {
	if name != "self" && name != "thread-self" {
		return ""
	}
	var st unix.Stat_t
	if err := unix.Fstat(cur, &st); err != nil || st.Ino != procRoot {
		return ""
	}
	if name == "self" {
		return strconv.Itoa(w.tgid)
	}
	return fmt.Sprintf("%d/task/%d", w.tgid, w.tid)
}

func isProc(fd int) bool {
	var st unix.Statfs_t
	return unix.Fstatfs(fd, &st) == nil && st.Type == unix.PROC_SUPER_MAGIC
}

// isMagic tells links such as /proc/PID/exe from those that have a text (openat2(2), RESOLVE_NO_MAGICLINKS).
func isMagic(dir int, name string) bool {
	fd, err := unix.Openat2(dir, name, &unix.OpenHow{
		Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_NO_MAGICLINKS})
	if err == nil {
		_ = unix.Close(fd)
	}
	return err == unix.ELOOP
}

// Readlink is the text of a link, cut to PATH_MAX bytes.
func Readlink(dir int, name string) (string, error) {
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(dir, name, buf)
	if err != nil {
		return "", err
	}
	return string(buf[:n]), nil
}

// sameFile tells whether two open descriptors lead to one file: while they are open its number belongs to nobody else.
func sameFile(a, b int) bool {
	var x, y unix.Stat_t
	return unix.Fstat(a, &x) == nil && unix.Fstat(b, &y) == nil && x.Dev == y.Dev && x.Ino == y.Ino
}
