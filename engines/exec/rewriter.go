// The engine that rewrites what is run.

package exec

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"

	"jail/engines/internal/reason"
	"jail/policy"
	"jail/supervisor/utrace"
)

// A Rewriter is an Engine that also changes the path, the arguments and the environment of what is run, in one jail. What it
// decides about is sealed, and what it puts there lies where no task can write (utrace.Stopped.Place).
type Rewriter struct {
	engine
	made map[uint64]*made // calls in progress, by TaskID.Serial
}

// made is what has become of a call.
type made struct {
	rule   *policy.ExecRewrite // that it was rewritten by; nil: none
	given  uint64              // the program's own pointer to the path
	call   utrace.Call         // as the kernel gets it
	target *program            // what that runs, as it was looked at; nil if it is not there
}

func newRewriter(e engine) *Rewriter {
	return &Rewriter{engine: e, made: make(map[uint64]*made)}
}

// Name is "exec".
func (*Rewriter) Name() string { return "exec" }

// Events are those of Engine.
func (*Rewriter) Events() utrace.Mask {
	return utrace.On(utrace.Quiesce, utrace.SyscallEntry, utrace.Exec, utrace.Reap)
}

// Syscalls are execve and execveat of every ABI.
func (*Rewriter) Syscalls() *utrace.SyscallSet { return calls() }

// Seals are execve and execveat: a call whose path was not sealed could be of another path than the rules were compared with.
func (*Rewriter) Seals() *utrace.SyscallSet { return calls() }

// Syscalls are execve and execveat of every ABI.
func (*Engine) Syscalls() *utrace.SyscallSet { return calls() }

// Len is the number of tasks that something is kept about.
func (e *Rewriter) Len() int { return max(len(e.pending), len(e.made)) }

// ReportReap forgets a task.
func (e *Rewriter) ReportReap(id utrace.TaskID) { e.forget(id.Serial) }

func (e *Rewriter) forget(serial uint64) {
	delete(e.pending, serial)
	delete(e.made, serial)
}

// ReportExec decides about a program that is about to run.
func (e *Rewriter) ReportExec(s *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
	m := e.made[s.ID().Serial]
	delete(e.made, s.ID().Serial)
	f, why := e.mapped(s)
	if f == nil {
		delete(e.pending, s.ID().Serial)
		return e.kill(ev, why)
	}
	if what, rule := e.slipped(s, m, f); rule != nil {
		delete(e.pending, s.ID().Serial)
		info := reason.Rule(e.infos, rule.Rule)
		return ev.KillProcess(reason.Of(info, what, ""))
	}
	return e.execed(s, ev)
}

// slipped tells what runs and should not: something else than what was rewritten to, or a file that a rule rewrites and that
// the call was not known to lead to.
func (e *Rewriter) slipped(s *utrace.Stopped, m *made, f *file) (what string, rule *policy.ExecRewrite) {
	known := m != nil && m.target != nil && m.target.runs.same(f) && (m.target.argv == nil || began(stackOf(s), m.target.argv))
	if known {
		return "", nil
	}
	if m != nil && m.rule != nil && m.rule.To != "" {
		return "start of " + reason.Path(f.path) + " in the place of " + reason.Path(m.rule.To), m.rule
	}
	rule = e.find(f.path)
	if rule == nil || m != nil && m.rule == rule {
		return "", nil
	}
	return "start of " + reason.Path(f.path) + " as it was, since it was another program at the entry of the call", rule
}

// same tells whether f is surely the file that was looked at.
func (g *file) same(f *file) bool {
	return g.id == f.id && (f.id.proves() || g.linked && f.linked && g.path == f.path)
}

// ReportSyscallEntry decides about a call that would run a program, and rewrites it.
func (e *Rewriter) ReportSyscallEntry(s *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	serial := s.ID().Serial
	before := e.made[serial]
	if ev.Again() && before != nil && sameCall(before.call, ev.Call()) {
		return ev.Continue()
	}
	e.forget(serial)
	r, ok := parse(ev.Call())
	if !ok {
		return ev.Continue()
	}
	m := &made{given: r.call.Args[r.at]}
	unsealed, err := e.sealPath(s, &r)
	if err != nil {
		return e.unreadable(ev, err)
	}
	w, err := newWalker(s.ID().TID, s.TGID())
	if err == nil {
		defer w.close()
	} else if r.path == "" || r.path[0] != '/' { // it is dying, or its /proc is closed to us
		return e.unreadable(ev, err)
	}
	given, err := r.absolute(w)
	if err != nil {
		return e.unreadable(ev, err)
	}
	argv := argvOf(s, &r)
	p, there := w.look(&r)
	m.rule = e.rule(given, &p)
	if ev.Again() && m.rule != nil && before != nil && slices.Contains([]uint64{before.given, before.call.Args[r.at]}, r.call.Args[r.at]) {
		m.rule = nil // it names what this engine has rewritten already
	}
	if m.rule != nil {
		if argv, err = e.settle(ev, m, &r, given, argv, unsealed); err != nil {
			return e.refuseRewrite(s, ev, m.rule, given, err)
		}
		if m.rule.To != "" {
			p, there = w.look(&r)
		}
	}
	if there {
		m.target = &p
		if refused := e.decide(s, &p, argv); refused.what != "" {
			return e.refuse(ev, refused)
		}
	}
	e.made[serial], m.call = m, ev.Call()
	if m.rule == nil {
		return ev.Continue()
	}
	return e.rewrite(s, ev, &r, m, given)
}

// errAgain is why a call is refused that another engine has made.
var errAgain = errors.New("another engine has made it of the call, which is too late")

// settle makes r what a rule makes of it. It answers the arguments that the program will get.
func (e *Rewriter) settle(ev *utrace.EntryEvent, m *made, r *request, given string, argv func() ([]string, error), unsealed error) (func() ([]string, error), error) {
	if ev.Again() {
		return nil, errAgain
	}
	if unsealed != nil {
		return nil, unsealed
	}
	if m.rule.To != "" {
		r.path, r.dirfd, r.byFD, r.noFollow = m.rule.To, unix.AT_FDCWD, false, false
	}
	rule := m.rule
	return func() ([]string, error) {
		old, err := argv()
		if err != nil {
			return nil, err
		}
		return rule.Arguments(old), nil
	}, nil
}

// sealPath seals the path of a request, or, where that can't be, reads it and answers why.
func (e *Rewriter) sealPath(s *utrace.Stopped, r *request) (unsealed, err error) {
	r.path, err = s.Path(r.at)
	if errors.Is(err, utrace.ErrUnsealed) {
		unsealed = err
		r.path, err = s.ReadString(r.address(r.at), mostPath)
	}
	if err == nil && r.path == "" && !r.byFD {
		err = unix.ENOENT
	}
	return unsealed, err
}

// rule is the first rule for a path as it was given or for the file that it leads to; nil if there is none. A later one for the name must not
// go before an earlier one for the file: a link would take a program out of its rule.
func (e *Rewriter) rule(given string, p *program) *policy.ExecRewrite {
	return e.find(given, p.file.path)
}

// find is the first rule for any of some names; "" is none.
func (e *Rewriter) find(names ...string) *policy.ExecRewrite {
	for i := range e.rules.Rewrites {
		r := &e.rules.Rewrites[i]
		if slices.ContainsFunc(names, func(name string) bool { return name != "" && policy.MatchPath(r.Path, name) }) {
			return r
		}
	}
	return nil
}

// unreadable answers a call whose path can't be known: as the kernel would where the reason is the program's.
func (e *Rewriter) unreadable(ev *utrace.EntryEvent, err error) utrace.EntryVerdict {
	switch err {
	case unix.EFAULT, unix.ENAMETOOLONG, unix.ESRCH, unix.ENOENT, unix.EBADF:
		return ev.Abort(err.(unix.Errno), utrace.Why{What: "exec of a path that is not there", Quiet: true})
	}
	return ev.Abort(unix.EACCES, utrace.Why{What: fmt.Sprintf("exec of a path that can't be looked at (%v)", err)})
}

// rewrite puts what the rule says where the kernel will find it.
func (e *Rewriter) rewrite(s *utrace.Stopped, ev *utrace.EntryEvent, r *request, m *made, given string) utrace.EntryVerdict {
	if err := place(s, r, m); err != nil {
		return e.refuseRewrite(s, ev, m.rule, given, err)
	}
	return ev.Rewrite(m.call, e.whyRewrite(m.rule, given))
}

// place changes m.call. With another path the flags of execveat don't hold.
func place(s *utrace.Stopped, r *request, m *made) (err error) {
	rule, args := m.rule, &m.call.Args
	if rule.To != "" {
		if args[r.at], err = s.PlacePath(rule.To); err != nil {
			return err
		}
		if r.at > 0 {
			args[4] &^= unix.AT_EMPTY_PATH | unix.AT_SYMLINK_NOFOLLOW
		}
	}
	lists := []struct {
		at     int
		change func([]string) []string
		do     bool
	}{
		{r.at + 1, rule.Arguments, len(rule.Argv) > 0},
		{r.at + 2, rule.Environment, len(rule.EnvSet) > 0 || len(rule.EnvRemove) > 0},
	}
	for _, l := range lists {
		if !l.do {
			continue
		}
		old, err := s.Strings(l.at)
		if err != nil {
			return err
		}
		if args[l.at], err = s.PlaceStrings(l.change(old)); err != nil {
			return err
		}
	}
	return nil
}

func sameCall(a, b utrace.Call) bool { return a.Arch == b.Arch && a.Nr == b.Nr && a.Args == b.Args }
