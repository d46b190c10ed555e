// Writing lines: each goes to the kernel by itself, before the task that it tells of may go on.

package report

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// A File is the file of a report, open for appending. It does not buffer: what Write has returned from is the kernel's,
// and is not lost when this process is killed. Any goroutine may use it.
type File struct {
	mu   sync.Mutex
	fd   int
	name string
}

// OpenFile opens a report to append to, and makes it (mode 0666 before umask) if it is not there: one that was written before
// is not lost. Opening a FIFO blocks until somebody reads it, and so does writing to one that is full.
func OpenFile(name string) (*File, error) {
	for {
		fd, err := unix.Open(name, unix.O_WRONLY|unix.O_CREAT|unix.O_APPEND|unix.O_CLOEXEC|unix.O_NOCTTY, 0o666)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, &os.PathError{Op: "open", Path: name, Err: err}
		}
		return &File{fd: fd, name: name}, nil
	}
}

// Write appends p with one write(2); only when the kernel takes a part of it (a full disk, a signal) with more. A reader
// must expect the last line of a report to be torn if the disk was full.
func (f *File) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := writeAll(f.fd, p)
	if err != nil {
		err = &os.PathError{Op: "write", Path: f.name, Err: err}
	}
	return n, err
}

// Close closes the file; an error may be of an earlier write (close(2), NFS).
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := unix.Close(f.fd); err != nil {
		return &os.PathError{Op: "close", Path: f.name, Err: err}
	}
	return nil
}

// writeAll is write(2) until all is written. It is not os.File's: that one would hand the thread, which is the tracer's,
// to a poller for a FIFO, and would die of SIGPIPE on descriptor 2.
func writeAll(fd int, p []byte) (int, error) {
	done := 0
	for done < len(p) {
		n, err := unix.Write(fd, p[done:])
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN: // somebody made the file non-blocking
			if _, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}, -1); err != nil && err != unix.EINTR {
				return done, err
			}
		case err != nil:
			return done, err
		default:
			done += n
		}
	}
	return done, nil
}

// ErrReport is wrapped by Recorder.Err's error: the report could not be written.
var ErrReport = errors.New("the report cannot be written")

// lines writes events to w until that fails once.
type lines struct {
	w    io.Writer // nil: nobody wants lines
	err  error
	lost func(error) // told once
}

// put writes one line. JSON escapes newlines, so a line is a line whatever a program calls itself.
func (l *lines) put(e *Event) {
	if l.w == nil || l.err != nil {
		return
	}
	line, err := e.Line()
	if err == nil {
		_, err = l.w.Write(line)
	}
	if err != nil {
		l.err = fmt.Errorf("%w: %w", ErrReport, err)
		if l.lost != nil {
			l.lost(l.err)
		}
	}
}
