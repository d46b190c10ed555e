// Calls of jail's own in a task's place, and those that have to wait.

package network

import (
	"context"
	"errors"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// dial connects a socket, with a file that it needs (-1: none).
type dial func(sock *socket, file int) error

// attempt connects the task's socket and answers the result. If that has to wait, and the program wants it to, the task is held
// and a goroutine sees to the end of it; it then owns socket and file.
func (r *request) attempt(what string, file *int, connect dial) utrace.EntryVerdict {
	waits, err := r.sock.waits()
	if err != nil {
		return r.made(what, resultOf(err))
	}
	err = once(r.sock, *file, waits, connect)
	if !waits || !pends(err) {
		return r.made(what, resultOf(err))
	}
	a, matchErr := r.s.Task().Match(r.e.Name())
	if matchErr != nil { // it is dying
		return r.made(what, resultOf(err))
	}
	ctx, cancel := context.WithCancel(context.Background())
	w := &wait{tid: r.s.ID().TID, sock: r.sock, file: *file, connect: connect, ctx: ctx, cancel: cancel, done: make(chan struct{})}
	r.sock, *file = nil, -1
	r.e.held[r.s.ID().Serial] = w
	go w.run(a)
	return r.skip(what).Then(utrace.Stop)
}

// once connects without waiting. A socket that waits is made not to for that moment: connect(2) takes no flags.
func once(sock *socket, file int, waits bool, connect dial) error {
	if waits {
		if err := unix.SetNonblock(sock.fd, true); err != nil {
			return err
		}
		defer func() { _ = unix.SetNonblock(sock.fd, false) }()
	}
	return connect(sock, file)
}

// pends tells that a connect would wait now: for room in a queue (unix(7), connect(2) EAGAIN), for an answer, or for that
// of an earlier call.
func pends(err error) bool {
	return errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINPROGRESS) || errors.Is(err, unix.EALREADY)
}

// wait is a connect that has to wait, while its task is held.
type wait struct {
	tid     int
	sock    *socket
	file    int
	connect dial

	ctx    context.Context // over when nobody needs the result any more
	cancel context.CancelFunc
	done   chan struct{} // closed when value is there
	value  int64
}

// How often a full queue is tried again, and signals are looked for: first soon, later seldom.
const (
	soon   = time.Millisecond
	seldom = 50 * time.Millisecond
)

// Results that programs do not see: the kernel makes the call again after the signal, or answers EINTR if a handler wants that
// (signal(7), "Interruption of system calls").
const restart = -512 // -ERESTARTSYS

// run waits and lets go of the task.
func (w *wait) run(a *utrace.Attachment) {
	if a.Barrier(w.ctx) == nil { // the task is held from now on
		w.value = w.finish()
	} else {
		w.value = -int64(unix.EINTR)
	}
	w.sock.close()
	if w.file >= 0 {
		_ = unix.Close(w.file)
	}
	w.cancel()
	close(w.done)
	_ = a.Control(utrace.Resume) // fails if it is dead
}

// result is what the call answers. It is there unless somebody else let go of the task.
func (w *wait) result() (int64, bool) {
	select {
	case <-w.done:
		return w.value, true
	default:
		return -int64(unix.EINTR), true
	}
}

// finish waits for the connection, a signal, or the socket's own time-out (socket(7), SO_SNDTIMEO).
func (w *wait) finish() int64 {
	late, patience := w.timeout()
	for pause := soon; ; pause = min(2*pause, seldom) {
		over, err := w.step(pause)
		switch {
		case w.ctx.Err() != nil:
			return -int64(unix.EINTR)
		case over:
			return resultOf(err)
		}
		if result := w.signalled(patience > 0); result != 0 {
			return result
		}
		if patience > 0 && time.Now().After(late) {
			return resultOf(err)
		}
	}
}

// timeout is when the socket's own patience ends; 0: never.
func (w *wait) timeout() (time.Time, time.Duration) {
	tv, err := unix.GetsockoptTimeval(w.sock.fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO)
	if err != nil {
		return time.Time{}, 0
	}
	patience := time.Duration(tv.Nano())
	return time.Now().Add(patience), patience
}

// step waits for a moment and tells whether the call is over; err is how, or why not yet.
func (w *wait) step(pause time.Duration) (over bool, err error) {
	if _, inet := w.sock.inet(); inet {
		return w.settled(pause)
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-w.ctx.Done():
		return true, unix.EINTR
	case <-timer.C:
	}
	err = once(w.sock, w.file, true, w.connect)
	return !pends(err), err
}

// settled waits for the answer to a connection that is under way (connect(2), EINPROGRESS).
func (w *wait) settled(pause time.Duration) (over bool, err error) {
	fds := []unix.PollFd{{Fd: int32(w.sock.fd), Events: unix.POLLOUT}}
	n, err := unix.Poll(fds, max(1, int(pause.Milliseconds())))
	if n <= 0 {
		return err != nil && err != unix.EINTR, unix.EINPROGRESS
	}
	errno, err := unix.GetsockoptInt(w.sock.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil || errno == 0 {
		return true, err
	}
	return true, unix.Errno(errno)
}

// signalled is what the call answers because of a signal; 0: there is none. With a time-out of its own it is not made again
// (sock_intr_errno(), include/net/sock.h); nor where another thread may take the signal before this one sees it.
func (w *wait) signalled(timed bool) int64 {
	st, err := statusOf(strconv.Itoa(w.tid))
	switch {
	case err != nil || !st.interrupted():
		return 0
	case timed || !st.own() && st.threads > 1:
		return -int64(unix.EINTR)
	}
	return restart
}
