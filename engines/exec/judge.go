// Deciding: at the entry of the call, so that it can fail with an errno; and after it, so that nothing else runs.

package exec

import (
	"fmt"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"jail/engines/internal/reason"
	"jail/policy"
	"jail/supervisor/utrace"
)

func decimal(n int32) string { return strconv.Itoa(int(n)) }

// approval is what an exec that was let through may come to run.
type approval struct {
	path string   // what the lists allow: the program, or the script
	runs file     // the program, or the interpreter of the script
	argv []string // what the interpreter must have been told to run; nil if the program is allowed by itself
}

// refusal is what is refused, and the path that would have to be allowed, if it is known; the zero refusal refuses nothing.
type refusal struct{ what, path string }

// look finds what a request would run; false if the kernel is going to answer an error of its own, or what will run has to be
// looked at when it is there.
func (w *walker) look(r *request) (program, bool) {
	if w == nil {
		return program{}, false
	}
	fd, err := w.openRequest(r)
	if err != nil {
		return program{}, false
	}
	defer unix.Close(fd)
	p, err := w.program(fd, r.name())
	return p, err == nil && p.file.executable() && p.runs.executable()
}

// judge decides about what a request would run, before the kernel sees it. argv reads the request's arguments.
func (e *engine) judge(p *program, argv func() ([]string, error)) (*approval, refusal) {
	runs := facts{path: p.runs.path, name: p.runs.path, argv: func() ([]string, error) { return p.interpreted(argv) }}
	if p.runs.linked && e.allows(&runs, false) {
		return &approval{path: p.runs.path, runs: p.runs}, refusal{}
	}
	if p.argv == nil {
		return nil, refusal{"exec of " + reason.Path(p.file.path) + runs.conditions(), p.file.path}
	}
	script := facts{path: p.file.path, name: p.file.path, script: true, argv: argv}
	if p.file.linked && e.allows(&script, false) {
		return &approval{path: p.file.path, runs: p.runs, argv: p.argv}, refusal{}
	}
	what := "exec of " + reason.Path(p.file.path) + script.conditions() + ", whose interpreter is " + reason.Path(p.runs.path) + runs.conditions()
	return nil, refusal{what, p.file.path}
}

// interpreted are the arguments that what is mapped will get, where argv are those of the call (execve(2), "Interpreter scripts").
func (p *program) interpreted(argv func() ([]string, error)) ([]string, error) {
	given, err := argv()
	if err != nil || p.argv == nil {
		return given, err
	}
	if len(given) > 0 {
		given = given[1:]
	}
	return slices.Concat(p.argv, given), nil
}

func (w *walker) openRequest(r *request) (int, error) {
	if r.path == "" {
		if !r.byFD {
			return -1, unix.ENOENT
		}
		return w.from(r.dirfd)
	}
	return w.open(r.dirfd, r.path, !r.noFollow)
}

// refuse is the rule's answer at entry.
func (e *engine) refuse(ev *utrace.EntryEvent, r refusal) utrace.EntryVerdict {
	why := e.why(r)
	switch e.rules.Refuse.Verb {
	case policy.Errno:
		return ev.Abort(unix.Errno(e.rules.Refuse.Errno), why)
	case policy.KillProcess:
		return ev.KillProcess(why)
	}
	return ev.KillTree(why)
}

// why is the reason of a refusal.
func (e *engine) why(r refusal) utrace.Why {
	rule, report := e.rules.Rule, e.rules.Report
	if !e.rules.Restrict && len(e.rules.Rewrites) > 0 { // what may run is not said, only how
		rule, report = e.rules.Rewrites[0].Rule, e.rules.Rewrites[0].Report
	}
	info := *reason.Rule(e.infos, rule)
	info.Report = report
	if info.AllowHint = info.HintFor("path", r.path); r.path == "" {
		info.AllowHint = ""
	}
	return reason.Of(&info, r.what, "")
}

// running decides about a program that is mapped and has not run: the last word, since the path and what it led to may
// have been changed after the entry of the call (P22).
func (e *engine) running(s *utrace.Stopped, ev *utrace.ExecEvent, f *file, a *approval) utrace.ExecVerdict {
	link := exeOf(s.ID().TID)
	argv := stackOf(s)
	exe := facts{path: f.path, name: link, argv: argv}
	if f.linked && e.allows(&exe, true) {
		return ev.Continue()
	}
	what := "start of " + reason.Path(f.path) + exe.conditions()
	if a == nil {
		return e.kill(ev, e.why(refusal{what, f.path}))
	}
	if f.id == a.runs.id && f.id.proves() && (a.argv == nil || began(argv, a.argv)) {
		approved := facts{path: a.path, name: link, script: a.argv != nil, argv: func() ([]string, error) { return a.own(argv) }}
		if e.allows(&approved, true) {
			return ev.Continue()
		}
		return e.kill(ev, e.why(refusal{"start of " + reason.Path(a.path) + approved.conditions(), a.path}))
	}
	return e.kill(ev, e.why(refusal{what + " in the place of " + reason.Path(a.path), f.path}))
}

// own are the arguments of an approved script, or of a program itself, among those of what is mapped.
func (a *approval) own(argv func() ([]string, error)) ([]string, error) {
	all, err := argv()
	if err != nil || a.argv == nil {
		return all, err
	}
	if len(all) < len(a.argv) {
		return nil, unix.EFAULT
	}
	return all[len(a.argv)-1:], nil
}

// exeOf leads to the file that is mapped as a task's program (proc(5)).
func exeOf(tid int) string { return fmt.Sprintf("/proc/%d/exe", tid) }

// mapped looks at what was mapped for a task; if that can't be, with the reason to kill it for.
func (e *engine) mapped(s *utrace.Stopped) (*file, utrace.Why) {
	f, err := inspectLink(exeOf(s.ID().TID))
	if err == nil {
		return &f, utrace.Why{}
	}
	why := e.why(refusal{fmt.Sprintf("start of a program that can't be looked at (%v)", err), ""})
	if _, gone := s.Registers(); gone == unix.ESRCH { // it was killed meanwhile
		why.Quiet = true
	}
	return nil, why
}

func (e *engine) kill(ev *utrace.ExecEvent, why utrace.Why) utrace.ExecVerdict {
	if e.rules.Refuse.Verb == policy.KillTree {
		return ev.KillTree(why)
	}
	return ev.KillProcess(why)
}

// began tells whether the arguments on a new program's stack begin as these do.
func began(argv func() ([]string, error), want []string) bool {
	got, err := argv()
	return err == nil && len(got) >= len(want) && slices.Equal(got[:len(want)], want)
}
