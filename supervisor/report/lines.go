// Writing lines: each goes to the kernel by itself, before the task that it tells of may go on.

package report

import (
	"errors"
	"fmt"
	"io"

	"golang.org/x/sys/unix"
)

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

// maxKept is how many bytes of a line are used again: most are a few hundred.
const maxKept = 64 << 10

// lines writes events to w until that fails once.
type lines struct {
	w     io.Writer // nil: nobody wants lines
	b     []byte    // lines that are held
	pairs bool      // w takes two lines in one Write
	err   error
	lost  func(error) // told once
}

// hold makes a line, which flush writes. JSON escapes newlines, so a line is a line whatever a program calls itself.
func (l *lines) hold(e *Event) {
	if l.w == nil || l.err != nil {
		return
	}
	var err error
	if l.b, err = appendLine(l.b, e); err != nil {
		l.lose(err)
	}
}

// flush writes what is held, with one Write.
func (l *lines) flush() {
	if len(l.b) == 0 {
		return
	}
	_, err := l.w.Write(l.b)
	if l.b = l.b[:0]; cap(l.b) > maxKept {
		l.b = nil
	}
	if err != nil {
		l.lose(err)
	}
}

// lose tells, once, that nothing is written any more.
func (l *lines) lose(err error) {
	l.b, l.err = nil, err
	if !errors.Is(err, ErrTampered) {
		l.err = fmt.Errorf("%w: %w", ErrReport, err)
	}
	if l.lost != nil {
		l.lost(l.err)
	}
}
