// Package clone is the engine that bounds how many tasks a jail has, and refuses kinds of clone that would get a task out
// of the supervisor's sight.
//
//	e := clone.New(clone.Settings{
//		MaxTasks: 200,
//		Why:      utrace.Why{Rule: "p.yaml:7:3  clone: max-tasks: 200", Allow: "clone: {max-tasks: 400}"},
//	})
//	cmd := supervisor.Command{
//		Path:    "/usr/bin/make",
//		Args:    []string{"make", "-j500"},
//		Engines: []supervisor.Engine{{Engine: e}},
//	}
//	// The 201st task is refused: fork fails with EAGAIN, as it does when RLIMIT_NPROC is reached (fork(2)).
//
// A call that was let through counts as a task until its birth is told or the call comes back without one, so that many
// tasks that call clone at the same moment don't exceed the bound together. For that the engine asks for the end of these
// calls too, one more stop for each, once there are an eighth of the tasks that there may be. Before that one that failed for a reason of
// the kernel's own counts until its task calls clone again, or is gone: at most a sixteenth of the bound. A dead task counts until
// it is reaped, as it does for RLIMIT_NPROC.
package clone

import (
	"fmt"

	"golang.org/x/sys/unix"

	"jail/engines/internal/reason"
	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/utrace"
)

// Settings of the engine.
type Settings struct {
	// MaxTasks is how many tasks, that is threads, may be alive at once in the whole jail; 0: no bound.
	MaxTasks int
	// Flags are CLONE_… flags (clone(2)) that are refused with EPERM beside CLONE_UNTRACED and CLONE_PARENT, which always
	// are. clone3 is answered ENOSYS, unless the engine is a Judge: its flags are in memory, where they may change.
	Flags uint64
	// Why is told when there are too many tasks, FlagsWhy when Flags are refused; both with What filled in. What no policy
	// can allow has reasons of its own.
	Why, FlagsWhy utrace.Why
}

// hidden names the flags of tasks that the supervisor would not see, or that would be its own children.
func hidden(flags uint64) string {
	switch {
	case flags&unix.CLONE_UNTRACED != 0:
		return "CLONE_UNTRACED"
	case flags&unix.CLONE_PARENT != 0:
		return "CLONE_PARENT"
	}
	return ""
}

// An Engine counts the tasks of one jail.
type Engine struct {
	set   Settings
	live  map[uint64]struct{} // by TaskID.Serial
	begun map[uint64]struct{} // tasks in a call whose child was not told yet

	refuses Rule // of a Judge
}

// New makes the engine.
func New(set Settings) *Engine {
	return &Engine{set: set, live: make(map[uint64]struct{}), begun: make(map[uint64]struct{})}
}

// Name is "clone".
func (*Engine) Name() string { return "clone" }

// Events are births, the end of calls that make them, and reaping; of a Judge also the entry of calls.
func (e *Engine) Events() utrace.Mask {
	events := utrace.On(utrace.Clone, utrace.SyscallExit, utrace.Reap)
	if e.refuses != nil {
		events |= utrace.SyscallEntry
	}
	return events
}

// Syscalls are clone, clone3, fork and vfork of every ABI.
func (*Engine) Syscalls() *utrace.SyscallSet { return callsOf("clone", "clone3", "fork", "vfork") }

func callsOf(names ...string) *utrace.SyscallSet {
	set := new(utrace.SyscallSet)
	for _, abi := range []seccomp.ABI{seccomp.X86_64, seccomp.X32, seccomp.I386, seccomp.ARM64, seccomp.ARM} {
		for _, name := range names {
			if nr, ok := abi.Number(name); ok {
				set.Add(abi.AuditArch(), int64(nr))
			}
		}
	}
	return set
}

// Len is the number of tasks that something is kept about.
func (e *Engine) Len() int { return max(len(e.live), len(e.begun)) }

// ReportCloneEntry refuses what is not to be born.
func (e *Engine) ReportCloneEntry(s *utrace.Stopped, ev *utrace.CloneEntryEvent) utrace.CloneEntryVerdict {
	id := s.ID()
	e.live[id.Serial] = struct{}{}
	delete(e.begun, id.Serial) // what it began before is over: a task is in one call at a time
	c := ev.Call()
	switch reason.Name(c) {
	case "fork", "vfork":
	case "clone":
		// The kernel looks at the low 32 bits (kernel/fork.c, SYSCALL_DEFINE5(clone)).
		flags := uint64(uint32(c.Args[0]))
		if name := hidden(flags); name != "" {
			return ev.Refuse(unix.EPERM, never("clone with "+name, "clone with "+name+": errno EPERM"))
		}
		if bad := flags & e.set.Flags; bad != 0 {
			return ev.Refuse(unix.EPERM, about(e.set.FlagsWhy, fmt.Sprintf("clone with the flags %#x", bad)))
		}
	case "clone3":
		if e.refuses == nil {
			return ev.Refuse(unix.ENOSYS, unsealable())
		}
	default:
		return ev.Refuse(unix.ENOSYS, never(reason.Call(c)+", which is not known to make tasks", "calls that make tasks: errno ENOSYS"))
	}
	if most := e.set.MaxTasks; most > 0 && len(e.live)+len(e.begun) >= most {
		return ev.Refuse(unix.EAGAIN, about(e.set.Why, fmt.Sprintf("task number %d", len(e.live)+len(e.begun)+1)))
	}
	e.watch(s)
	e.begun[id.Serial] = struct{}{}
	return ev.Continue()
}

// watch asks for the end of the call that s stands before, if it may matter whether it counts for longer than it has to.
func (e *Engine) watch(s *utrace.Stopped) {
	events := e.Events()
	if most := e.set.MaxTasks; most == 0 || 8*(len(e.live)+len(e.begun)) < most {
		events &^= utrace.SyscallExit
	}
	_ = s.Attachment().SetEvents(events) // an error only of a dying task, whose calls have no end
}

// ReportClone counts a child.
func (e *Engine) ReportClone(s *utrace.Stopped, ev *utrace.CloneEvent) utrace.CloneVerdict {
	id := s.ID()
	e.live[id.Serial] = struct{}{}
	e.live[ev.Child.ID().Serial] = struct{}{}
	delete(e.begun, id.Serial)
	return ev.Continue()
}

// ReportSyscallExit is the end of a call, with a child that was told before or with none.
func (e *Engine) ReportSyscallExit(s *utrace.Stopped, ev *utrace.ExitedEvent) utrace.ExitedVerdict {
	delete(e.begun, s.ID().Serial)
	return ev.Continue()
}

// ReportReap forgets a task.
func (e *Engine) ReportReap(id utrace.TaskID) {
	delete(e.live, id.Serial)
	delete(e.begun, id.Serial)
}

// about is a reason with what it is about.
func about(why utrace.Why, what string) utrace.Why {
	why.What = what
	return why
}

// never is the reason of what no policy can allow; the words of the rule are those of the policy language's own guards.
func never(what, rule string) utrace.Why {
	return utrace.Why{What: what, Rule: policy.BuiltIn + "  " + rule}
}
