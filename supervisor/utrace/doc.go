// Package utrace is the engine protocol: engines attach to tasks, choose events, and answer each with a typed verdict.
//
// It is a state machine and nothing else. It starts no goroutine, makes no system call and reads no clock; what it
// needs of the world is a Host. One goroutine, the owner, tells it what tasks do (the methods of Space) and carries
// out the Outcome of each report. Engines call back into it from anywhere (the methods of Task and Attachment).
//
// # Who synchronises with whom
//
// One mutex per Space guards lists, masks and states. It is never held while a callback runs, so a callback may call
// everything. Everything an engine's callback did happens before the return of a Barrier, of a Control(Detach) and of
// a SetEvents that answered nil for the same attachment, because each of them takes the mutex after the owner gave it
// back at the end of that callback. All callbacks of one Space run on the owner's goroutine, one after another: an
// engine that serves one Space needs no lock of its own.
//
// # What closes
//
// An enforcing engine that panics or overruns its budget kills the tree. A verdict value that was not made by an event's
// method kills the tree. A later engine makes a verdict stricter, never looser; an observer's verdict counts for nothing. A
// callback that never comes back is seen from outside (Space.During): its owner has to end the tree without the Space.
//
// # Departures from the protocol page
//
// Utrace was a part of the kernel. What is different here is so because ptrace(2) gives a tracer no more:
//
//   - Exit can't change the exit code: do_exit() holds it in a variable of its own while PTRACE_EVENT_EXIT is told. To change
//     one, rewrite the argument of exit and exit_group at SyscallEntry.
//   - Control(Stop) and Control(Report) break into a blocking call, as Interrupt does. PTRACE_INTERRUPT is the only way to stop
//     a task that is not on its way to a stop already, and it wakes the task; to wait for the end of the call instead would
//     need a stop at the end of every call that is made, since it can't be asked for once the task is inside. The program can't
//     tell: the kernel makes most calls again, the owner those that it does not (see package loop, hideInterruption).
//   - JctlEvent does not say which thread notified the parent: the kernel tells no tracer. It says when all threads have told
//     of their stop, and that comes after the notification (JctlEvent.Last). Of a continuation the parent hears from whichever
//     thread is next on its way to user mode; nothing can be said of that.
//   - Clone can't rewrite the flags of clone3, nor those of a call that was made already: they are in the program's memory,
//     where others can change them. ReportCloneEntry sees clone, fork and vfork before they are made; clone3 a filter answers
//     with ENOSYS, or an engine seals its struct at SyscallEntry.
//   - SIGKILL and what it interrupts: a task that was killed may die without Exit being told, and who killed it is not known.
//   - ptrace is not an engine yet: a call of ptrace(2) inside a jail is refused with EPERM, so strace, gdb and a jail do not run in
//     one. The kernel lets a task have one tracer, so such an engine would have to answer ptrace and wait4 of its tracers itself.
//   - A callback that blocks for ever blocks all of the jail, not its task alone, because one thread serves all tasks.
package utrace
