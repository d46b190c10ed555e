// The engine that rewrites what is run.

package exec

import (
	"fmt"

	"golang.org/x/sys/unix"

	"jail/engines/internal/reason"
	"jail/policy"
	"jail/supervisor/utrace"
)

// A Rewriter is an Engine that also changes the path, the arguments and the environment of what is run, in one jail.
type Rewriter struct {
	engine
	shared map[uint64]struct{} // tasks that run in their parent's memory (vfork(2)), by TaskID.Serial
	undo   map[uint64]*undo    // rewritten calls in progress
}

// undo puts back what a rewrite changed, if the call fails and the program goes on.
type undo struct {
	args  [6]uint64
	made  utrace.Call // what it was rewritten to
	saved []bytesAt
}

func newRewriter(e engine) *Rewriter {
	return &Rewriter{engine: e, shared: make(map[uint64]struct{}), undo: make(map[uint64]*undo)}
}

// Name is "exec".
func (*Rewriter) Name() string { return "exec" }

// Events are those of Engine, births to know who shares its memory, and the end of calls.
func (*Rewriter) Events() utrace.Mask {
	return utrace.On(utrace.SyscallEntry, utrace.SyscallExit, utrace.Exec, utrace.Clone, utrace.Reap)
}

// Syscalls are execve and execveat of every ABI.
func (*Rewriter) Syscalls() *utrace.SyscallSet { return calls() }

// Syscalls are execve and execveat of every ABI.
func (*Engine) Syscalls() *utrace.SyscallSet { return calls() }

// Len is the number of tasks that something is kept about.
func (e *Rewriter) Len() int { return max(len(e.pending), len(e.shared), len(e.undo)) }

// ReportClone notes a child that shares its parent's memory.
func (e *Rewriter) ReportClone(_ *utrace.Stopped, ev *utrace.CloneEvent) utrace.CloneVerdict {
	if !ev.Thread && (ev.VFork || ev.Flags&unix.CLONE_VM != 0) {
		e.shared[ev.Child.ID().Serial] = struct{}{}
	}
	return ev.Continue()
}

// ReportReap forgets a task.
func (e *Rewriter) ReportReap(id utrace.TaskID) {
	delete(e.pending, id.Serial)
	delete(e.shared, id.Serial)
	delete(e.undo, id.Serial)
}

// ReportExec decides about a program that is about to run. Its memory is new: there is nothing to put back.
func (e *Rewriter) ReportExec(s *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
	delete(e.undo, s.ID().Serial)
	delete(e.shared, s.ID().Serial)
	return e.execed(s, ev)
}

// ReportSyscallExit puts things back if the call failed.
func (e *Rewriter) ReportSyscallExit(s *utrace.Stopped, ev *utrace.ExitedEvent) utrace.ExitedVerdict {
	e.putBack(s, true)
	return ev.Continue()
}

// putBack undoes the rewrite of the task's last call, in memory and, after the call, in its registers (P29).
func (e *Rewriter) putBack(s *utrace.Stopped, registers bool) {
	serial := s.ID().Serial
	delete(e.pending, serial)
	u := e.undo[serial]
	if u == nil {
		return
	}
	delete(e.undo, serial)
	for _, b := range u.saved {
		_, _ = s.WriteMem(b.addr, b.data) // the task is dying, or has unmapped it: nothing to put back
	}
	if !registers {
		return
	}
	if r, err := s.Registers(); err == nil && r.Args != u.args {
		r.Args = u.args
		_ = s.SetRegisters(r) // ESRCH: dying
	}
}

// ReportSyscallEntry decides about a call that would run a program, and rewrites it.
func (e *Rewriter) ReportSyscallEntry(s *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	if ev.Again() {
		return e.again(s, ev)
	}
	e.putBack(s, false)
	r, ok := parse(ev.Call())
	if !ok {
		return ev.Continue()
	}
	if v, bad := e.readPath(s, ev, &r); bad {
		return v
	}
	w, err := newWalker(s.ID().TID, s.TGID())
	if err != nil {
		w = nil
	} else {
		defer w.close()
	}
	given := r.absolute(w)
	rule := e.find(given)
	if rule != nil && rule.To != "" {
		r.path, r.dirfd, r.byFD, r.noFollow = rule.To, unix.AT_FDCWD, false, false
	}
	if refused := e.decide(s, w, &r); refused.what != "" {
		return e.refuse(ev, refused)
	}
	if rule == nil {
		return ev.Continue()
	}
	return e.rewrite(s, ev, &r, rule, given)
}

// find is the first rule for a path, nil if there is none. A path from a folder that can't be looked at matches nothing.
func (e *Rewriter) find(path string) *policy.ExecRewrite {
	if path == "" {
		return nil
	}
	for i := range e.rules.Rewrites {
		if policy.MatchPath(e.rules.Rewrites[i].Path, path) {
			return &e.rules.Rewrites[i]
		}
	}
	return nil
}

// rewrite puts what the rule says into the program's memory, and has the call look there.
func (e *Rewriter) rewrite(s *utrace.Stopped, ev *utrace.EntryEvent, r *request, rule *policy.ExecRewrite, given string) utrace.EntryVerdict {
	info := *reason.Rule(e.infos, rule.Rule)
	info.Report = rule.Report
	why := reason.Of(&info, describe(given, rule), "")
	img, err := newImage(s, r, rule)
	if err != nil {
		if errno, ok := err.(unix.Errno); ok && (errno == unix.EFAULT || errno == unix.E2BIG || errno == unix.ESRCH) {
			why.Quiet = true // as the kernel would answer
			return ev.Abort(errno, why)
		}
		why.What += fmt.Sprintf(", but its arguments can't be read (%v)", err)
		why.Quiet = false
		return ev.Abort(unix.EACCES, why)
	}
	base, saved, err := e.place(s, r, img)
	if err != nil {
		why.What += fmt.Sprintf(", for which there is no room on its stack (%v)", err)
		why.Quiet = false
		return ev.Abort(unix.ENOMEM, why)
	}
	made := img.call(r, base, rule.To != "")
	e.undo[s.ID().Serial] = &undo{args: r.call.Args, made: made, saved: saved}
	return ev.Rewrite(made, why)
}

// again decides about what another engine has made of a call that this one has let pass or rewritten. It rewrites nothing any
// more, and leaves what it wrote where it is: the call may still lead there.
func (e *Rewriter) again(s *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	u, c := e.undo[s.ID().Serial], ev.Call()
	if u != nil && u.made.Arch == c.Arch && u.made.Nr == c.Nr && u.made.Args == c.Args {
		return ev.Continue()
	}
	delete(e.pending, s.ID().Serial) // approved was another call
	r, ok := parse(c)
	if !ok {
		return ev.Continue()
	}
	if v, bad := e.readPath(s, ev, &r); bad {
		return v
	}
	w, err := newWalker(s.ID().TID, s.TGID())
	if err != nil {
		w = nil
	} else {
		defer w.close()
	}
	ours := u != nil && r.address(r.at) == u.args[r.at] || u != nil && r.address(r.at) == u.made.Args[r.at]
	if given := r.absolute(w); !ours {
		if rule := e.find(given); rule != nil {
			return ev.Abort(unix.EPERM, reason.Of(reason.Rule(e.infos, rule.Rule), "exec of "+shown(given)+", which another engine has made of the call, can't be rewritten any more", ""))
		}
	}
	if refused := e.decide(s, w, &r); refused.what != "" {
		return e.refuse(ev, refused)
	}
	return ev.Continue()
}

// describe says what was rewritten.
func describe(given string, rule *policy.ExecRewrite) string {
	text := "exec of " + shown(given) + " rewritten"
	if rule.To != "" {
		text += " to " + shown(rule.To)
	}
	if len(rule.Argv) > 0 {
		text += ", with other arguments"
	}
	if len(rule.EnvSet) > 0 || len(rule.EnvRemove) > 0 {
		text += ", with another environment"
	}
	return text
}
