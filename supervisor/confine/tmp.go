// A private folder for temporary files, and its removal whatever the program has made of it.

package confine

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// tmpPrefix begins the name of every folder that MakeTmp makes; RemoveTmp removes no other.
const tmpPrefix = "jail-tmp-"

// RemoveTmp removes the folders s.Tmp, s.Shm and s.Dev with all in them, if there are such, and lets go of s.Held: also folders without rights, and trees
// deeper than any path. It follows no symlink and leaves no file system. Nobody may change the folders meanwhile. It blocks for as
// long as that takes.
func (s *Spec) RemoveTmp() error {
	return errors.Join(removeMade(s.Tmp), removeMade(s.Shm), removeMade(s.Dev), s.Held.release())
}

// removeMade removes a folder that MakeTmp made.
func removeMade(name string) error {
	if name == "" {
		return nil
	}
	if !strings.HasPrefix(filepath.Base(name), tmpPrefix) {
		return fmt.Errorf("removing %s: MakeTmp did not make it", name)
	}
	top, err := openFolder(unix.AT_FDCWD, name)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if err != nil {
		return &os.PathError{Op: "remove", Path: name, Err: err}
	}
	defer unix.Close(top)
	most := math.MaxInt
	if err := clear(top, &most); err != nil {
		return &os.PathError{Op: "remove", Path: name, Err: err}
	}
	return os.Remove(name)
}

// errEnough ends a removal whose bound is reached.
var errEnough = errors.New("enough was removed for now")

// clear empties a folder, until it has removed most files and folders: errEnough. The folders in it are emptied into it, one storey at a time, so that their depth costs neither
// descriptors nor stack.
func clear(top int, most *int) error {
	for moved := 0; ; {
		names, err := list(top, math.MaxInt)
		if err != nil || len(names) == 0 {
			return err
		}
		for _, name := range names {
			if *most--; *most < 0 {
				return errEnough
			}
			err := unix.Unlinkat(top, name, 0)
			if err == unix.EISDIR || err == unix.EPERM { // what POSIX says about folders
				err = raise(top, name, &moved, most)
			}
			if err != nil {
				return err
			}
		}
	}
}

// raise moves what folders name has in it up into top, removes everything else in it, and it.
func raise(top int, name string, moved, most *int) error {
	fd, err := openFolder(top, name)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	names, err := list(fd, math.MaxInt)
	if err != nil {
		return err
	}
	for _, inner := range names {
		if *most--; *most < 0 {
			return errEnough
		}
		err := unix.Unlinkat(fd, inner, 0)
		for err == unix.EISDIR || err == unix.EPERM {
			if err = allow(fd, inner); err != nil { // moving a folder writes its ".."
				return err
			}
			*moved++
			err = unix.Renameat2(fd, inner, top, "jail."+strconv.Itoa(*moved), unix.RENAME_NOREPLACE)
			if err == unix.EEXIST {
				err = unix.EISDIR // the program has used that name: the next one
			}
		}
		if err != nil {
			return err
		}
	}
	return unix.Unlinkat(top, name, unix.AT_REMOVEDIR)
}

// allow gives us all rights over a folder. ENOTDIR: it is none.
func allow(at int, name string) error {
	fd, err := unix.Openat(at, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil || st.Mode&0o700 == 0o700 {
		return err
	}
	return os.Chmod("/proc/self/fd/"+strconv.Itoa(fd), 0o700) // fchmod(2) refuses O_PATH
}

// openFolder opens one for reading, whatever its mode.
func openFolder(at int, name string) (int, error) {
	if err := allow(at, name); err != nil {
		return -1, err
	}
	return unix.Openat(at, name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
}

// listed is how much of a folder's list is read at a time, in bytes: most of those folders hold little, and what is more costs a call.
const listed = 8 << 10

// list reads the names in a folder, from its beginning, until it has so many.
func list(fd, most int) ([]string, error) {
	if _, err := unix.Seek(fd, 0, unix.SEEK_SET); err != nil {
		return nil, err
	}
	var names []string
	buf := make([]byte, listed)
	for len(names) < most {
		n, err := unix.ReadDirent(fd, buf)
		if err != nil || n == 0 {
			return names, err
		}
		_, _, names = unix.ParseDirent(buf[:n], -1, names)
	}
	return names, nil
}
