// Package sim is a model kernel: a kernel.Kernel whose only nondeterminism is one function, choose(n).
//
// Programs are short scripts. Everything that a real kernel decides behind the supervisor's back is a choice: whose
// status comes next out of Wait; whether a child's first stop comes before or after its parent's event; whether SIGKILL
// or a sibling's exit_group lands before a command, which then answers ESRCH; whether a killed task still tells
// PTRACE_EVENT_EXIT; which tid a child gets; where a command from another goroutine lands. Choice 0 is always the
// plain course of things, so that the shortest choice string tells the least surprising story.
//
// The rules are those of Linux 6.18 where the manual leaves them open (kernel/signal.c, kernel/ptrace.c, fs/exec.c,
// kernel/exit.c), and those of older kernels as well where a supervisor has to run on them too: every comment that says
// "either" is a choice.
//
// Explore searches all choices of a scenario, merging equal states; Chooser replays one choice string.
package sim
