// Package kernel is what the supervisor's loop needs of a kernel: one place that waits, and one command for each
// thing that ptrace(2) can do to a stopped task. The real one is in package ptrace, the model in package sim.
//
// All methods are for the one goroutine that owns the jail (in the real kernel: the locked thread that is the tracer),
// except Ring and Kill. Every method that names a task answers unix.ESRCH when that task was killed meanwhile,
// at any time, whatever stop it was in: ESRCH means "dying", a Death will come out of Wait.
package kernel

import (
	"time"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// Kind says what a Stop tells.
type Kind uint8

// The kinds of stop (ptrace(2), "Stopped states"); Death and Ring are no stops, but come out of Wait as well.
const (
	Ring        Kind = iota + 1 // somebody called Kernel.Ring; no task
	Seccomp                     // PTRACE_EVENT_SECCOMP: before a call that the filter traces
	SyscallExit                 // syscall-exit-stop, after Resume(ToSyscallExit)
	Clone                       // PTRACE_EVENT_CLONE, _FORK or _VFORK in the parent; EventMsg is the child's tid
	Exec                        // PTRACE_EVENT_EXEC; EventMsg is the tid that called execve
	Exit                        // PTRACE_EVENT_EXIT; EventMsg is the wait status it will have
	Trap                        // PTRACE_EVENT_STOP with SIGTRAP: new child, Interrupt, or woken from Listen
	Group                       // PTRACE_EVENT_STOP in a group-stop; Signal is what stopped it
	Signal                      // signal-delivery-stop
	Death                       // a zombie; not reaped yet: Reap must be called
)

// String names the kind.
func (k Kind) String() string {
	names := [...]string{"none", "ring", "seccomp", "syscall-exit", "clone", "exec", "exit", "trap", "group", "signal", "death"}
	if int(k) < len(names) {
		return names[k]
	}
	return "unknown"
}

// A Stop is one thing that Wait tells.
type Stop struct {
	TID    int
	Kind   Kind
	Signal unix.Signal       // of Signal and Group
	Status utrace.ExitStatus // of Death
	Flavor int               // of Clone: which of PTRACE_EVENT_FORK, _VFORK, _CLONE it was
}

// How is a way to let a stopped task go on.
type How uint8

// Ways to go on. Listen is for Group stops only: the task stays stopped, and tells of SIGCONT.
const (
	Cont          How = iota + 1 // PTRACE_CONT
	ToSyscallExit                // PTRACE_SYSCALL: stop again when the present call ends
	Step                         // PTRACE_SINGLESTEP
	BlockStep                    // PTRACE_SINGLEBLOCK
	Listen                       // PTRACE_LISTEN
)

// Op says where a task stands in a call (PTRACE_GET_SYSCALL_INFO).
type Op uint8

// Values of Op, as in struct ptrace_syscall_info.
const (
	OpNone    Op = 0
	OpEntry   Op = 1
	OpExit    Op = 2
	OpSeccomp Op = 3
)

// SyscallInfo is PTRACE_GET_SYSCALL_INFO: the call at OpEntry and OpSeccomp, the result at OpExit.
type SyscallInfo struct {
	Op     Op
	Call   utrace.Call
	Result int64
	Data   uint32 // the filter's SECCOMP_RET_DATA: a hint only, a filter of the program can forge it (P12)
}

// A Child is a task found in /proc that the kernel has not told of.
type Child struct{ TID, TGID int }

// Kernel is one jail's view of the kernel. See the package comment for which goroutine may call what.
type Kernel interface {
	// Wait blocks until a task stops or dies, or somebody rings. A Death is not consumed: the same one
	// comes again until Reap. No other kind comes twice. ECHILD: there is nothing left to wait for.
	Wait() (Stop, error)
	// Resume lets a stopped task go on; sig is delivered if it stands in a Signal stop, else it must be 0.
	Resume(tid int, how How, sig unix.Signal) error
	// Interrupt makes a running (or listening) task stop with Trap (or Group). It breaks into a blocking call.
	Interrupt(tid int) error
	// EventMsg is PTRACE_GETEVENTMSG of the present stop.
	EventMsg(tid int) (uint64, error)

	Syscall(tid int) (SyscallInfo, error)
	// SetSyscall changes number and arguments of the call that a task in a Seccomp stop is about to make.
	// A negative number skips it; SetResult then says what the program sees.
	SetSyscall(tid int, call utrace.Call) error
	// SetResult sets the return register, at a SyscallExit stop or of a skipped call.
	SetResult(tid int, result int64) error
	// Rewind makes the call that the task just returned from be made again when it goes on: the
	// instruction pointer back onto the call instruction, the number back in its register.
	Rewind(tid int) error

	// Timeout tells of the call that a task has returned from, when r are its registers: how long it waits at most if it is
	// made now, and what it answers then. ok is false for a call that the kernel makes again itself with what is left of its
	// time, that has a point in time for a limit, or none, and when it can't be found out.
	Timeout(tid int, r utrace.Registers) (d time.Duration, result int64, ok bool)

	// BrokenOff tells whether Registers may show a call that was broken off with EINTR: if not, nobody has to read them.
	BrokenOff(tid int) (bool, error)
	Registers(tid int) (utrace.Registers, error)
	SetRegisters(tid int, r utrace.Registers) error
	Siginfo(tid int) (utrace.Siginfo, error)
	SetSiginfo(tid int, si utrace.Siginfo) error
	Sealer

	// Disposition tells what the task would do about sig now.
	Disposition(tid int, sig unix.Signal) (utrace.Disposition, error)
	ReadMem(tid int, addr uint64, p []byte) (int, error)
	WriteMem(tid int, addr uint64, p []byte) (int, error)

	// TGID is the thread group of a task, living or zombie, and the tgid of its parent process.
	TGID(tid int) (tgid, parent int, err error)
	// Children lists the tasks that tid created: of its process, and child processes.
	Children(tid int) ([]Child, error)
	// Vanished says that tid is gone, or is another task's number, though no Death was told: another thread's exec took it.
	Vanished(tid int)
	// Reap consumes the Death of tid; from then on the kernel may give the number to somebody else.
	Reap(tid int) (utrace.Usage, error)

	// Collect takes away the zombie of a process that was reaped as a tracee, once its real parent has ended without waiting
	// for it and it has become the supervisor's own child. Nothing happens if it is somebody else's child, or gone.
	Collect(tgid int)

	// Kill sends sig to a whole thread group that is one of this jail's (kill(2)). Any goroutine.
	Kill(tgid int, sig unix.Signal) error
	// Ring makes Wait return a Ring. Rings may be merged, none is lost. Any goroutine; never blocks.
	Ring()
	// Close releases what is left, after the last Reap.
	Close() error
}
