//go:build linux && (amd64 || arm64)

// Package ptrace is the real kernel.Kernel: ptrace(2), waitid(2), process_vm_readv(2) and /proc. All code of the
// supervisor that is unsafe lives here.
//
// A Kernel belongs to the OS thread that launched it: the kernel accepts ptrace requests from no other thread, and
// kills all tasks when that thread ends (PTRACE_O_EXITKILL). The goroutine must stay locked to it and must not return
// while the jail lives. Needs Linux 5.9 (close_range) for a fast start; works without down to 5.3.
package ptrace

import (
	"errors"
	"unsafe"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
)

// Kernel is one jail's kernel.Kernel. See Prepare and Launch.
type Kernel struct {
	owner int // tid of the thread that is the tracer
	bell  bell
	known map[int]struct{} // tasks that were told of and not reaped yet: when none is left, Wait looks for the end

	pages *pages // nil: no arguments are sealed

	queue  queue       // stops that were consumed ahead
	streak int         // stops since the queue was last filled
	told   int         // tid of the last Death told, until Reap
	held   kernel.Stop // the last stop told, until it is resumed or consumed
	former former      // of the exec told last

	setByRegisters bool           // PTRACE_SET_SYSCALL_INFO is missing here
	entryArg       map[int]uint64 // arm64: first arguments of calls under way
	launchStop     launchStop     // what Launch left the first task in

	// Buffers for system calls, here so that no stop needs an allocation and no pointer into a stack escapes.
	info    childInfo
	rusage  unix.Rusage
	call    syscallInfo
	regs    regs
	siginfo [siginfoSize]byte
	msg     uint64
	iov     [2]unix.RemoteIovec
	proc    [4096]byte
}

// former is the message of an exec: the number that the task had before (ptrace(2), PTRACE_GETEVENTMSG). tid 0: none.
type former struct {
	tid int
	msg uint64
}

var _ kernel.Kernel = (*Kernel)(nil)

// newKernel is a Kernel with a bell and without tasks.
func newKernel() (*Kernel, error) {
	k := &Kernel{owner: unix.Gettid(), known: map[int]struct{}{}, entryArg: map[int]uint64{}}
	k.bell.pidfd = -1
	return k, k.bell.hang()
}

// Resume lets a stopped task go on (PTRACE_CONT, _SYSCALL, _SINGLESTEP, _SINGLEBLOCK, _LISTEN). EINVAL for a signal
// with Listen, or a How that does not exist; EIO when Listen comes outside of a Group or Trap stop, or the machine can't step
// by blocks; ESRCH when the task is not stopped: it was killed.
func (k *Kernel) Resume(tid int, how kernel.How, sig unix.Signal) error {
	var request int
	switch how {
	case kernel.Cont:
		request = unix.PTRACE_CONT
	case kernel.ToSyscallExit:
		request = unix.PTRACE_SYSCALL
	case kernel.Step:
		request = unix.PTRACE_SINGLESTEP
	case kernel.BlockStep:
		request = singleBlock
	case kernel.Listen:
		request = unix.PTRACE_LISTEN
	default:
		return unix.EINVAL
	}
	if how == kernel.Listen && sig != 0 {
		return unix.EINVAL
	}
	if k.launchStop.tid == tid && k.heldAtLaunch() {
		return nil
	}
	err := trace(request, tid, 0, uintptr(sig))
	if err == nil && k.held.TID == tid {
		k.held = kernel.Stop{}
	}
	return err
}

// Interrupt makes a running or listening task stop (PTRACE_INTERRUPT). One that is stopped already will stop again
// with Trap after it was resumed, before it runs anything of its own. ESRCH: it is gone. A zombie answers nil, and nothing
// comes of it but its Death.
func (k *Kernel) Interrupt(tid int) error {
	return trace(unix.PTRACE_INTERRUPT, tid, 0, 0)
}

// EventMsg is PTRACE_GETEVENTMSG of the present stop: see kernel.Kind for what it means where. That of an exec was asked for when it
// was told.
func (k *Kernel) EventMsg(tid int) (uint64, error) {
	if k.former.tid == tid {
		k.former.tid = 0
		return k.former.msg, nil
	}
	_, err := tracePtr(unix.PTRACE_GETEVENTMSG, tid, 0, unsafe.Pointer(&k.msg))
	return k.msg, err
}

// Kill is kill(2). The caller sees to it that tgid is a process of this jail that was not reaped yet. Any goroutine.
func (k *Kernel) Kill(tgid int, sig unix.Signal) error {
	if tgid <= 1 {
		return unix.EINVAL // a group, everybody, or init: never meant
	}
	return unix.Kill(tgid, sig)
}

// Close ends the bell. Tasks that still live stay stopped or running until the owner's thread ends, which kills them.
// From the owner's goroutine. Ring may still be called, and does nothing.
func (k *Kernel) Close() error {
	return errors.Join(k.pages.close(), k.bell.close())
}
