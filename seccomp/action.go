// What a filter may answer to a system call: the actions, and the words the kernel knows them by.

package seccomp

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// Kind is what an [Action] does, without its data. Kinds are ordered as the
// kernel ranks them when several filters of one task disagree: the lowest
// wins (seccomp(2), "Seccomp filters").
type Kind uint8

// The kinds of action, strictest first. Since which kernel: kill-process
// 4.14, user-notify 5.0, log 4.14; the others are as old as seccomp filters
// (3.5).
const (
	KindKillProcess Kind = iota // the whole thread group dies of SIGSYS
	KindKillThread              // only the calling thread dies of SIGSYS
	KindTrap                    // SIGSYS is sent to the thread; Data is in si_errno
	KindErrno                   // the call is skipped and fails with Errno
	KindNotify                  // a listener of user notifications decides
	KindTrace                   // the tracer is told (PTRACE_EVENT_SECCOMP) with Data; ENOSYS if there is none
	KindLog                     // the call runs and is logged
	KindAllow                   // the call runs
)

// Action is an answer to a system call. Actions can be compared with ==. The
// zero Action is [KillProcess], so that what somebody forgot to set never
// allows anything.
type Action uint32 // kind<<16 | data

// The actions that need no data.
const (
	KillProcess = Action(KindKillProcess) << 16
	KillThread  = Action(KindKillThread) << 16
	Notify      = Action(KindNotify) << 16
	Log         = Action(KindLog) << 16
	Allow       = Action(KindAllow) << 16
)

// maxErrno is the kernel's MAX_ERRNO: it lowers a bigger errno of a filter
// to this one (seccomp(2), SECCOMP_RET_ERRNO).
const maxErrno = 4095

// Errno is the action that skips the call and makes it fail with e. Errno(0)
// skips it and makes it seem to have succeeded. An e above 4095 can't be
// answered by any kernel; [Spec.Check] refuses it.
func Errno(e unix.Errno) Action {
	return Action(KindErrno)<<16 | Action(min(e, 0xffff))
}

// Trace is the action that stops the call and tells the tracer, with data as
// the event's message. A later filter of the traced program can put other
// data in its place, so it is only a hint.
func Trace(data uint16) Action {
	return Action(KindTrace)<<16 | Action(data)
}

// Trap is the action that sends SIGSYS with data as si_errno.
func Trap(data uint16) Action {
	return Action(KindTrap)<<16 | Action(data)
}

// Kind tells what the action does.
func (a Action) Kind() Kind { return Kind(a >> 16) }

// Data is the low 16 bits of the kernel's word: the errno, the message for
// the tracer, or 0.
func (a Action) Data() uint16 { return uint16(a) }

// Errno is the error the call fails with, and 0 for every action but errno
// actions.
func (a Action) Errno() unix.Errno {
	if a.Kind() != KindErrno {
		return 0
	}
	return unix.Errno(a.Data())
}

// retOf is the kernel's word of each kind (linux/seccomp.h).
func retOf(k Kind) uint32 {
	switch k {
	case KindKillThread:
		return unix.SECCOMP_RET_KILL_THREAD
	case KindTrap:
		return unix.SECCOMP_RET_TRAP
	case KindErrno:
		return unix.SECCOMP_RET_ERRNO
	case KindNotify:
		return unix.SECCOMP_RET_USER_NOTIF
	case KindTrace:
		return unix.SECCOMP_RET_TRACE
	case KindLog:
		return unix.SECCOMP_RET_LOG
	case KindAllow:
		return unix.SECCOMP_RET_ALLOW
	default:
		return unix.SECCOMP_RET_KILL_PROCESS
	}
}

// Ret is the word a filter returns for the action (SECCOMP_RET_…).
func (a Action) Ret() uint32 { return retOf(a.Kind()) | uint32(a.Data()) }

// ActionOf is the action that a filter's returned word means. Words that the
// kernel does not know kill the process, as the kernel has it.
func ActionOf(ret uint32) Action {
	data := Action(ret & unix.SECCOMP_RET_DATA)
	for k := KindKillProcess; k <= KindAllow; k++ {
		if retOf(k) != ret&unix.SECCOMP_RET_ACTION_FULL {
			continue
		}
		if k == KindErrno {
			data = min(data, maxErrno)
		}
		return Action(k)<<16 | data
	}
	return KillProcess
}

// String is the action as a policy would say it: "allow", "errno(EPERM)",
// "trace(7)", "kill-process".
func (a Action) String() string {
	switch k := a.Kind(); k {
	case KindErrno:
		if name := unix.ErrnoName(a.Errno()); name != "" {
			return "errno(" + name + ")"
		}
		return fmt.Sprintf("errno(%d)", a.Data())
	case KindTrap, KindTrace:
		return fmt.Sprintf("%v(%d)", k, a.Data())
	default:
		return k.String()
	}
}

// String is the kind's name: "allow", "kill-process", ….
func (k Kind) String() string {
	const names = "kill-process kill-thread trap errno notify trace log allow"
	if k > KindAllow {
		return fmt.Sprintf("kind(%d)", uint8(k))
	}
	return strings.Fields(names)[k]
}
