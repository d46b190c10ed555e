// A clock of the kernel's that continues this process when it is stopped: nothing in a stopped process runs, no timer of Go's either.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"fmt"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// wakes are when SIGCONT is sent, after the time that was asked for. One that comes before the stop that it is to end is lost;
// if it takes the process longer than this to come to that stop, the machine is beyond help.
func wakes() []time.Duration {
	return []time.Duration{0, 50 * time.Millisecond, time.Second, 10 * time.Second, time.Minute}
}

// A Wake is a clock that was set. It is for one goroutine.
type Wake struct{ timers []int32 }

// sigevent is struct sigevent (sigevent(3type)); its union has 48 bytes.
type sigevent struct {
	value          uint64
	signal, notify int32
	_              [48]byte
}

// WakeAfter has the kernel send SIGCONT to this process after d, of CLOCK_MONOTONIC, and some more after that until Cancel
// (timer_create(2)). The signal is sent to nobody else, and is caught if the process catches it. EAGAIN: too many signals and
// timers of this user (RLIMIT_SIGPENDING).
func WakeAfter(d time.Duration) (*Wake, error) {
	w := new(Wake)
	for _, more := range wakes() {
		if err := w.add(max(d, time.Millisecond) + more); err != nil {
			w.Cancel()
			return nil, fmt.Errorf("a timer of the kernel's: %w", err)
		}
	}
	return w, nil
}

func (w *Wake) add(d time.Duration) error {
	const notifySignal = 0 // SIGEV_SIGNAL
	ev := sigevent{signal: int32(unix.SIGCONT), notify: notifySignal}
	var id int32
	if _, _, e := syscall.RawSyscall(unix.SYS_TIMER_CREATE, unix.CLOCK_MONOTONIC, uintptr(unsafe.Pointer(&ev)), uintptr(unsafe.Pointer(&id))); e != 0 {
		return e
	}
	w.timers = append(w.timers, id)
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(d))}
	if _, _, e := syscall.RawSyscall6(unix.SYS_TIMER_SETTIME, uintptr(id), 0, uintptr(unsafe.Pointer(&spec)), 0, 0, 0); e != 0 {
		return e
	}
	return nil
}

// Cancel ends it, and tells whether the time was up: then a SIGCONT was sent.
func (w *Wake) Cancel() (up bool) {
	for i, id := range w.timers {
		var left unix.ItimerSpec
		_, _, e := syscall.RawSyscall(unix.SYS_TIMER_GETTIME, uintptr(id), uintptr(unsafe.Pointer(&left)), 0)
		up = up || i == 0 && e == 0 && left.Value == unix.Timespec{}
		_, _, _ = syscall.RawSyscall(unix.SYS_TIMER_DELETE, uintptr(id), 0, 0)
	}
	w.timers = nil
	return up
}
