// Plain values of the protocol: task names, system calls, registers, signals and exit statuses.

package utrace

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// A TaskID names one task of one Space for ever: Serial is never given out twice, so a TaskID does not come to
// mean another task when the kernel reuses the TID. It is comparable and may be kept, and used as a map key,
// after the task is gone.
type TaskID struct {
	Serial uint64 // counts up from 1 within a Space
	TID    int    // the kernel's thread id, in the supervisor's pid namespace
	TGID   int    // the thread group (process) it belongs to
}

// String gives "tid" for a leader and "tgid/tid" for another thread.
func (id TaskID) String() string {
	if id.TID == id.TGID {
		return fmt.Sprint(id.TID)
	}
	return fmt.Sprintf("%d/%d", id.TGID, id.TID)
}

// A Call is a system call as the registers of a stopped task hold it (PTRACE_GET_SYSCALL_INFO, ptrace(2), Linux 5.3).
// Pointers among Args point into memory that other tasks may change at any moment.
type Call struct {
	Arch uint32 // AUDIT_ARCH_*: which ABI was entered
	Nr   int64  // number in the table of Arch; x32 has bit 30 set; negative: no call (skipped)
	Args [6]uint64
	IP   uint64 // instruction after the call
	SP   uint64
}

// Registers is the part of a register set that is common to all architectures. Setting it changes these only.
type Registers struct {
	PC, SP uint64
	Nr     int64 // orig_rax on amd64, x8 or NT_ARM_SYSTEM_CALL on arm64; negative when not in a call
	Result int64 // rax, x0
	Args   [6]uint64
}

// Siginfo is struct siginfo of sigaction(2) as the kernel hands it to a tracer: 128 bytes, of which the
// first fields have the same place on every 64-bit architecture.
type Siginfo struct {
	Signo unix.Signal
	Errno int32
	Code  int32     // SI_USER, SI_KERNEL, SI_QUEUE, CLD_*, …
	Rest  [116]byte // from offset 12: padding and the union, unparsed
}

// Sender tells who caused the signal: the pid in the supervisor's namespace, and whether the siginfo has one.
// The kernel fills si_pid for SI_USER, SI_TKILL, SI_QUEUE, SI_MESGQ and SIGCHLD; it is zero for a sender outside of the namespace.
func (s *Siginfo) Sender() (pid int, ok bool) {
	if s.Code > 0 && s.Signo != unix.SIGCHLD {
		return 0, false
	}
	if s.Code == siTimer || s.Code == siSigio || s.Code == siAsyncIO {
		return 0, false
	}
	return int(int32(uint32(s.Rest[4]) | uint32(s.Rest[5])<<8 | uint32(s.Rest[6])<<16 | uint32(s.Rest[7])<<24)), true
}

// Values of si_code (sigaction(2)) that x/sys does not name.
const (
	SIUser    = 0
	SIKernel  = 0x80
	siTimer   = -2
	siAsyncIO = -4
	siSigio   = -5
)

// A Disposition is what a task would do about a signal now (signal(7)).
type Disposition uint8

// The five dispositions, each the name of the event that tells of it.
const (
	ToHandler Disposition = iota + 1 // a handler runs: event Signal
	ToIgnore                         // nothing: SignalIgn
	ToStop                           // job control stop: SignalStop
	ToTerm                           // death: SignalTerm
	ToCore                           // death with core: SignalCore
)

// String names the disposition in one word.
func (d Disposition) String() string {
	switch d {
	case ToHandler:
		return "handler"
	case ToIgnore:
		return "ignore"
	case ToStop:
		return "stop"
	case ToTerm:
		return "term"
	case ToCore:
		return "core"
	}
	return "unknown"
}

// DefaultDisposition is what SIG_DFL means for sig (signal(7), "Standard signals"; real-time signals terminate).
func DefaultDisposition(sig unix.Signal) Disposition {
	switch sig {
	case unix.SIGCHLD, unix.SIGURG, unix.SIGWINCH, unix.SIGCONT:
		return ToIgnore
	case unix.SIGSTOP, unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU:
		return ToStop
	case unix.SIGQUIT, unix.SIGILL, unix.SIGTRAP, unix.SIGABRT, unix.SIGBUS, unix.SIGFPE, unix.SIGSEGV,
		unix.SIGXCPU, unix.SIGXFSZ, unix.SIGSYS:
		return ToCore
	}
	return ToTerm
}

// ExitStatus is a wait status of an ended task (wait(2)): an exit code, or a signal with or without a core.
type ExitStatus struct {
	Code   int         // exit code 0–255 when Signal is 0
	Signal unix.Signal // what ended it, or 0
	Core   bool        // a core image was produced
}

// String is "exit 3" or "SIGSEGV (core)".
func (s ExitStatus) String() string {
	if s.Signal == 0 {
		return fmt.Sprintf("exit %d", s.Code)
	}
	name := unix.SignalName(s.Signal)
	if name == "" {
		name = fmt.Sprintf("signal %d", int(s.Signal))
	}
	if s.Core {
		return name + " (core)"
	}
	return name
}

// Usage is what an ended task consumed, from the rusage of the wait that found it dead.
// For a process's last task the kernel counts the whole process and the children it waited for (getrusage(2)).
type Usage struct {
	User, System time.Duration
	MaxRSS       int64 // KiB
}
