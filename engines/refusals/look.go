// Looking again at a call that was refused: where its path led to, and who did not let it.

package refusals

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"jail/engines/internal/walk"
	"jail/supervisor/confine"
	"jail/supervisor/utrace"
)

// look is one such look.
type look struct {
	e           *Engine
	c           call
	id          utrace.TaskID
	errno       unix.Errno
	flags       uint64
	path, path2 string
	w           *walk.Walker
	owner       *owner
	device      bool // whose metadata was to be changed: no grant lets that
}

// newLook reads the call's arguments. It is false where they can't be read: the task is dying, its memory is closed to us.
func newLook(e *Engine, s *utrace.Stopped, c call, errno unix.Errno) (*look, bool) {
	l := &look{e: e, c: c, id: s.ID(), errno: errno, flags: c.how(s)}
	var err error
	if c.kind == binds {
		l.path, err = socketPath(s, c)
	} else {
		l.path, err = s.ReadString(c.pointer(c.path), unix.PathMax-1)
	}
	if err == nil && c.path2 != none {
		l.path2, err = s.ReadString(c.pointer(c.path2), unix.PathMax-1)
	}
	return l, err == nil && l.path != ""
}

// begin makes ready for walks; then the look must be closed. It is false if the task is gone or its /proc is closed to us.
func (l *look) begin() bool {
	if l.owner = &l.e.last; l.owner.serial != l.id.Serial {
		*l.owner = owner{serial: l.id.Serial, tid: l.id.TID}
	}
	var err error
	l.w, err = walk.New(l.id.TID, l.id.TGID)
	return err == nil
}

func (l *look) close() { l.w.Close() }

// socketPath is the path of an address of AF_UNIX (unix(7)); "" if it has none.
func socketPath(s *utrace.Stopped, c call) (string, error) {
	const most = 110 // struct sockaddr_un
	raw := make([]byte, min(most, max(0, int(int32(uint32(c.made.Args[2]))))))
	n, err := s.ReadMem(c.pointer(c.path), raw)
	if raw = raw[:n]; err != nil || n < 3 || binary.NativeEndian.Uint16(raw) != unix.AF_UNIX {
		return "", err
	}
	path, _, _ := bytes.Cut(raw[2:], []byte{0})
	return string(path), nil
}

// memo is what tells the refusal from others. It is false for paths that mean something else from one moment to the next.
func (l *look) memo() (memo, bool) {
	m := memo{tgid: l.id.TGID, call: l.c.name, flags: l.flags, path: l.path, other: l.path2}
	if l.path[0] != '/' {
		m.base = l.base(l.c.folder(l.c.dir))
	}
	if l.path2 != "" && l.path2[0] != '/' {
		m.base += "\x00" + l.base(l.c.folder(l.c.dir2))
	}
	return m, !moving(l.path) && !moving(l.path2)
}

// moving tells of a path through /proc/self or a descriptor.
func moving(path string) bool {
	return strings.Contains(path, "self/") || strings.Contains(path, "/fd/") || strings.Contains(path, "/task/")
}

// base is where a relative path begins.
func (l *look) base(dirfd int32) string {
	link := "/proc/" + strconv.Itoa(l.id.TID)
	if dirfd == unix.AT_FDCWD {
		link += "/cwd"
	} else {
		link += "/fd/" + strconv.Itoa(int(dirfd))
	}
	text, _ := walk.Readlink(unix.AT_FDCWD, link)
	return text
}

// why is the reason, if it was the domain's refusal or a mask's.
func (l *look) why() (utrace.Why, bool) {
	if !l.begin() {
		return utrace.Why{}, false
	}
	defer l.close()
	old := l.w.Reach(l.c.folder(l.c.dir), l.path, l.c.follows(l.flags), l.owner.maySearch)
	defer old.Close()
	if l.c.path2 == none {
		return l.judge(&old, nil)
	}
	to := l.w.Reach(l.c.folder(l.c.dir2), l.path2, false, l.owner.maySearch)
	defer to.Close()
	return l.judge(&old, &to)
}

// judge tells what stood in the way of one path, or of the second.
func (l *look) judge(at, to *walk.Reached) (utrace.Why, bool) {
	for _, r := range []*walk.Reached{at, to} {
		if r == nil {
			continue
		}
		path := r.Path()
		if path != "" && l.e.bound.shut(path, l.errno) {
			return l.refusal(path, l.described(at, to), l.wanted()), true
		}
		if held := l.e.bound.holds(path); l.errno == unix.EBUSY && path != "" && held != "" {
			return l.refusal(held, l.described(at, to), l.wanted()), true
		}
	}
	twoFolders := l.c.kind == moves || l.c.kind == links
	fixed := l.errno == unix.EROFS && l.e.set.Fixed != nil
	if !l.e.bound.files || l.errno != unix.EACCES && !fixed && (l.errno != unix.EXDEV || !twoFolders) {
		return utrace.Why{}, false
	}
	if l.errno == unix.EXDEV && l.e.set.between(at.Path(), to.Path()) {
		return utrace.Why{}, false
	}
	if l.c.kind == executes {
		return l.program(at)
	}
	for _, r := range []*walk.Reached{at, to} {
		if r == nil {
			continue
		}
		n, ok := l.needs(r)
		if !ok {
			continue
		}
		if lacking := l.lacking(&n); lacking != 0 {
			return l.refusal(n.path, l.described(at, to), lacking), true
		}
	}
	return utrace.Why{}, false
}

// wanted is what the call as such is about.
func (l *look) wanted() confine.Rights {
	switch {
	case l.c.kind == executes:
		return confine.Execute
	case l.c.kind == enters, l.c.kind == opens && l.flags&writing == 0:
		return confine.Read
	}
	return confine.Write
}

// need is what the kernel asked of the domain.
type need struct {
	path   string // what would have to be granted
	folder int    // descriptor of the folder; -1: not known
	file   int    // of the file in it, or of a folder; -1: none
	isDir  bool
	rights confine.Rights
}

// lacking is what the domain does not grant of it.
func (l *look) lacking(n *need) confine.Rights {
	var have confine.Rights
	switch {
	case n.isDir:
		have = l.e.bound.rights(n.file)
	case n.folder >= 0:
		have = l.e.bound.rights(n.folder)
		fallthrough
	default:
		var st unix.Stat_t
		if n.file >= 0 && unix.Fstat(n.file, &st) == nil {
			have |= l.e.bound.grants[objectOf(&st)]
		}
	}
	if l.errno == unix.EROFS && !l.e.set.writable(n.path) {
		have &^= confine.Write // granted or not, by another name perhaps: that mount is fixed
	}
	return l.e.bound.lacks(n.rights, have, n.isDir)
}

// needs is what is needed at one of the call's paths. It is false where the kernel did not come to ask the domain: the walk
// failed, or modes and owners refuse it before.
func (l *look) needs(r *walk.Reached) (need, bool) {
	if r.File < 0 && (r.Err != unix.ENOENT || !r.Last() || r.Dir < 0) {
		return need{}, false
	}
	switch l.c.kind {
	case opens:
		return l.opened(r)
	case empties:
		return l.file(r, confine.Write)
	case enters:
		return need{}, false
	case changes: // the kernel looks at the mount before it looks at the owner
		if r.File < 0 || l.errno != unix.EROFS {
			return need{}, false
		}
		kind := kindOf(r.File)
		l.device = kind == unix.S_IFCHR || kind == unix.S_IFBLK
		n := need{path: r.Path(), folder: r.Dir, file: r.File, rights: confine.Write, isDir: kind == unix.S_IFDIR}
		return n, n.path != "" && (n.isDir || n.folder >= 0)
	}
	return l.inFolder(r) // of links and renames, both folders
}

// opened is what open(2) needs.
func (l *look) opened(r *walk.Reached) (need, bool) {
	var rights confine.Rights
	switch l.flags & unix.O_ACCMODE {
	case unix.O_RDONLY:
		rights = confine.Read
	case unix.O_WRONLY:
		rights = confine.Write
	case unix.O_RDWR:
		rights = confine.Read | confine.Write
	}
	switch {
	case l.flags&unix.O_PATH != 0:
		return need{}, false
	case r.File < 0 && l.flags&unix.O_CREAT == 0:
		return need{}, false
	case r.File < 0:
		n, ok := l.inFolder(r)
		n.rights |= rights
		return n, ok
	case l.flags&unix.O_TRUNC != 0:
		rights |= confine.Write
	}
	return l.file(r, rights)
}

// file is a need about what was found.
func (l *look) file(r *walk.Reached, rights confine.Rights) (need, bool) {
	var st unix.Stat_t
	if r.File < 0 || unix.Fstat(r.File, &st) != nil || noTerminal(&st, l.id.TID) || !l.owner.may(&st, rights) {
		return need{}, false
	}
	n := need{path: r.Path(), folder: r.Dir, file: r.File, rights: rights, isDir: st.Mode&unix.S_IFMT == unix.S_IFDIR}
	return n, n.path != "" && (n.isDir || n.folder >= 0)
}

// kindOf is the kind of file that is open, as st_mode has it (inode(7)).
func kindOf(fd int) uint32 {
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil {
		return 0
	}
	return st.Mode & unix.S_IFMT
}

// inFolder is a need about the folder of a name that is made or removed.
func (l *look) inFolder(r *walk.Reached) (need, bool) {
	if r.Dir < 0 {
		return need{}, false
	}
	return need{path: r.Folder(), file: r.Dir, isDir: true, rights: confine.Write}, r.Folder() != ""
}

// word is eight bytes of memory.
func word(p []byte) uint64 { return binary.NativeEndian.Uint64(p) }
