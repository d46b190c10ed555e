// Package realpath finds what a path leads to, without its symbolic links.
package realpath

import (
	"io/fs"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Of is filepath.EvalSymlinks of a path, in two system calls where no link is on its way, which is so of most, and in one where nothing is
// there (openat2(2), Linux 5.6; elsewhere, and where there are links, it is EvalSymlinks). It blocks as looking at files does. Any goroutine.
func Of(name string) (string, error) {
	if !filepath.IsAbs(name) || name != filepath.Clean(name) {
		return filepath.EvalSymlinks(name)
	}
	fd, err := unix.Openat2(unix.AT_FDCWD, name, &unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_NO_SYMLINKS})
	switch err {
	case nil:
		unix.Close(fd)
		return name, nil
	case unix.ENOENT: // before any link
		return "", &fs.PathError{Op: "lstat", Path: name, Err: err}
	}
	return filepath.EvalSymlinks(name)
}
