// Private folders whose run has ended without removing them, by SIGKILL for example: who holds a folder, and the removal of what
// nobody holds.
//
// A folder is held by a lock of flock(2) on itself, taken before anything knows its name, on a descriptor of the supervisor's that
// no program inherits. The kernel gives it up when the supervisor has died. A program in the jail can open the folder, as its /tmp,
// but gets no lock while the supervisor lives, and does not outlive it (PTRACE_O_EXITKILL).

package confine

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"jail/internal/realpath"
)

// Held are folders of one run, made by its MakeTmp. Spec.Held has them held for as long as the run lives; whoever drops it lets go
// of them. Of one goroutine at a time.
type Held struct{ locks []*os.File }

// MakeTmp makes a folder that only its owner can enter, with a name that nobody can guess, in parent, or in os.TempDir if that is
// empty; its path is absolute and without symlinks. The folder is Spec.Tmp's, Shm's or Dev's, and h Spec's Held. Where the file
// system has no locks it is made without one, and never taken for left behind. The errors are those of making and opening it.
func (h *Held) MakeTmp(parent string) (string, error) {
	parent, err := tmpParent(parent)
	if err != nil {
		return "", err
	}
	for {
		name, err := os.MkdirTemp(parent, tmpPrefix) // mode 0700
		if err != nil {
			return "", err
		}
		fd, err := unix.Open(name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if errors.Is(err, unix.ENOENT) {
			continue // another start took it for left behind, before it was held
		}
		if err != nil {
			return "", errors.Join(&os.PathError{Op: "open", Path: name, Err: err}, os.Remove(name))
		}
		lock := os.NewFile(uintptr(fd), name)
		if flock(fd) == unix.EWOULDBLOCK || !leadsTo(unix.AT_FDCWD, name, fd) { // the same
			_ = lock.Close()
			continue
		}
		h.locks = append(h.locks, lock)
		return name, nil
	}
}

// release lets go of the folders.
func (h *Held) release() error {
	if h == nil {
		return nil
	}
	var err error
	for _, l := range h.locks {
		err = errors.Join(err, l.Close())
	}
	h.locks = nil
	return err
}

func tmpParent(parent string) (string, error) {
	if parent == "" {
		parent = os.TempDir()
	}
	parent, err := filepath.Abs(parent)
	if err != nil {
		return "", err
	}
	return realpath.Of(parent)
}

// Bounds of one RemoveStale.
const (
	mostNames   = 1 << 16 // that are looked at in the parent
	mostRemoved = 1 << 15 // files and folders that are removed, some tenths of a second; the rest is the next start's
)

// RemoveStale removes what MakeTmp made in parent (or in os.TempDir) for runs of this user that have ended and left it. It touches
// no folder that is held, another user's, a mount point, or named otherwise, follows no symlink, and does nothing where others could
// have given a folder its name. Any number of processes may do
// that at a time, and make folders meanwhile. It blocks for as long as that takes: it gives up after some 30,000 files (mostRemoved),
// with no error. The error is of the parent, or of a folder that could not be removed; the others are.
func RemoveStale(parent string) error { return removeStale(parent, mostRemoved) }

func removeStale(parent string, most int) error {
	parent, err := tmpParent(parent)
	if err != nil {
		return err
	}
	dir, err := unix.Open(parent, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: parent, Err: err}
	}
	defer unix.Close(dir)
	var up unix.Stat_t
	if err := unix.Fstat(dir, &up); err != nil || !keepsNames(&up) {
		return err
	}
	names, err := listOurs(dir)
	if err != nil {
		return &os.PathError{Op: "readdir", Path: parent, Err: err}
	}
	var errs []error
	for _, name := range names {
		if digits := name[len(tmpPrefix):]; digits == "" || strings.Trim(digits, "0123456789") != "" {
			continue
		}
		err := removeUnheld(dir, name, &up, &most)
		if errors.Is(err, errEnough) {
			break
		}
		if err != nil {
			errs = append(errs, &os.PathError{Op: "remove", Path: filepath.Join(parent, name), Err: err})
		}
	}
	return errors.Join(errs...)
}

// listOurs reads the names in a folder that begin as MakeTmp's do. There may be many others, so no string is made of those.
func listOurs(dir int) (names []string, err error) {
	const fixed = 19 // of struct linux_dirent64 before the name (getdents(2))
	buf := make([]byte, listed)
	for seen := 0; seen < mostNames; {
		n, err := unix.ReadDirent(dir, buf)
		if err != nil || n <= 0 {
			return names, err
		}
		for rest := buf[:n]; len(rest) > fixed; seen++ {
			size := int(binary.NativeEndian.Uint16(rest[16:]))
			if size <= fixed || size > len(rest) {
				break // the kernel writes no such entry
			}
			name := rest[fixed:size]
			if bytes.HasPrefix(name, []byte(tmpPrefix)) {
				name, _, _ = bytes.Cut(name, []byte{0})
				names = append(names, string(name))
			}
			rest = rest[size:]
		}
	}
	return names, nil
}

// removeUnheld removes one folder, unless it is held or not ours.
func removeUnheld(dir int, name string, up *unix.Stat_t, most *int) error {
	var st unix.Stat_t
	if unix.Fstatat(dir, name, &st, unix.AT_SYMLINK_NOFOLLOW) != nil || !mayRemove(&st, up) {
		return nil
	}
	fd, err := openFolder(dir, name)
	if err != nil { // somebody else has removed it
		return gone(err)
	}
	defer unix.Close(fd)
	// Only now it is certain what fd is.
	if unix.Fstat(fd, &st) != nil || !mayRemove(&st, up) || flock(fd) != nil || !leadsTo(dir, name, fd) {
		return nil
	}
	if err := clear(fd, most); err != nil {
		return err
	}
	return gone(unix.Unlinkat(dir, name, unix.AT_REMOVEDIR))
}

// keepsNames tells that nobody else can give a folder of ours another name in a folder: it is not theirs, and only we can write to
// it, or it is sticky (inode(7)).
func keepsNames(up *unix.Stat_t) bool {
	return (up.Uid == 0 || int(up.Uid) == os.Geteuid()) && (up.Mode&0o022 == 0 || up.Mode&unix.S_ISVTX != 0)
}

// mayRemove tells that a folder is ours, and on the file system of the folder up.
func mayRemove(st, up *unix.Stat_t) bool {
	return st.Mode&unix.S_IFMT == unix.S_IFDIR && int(st.Uid) == os.Geteuid() && st.Dev == up.Dev
}

func gone(err error) error {
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	return err
}

// leadsTo tells whether a name is still that of an open folder.
func leadsTo(at int, name string, fd int) bool {
	var named, open unix.Stat_t
	return unix.Fstatat(at, name, &named, unix.AT_SYMLINK_NOFOLLOW) == nil && unix.Fstat(fd, &open) == nil &&
		named.Dev == open.Dev && named.Ino == open.Ino
}

// flock takes the lock, or answers EWOULDBLOCK if somebody has it.
func flock(fd int) error {
	for {
		if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != unix.EINTR {
			return err
		}
	}
}
