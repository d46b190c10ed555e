// Deciding: at the entry of the call, so that it can fail with an errno; and after it, so that nothing else runs.

package exec

import (
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"

	"jail/engines/internal/reason"
	"jail/policy"
	"jail/supervisor/utrace"
)

func decimal(n int32) string { return strconv.Itoa(int(n)) }

// approval is what an exec that was let through may come to run.
type approval struct {
	name string   // for people
	runs identity // the program, or the interpreter of the approved script
	argv []string // what the interpreter must have been told to run; nil if the program is allowed by itself
}

// allows tells whether a program may run because of where it is.
func (e *engine) allows(f *file) bool { return f.linked && e.rules.Allows(f.path) }

// refusal is what is refused, and the path that would have to be allowed, if it is known; the zero refusal refuses nothing.
type refusal struct{ what, path string }

// judge decides about a request before the kernel sees it: an approval, or a refusal. Neither:
// the kernel is going to answer an error of its own, or what will run is looked at when it is there.
func (e *engine) judge(w *walker, r *request) (*approval, refusal) {
	fd, err := e.openRequest(w, r)
	if err != nil {
		return nil, refusal{}
	}
	defer unix.Close(fd)
	p, err := w.program(fd, r.name())
	if err != nil || !p.file.executable() || !p.runs.executable() {
		return nil, refusal{}
	}
	switch {
	case e.allows(&p.runs):
		return &approval{name: p.runs.path, runs: p.runs.id}, refusal{}
	case p.argv != nil && e.allows(&p.file):
		return &approval{name: p.file.path, runs: p.runs.id, argv: p.argv}, refusal{}
	case p.argv != nil:
		return nil, refusal{fmt.Sprintf("exec of %s, whose interpreter is %s", shown(p.file.path), shown(p.runs.path)), p.file.path}
	}
	return nil, refusal{"exec of " + shown(p.file.path), p.file.path}
}

func (e *engine) openRequest(w *walker, r *request) (int, error) {
	if r.path == "" {
		if !r.byFD {
			return -1, unix.ENOENT
		}
		return w.from(r.dirfd)
	}
	return w.open(r.dirfd, r.path, !r.noFollow)
}

// shown is a path for a message: nothing in it must move a terminal's cursor.
func shown(path string) string {
	for _, c := range path {
		if !strconv.IsPrint(c) {
			return strconv.Quote(path)
		}
	}
	return path
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
	info := *reason.Rule(e.infos, e.rules.Rule)
	info.Report = e.rules.Report
	if info.AllowHint = info.HintFor("path", r.path); r.path == "" {
		info.AllowHint = ""
	}
	return reason.Of(&info, r.what, "")
}

// running decides about a program that is mapped and has not run: the last word, since the path and what it led to may
// have been changed after the entry of the call (P22).
func (e *engine) running(s *utrace.Stopped, ev *utrace.ExecEvent, a *approval) utrace.ExecVerdict {
	f, err := inspectLink(fmt.Sprintf("/proc/%d/exe", s.ID().TID))
	if err != nil {
		why := e.why(refusal{fmt.Sprintf("start of a program that can't be looked at (%v)", err), ""})
		if _, gone := s.Registers(); gone == unix.ESRCH { // it was killed meanwhile
			why.Quiet = true
		}
		return e.kill(ev, why)
	}
	if e.allows(&f) {
		return ev.Continue()
	}
	what := "start of " + shown(f.path)
	if a == nil {
		return e.kill(ev, e.why(refusal{what, f.path}))
	}
	if f.id == a.runs && f.id.proves() && (a.argv == nil || began(s, a.argv)) {
		return ev.Continue()
	}
	return e.kill(ev, e.why(refusal{what + " in the place of " + shown(a.name), f.path}))
}

func (e *engine) kill(ev *utrace.ExecEvent, why utrace.Why) utrace.ExecVerdict {
	if e.rules.Refuse.Verb == policy.KillTree {
		return ev.KillTree(why)
	}
	return ev.KillProcess(why)
}

// began tells whether the arguments on a new program's stack begin as these do. There the kernel has put a copy that no
// other task can change: argc, then the pointers (the ABIs' process initialization).
func began(s *utrace.Stopped, want []string) bool {
	regs, err := s.Registers()
	if err != nil {
		return false
	}
	r := request{pointer: 8}
	var first [8]byte
	if n, err := s.ReadMem(regs.SP, first[:]); err != nil || n < len(first) {
		return false
	}
	if first[4]|first[5]|first[6]|first[7] != 0 { // not the high half of a number of arguments, but the first of 32-bit pointers
		r.pointer = 4
	}
	argv := make([]byte, len(want)*r.pointer)
	if n, err := s.ReadMem(regs.SP+uint64(r.pointer), argv); err != nil || n < len(argv) {
		return false
	}
	for i, text := range want {
		got, err := s.ReadString(word(argv[i*r.pointer:(i+1)*r.pointer]), mostString)
		if err != nil || got != text {
			return false
		}
	}
	return true
}
