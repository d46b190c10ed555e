// Handing the sealed pages' descriptor over: by seccomp's user notification (seccomp_unotify(2)).
//
// The jail's filter has a listener that the supervisor holds. It notifies of one call, which does not exist, has a number of its
// own and is made by tasks that the supervisor makes make it; the answer is a descriptor, installed in the same moment. Any
// program can make that call as well: it is answered ENOSYS, as calls that do not exist are. Everything else passes the filter
// as without the listener, and costs as much. (Other ways were worse: a descriptor that programs inherit is theirs to see and to
// close; a path is subject to Landlock, namespaces and whoever else opens it; a message over a socket takes memory of the
// program's and six more calls.) While it is open no program of the jail can have a listener: EBUSY (P16).

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// handOver is the number of the call. No table of calls has it, and it is no x32 number either (bit 30).
const handOver = 0x2a5ea1ed

// noticing is a filter that begins with the notification.
func noticing(filter []unix.SockFilter) []unix.SockFilter {
	const load, equal, answer = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_RET | unix.BPF_K
	return append([]unix.SockFilter{ // offsets of struct seccomp_data: nr, arch
		{Code: load, K: 0},
		{Code: equal, K: handOver, Jf: 3},
		{Code: load, K: 4},
		{Code: equal, K: nativeArch, Jf: 1},
		{Code: answer, K: unix.SECCOMP_RET_USER_NOTIF},
	}, filter...)
}

// installSealing installs the filter with a listener, for the pages to be handed over. If the kernel gives none
// (EBUSY: one of a container's filters has a listener), the filter is installed without, and the pages say why they can't be used.
func (n *newborn) installSealing(filter []unix.SockFilter, p *pages) error {
	if p.err != nil {
		return n.install(filter)
	}
	const flags = unix.SECCOMP_FILTER_FLAG_NEW_LISTENER | unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV // Linux 5.19
	fd, err := n.installWith(noticing(filter), flags)
	if err != nil {
		p.err = fmt.Errorf("%w: the filter can't have a listener: %w", utrace.ErrUnsealed, err)
		return n.install(filter)
	}
	ours, err := new(Kernel).borrow(n.tid, int(fd))
	if err != nil {
		p.err = fmt.Errorf("%w: the filter's listener can't be taken over (pidfd_getfd): %w", utrace.ErrUnsealed, err)
	}
	if _, closed := n.do("close", unix.SYS_CLOSE, fd); closed != nil { // a program that holds it could answer for us
		if err == nil {
			unix.Close(ours)
		}
		return fmt.Errorf("the filter has to allow close: %w", closed)
	}
	if err == nil {
		p.listener, p.err = listen(ours, int(p.file.Fd()))
	}
	return nil
}

// listener answers notifications, on a goroutine of its own that lives until it is closed, or no task is left to notify.
type listener struct {
	fd, pages int
	stop      [2]int // a pipe: closed at the end
	ended     chan struct{}

	mu     sync.Mutex
	awaits map[int]bool // tasks that were made to ask
}

func listen(fd, pages int) (*listener, error) {
	l := &listener{fd: fd, pages: pages, ended: make(chan struct{}), awaits: make(map[int]bool)}
	if err := unix.Pipe2(l.stop[:], unix.O_CLOEXEC); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("%w: %w", utrace.ErrUnsealed, err)
	}
	go l.serve()
	return l, nil
}

func (l *listener) expect(tid int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.awaits[tid] = true
}

func (l *listener) forget(tid int) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.awaits, tid)
}

func (l *listener) expected(tid int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.awaits[tid]
}

// close ends the goroutine and waits for it.
func (l *listener) close() error {
	if l == nil {
		return nil
	}
	err := unix.Close(l.stop[1])
	<-l.ended
	return errors.Join(err, unix.Close(l.stop[0]), unix.Close(l.fd))
}

// notice is struct seccomp_notif, response struct seccomp_notif_resp, addition struct seccomp_notif_addfd
// (include/uapi/linux/seccomp.h).
type notice struct {
	id   uint64
	pid  uint32
	_    uint32
	nr   int32
	arch uint32
	ip   uint64
	args [6]uint64
}

type response struct {
	id    uint64
	val   int64
	errno int32
	flags uint32
}

type addition struct {
	id           uint64
	flags        uint32
	srcfd, newfd uint32
	newfdFlags   uint32
}

func (l *listener) serve() {
	defer close(l.ended)
	for {
		ready := []unix.PollFd{{Fd: int32(l.stop[0]), Events: unix.POLLIN}, {Fd: int32(l.fd), Events: unix.POLLIN}}
		if _, err := unix.Poll(ready, -1); err == unix.EINTR {
			continue
		} else if err != nil || ready[0].Revents != 0 {
			return
		}
		if ready[1].Revents&unix.POLLIN == 0 {
			return // POLLHUP: nobody is left who could notify
		}
		var n notice
		// ENOENT: who notified was killed meanwhile.
		if err := notifyCall(l.fd, unix.SECCOMP_IOCTL_NOTIF_RECV, unsafe.Pointer(&n)); err == nil {
			l.answer(&n)
		}
	}
}

// answer hands the descriptor over to a task that was made to ask, and nothing to others. Errors mean that it was killed, or
// can't have one descriptor more: then it is answered that.
func (l *listener) answer(n *notice) {
	refusal := unix.ENOSYS
	if n.nr == handOver && l.expected(int(n.pid)) {
		add := addition{id: n.id, flags: unix.SECCOMP_ADDFD_FLAG_SEND, srcfd: uint32(l.pages), newfdFlags: unix.O_CLOEXEC}
		err := notifyCall(l.fd, unix.SECCOMP_IOCTL_NOTIF_ADDFD, unsafe.Pointer(&add))
		if err == nil {
			return
		}
		refusal = err.(unix.Errno)
	}
	_ = notifyCall(l.fd, unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(&response{id: n.id, errno: -int32(refusal)}))
}

// notifyCall is ioctl(2) of a listener, until no signal breaks it off.
func notifyCall(fd int, request uint, arg unsafe.Pointer) error {
	for {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), uintptr(request), uintptr(arg))
		switch errno {
		case 0:
			return nil
		case unix.EINTR:
		default:
			return errno
		}
	}
}
