// Walking as far as a path goes: for who wants to know where a call failed.

package walk

import (
	"os"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Reached is how far a walk came. Close it.
type Reached struct {
	Dir  int      // the folder that Name was looked up in (O_PATH); -1 where a link of procfs leads to the file
	Name string   // the last name that was looked up; "" or "." or "..": Dir itself is meant, or what it lies in
	File int      // what was found there (O_PATH); -1: nothing
	Rest []string // names that were still to be walked when nothing was found
	Err  error    // why there is no File: an errno
	// Magic is the name, in procfs and without links, of the last link that led to a file instead of to a path (/proc/PID/fd/3);
	// "": there was none.
	Magic string

	root string // of the task
}

// Close lets go of the descriptors.
func (r *Reached) Close() {
	for _, fd := range []int{r.Dir, r.File} {
		if fd >= 0 {
			_ = unix.Close(fd)
		}
	}
}

// Last tells whether it was the path's last name that nothing was found for: the one that a call would make.
func (r *Reached) Last() bool {
	for _, name := range r.Rest {
		if name != "" && name != "." {
			return false
		}
	}
	return true
}

// Path is what the task calls the file, found or not: absolute, with the links followed that were; "" if it has no name.
func (r *Reached) Path() string {
	if r.File >= 0 {
		return r.called(r.File)
	}
	folder := r.Folder()
	if folder == "" {
		return ""
	}
	return path.Join(append([]string{folder, r.Name}, r.Rest...)...)
}

// Folder is what the task calls Dir; "" if it has no name.
func (r *Reached) Folder() string { return r.called(r.Dir) }

// Name is what the task calls an open file; "" if it has no name.
func (w *Walker) Name(fd int) string {
	r := Reached{root: pathOf(w.root)}
	return r.called(fd)
}

// called is a path as the task says it. From another mount namespace than ours paths are told from the root of that, even
// where we all are in one chroot.
func (r *Reached) called(fd int) string {
	text := pathOf(fd)
	if r.root == "/" || r.root == "" {
		return text
	}
	if inside, ok := strings.CutPrefix(text, r.root); ok && (inside == "" || inside[0] == '/') {
		return path.Clean("/" + inside)
	}
	return text
}

// pathOf is where an open file lies; "" if it was removed or never had a name (/proc/PID/fd, proc_pid_fd(5)).
func pathOf(fd int) string {
	text, err := os.Readlink("/proc/thread-self/fd/" + strconv.Itoa(fd))
	if err != nil || !strings.HasPrefix(text, "/") || strings.HasSuffix(text, " (deleted)") {
		return ""
	}
	return text
}

// Reach follows name from a folder, as for From, as far as it goes. Unless follow, a link at the end is the file. search is
// asked of each folder that a name is looked up in; where it answers false the walk ends with EACCES. It may be nil.
func (w *Walker) Reach(dirfd int32, name string, follow bool, search func(folder int) bool) Reached {
	w.links, w.names, w.magic = 0, 0, ""
	cur, err := w.start(dirfd, name)
	if err != nil {
		return Reached{Dir: -1, File: -1, Err: err}
	}
	r := Reached{Dir: -1, File: cur, Rest: parts(name), root: pathOf(w.root)}
	for len(r.Rest) > 0 {
		part := r.Rest[0]
		r.Rest = r.Rest[1:]
		last := r.Last()
		next, more, err := -1, []string(nil), error(unix.EACCES)
		if part == "" || part == "." || search == nil || search(r.File) {
			next, more, err = w.step(r.File, part, follow || !last)
		}
		switch {
		case err != nil:
			r.enter(-1, part)
			r.Err, r.Magic = err, w.magic
			return r
		case next != r.File:
			r.enter(next, part)
		}
		if len(more) > 0 {
			r.Rest = append(more, r.Rest...)
		}
	}
	r.Magic = w.magic
	r.verify()
	return r
}

// start opens what a walk begins at.
func (w *Walker) start(dirfd int32, name string) (int, error) {
	if strings.HasPrefix(name, "/") {
		return openPath(w.root, ".", 0)
	}
	return w.From(dirfd)
}

// enter goes from the folder that was reached to what is in it.
func (r *Reached) enter(next int, name string) {
	if r.Dir >= 0 {
		_ = unix.Close(r.Dir)
	}
	r.Dir, r.Name, r.File = r.File, name, next
}

// verify drops the folder if the file does not lie in it: a link of procfs, or .., led on.
func (r *Reached) verify() {
	if r.Dir < 0 {
		return
	}
	there, err := openPath(r.Dir, r.Name, unix.O_NOFOLLOW)
	if err == nil {
		same := sameFile(there, r.File)
		_ = unix.Close(there)
		if same && r.Name != ".." {
			return
		}
	}
	_ = unix.Close(r.Dir)
	r.Dir = -1
}
