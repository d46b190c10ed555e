// Relay: the program's standard output and error go through jail, which counts them. Only where the policy bounds output.

package main

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// A relay has a pipe for descriptor 1 and one for 2; one for both, if they are the same file, so that their order stays. Programs
// see pipes where files may have been.
type relay struct {
	mu      sync.Mutex
	left    uint64
	over    func() // called once when more comes than may
	told    bool
	streams []*stream
	running sync.WaitGroup
}

// stream is one pipe, and where it leads.
type stream struct {
	r, w *os.File
	to   int
}

// newRelay makes the pipes, for what goes to the descriptors to. most is how many bytes may pass.
func newRelay(most uint64, over func(), to [2]int) (*relay, error) {
	r := &relay{left: most, over: over}
	for i, fd := range to {
		if i > 0 && sameFile(to[0], fd) {
			continue
		}
		var p [2]int
		if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
			r.close()
			return nil, os.NewSyscallError("pipe2", err)
		}
		_ = unix.SetNonblock(p[0], true) // so that reading from it can be given up
		r.streams = append(r.streams, &stream{os.NewFile(uintptr(p[0]), "output"), os.NewFile(uintptr(p[1]), "output"), fd})
	}
	return r, nil
}

func sameFile(a, b int) bool {
	var sa, sb unix.Stat_t
	return unix.Fstat(a, &sa) == nil && unix.Fstat(b, &sb) == nil && sa.Dev == sb.Dev && sa.Ino == sb.Ino
}

// files are the program's descriptors, with the pipes in the place of 1 and 2.
func (r *relay) files(list []*os.File) []*os.File {
	list = append([]*os.File(nil), list...)
	list[1], list[2] = r.streams[0].w, r.streams[len(r.streams)-1].w
	return list
}

// begin lets it run, when the program has the pipes.
func (r *relay) begin() {
	for _, s := range r.streams {
		_ = s.w.Close()
		r.running.Go(func() { r.pass(s) })
	}
}

// close gives it up before it ran.
func (r *relay) close() {
	for _, s := range r.streams {
		_, _ = s.r.Close(), s.w.Close()
	}
}

// end waits until all that was written has passed. A descriptor that somebody outside of the jail got hold of does not keep it.
// hurry says that a limit ended the run: then who does not read is not waited for.
func (r *relay) end(hurry bool) {
	for _, s := range r.streams {
		_ = s.r.SetReadDeadline(time.Now())
	}
	done := make(chan struct{})
	go func() { r.running.Wait(); close(done) }()
	var late <-chan time.Time
	if hurry {
		late = time.After(patience)
	}
	select {
	case <-done:
	case <-late:
	}
}

// pass hands on what comes until nothing will come any more. If it can't be written the program can't write either: it gets
// SIGPIPE, as it would of a pipe that nobody reads.
func (r *relay) pass(s *stream) {
	defer s.r.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := s.r.Read(buf)
		if werr := writeAll(s.to, buf[:r.take(n)]); werr != nil {
			if !ignorable(werr) {
				complain(fmt.Errorf("the program's output is lost: %w", werr))
			}
			return
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			r.drain(s, buf)
			return
		}
		if err != nil {
			return
		}
	}
}

// drain hands on what is left in the pipe of a jail that has ended: no more than a pipe holds.
func (r *relay) drain(s *stream, buf []byte) {
	raw, err := s.r.SyscallConn()
	if err != nil {
		return
	}
	_ = s.r.SetReadDeadline(time.Time{})
	for range 1 << 20 / len(buf) { // the most that fcntl(2) makes a pipe hold for users, /proc/sys/fs/pipe-max-size
		var n int
		_ = raw.Read(func(fd uintptr) bool { n, _ = unix.Read(int(fd), buf); return true })
		if n <= 0 || writeAll(s.to, buf[:r.take(n)]) != nil {
			return
		}
	}
}

// take counts bytes, and answers how many of them may pass.
func (r *relay) take(n int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if uint64(n) <= r.left {
		r.left -= uint64(n)
		return n
	}
	n, r.left = int(r.left), 0
	if !r.told {
		r.told = true
		r.over()
	}
	return n
}

// writeAll writes to a descriptor that may be non-blocking. os.File would end jail by SIGPIPE where nobody reads.
func writeAll(fd int, p []byte) error {
	for len(p) > 0 {
		n, err := unix.Write(fd, p)
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EAGAIN):
			_, err = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}, -1)
			if err != nil && !errors.Is(err, unix.EINTR) {
				return os.NewSyscallError("poll", err)
			}
		case err != nil:
			return os.NewSyscallError("write", err)
		default:
			p = p[n:]
		}
	}
	return nil
}
