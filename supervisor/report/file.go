// The file of a report: opened once, appended to, and closed.

package report

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// ErrShared is wrapped by OpenFile's error for a file that another File, of this or another process, is open on.
var ErrShared = errors.New("another run of jail is writing to it; name another file, or a pipe, which several may share")

// A File is the file of a report, open for appending. It does not buffer: what Write has returned from is the kernel's,
// and is not lost when this process is killed. Any goroutine may use it.
type File struct {
	mu    sync.Mutex
	fd    int
	name  string
	guard *guard // nil: it is none whose content can be guarded
}

// OpenFile opens a report to append to, and makes it (mode 0666 before umask) if it is not there: one that was written before
// is not lost. Opening a FIFO blocks until somebody reads it, and so does writing to one that is full.
//
// A regular file has one writer at a time, and is guarded: see [File.Check]. Not so one that is this process's own
// descriptor 0, 1 or 2, too: the programs that inherit it may write to it. The lock is that of flock(2); on a file system
// without locks there is none.
func OpenFile(name string) (*File, error) {
	fd, err := openRetry(name, unix.O_WRONLY|unix.O_CREAT|unix.O_APPEND)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	f := &File{fd: fd, name: name}
	if f.guard, err = newGuard(fd, name); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("the report %s cannot be opened: %w", name, err)
	}
	return f, nil
}

// openRetry is open(2), which a signal may interrupt while it waits for the reader of a FIFO.
func openRetry(name string, flags int) (int, error) {
	for {
		fd, err := unix.Open(name, flags|unix.O_CLOEXEC|unix.O_NOCTTY, 0o666)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

// Write appends p with one write(2); only when the kernel takes a part of it (a full disk, a signal) with more. A reader
// must expect the last line of a report to be torn if the disk was full. The error wraps ErrTampered when the file is not
// as the Write before left it, but for p, and nobody was told of that yet.
func (f *File) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := writeAll(f.fd, p)
	if err != nil {
		err = &os.PathError{Op: "write", Path: f.name, Err: err}
	}
	if f.guard != nil {
		f.guard.wrote(p[:n])
		if f.guard.found == nil {
			err = errors.Join(err, f.guard.size(f.fd))
		}
	}
	return n, err
}

// Check looks whether somebody else has changed the file since it was opened: what was written is there, byte for byte
// (which is read again, if this process may read the file), nothing was added, and the name still leads to it. The error wraps
// ErrTampered; once answered it is answered again. What has no content to guard has not changed. It blocks for the reading.
func (f *File) Check() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.guard == nil {
		return nil
	}
	return f.guard.check(f.fd)
}

// Close closes the file; an error may be of an earlier write (close(2), NFS), or wrap ErrTampered if none did before.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var err error
	if f.guard != nil {
		if f.guard.found == nil {
			err = f.guard.size(f.fd)
		}
		f.guard.close()
	}
	if closeErr := unix.Close(f.fd); closeErr != nil {
		err = errors.Join(err, &os.PathError{Op: "close", Path: f.name, Err: closeErr})
	}
	return err
}
