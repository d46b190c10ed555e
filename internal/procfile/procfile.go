// Package procfile reads files of procfs whole, with as few system calls as that takes: os.ReadFile, which begins with 512 bytes and
// asks for notifications of the file (epoll_ctl(2)), makes a dozen for one. A start of jail reads some ten of them.
package procfile

import (
	"io/fs"
	"slices"

	"golang.org/x/sys/unix"
)

// usual is more than most of these files have, in bytes.
const usual = 4 << 10

// Read is os.ReadFile for a file that the kernel makes while it is read. Its errors are *fs.PathError. Any goroutine; it does not block
// for longer than the kernel takes to make it.
func Read(name string) ([]byte, error) {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	defer unix.Close(fd)
	text := make([]byte, 0, usual)
	for {
		n, err := unix.Read(fd, text[len(text):cap(text)])
		switch {
		case err == unix.EINTR:
		case err != nil:
			return nil, &fs.PathError{Op: "read", Path: name, Err: err}
		case n == 0:
			return text, nil
		}
		if text = text[:len(text)+max(n, 0)]; len(text) == cap(text) {
			text = slices.Grow(text, len(text))
		}
	}
}
