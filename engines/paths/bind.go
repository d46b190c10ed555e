// Sockets that get a name: bind(2) to a path makes a file, and jail makes it in the folder that was decided about.

package paths

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"jail/engines/internal/reason"
	"jail/engines/internal/taken"
	"jail/supervisor/utrace"
)

// Sizes of addresses in bytes: sizeof(struct sockaddr_storage), which the kernel takes no more than, and sun_path of unix(7).
const (
	mostAddress = 128
	mostSunPath = 108
)

// bind decides about an address. What is no path is let through as it was looked at: the address is sealed.
func (r *request) bind() utrace.EntryVerdict {
	fd, size := int(int32(uint32(r.call.Args[0]))), int(int32(uint32(r.call.Args[2])))
	switch {
	case fd < 0: // EBADF; or it is what another engine has made already
		return r.ev.Continue()
	case size < 0 || size > mostAddress:
		return r.natural(unix.EINVAL)
	}
	sealed, err := r.s.Sockaddr(1, 2)
	if err != nil {
		return r.failed("bind", err)
	}
	name, ok := sunPath(sealed.Raw)
	if !ok {
		return r.ev.Continue()
	}
	own, err := taken.Socket(r.s.ID().TID, r.s.TGID(), fd)
	if errors.Is(err, taken.ErrHidden) {
		return r.deny(r.e.rules.any(), fmt.Sprintf("bind to %s (%v)", reason.Path(name), err), "", change)
	}
	if err != nil {
		return r.failed("bind", err)
	}
	defer unix.Close(own)
	return r.do(&action{verb: "bind", ends: []*end{{dirfd: unix.AT_FDCWD, path: name}}, umask: true, call: func(ends []*end) error {
		return ends[0].bind(own)
	}})
}

// sunPath is the path of an address of AF_UNIX; false if it has none (unix(7), "Address format").
func sunPath(raw []byte) (string, bool) {
	if len(raw) <= 2 || len(raw) > 2+mostSunPath || binary.NativeEndian.Uint16(raw) != unix.AF_UNIX || raw[2] == 0 {
		return "", false
	}
	name, _, _ := bytes.Cut(raw[2:], []byte{0})
	return string(name), true
}

// bind gives the socket its name. getsockname(2) and those who connect are told the text that bind(2) was given, so it is the program's own
// where that leads to the folder for jail too. Nobody in the jail can change that meanwhile: jail makes, removes and renames for all of it.
func (e *end) bind(sock int) error {
	if e.leadsHere() {
		return bindTo(sock, e.path)
	}
	if text := fmt.Sprintf("/proc/thread-self/fd/%d/%s", e.dir, e.last); len(text) < mostSunPath {
		return bindTo(sock, text)
	}
	if err := parted(e.dir); err != nil {
		return err
	}
	return bindTo(sock, e.last)
}

// leadsHere tells whether the calling thread, which ends with the call, finds the folder by the path as the program says it, without links that
// others could change at any time (magic ones, of procfs), and on a mount that can be written to like the program's.
func (e *end) leadsHere() bool {
	if len(e.path) >= mostSunPath {
		return false
	}
	if e.path[0] != '/' {
		base, err := e.w.From(unix.AT_FDCWD)
		if err != nil {
			return false
		}
		defer unix.Close(base)
		if parted(base) != nil {
			return false
		}
	}
	folder := path.Dir(strings.TrimRight(e.path, "/")) + "/"
	if strings.Contains(e.path, "..") { // which path.Dir takes out, and the kernel follows
		return false
	}
	fd, err := unix.Openat2(unix.AT_FDCWD, folder, &unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_NO_MAGICLINKS})
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	var a, b unix.Stat_t
	var here, there unix.Statfs_t
	return unix.Fstat(fd, &a) == nil && unix.Fstat(e.dir, &b) == nil && a.Dev == b.Dev && a.Ino == b.Ino &&
		unix.Fstatfs(fd, &here) == nil && unix.Fstatfs(e.dir, &there) == nil && here.Flags == there.Flags
}

// parted gives the calling thread a working folder of its own.
func parted(folder int) error {
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return fmt.Errorf("a working folder for one thread can't be had: %v", err) // no errno of the call's
	}
	return unix.Fchdir(folder)
}

// bindTo is bind(2). A path with @ in front is one, too, not what x/sys takes for an abstract name.
func bindTo(sock int, text string) error {
	if text[0] == '@' {
		text = "./" + text
	}
	return unix.Bind(sock, &unix.SockaddrUnix{Name: text})
}

// bound tells the program the result of a bind that jail made. The call stays one of bind, on no descriptor: other engines are told of it, too.
func (r *request) bound(result int64) utrace.EntryVerdict {
	r.e.done[r.s.ID().Serial] = result
	c := r.call
	c.Args[0] = math.MaxUint64
	return r.ev.Rewrite(c, utrace.Why{What: "bind, made by jail", Quiet: true})
}
