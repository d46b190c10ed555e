// The first program of a jail: it was checked before it was started, and is looked at again when it is mapped and has run nothing.

package exec

import (
	"golang.org/x/sys/unix"

	"jail/engines/internal/reason"
	"jail/policy"
	"jail/supervisor/utrace"
)

// Begin is supervisor.Beginner's: the first program was executed before there was an engine to be told.
func (e *engine) Begin(a *utrace.Attachment) {
	if e.rules.Restrict {
		e.first = true
		_ = a.Control(utrace.Report) // it stands: there is no error to be had
	}
}

// begun is the second look at the first program, which Check has let through by its name: a process outside may have put another file there
// since. No Quiesce is wanted after that.
func (e *engine) begun(s *utrace.Stopped, ev *utrace.QuiesceEvent, events utrace.Mask) utrace.QuiesceVerdict {
	_ = s.Attachment().SetEvents(events &^ utrace.Quiesce) // an error only of a dying task
	if !e.first {
		return ev.Continue()
	}
	e.first = false
	f, why := e.mapped(s)
	if f != nil {
		argv := stackOf(s)
		exe := facts{path: f.path, name: exeOf(s.ID().TID), argv: argv}
		if f.linked && e.allows(&exe, true) || e.firstScript(s, f, argv) {
			return ev.Continue()
		}
		why = e.why(refusal{"start of " + reason.Path(f.path) + exe.conditions() + " in the place of what was checked", f.path})
	}
	if e.rules.Refuse.Verb == policy.KillTree {
		return ev.KillTree(why)
	}
	return ev.KillProcess(why)
}

// mostInterpreters is how many interpreters the kernel finds one by the other, and each may have an argument (BINPRM_MAX_RECURSION, fs/exec.c).
const mostInterpreters = 5

// firstScript tells whether what is mapped is the interpreter of a script that may run, whose name stands among its arguments.
func (e *engine) firstScript(s *utrace.Stopped, f *file, argv func() ([]string, error)) bool {
	all, err := argv()
	if err != nil {
		return false
	}
	w, err := newWalker(s.ID().TID, s.TGID())
	if err != nil {
		return false
	}
	defer w.close()
	for i := 1; i < len(all) && i <= 2*mostInterpreters; i++ {
		p, there := w.look(&request{dirfd: unix.AT_FDCWD, path: all[i]})
		if !there || len(p.argv) != i+1 || p.runs.id != f.id || !f.id.proves() || !began(argv, p.argv) {
			continue
		}
		if _, refused := e.judge(&p, func() ([]string, error) { return all[i:], nil }); refused.what == "" {
			return true
		}
	}
	return false
}

// ReportQuiesce looks at the first program.
func (e *Engine) ReportQuiesce(s *utrace.Stopped, ev *utrace.QuiesceEvent) utrace.QuiesceVerdict {
	return e.begun(s, ev, e.Events())
}

// ReportQuiesce looks at the first program.
func (e *Rewriter) ReportQuiesce(s *utrace.Stopped, ev *utrace.QuiesceEvent) utrace.QuiesceVerdict {
	return e.begun(s, ev, e.Events())
}
