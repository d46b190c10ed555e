// The raw side of ptrace(2), waitid(2) and their structures: what x/sys/unix does not name.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Values of si_code for SIGCHLD and for waitid (include/uapi/asm-generic/siginfo.h).
const (
	cldExited  = 1
	cldKilled  = 2
	cldDumped  = 3
	cldTrapped = 4
	cldStopped = 5
)

// syscallStop is set in the signal of a syscall-stop (PTRACE_O_TRACESYSGOOD).
const syscallStop = 0x80

// What is asked for on every task of the jail, and on the bell, which only has to die with us.
const (
	traceOptions = unix.PTRACE_O_EXITKILL | unix.PTRACE_O_TRACESECCOMP | unix.PTRACE_O_TRACECLONE |
		unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK | unix.PTRACE_O_TRACEEXEC |
		unix.PTRACE_O_TRACEEXIT | unix.PTRACE_O_TRACESYSGOOD
	bellOptions = unix.PTRACE_O_EXITKILL | unix.PTRACE_O_TRACESYSGOOD
)

// pAll and pPID are the id types of waitid(2) as the system call takes them.
const (
	pAll = unix.P_ALL
	pPID = unix.P_PID
)

// waitScope is every kind of child, but only of the calling thread (wait(2), "Linux notes").
const waitScope = unix.WALL | unix.WNOTHREAD

// childInfo is the part of struct siginfo that waitid(2) fills.
type childInfo struct {
	Signo, Errno, Code int32
	_                  int32
	PID                int32
	UID                uint32
	Status             int32
	_                  [100]byte
}

// syscallInfo is struct ptrace_syscall_info (include/uapi/linux/ptrace.h, Linux 5.3), with the member of its union
// that is the longest. At an exit-stop Nr is the result.
type syscallInfo struct {
	Op       uint8
	Reserved uint8
	Flags    uint16
	Arch     uint32
	IP, SP   uint64
	Nr       uint64
	Args     [6]uint64
	RetData  uint32
	_        uint32
}

// sigsetSize is sizeof(sigset_t) of the kernel, in bytes.
const sigsetSize = 8

// trace is ptrace(2) without the runtime being told: no request blocks for longer than the tracee needs to settle.
func trace(request, tid int, addr, data uintptr) error {
	if _, _, e := syscall.RawSyscall6(unix.SYS_PTRACE, uintptr(request), uintptr(tid), addr, data, 0, 0); e != 0 {
		return e
	}
	return nil
}

// tracePtr is trace with a pointer for data, which must not point into a moving stack: callers pass fields of a Kernel.
func tracePtr(request, tid int, addr uintptr, data unsafe.Pointer) (int, error) {
	n, _, e := syscall.RawSyscall6(unix.SYS_PTRACE, uintptr(request), uintptr(tid), addr, uintptr(data), 0, 0)
	if e != 0 {
		return 0, e
	}
	return int(n), nil
}

// waitBlocking is waitid(2); the runtime is told, so that other goroutines run meanwhile.
func waitBlocking(idType, id, options int, info *childInfo) error {
	_, _, e := syscall.Syscall6(unix.SYS_WAITID, uintptr(idType), uintptr(id), uintptr(unsafe.Pointer(info)), uintptr(options|waitScope), 0, 0)
	if e != 0 {
		return e
	}
	return nil
}

// waitNow is waitid(2) with WNOHANG. Nothing there is info.PID 0.
func waitNow(idType, id, options int, info *childInfo) error {
	info.PID = 0
	_, _, e := syscall.RawSyscall6(unix.SYS_WAITID, uintptr(idType), uintptr(id), uintptr(unsafe.Pointer(info)), uintptr(options|waitScope|unix.WNOHANG), 0, 0)
	if e != 0 {
		return e
	}
	return nil
}

// waitDeath reaps one task, if it is dead; else info.PID is 0. The system call fills in the rusage that waitid(3) does not have.
func waitDeath(tid int, info *childInfo, ru *unix.Rusage) error {
	info.PID = 0
	_, _, e := syscall.RawSyscall6(unix.SYS_WAITID, pPID, uintptr(tid), uintptr(unsafe.Pointer(info)),
		unix.WEXITED|waitScope|unix.WNOHANG, uintptr(unsafe.Pointer(ru)), 0)
	if e != 0 {
		return e
	}
	return nil
}

// peek and poke move one word of a tracee's memory (PTRACE_PEEKDATA, PTRACE_POKEDATA), whatever its protection.
func peek(tid int, addr uint64, word *uint64) error {
	_, err := tracePtr(unix.PTRACE_PEEKDATA, tid, uintptr(addr), unsafe.Pointer(word))
	return err
}

func poke(tid int, addr uint64, word uint64) error {
	return trace(unix.PTRACE_POKEDATA, tid, uintptr(addr), uintptr(word))
}

// sigaction is the kernel's struct sigaction; as large as any architecture's.
type sigaction struct{ handler, flags, restorer, mask uintptr }

// getSigaction and setSigaction are rt_sigaction(2): what this process does about a signal.
func getSigaction(sig unix.Signal, act *sigaction) error {
	_, _, e := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), 0, uintptr(unsafe.Pointer(act)), sigsetSize, 0, 0)
	if e != 0 {
		return e
	}
	return nil
}

func setSigaction(sig unix.Signal, act *sigaction) error {
	_, _, e := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(act)), 0, sigsetSize, 0, 0)
	if e != 0 {
		return e
	}
	return nil
}

// ignored tells whether this process ignores a signal, as its children do then (rt_sigaction(2)). It is false where that can't be known.
func ignored(sig unix.Signal) bool {
	var act sigaction
	const ignore = 1 // SIG_IGN
	return getSigaction(sig, &act) == nil && act.handler == ignore
}

// setSignalMask sets the blocked signals of a stopped task (PTRACE_SETSIGMASK, Linux 3.11).
func setSignalMask(tid int, mask *uint64) error {
	_, err := tracePtr(unix.PTRACE_SETSIGMASK, tid, sigsetSize, unsafe.Pointer(mask))
	return err
}

// signalMask reads them (PTRACE_GETSIGMASK).
func signalMask(tid int, mask *uint64) error {
	_, err := tracePtr(unix.PTRACE_GETSIGMASK, tid, sigsetSize, unsafe.Pointer(mask))
	return err
}

// processVM is process_vm_readv(2) or process_vm_writev(2) of one piece.
func processVM(nr uintptr, tid int, addr uint64, p []byte, local, remote *unix.RemoteIovec) (int, error) {
	local.Base, local.Len = uintptr(unsafe.Pointer(unsafe.SliceData(p))), len(p)
	remote.Base, remote.Len = uintptr(addr), len(p)
	n, _, e := syscall.RawSyscall6(nr, uintptr(tid), uintptr(unsafe.Pointer(local)), 1, uintptr(unsafe.Pointer(remote)), 1, 0)
	local.Base = 0
	if e != 0 {
		return 0, e
	}
	return int(n), nil
}

// openRaw, readRaw and closeRaw are for small files of /proc, on the way of a stop: no allocation, no runtime.
// path ends with a zero byte.
func openRaw(path []byte) (int, error) {
	fd, _, e := syscall.RawSyscall6(unix.SYS_OPENAT, ^uintptr(99), uintptr(unsafe.Pointer(unsafe.SliceData(path))), unix.O_RDONLY|unix.O_CLOEXEC, 0, 0, 0)
	if e != 0 {
		return -1, e
	}
	return int(fd), nil
}

func readRaw(fd int, p []byte) (int, error) {
	n, _, e := syscall.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	if e != 0 {
		return 0, e
	}
	return int(n), nil
}

func closeRaw(fd int) {
	syscall.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0)
}
