// The signal that a task stands before: its siginfo, and what would become of it.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// siginfoSize is sizeof(siginfo_t), in bytes; siginfoRest is where utrace.Siginfo.Rest begins.
const (
	siginfoSize = 128
	siginfoRest = 12
)

// Siginfo is PTRACE_GETSIGINFO. In other stops than Signal it is one that the kernel made for the stop.
func (k *Kernel) Siginfo(tid int) (utrace.Siginfo, error) {
	if _, err := tracePtr(unix.PTRACE_GETSIGINFO, tid, 0, unsafe.Pointer(&k.siginfo)); err != nil {
		return utrace.Siginfo{}, err
	}
	b := k.siginfo[:]
	si := utrace.Siginfo{
		Signo: unix.Signal(int32(binary.NativeEndian.Uint32(b))),
		Errno: int32(binary.NativeEndian.Uint32(b[4:])),
		Code:  int32(binary.NativeEndian.Uint32(b[8:])),
	}
	copy(si.Rest[:], b[siginfoRest:])
	return si, nil
}

// SetSiginfo is PTRACE_SETSIGINFO: what the handler will see, if the task is resumed with the same signal.
func (k *Kernel) SetSiginfo(tid int, si utrace.Siginfo) error {
	b := k.siginfo[:]
	binary.NativeEndian.PutUint32(b, uint32(int32(si.Signo)))
	binary.NativeEndian.PutUint32(b[4:], uint32(si.Errno))
	binary.NativeEndian.PutUint32(b[8:], uint32(si.Code))
	copy(b[siginfoRest:], si.Rest[:])
	_, err := tracePtr(unix.PTRACE_SETSIGINFO, tid, 0, unsafe.Pointer(&k.siginfo))
	return err
}

// Disposition tells what would become of sig, from SigIgn and SigCgt of /proc/<tid>/status (proc_pid_status(5)). That
// it may be blocked does not count: the question is asked about a signal that is being delivered.
func (k *Kernel) Disposition(tid int, sig unix.Signal) (utrace.Disposition, error) {
	if sig < 1 || sig > 64 {
		return 0, unix.EINVAL
	}
	status, err := readStatus(tid, k.proc[:])
	if err != nil {
		return 0, err
	}
	bit := uint64(1) << (sig - 1)
	switch {
	case sig == unix.SIGKILL || sig == unix.SIGSTOP:
		return utrace.DefaultDisposition(sig), nil
	case hexField(status, "SigCgt:")&bit != 0:
		return utrace.ToHandler, nil
	case hexField(status, "SigIgn:")&bit != 0:
		return utrace.ToIgnore, nil
	}
	return utrace.DefaultDisposition(sig), nil
}

// AtExit tells whether a task stands in PTRACE_EVENT_EXIT: a ptrace-event-stop has its event in si_code (ptrace_do_notify() in
// kernel/signal.c).
func (k *Kernel) AtExit(tid int) bool {
	si, err := k.Siginfo(tid)
	return err == nil && si.Code == int32(unix.SIGTRAP)|unix.PTRACE_EVENT_EXIT<<8
}
