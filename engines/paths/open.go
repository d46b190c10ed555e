// Opening: what the kernel is made to open is a name, followed without symbolic links.

package paths

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/sys/unix"

	"jail/engines/internal/reason"
	"jail/supervisor/utrace"
)

// opening is a call that opens a file, as open_how of openat2(2) says it.
type opening struct {
	dirfd   int32
	path    string
	flags   uint64
	mode    uint64
	resolve uint64
}

// Flags of open(2) that the kernel takes there; it ignores others, and openat2(2) answers EINVAL for them (fs/open.c,
// VALID_OPEN_FLAGS and build_open_how()).
const (
	syncBit    = unix.O_SYNC &^ unix.O_DSYNC        // __O_SYNC
	tmpfileBit = unix.O_TMPFILE &^ unix.O_DIRECTORY // __O_TMPFILE
	pathFlags  = unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_PATH | unix.O_CLOEXEC
	validFlags = unix.O_ACCMODE | unix.O_CREAT | unix.O_EXCL | unix.O_NOCTTY | unix.O_TRUNC | unix.O_APPEND | unix.O_NONBLOCK |
		unix.O_DSYNC | syncBit | unix.O_ASYNC | unix.O_DIRECT | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_NOATIME |
		unix.O_CLOEXEC | unix.O_PATH | tmpfileBit
)

// plain is what open(2), openat(2) and creat(2) make of flags and mode: what makes no sense is dropped, not refused. The kernel adds
// O_LARGEFILE for openat2 as it does for them.
func plain(flags, mode uint64) (uint64, uint64) {
	flags &= validFlags
	if flags&unix.O_PATH != 0 {
		flags &= pathFlags
	}
	if flags&(unix.O_CREAT|tmpfileBit) == 0 {
		mode = 0
	}
	return flags, mode & 0o7777
}

// changes tells whether a file can be changed by what is opened, or made. One that may only be made if it is missing is not
// changed where it exists.
func (o *opening) changes(exists bool) bool {
	return o.flags&unix.O_PATH == 0 &&
		(o.flags&unix.O_ACCMODE != unix.O_RDONLY || o.flags&(unix.O_TRUNC|tmpfileBit) != 0 || o.flags&unix.O_CREAT != 0 && !exists)
}

// follows tells whether a link at the end is followed.
func (o *opening) follows() bool {
	return o.flags&unix.O_NOFOLLOW == 0 && o.flags&(unix.O_CREAT|unix.O_EXCL) != unix.O_CREAT|unix.O_EXCL
}

// how is struct open_how (openat2(2)).
func (o *opening) how(resolve uint64) []byte {
	var b []byte
	for _, v := range []uint64{o.flags, o.mode, resolve} {
		b = binary.NativeEndian.AppendUint64(b, v)
	}
	return b
}

// resolveCached is RESOLVE_CACHED (Linux 5.12), which x/sys does not name.
const resolveCached = 0x20

// sizeOfHow is its size in bytes, of its first version.
const sizeOfHow = 24

// opening reads what a call is to open. The error is an errno, or why the call can't be decided.
func (r *request) opening() (opening, error) {
	c := r.call
	o := opening{dirfd: unix.AT_FDCWD}
	var at int
	switch r.name {
	case "open":
		o.flags, o.mode = plain(c.Args[1], c.Args[2])
	case "creat":
		o.flags, o.mode = plain(unix.O_CREAT|unix.O_WRONLY|unix.O_TRUNC, c.Args[1])
	case "openat":
		o.dirfd, at = int32(uint32(c.Args[0])), 1
		o.flags, o.mode = plain(c.Args[2], c.Args[3])
	case "openat2":
		o.dirfd, at = int32(uint32(c.Args[0])), 1
		if err := r.readHow(&o); err != nil {
			return o, err
		}
	}
	var err error
	o.path, err = r.s.ReadString(c.Args[at], utrace.MaxPath-1)
	return o, err
}

// readHow copies struct open_how once. One that has more in it than is known here the kernel refuses with E2BIG, so it is let
// through as far as it is known.
func (r *request) readHow(o *opening) error {
	size := r.call.Args[3]
	switch {
	case size < sizeOfHow:
		return unix.EINVAL
	case size > 4096:
		return unix.E2BIG
	}
	raw := make([]byte, size)
	if n, err := r.s.ReadMem(r.call.Args[2], raw); err != nil {
		return err
	} else if n < len(raw) {
		return unix.EFAULT
	}
	for _, b := range raw[sizeOfHow:] {
		if b != 0 {
			return unix.E2BIG
		}
	}
	o.flags, o.mode = binary.NativeEndian.Uint64(raw), binary.NativeEndian.Uint64(raw[8:])
	o.resolve = binary.NativeEndian.Uint64(raw[16:])
	return nil
}

// open decides about a call that opens a file, and has the kernel open what was decided about.
func (r *request) open() utrace.EntryVerdict {
	if r.name == "openat2" && r.e.files.OpenRefused {
		return r.deny(&rule{index: r.e.files.OpenRule}, "openat2", "", look)
	}
	o, err := r.opening()
	if err != nil {
		return r.failed("open", err)
	}
	if o.resolve&^resolveCached != 0 {
		return r.natural(unix.ENOSYS) // as on kernels without it: programs have another way
	}
	if v, ok := r.openGuessed(&o); ok {
		return v
	}
	p, err := r.e.root.find(r.s.ID(), o.dirfd, o.path, o.follows())
	if err != nil {
		return r.failed("open", err)
	}
	a := look
	if o.changes(p.exists) {
		a = change
	}
	if p.name == "" {
		return r.openNameless(&o, &p, a)
	}
	if rule := r.e.rules.refuses(p.name, a); rule != nil {
		return r.deny(rule, what(o.verb(a), o.path, p.name), p.name, a)
	}
	v := r.openAs(&o, p.text(), unix.RESOLVE_NO_SYMLINKS|unix.RESOLVE_NO_MAGICLINKS)
	if r.e.retries(r.s.ID().Serial, p.link && o.flags&unix.O_PATH == 0) {
		v = v.Redo(unix.ELOOP)
	}
	return v
}

// verb is what is said of it.
func (o *opening) verb(a access) string {
	if a == change {
		return "open for writing"
	}
	return "open"
}

// openNameless lets what has no name be opened by the link of procfs that leads there: pipes, sockets, memory, files that were
// removed. Such a link may lead elsewhere by the time the kernel looks, but only to what the process has open. What could be opened
// anew for more than it was is refused where somebody may exchange it.
func (r *request) openNameless(o *opening, p *place, a access) utrace.EntryVerdict {
	rule := r.e.rules.first(protect)
	if p.gone {
		return r.openGone(o)
	}
	switch {
	case !own(p.magic, r.s.TGID()):
		return r.deny(r.e.rules.any(), "open of "+reason.Path(o.path)+", which another process has open and no name leads to", "", a)
	case a == change && rule != nil && !r.private():
		return r.deny(rule, "open of "+reason.Path(o.path)+" for writing, which another thread can exchange", "", a)
	}
	return r.openAs(o, p.magic, 0)
}

// openGone lets the folder be opened where a path begins, which has been removed: nothing is in it, and nothing can be made there. By a
// descriptor it is opened as what is nameless is. A working folder another thread can exchange for one that has a name, and rules; there the answer
// is that of other paths that begin at such a folder.
func (r *request) openGone(o *opening) utrace.EntryVerdict {
	if o.dirfd != unix.AT_FDCWD {
		return r.openAs(o, fmt.Sprintf("/proc/self/fd/%d/.", o.dirfd), 0)
	}
	if !r.private() {
		return r.natural(unix.ENOENT)
	}
	return r.openAs(o, ".", unix.RESOLVE_NO_SYMLINKS|unix.RESOLVE_NO_MAGICLINKS)
}

// openAs makes the call one that opens exactly name.
func (r *request) openAs(o *opening, name string, resolve uint64) utrace.EntryVerdict {
	if len(name) >= utrace.MaxPath {
		return r.natural(unix.ENAMETOOLONG)
	}
	value := append([]byte(name), 0)
	at := len(value)
	addr, err := r.s.Place(append(value, o.how(resolve|o.resolve)...))
	if err != nil {
		return r.failed("open", err)
	}
	c := r.call
	cwd := int64(unix.AT_FDCWD)
	c.Nr, c.Args = unix.SYS_OPENAT2, [6]uint64{uint64(cwd), addr, addr + uint64(at), sizeOfHow}
	return r.ev.Rewrite(c, utrace.Why{What: "open of a path, by the name that it leads to", Quiet: true})
}
