// From what a program calls a file to its name.

package paths

import (
	"fmt"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"jail/engines/internal/walk"
	"jail/supervisor/utrace"
)

// place is where a path leads to: a name without symbolic links, in which the kernel finds none unless somebody puts one there.
type place struct {
	name   string // absolute and cleaned; "": what it leads to has none
	folder bool   // it has to be one: the path ends in a slash, or in . or ..
	exists bool
	link   bool   // it is a symbolic link, which is not followed
	magic  string // where name is "": the link of procfs that leads there
	gone   bool   // it is where the path begins, a folder that was removed
	err    unix.Errno
}

// text is the path to it. err of the place is for the kernel to find out.
func (p *place) text() string {
	if p.folder && p.name != "/" {
		return p.name + "/"
	}
	return p.name
}

// find resolves a path as a task would: relative to dirfd, and unless follow without following a link at its end. That is done
// with the supervisor's rights, and what is found may change at any moment: what counts is what the kernel makes of the name.
// The error is an errno: there is nothing to be done with such a path.
func find(id utrace.TaskID, dirfd int32, name string, follow bool) (place, error) {
	if name == "" {
		return place{}, unix.ENOENT
	}
	w, err := walk.New(id.TID, id.TGID)
	if err != nil {
		return place{}, err
	}
	defer w.Close()
	r := w.Reach(dirfd, name, follow || endsInFolder(name), nil)
	defer r.Close()
	p := place{folder: endsInFolder(name)}
	switch {
	case r.File < 0:
		return p, p.missing(&r)
	case r.Dir >= 0:
		folder := r.Folder()
		if folder == "" {
			return p, unix.ENOENT // a folder that was removed has nothing in it
		}
		p.name = path.Join(folder, r.Name)
	default: // ., .., or a link of procfs
		p.name, p.magic = r.Path(), r.Magic
		if p.name == "" && p.magic != "" {
			if p.name, err = untold(r.File); err != nil {
				return p, err
			}
		}
		if p.name != "" && p.magic != "" && !leads(w, p.name, r.File) {
			p.name = ""
		}
	}
	p.exists = true
	p.link = isLink(r.File)
	if p.name == "" && p.magic == "" {
		if path.Clean(name) != "." {
			return p, unix.ENOENT // it has been removed meanwhile
		}
		p.gone = true
	}
	return p, nil
}

// untold is what an open file without a name could be called: "x (deleted)" may be one that is there. The error is ENAMETOOLONG where
// it has a name that the kernel does not tell (d_path() in fs/d_path.c): whether rules are about that nobody knows.
func untold(fd int) (string, error) {
	text, err := walk.Readlink(unix.AT_FDCWD, fmt.Sprintf("/proc/thread-self/fd/%d", fd))
	if err != nil || !strings.HasPrefix(text, "/") {
		return "", err
	}
	return text, nil
}

// missing is a place where nothing is.
func (p *place) missing(r *walk.Reached) error {
	folder := r.Folder()
	if r.Dir < 0 || folder == "" || r.Name == ".." { // ".." of what is no folder is no place
		if r.Err == nil {
			return unix.ENOENT
		}
		return r.Err
	}
	p.name = path.Join(folder, r.Name)
	p.err, _ = r.Err.(unix.Errno)
	if r.Last() {
		return nil
	}
	for _, next := range r.Rest { // the kernel stops at the first that is missing, whatever comes after it
		if next != "" && next != "." && next != ".." {
			p.name += "/" + next
			return nil
		}
	}
	p.folder = true
	return nil
}

// endsInFolder tells whether only a folder can be meant.
func endsInFolder(name string) bool {
	last := name[strings.LastIndexByte(name, '/')+1:]
	return last == "" || last == "." || last == ".."
}

// leads tells whether a task finds a file by that name.
func leads(w *walk.Walker, name string, file int) bool {
	there, err := w.Open(unix.AT_FDCWD, name, false)
	if err != nil {
		return false
	}
	defer unix.Close(there)
	var a, b unix.Stat_t
	return unix.Fstat(there, &a) == nil && unix.Fstat(file, &b) == nil && a.Dev == b.Dev && a.Ino == b.Ino
}

func isLink(fd int) bool {
	var st unix.Stat_t
	return unix.Fstat(fd, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFLNK
}

// own tells whether a link of procfs leads to what a process itself has open or executes, or to what is no file at all
// (namespaces(7)). Its working folder is not meant: any thread can make that any folder, without a stop.
func own(magic string, tgid int) bool {
	kind := path.Base(path.Dir(magic))
	if kind == "ns" {
		return true
	}
	return strings.HasPrefix(magic, fmt.Sprintf("/proc/%d/", tgid)) && (kind == "fd" || path.Base(magic) == "exe")
}
