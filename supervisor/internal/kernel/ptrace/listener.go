// Handing the sealed pages' descriptor over: by seccomp's user notification (seccomp_unotify(2)).
//
// The jail's programs are born with a filter whose listener the supervisor holds. It notifies of one call, an mseal(2) with flags
// that do not exist, which is made by tasks that the supervisor makes make it; the answer is a descriptor, installed in the same
// moment. Any program can make that call as well: it is answered EINVAL, as without the listener. Everything else passes.
// (Other ways were worse: a descriptor that programs inherit is theirs to see and to close; a path is subject to Landlock,
// namespaces and whoever else opens it; a message over a socket takes memory of the program's and six more calls; a call that
// does not exist is refused by the filters of containers, which come before.) While it is open no program of the jail can have a
// listener: EBUSY (P16).
//
// The filter is put onto the thread that launches, whose children inherit it. So its listener is ours from the start; one that
// the program installs would have to be taken from it by pidfd_getfd(2), which the filters of containers refuse.

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

// handOver stands in the flags of the call; mseal(2) has none so far. The pages need that call anyhow.
const handOver = 0x2a5ea1ed

// handOverCall is the call.
func handOverCall() utrace.Call {
	return utrace.Call{Arch: nativeArch, Nr: unix.SYS_MSEAL, Args: [6]uint64{2: handOver}}
}

// noticing is the filter: it notifies of that call.
func noticing() []unix.SockFilter {
	const load, equal, answer = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_RET | unix.BPF_K
	return []unix.SockFilter{ // offsets of struct seccomp_data: nr, arch, the lower half of args[2]
		{Code: load, K: 0},
		{Code: equal, K: unix.SYS_MSEAL, Jf: 5},
		{Code: load, K: 4},
		{Code: equal, K: nativeArch, Jf: 3},
		{Code: load, K: 32},
		{Code: equal, K: handOver, Jf: 1},
		{Code: answer, K: unix.SECCOMP_RET_USER_NOTIF},
		{Code: answer, K: unix.SECCOMP_RET_ALLOW},
	}
}

// openListener puts the filter onto this thread and begins to listen; it needs no_new_privs. If the kernel gives no listener (EBUSY:
// one of a container's filters has one), the pages say why they can't be used.
func (p *pages) openListener() {
	if p.err != nil {
		return
	}
	filter := noticing()
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	const flags = unix.SECCOMP_FILTER_FLAG_NEW_LISTENER | unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV // Linux 5.19
	// The descriptor is close-on-exec (seccomp(2)).
	fd, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&prog)))
	if errno != 0 {
		p.err = fmt.Errorf("%w: there can't be a filter with a listener: %w", utrace.ErrUnsealed, errno)
		return
	}
	p.listener, p.err = listen(int(fd), int(p.file.Fd()))
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
	refusal := unix.EINVAL // as mseal(2) itself
	if l.expected(int(n.pid)) {
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
