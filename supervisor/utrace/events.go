// The events that callbacks are told, and the verdicts each can be answered with.

package utrace

import "golang.org/x/sys/unix"

// A QuiesceEvent is told before each other report (Before names it) and alone (Before is 0) when somebody asked.
type QuiesceEvent struct{ Before Mask }

// Continue lets things go on.
func (*QuiesceEvent) Continue() QuiesceVerdict { return QuiesceVerdict{run(Resume)} }

// KillProcess ends the task's process.
func (*QuiesceEvent) KillProcess(w Why) QuiesceVerdict {
	return QuiesceVerdict{killing(KillProcess, w)}
}

// KillTree ends everything in the jail.
func (*QuiesceEvent) KillTree(w Why) QuiesceVerdict { return QuiesceVerdict{killing(KillTree, w)} }

// A CloneEvent is told in the parent after clone, fork or vfork made a child that has run nothing yet.
type CloneEvent struct {
	Child  *Task  // attach to it, hold it stopped
	Thread bool   // the child shares the parent's thread group
	VFork  bool   // the parent will wait for the child to exec or exit
	Late   bool   // the parent was killed before it could tell; memory of the parent may be gone
	Flags  uint64 // CLONE_* where they are known (clone's first argument, clone3's if its struct was sealed), else 0
}

// Continue lets parent and child run.
func (*CloneEvent) Continue() CloneVerdict { return CloneVerdict{run(Resume)} }

// KillProcess ends the parent's process.
func (*CloneEvent) KillProcess(w Why) CloneVerdict { return CloneVerdict{killing(KillProcess, w)} }

// KillTree ends everything in the jail.
func (*CloneEvent) KillTree(w Why) CloneVerdict { return CloneVerdict{killing(KillTree, w)} }

// A CloneEntryEvent is told before a task makes a child. Flags are those of clone(2) and scalar; clone3's are in
// memory: an engine seals them in ReportSyscallEntry (Stopped.Struct), or a filter answers it ENOSYS.
type CloneEntryEvent struct {
	call  Call
	again bool
}

// Again is as for EntryEvent.
func (e *CloneEntryEvent) Again() bool { return e.again }

// Call is the system call, with what earlier engines rewrote.
func (e *CloneEntryEvent) Call() Call { return e.call }

// Continue lets the call be made.
func (*CloneEntryEvent) Continue() CloneEntryVerdict {
	return CloneEntryVerdict{verdict: run(Resume)}
}

// Refuse answers the call with an errno (one that does not exist is EPERM); no child comes to be.
func (*CloneEntryEvent) Refuse(errno unix.Errno, w Why) CloneEntryVerdict {
	return CloneEntryVerdict{verdict: answered(w), result: errnoResult(errno)}
}

// Rewrite makes the call with other arguments (flags are argument 0 of clone on amd64 and arm64). Its number stays.
func (*CloneEntryEvent) Rewrite(c Call, w Why) CloneEntryVerdict {
	return CloneEntryVerdict{verdict: rewritten(w), call: &c}
}

// KillProcess ends the task's process instead.
func (*CloneEntryEvent) KillProcess(w Why) CloneEntryVerdict {
	return CloneEntryVerdict{verdict: killing(KillProcess, w)}
}

// KillTree ends everything in the jail.
func (*CloneEntryEvent) KillTree(w Why) CloneEntryVerdict {
	return CloneEntryVerdict{verdict: killing(KillTree, w)}
}

// An ExecEvent is told when a new program is mapped and has run nothing yet, and all other threads are gone.
type ExecEvent struct {
	Former TaskID // who called execve, if that was not the leader: it has taken the leader's tid
}

// Continue lets the new program start.
func (*ExecEvent) Continue() ExecVerdict { return ExecVerdict{run(Resume)} }

// KillProcess ends the process before the new program runs an instruction.
func (*ExecEvent) KillProcess(w Why) ExecVerdict { return ExecVerdict{killing(KillProcess, w)} }

// KillTree ends everything in the jail.
func (*ExecEvent) KillTree(w Why) ExecVerdict { return ExecVerdict{killing(KillTree, w)} }

// An EntryEvent is told before the kernel acts on a system call.
type EntryEvent struct {
	call  Call
	again bool
	redo  bool
}

// Redone tells that the task makes this call again: because what an engine had made of it failed as EntryVerdict.Redo said, or,
// seldom, because the kernel had to break it off. The program has seen nothing of that.
func (e *EntryEvent) Redone() bool { return e.redo }

// Again tells that this engine has been asked about this stop before, and that another one has rewritten the call since: what
// is asked is whether the call that came out may be made. It is asked of enforcing engines once. A Rewrite that would
// change the call once more is refused (EPERM), because then others would have decided about a call that is not made.
func (e *EntryEvent) Again() bool { return e.again }

// Call is the system call, with what earlier engines rewrote.
func (e *EntryEvent) Call() Call { return e.call }

// Continue lets the call be made as it is.
func (*EntryEvent) Continue() EntryVerdict { return EntryVerdict{verdict: run(Resume)} }

// Rewrite makes another call instead: number and arguments of c. Nothing else of it can be changed. A number that does not fit
// the 32 bits that the kernel looks at is an engine's failure. Engines that want that call and were told before are asked
// again, see Again.
func (*EntryEvent) Rewrite(c Call, w Why) EntryVerdict {
	return EntryVerdict{verdict: rewritten(w), call: &c}
}

// Abort answers the call with an errno (1–4095, anything else is EPERM); the kernel does not act on it.
func (*EntryEvent) Abort(errno unix.Errno, w Why) EntryVerdict {
	return EntryVerdict{verdict: answered(w), result: errnoResult(errno)}
}

// errnoResult is what a call answers that fails with errno. A number that is none must not look like success.
func errnoResult(errno unix.Errno) int64 {
	const most = 4095 // MAX_ERRNO, include/linux/err.h
	if errno < 1 || errno > most {
		errno = unix.EPERM
	}
	return -int64(errno)
}

// Result answers the call with a value; the kernel does not act on it.
func (*EntryEvent) Result(v int64, w Why) EntryVerdict {
	return EntryVerdict{verdict: answered(w), result: v}
}

// KillProcess ends the task's process instead.
func (*EntryEvent) KillProcess(w Why) EntryVerdict {
	return EntryVerdict{verdict: killing(KillProcess, w)}
}

// KillTree ends everything in the jail.
func (*EntryEvent) KillTree(w Why) EntryVerdict { return EntryVerdict{verdict: killing(KillTree, w)} }

// An ExitedEvent is told after a system call, before user mode sees the result.
type ExitedEvent struct {
	Call   Call // as it was made
	result int64
}

// Result is what the program will see; a value in [-4095, -1] is a negated errno.
func (e *ExitedEvent) Result() int64 { return e.result }

// Restarting tells whether the kernel is about to make this call again (ERESTARTSYS 512 to ERESTART_RESTARTBLOCK 516):
// the program will not see this result, and setting another breaks the restart.
func (e *ExitedEvent) Restarting() bool { return e.result <= -512 && e.result >= -516 }

// Continue lets the result stand.
func (*ExitedEvent) Continue() ExitedVerdict { return ExitedVerdict{verdict: run(Resume)} }

// SetResult shows the program another result.
func (*ExitedEvent) SetResult(v int64, w Why) ExitedVerdict {
	return ExitedVerdict{verdict: rewritten(w), result: &v}
}

// KillProcess ends the task's process.
func (*ExitedEvent) KillProcess(w Why) ExitedVerdict {
	return ExitedVerdict{verdict: killing(KillProcess, w)}
}

// KillTree ends everything in the jail.
func (*ExitedEvent) KillTree(w Why) ExitedVerdict {
	return ExitedVerdict{verdict: killing(KillTree, w)}
}

// A JctlEvent is told when a process stopped or was continued by job control.
type JctlEvent struct {
	Stopped bool
	Signal  unix.Signal // what stopped it
	// Last: all living threads of the process have told the same by now. Of a stop that means that the process has stopped as
	// a whole, and that its parent was notified of it (unless it wants no SIGCHLD for that). Which of the threads did it the
	// kernel does not tell.
	Last bool
}

// Continue is the only thing to say; killing aside.
func (*JctlEvent) Continue() JctlVerdict { return JctlVerdict{run(Resume)} }

// KillProcess ends the process.
func (*JctlEvent) KillProcess(w Why) JctlVerdict { return JctlVerdict{killing(KillProcess, w)} }

// KillTree ends everything in the jail.
func (*JctlEvent) KillTree(w Why) JctlVerdict { return JctlVerdict{killing(KillTree, w)} }

// An ExitEvent is told when a task is on its way out and its memory is still there. The status can't be changed here:
// do_exit() of the kernel holds it in a local variable while PTRACE_EVENT_EXIT is told (kernel/exit.c, 6.18). To change
// an exit code, rewrite the argument of exit and exit_group at SyscallEntry.
//
// An engine that answers Stop here keeps the task until it lets go, and since Linux 6.1 a SIGKILL from outside does not change
// that: it neither wakes a task from PTRACE_EVENT_EXIT nor gives any event, and nothing of the kernel's that can be waited
// for tells of it. Kills of the jail's own do end such a hold. So let go soon, and do not make it depend on the program.
type ExitEvent struct{ status ExitStatus }

// Status is what the task will end with.
func (e *ExitEvent) Status() ExitStatus { return e.status }

// Continue lets it go.
func (*ExitEvent) Continue() ExitVerdict { return ExitVerdict{run(Resume)} }

// KillTree takes everything else in the jail along.
func (*ExitEvent) KillTree(w Why) ExitVerdict { return ExitVerdict{killing(KillTree, w)} }

// A DeathEvent is told once, when the status is final.
type DeathEvent struct {
	Status ExitStatus
	Killer Killer // who is known to have caused it
}

// Killer tells who sent a task its deadly signal, as far as the supervisor saw it.
type Killer struct {
	PID    int    // sender's pid, 0 if the kernel, or not known
	By     string // "kernel", "pid", "policy", "supervisor", "exec", "outside"; "unknown" for SIGKILL, whose sender the kernel does not tell; "" if nobody
	Engine string // which engine's verdict, when By is "policy"
	Why    Why
}
