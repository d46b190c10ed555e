// Where a call's memory, descriptors and folders are looked up.

package decode

import (
	"fmt"
	"os"
	"strconv"

	"jail/supervisor/utrace"
)

// A Reader looks into the task that makes the call. It is used for the length of one call of this package.
type Reader interface {
	// ReadMem fills p from the task's memory; fewer bytes, with or without an error, where memory ends.
	ReadMem(addr uint64, p []byte) (int, error)
	// Cwd is the task's working directory, an absolute path.
	Cwd() (string, error)
	// FD is what /proc/PID/fd/N says of a descriptor (proc_pid_fd(5)).
	FD(fd int) (string, error)
}

// A TaskReader reads a stopped task: memory through the stop, the rest from /proc. It is valid as long as the stop is, and
// answers the stop's error (EINVAL) for memory afterwards. Neither method blocks for longer than the kernel's own locks do.
type TaskReader struct {
	stop *utrace.Stopped
	proc string
}

// Task is the Reader of a stopped task.
func Task(s *utrace.Stopped) TaskReader {
	id := s.ID()
	// By thread, not by process: of a process whose leader has ended /proc/PID tells nothing.
	return TaskReader{s, "/proc/" + strconv.Itoa(id.TGID) + "/task/" + strconv.Itoa(id.TID)}
}

// ReadMem reads the task's memory, see utrace.Stopped.ReadMem.
func (t TaskReader) ReadMem(addr uint64, p []byte) (int, error) { return t.stop.ReadMem(addr, p) }

// Cwd is /proc/PID/cwd, as the supervisor sees it: of a task in a mount namespace of its own, relative to that.
func (t TaskReader) Cwd() (string, error) { return os.Readlink(t.proc + "/cwd") }

// FD is /proc/PID/fd/N.
func (t TaskReader) FD(fd int) (string, error) {
	if fd < 0 {
		return "", fmt.Errorf("descriptor %d: %w", fd, os.ErrNotExist)
	}
	return os.Readlink(t.proc + "/fd/" + strconv.Itoa(fd))
}

// A FakeTask is a Reader for tests: memory that is made up, and a few names.
type FakeTask struct {
	Memory map[uint64][]byte // pieces of memory by address; they must not overlap
	Dir    string            // the working directory
	FDs    map[int]string
}

// ReadMem reads out of the pieces; EFAULT-like where there is none.
func (f *FakeTask) ReadMem(addr uint64, p []byte) (int, error) {
	n := 0
	for n < len(p) {
		got := f.readPiece(addr+uint64(n), p[n:])
		if got == 0 {
			return n, fmt.Errorf("%#x: %w", addr+uint64(n), os.ErrNotExist)
		}
		n += got
	}
	return n, nil
}

func (f *FakeTask) readPiece(addr uint64, p []byte) int {
	for at, piece := range f.Memory {
		if off := addr - at; addr >= at && off < uint64(len(piece)) {
			return copy(p, piece[off:])
		}
	}
	return 0
}

// Cwd is Dir.
func (f *FakeTask) Cwd() (string, error) {
	if f.Dir == "" {
		return "", os.ErrNotExist
	}
	return f.Dir, nil
}

// FD is the name in FDs.
func (f *FakeTask) FD(fd int) (string, error) {
	if name, ok := f.FDs[fd]; ok {
		return name, nil
	}
	return "", os.ErrNotExist
}
