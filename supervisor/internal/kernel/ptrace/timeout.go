// Time-outs of the calls that a signal ends with EINTR: how long they may take, and what the kernel answers after it.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"encoding/binary"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// limit says where a call has its time-out. Those are listed that signal(7) calls "never restarted", and those that
// are restarted with what is left of their time unless that can't be written back to the program's memory (select, pselect,
// ppoll: poll_select_finish() in fs/select.c). poll, nanosleep and futex have restart blocks, mq_timedreceive a point in
// time; io_pgetevents is restarted whole by the kernel.
type limit struct {
	kind   limitKind
	arg    int   // whose argument it is; of a socket's: the descriptor
	result int64 // at expiry
}

type limitKind uint8

const (
	millis     limitKind = iota + 1 // an int; negative: none
	timespec                        // a pointer, NULL: none
	timeval                         // likewise
	receiving                       // SO_RCVTIMEO of a socket (socket(7))
	sending                         // SO_SNDTIMEO
	connecting                      // SO_SNDTIMEO, with a result of its own
)

const again = -int64(unix.EAGAIN)

// limitOf is by the number of the native ABI; oldLimit knows those that newer architectures lack.
func limitOf(nr int64) (limit, bool) {
	switch nr {
	case unix.SYS_EPOLL_PWAIT: // epoll_wait(2)
		return limit{millis, 3, 0}, true
	case unix.SYS_EPOLL_PWAIT2:
		return limit{timespec, 3, 0}, true
	case unix.SYS_RT_SIGTIMEDWAIT: // sigwaitinfo(2)
		return limit{timespec, 2, again}, true
	case unix.SYS_SEMTIMEDOP: // semop(2)
		return limit{timespec, 3, again}, true
	case unix.SYS_IO_GETEVENTS: // io_getevents(2): as many as there are, and EINTR only if none
		return limit{timespec, 4, 0}, true
	case unix.SYS_PPOLL: // poll(2)
		return limit{timespec, 2, 0}, true
	case unix.SYS_PSELECT6: // select(2)
		return limit{timespec, 4, 0}, true
	case unix.SYS_READ, unix.SYS_READV, unix.SYS_RECVFROM, unix.SYS_RECVMSG, unix.SYS_RECVMMSG, unix.SYS_ACCEPT, unix.SYS_ACCEPT4:
		return limit{receiving, 0, again}, true
	case unix.SYS_WRITE, unix.SYS_WRITEV, unix.SYS_SENDTO, unix.SYS_SENDMSG, unix.SYS_SENDMMSG:
		return limit{sending, 0, again}, true
	case unix.SYS_CONNECT:
		return limit{connecting, 0, again}, true
	}
	return oldLimit(nr)
}

// Timeout is kernel.Kernel's.
func (k *Kernel) Timeout(tid int, r utrace.Registers) (d time.Duration, result int64, ok bool) {
	info, err := k.Syscall(tid)
	if err != nil || info.Call.Arch != nativeArch {
		return 0, 0, false
	}
	lim, ok := limitOf(r.Nr)
	if !ok {
		return 0, 0, false
	}
	arg := r.Args[lim.arg]
	switch lim.kind {
	case millis:
		ms := int32(arg)
		return time.Duration(ms) * time.Millisecond, lim.result, ms >= 0
	case timespec:
		d, ok = k.readTime(tid, arg, time.Nanosecond)
	case timeval:
		d, ok = k.readTime(tid, arg, time.Microsecond)
	default:
		if resultIsArgument {
			arg = k.entryArg[tid]
		}
		return k.socketTimeout(tid, int(int32(arg)), lim)
	}
	return d, lim.result, ok
}

// readTime reads a struct timespec or timeval; unit is that of its second member.
func (k *Kernel) readTime(tid int, addr uint64, unit time.Duration) (time.Duration, bool) {
	var b [16]byte
	if addr == 0 {
		return 0, false
	}
	if n, err := k.ReadMem(tid, addr, b[:]); err != nil || n < len(b) {
		return 0, false
	}
	return duration(int64(binary.NativeEndian.Uint64(b[:])), int64(binary.NativeEndian.Uint64(b[8:])), unit)
}

// longest is as good as for ever, in seconds: a time.Duration can't hold more than 292 years.
const longest = 1 << 33

// duration is what the kernel makes of a time: nothing, if it is not a valid one.
func duration(sec, parts int64, unit time.Duration) (time.Duration, bool) {
	if sec < 0 || sec > longest || parts < 0 || parts >= int64(time.Second/unit) {
		return 0, false
	}
	return time.Duration(sec)*time.Second + time.Duration(parts)*unit, true
}

// socketTimeout asks a descriptor of the program for its time-out, through a copy (pidfd_getfd(2), Linux 5.6). The program
// must be dumpable for that.
func (k *Kernel) socketTimeout(tid, fd int, lim limit) (d time.Duration, result int64, ok bool) {
	link, err := os.Readlink("/proc/" + strconv.Itoa(tid) + "/fd/" + strconv.Itoa(fd))
	if err != nil || !strings.HasPrefix(link, "socket:[") {
		return 0, 0, false
	}
	s, err := k.borrow(tid, fd)
	if err != nil {
		return 0, 0, false
	}
	// The program may have put another file there meanwhile, or have closed its own socket: closing this one may then wait
	// for whoever serves it, who may be a task that waits for us.
	defer func() { go unix.Close(s) }()
	option := unix.SO_SNDTIMEO
	if lim.kind == receiving {
		option = unix.SO_RCVTIMEO
	}
	tv, err := unix.GetsockoptTimeval(s, unix.SOL_SOCKET, option)
	if err != nil || *tv == (unix.Timeval{}) { // none
		return 0, 0, false
	}
	result = lim.result
	if lim.kind == connecting {
		// Only local sockets say EAGAIN (unix_stream_connect() in net/unix/af_unix.c, inet_stream_connect() in net/ipv4/af_inet.c).
		if domain, err := unix.GetsockoptInt(s, unix.SOL_SOCKET, unix.SO_DOMAIN); err != nil || domain != unix.AF_UNIX {
			result = -int64(unix.EINPROGRESS)
		}
	}
	d, ok = duration(tv.Sec, int64(tv.Usec), time.Microsecond)
	return d, result, ok
}

// borrow copies a descriptor of a task. Before Linux 6.9 there is no pidfd of a thread; its process's first thread mostly
// shares its descriptors.
func (k *Kernel) borrow(tid, fd int) (int, error) {
	p, err := unix.PidfdOpen(tid, unix.PIDFD_THREAD)
	if err == unix.EINVAL {
		tgid, _, e := k.TGID(tid)
		if e != nil {
			return -1, e
		}
		p, err = unix.PidfdOpen(tgid, 0)
	}
	if err != nil {
		return -1, err
	}
	defer unix.Close(p)
	return unix.PidfdGetfd(p, fd, 0)
}
