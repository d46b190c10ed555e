// Package exec is the engine that decides which programs may run, and rewrites what is run.
//
//	e := exec.New(policy.ExecRules{
//		Restrict: true,
//		Allow:    []string{"/usr/bin/*", "/usr/lib/gcc/**"},
//		Refuse:   policy.Action{Verb: policy.Errno, Errno: policy.ErrnoNumber(unix.EACCES)},
//		Report:   true,
//		Rewrites: []policy.ExecRewrite{{
//			Path:   "/usr/bin/cc",
//			To:     "/usr/bin/gcc-14",
//			EnvSet: []policy.EnvVar{{Name: "LC_ALL", Value: "C"}},
//		}},
//	}, plan.Rules)
//	cmd := supervisor.Command{
//		Path:    "/usr/bin/make",
//		Engines: []supervisor.Engine{{Engine: e}},
//	}
//	// execve("/usr/bin/cc") runs gcc-14 with LC_ALL=C; execve("/tmp/a.out") fails with EACCES.
//
// # What is allowed
//
// The kernel maps one file, and that is what counts: with all links resolved, for a script the interpreter, for what
// binfmt_misc runs its interpreter too. A script that is allowed itself may have its interpreter, for this one script. A
// file that has no name any more (deleted, memfd), or whose name another mount hides, is on no list.
//
// A program can be allowed by the SHA-256 of its file, and by its arguments, beside its path.
//
// # Two looks
//
// At the entry of execve and execveat the engine reads the path and resolves it as the kernel will, to be able to answer
// with an errno. Between that and the kernel's own look other tasks can change the path, its links, the file or the arguments. So when
// the new program is mapped and has run nothing yet, what is mapped is looked at again, with the arguments on its own stack; if it
// is neither allowed nor what was approved for this very call, the process is killed. An approved interpreter must also have been
// given the approved script to read. What the interpreter finds there when it opens it is beyond this engine: scripts in places that the
// jail can write to are not worth listing, and none is allowed by its checksum. The checksum of a program is taken at the second
// look: from the call until the program ends the kernel lets nobody write to its file (confine.Kernel.TextBusy). Approved files are
// told from others by number and time of birth (statx(2)); where the file system does not know that, an interpreter must be
// listed itself.
//
// # Rewriting
//
// What a Rewriter compares with its rules is sealed, and what it puts in its place lies where no task can write. Where
// arguments can't be sealed (utrace.ErrUnsealed) a call that a rule would rewrite is refused.
//
// Lookups are done with the supervisor's rights. They block as long as the file system does.
package exec

import (
	"fmt"

	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/supervisor/utrace"
)

// engine is what both engines have in common.
type engine struct {
	rules   policy.ExecRules
	infos   []policy.RuleInfo
	pending map[uint64]*approval // calls in progress, by TaskID.Serial
	sums    *sums
	first   bool // the first program is still to be looked at
}

// New makes the engine for a plan's rules (Plan.Exec and Plan.Rules): an *Engine, or a *Rewriter if there is something to
// rewrite, which costs one more stop for each call.
func New(rules policy.ExecRules, infos []policy.RuleInfo) utrace.Engine {
	e := engine{rules: rules, infos: infos, pending: make(map[uint64]*approval), sums: newSums()}
	if len(rules.Rewrites) == 0 {
		return &Engine{engine: e}
	}
	return newRewriter(e)
}

// Needed tells whether rules need an engine.
func Needed(rules policy.ExecRules) bool { return rules.Restrict || len(rules.Rewrites) > 0 }

// An Engine lets only certain programs run, in one jail.
type Engine struct{ engine }

// Name is "exec".
func (*Engine) Name() string { return "exec" }

// Events are the entry of calls, exec, and reaping; and Quiesce for the first program, before its first instruction.
func (*Engine) Events() utrace.Mask {
	return utrace.On(utrace.Quiesce, utrace.SyscallEntry, utrace.Exec, utrace.Reap)
}

// Len is the number of tasks that something is kept about.
func (e *Engine) Len() int { return len(e.pending) }

// ReportSyscallEntry decides about a call that would run a program.
func (e *Engine) ReportSyscallEntry(s *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	delete(e.pending, s.ID().Serial)
	r, ok := parse(ev.Call())
	if !ok {
		return ev.Continue()
	}
	if v, bad := e.readPath(s, ev, &r); bad {
		return v
	}
	w, err := newWalker(s.ID().TID, s.TGID())
	if err != nil { // it is dying, or its /proc is closed to us: what will run is looked at when it is there
		return ev.Continue()
	}
	defer w.close()
	if !e.rules.Restrict {
		return ev.Continue()
	}
	p, there := w.look(&r)
	if !there {
		return ev.Continue()
	}
	if refused := e.decide(s, &p, argvOf(s, &r)); refused.what != "" {
		return e.refuse(ev, refused)
	}
	return ev.Continue()
}

// ReportExec decides about a program that is about to run.
func (e *Engine) ReportExec(s *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
	return e.execed(s, ev)
}

// ReportReap forgets a task.
func (e *Engine) ReportReap(id utrace.TaskID) { delete(e.pending, id.Serial) }

// readPath reads the path of a request; bad says that the verdict is made already.
func (e *engine) readPath(s *utrace.Stopped, ev *utrace.EntryEvent, r *request) (v utrace.EntryVerdict, bad bool) {
	path, err := s.ReadString(r.address(r.at), mostPath)
	switch err {
	case nil:
		r.path = path
		return v, false
	case unix.EFAULT, unix.ENAMETOOLONG, unix.ESRCH: // what the kernel would answer
		return ev.Abort(err.(unix.Errno), utrace.Why{What: "exec of a path that is not there", Quiet: true}), true
	}
	what := fmt.Sprintf("exec of a path that can't be read (%v)", err)
	if !e.rules.Restrict {
		return ev.Abort(unix.EACCES, utrace.Why{What: what}), true
	}
	return e.refuse(ev, refusal{what: what}), true
}

// decide judges what a request would run if programs are restricted, and remembers what was approved. It returns the refusal,
// if it is one.
func (e *engine) decide(s *utrace.Stopped, p *program, argv func() ([]string, error)) refusal {
	if !e.rules.Restrict {
		return refusal{}
	}
	a, refused := e.judge(p, argv)
	if refused.what == "" {
		e.pending[s.ID().Serial] = a
	}
	return refused
}

// execed is the second look.
func (e *engine) execed(s *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
	serial := s.ID().Serial
	a := e.pending[serial]
	delete(e.pending, serial)
	if !e.rules.Restrict {
		return ev.Continue()
	}
	f, why := e.mapped(s)
	if f == nil {
		return e.kill(ev, why)
	}
	return e.running(s, ev, f, a)
}

// A Refusal is the error of Check: a program that the rules do not let run.
type Refusal struct{ Why utrace.Why }

// Error says what may not run, by which rule, and what would allow it.
func (r *Refusal) Error() string {
	text := r.Why.Rule + ": " + r.Why.What + " is not allowed"
	if r.Why.Allow != "" {
		text += "; to allow it: " + r.Why.Allow
	}
	return text
}

// Check tells whether rules let the program at path run with the arguments argv, the name first, for the first program of a jail:
// that one is there before any engine hears of it. The error is a *Refusal; it is nil too when there is no such program, which
// is for others to say. It blocks for as long as reading the file takes, if a rule has a checksum for it. Any goroutine.
func Check(rules policy.ExecRules, infos []policy.RuleInfo, path string, argv ...string) error {
	if !rules.Restrict {
		return nil
	}
	e := engine{rules: rules, infos: infos, sums: newSums()}
	w, err := newWalker(unix.Getpid(), unix.Getpid())
	if err != nil {
		return fmt.Errorf("look at %s: %w", path, err)
	}
	defer w.close()
	p, there := w.look(&request{dirfd: unix.AT_FDCWD, path: path})
	if !there {
		return nil
	}
	if _, refused := e.judge(&p, func() ([]string, error) { return argv, nil }); refused.what != "" {
		return &Refusal{Why: e.why(refused)}
	}
	return nil
}
