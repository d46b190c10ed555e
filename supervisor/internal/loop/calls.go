// System calls: before (seccomp-stop) and after (syscall-exit-stop).

package loop

import (
	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// entry serves a seccomp-stop: what the registers say is decided, never what the filter's data says (P12).
func (l *Loop) entry(t *task) {
	info, err := l.k.Syscall(t.tid)
	if err == nil && t.pad.At != 0 && info.Call.IP == t.pad.At { // the kernel makes its last call again
		if !l.offPad(t) {
			return
		}
		info, err = l.k.Syscall(t.tid)
		t.redoes = true
	}
	if err != nil || elsewhere(info) {
		l.gone(t)
		return
	}
	l.remind(t)
	t.rewound, t.stepping = nil, false // it has run: no trap of a step is on its way any more
	c := info.Call
	if t.redoes && c == t.call {
		t.u.Redo()
	}
	t.call, t.inCall, t.rewrote, t.space, t.redoes = c, true, false, nil, false
	t.unseal()
	if t.u.Seals(c.Arch, c.Nr) && !l.prepared(t, c) {
		return
	}
	var out utrace.Outcome
	clones := l.cfg.IsClone(c.Arch, c.Nr) && t.u.WantsCloneEntry()
	wants := t.u.Wants(utrace.SyscallEntry, c.Arch, c.Nr)
	exits := t.u.Wants(utrace.SyscallExit, c.Arch, c.Nr)
	switch {
	case clones:
		out = l.space.CloneEntry(t.u, c, t)
		if out.Strict == utrace.Rewritten {
			c = out.Call
		}
		if wants && out.Strict < utrace.Answered {
			l.decided(t, out)
			out = l.rewriteAgain(t, c, out)
		}
	case wants:
		out = l.space.SyscallEntry(t.u, c, t)
	case !exits && !l.cfg.Unclaimed(c):
		out = utrace.Outcome{Action: utrace.Resume, Strict: utrace.Answered, Result: -int64(unix.ENOSYS)}
	default:
		out = utrace.Outcome{Action: utrace.Resume}
	}
	if makes := out.Strict == utrace.Rewritten && l.cfg.IsClone(out.Call.Arch, out.Call.Nr); makes && (!clones || out.Call != c) {
		out = l.cloneAgain(t, out)
	}
	l.carry(t, out, t.u.WantsExit(t.call)) // asked now: an engine may have chosen at the entry
}

// cloneAgain asks the clone engines about a call that only now makes a child, or makes it otherwise than they have seen. What
// they would rewrite in it is refused: the syscall engines would have to be asked again.
func (l *Loop) cloneAgain(t *task, before utrace.Outcome) utrace.Outcome {
	if !t.u.WantsCloneEntry() {
		return before
	}
	l.decided(t, before)
	before.Decisions = nil
	out := l.space.CloneEntry(t.u, before.Call, t)
	switch {
	case out.Strict == utrace.AsIs, out.Strict == utrace.Rewritten && out.Call == before.Call:
		before.Decisions = out.Decisions
		return before
	case out.Strict == utrace.Rewritten:
		out.Strict, out.Result = utrace.Answered, -int64(unix.EPERM)
	}
	return out
}

// elsewhere tells that a task stands in no call any more although it was just told to: another thread's exec, or SIGKILL, has
// moved it on to its PTRACE_EVENT_EXIT. That is no reason to do anything to its process.
func elsewhere(info kernel.SyscallInfo) bool { return info.Op == kernel.OpNone && info.Call.Nr < 0 }

// rewriteAgain asks the syscall engines after the clone engines let the call pass, keeping a rewrite of theirs.
func (l *Loop) rewriteAgain(t *task, c utrace.Call, before utrace.Outcome) utrace.Outcome {
	out := l.space.SyscallEntry(t.u, c, t)
	if out.Strict == utrace.AsIs && before.Strict == utrace.Rewritten {
		out.Strict = utrace.Rewritten
		if !out.Sealed {
			out.Call = c
		}
	}
	return out
}

// carry makes the kernel do what the outcome of an entry says.
func (l *Loop) carry(t *task, out utrace.Outcome, exits bool) {
	var err error
	how := kernel.Cont
	padded := false
	if out.Strict <= utrace.Rewritten {
		padded, err = l.onPad(t, out, exits)
	}
	switch {
	case err != nil, padded:
	case out.Strict == utrace.Rewritten, out.Strict == utrace.AsIs && out.Sealed:
		t.rewrote, t.redoOn = true, out.Redo
		how = kernel.ToSyscallExit // to put the registers back (P29)
		err = l.k.SetSyscall(t.tid, out.Call)
	case out.Strict >= utrace.Answered:
		t.unseal()
		// Skipped also when the process is to be killed: the signal wins, but the call must not be made first.
		skip := t.call
		skip.Nr = -1
		if err = l.k.SetSyscall(t.tid, skip); err == nil {
			err = l.k.SetResult(t.tid, out.Result)
		}
	}
	if err != nil { // killed meanwhile, or the kernel refused: either way the call must not run as it was
		l.refuseHard(t, out)
		return
	}
	if exits {
		how = kernel.ToSyscallExit
	}
	t.how = how
	if how == kernel.Cont {
		t.inCall = false
	}
	l.proceed(t, out, how, 0)
}

// refuseHard kills a process whose call could not be changed as a verdict wanted, unless the task is dying: it makes no call.
func (l *Loop) refuseHard(t *task, out utrace.Outcome) {
	l.enforce(t, out)
	if info, err := l.k.Syscall(t.tid); err != nil || elsewhere(info) {
		l.gone(t)
		return
	}
	l.killProcess(t, utrace.Killer{By: "policy", Engine: out.Engine,
		Why: utrace.Why{What: "its system call could not be changed as decided", Rule: out.Why.Rule}})
	l.gone(t)
}

// exited serves a syscall-exit-stop; or the entry-stop of a call that is made again, which looks like one to wait(2).
func (l *Loop) exited(t *task) {
	l.remind(t)
	info, err := l.k.Syscall(t.tid)
	if err == nil && info.Op == kernel.OpEntry {
		l.remade(t, info.Call)
		return
	}
	if t.space != nil && t.space.carrier == t {
		l.carried(t, info, err)
		return
	}
	t.unseal()
	asked := t.inCall
	t.inCall, t.how = false, kernel.Cont
	if err == nil && asked && t.rewrote {
		err = l.restore(t)
		if err == nil && t.redoOn != 0 && info.Result == -int64(t.redoOn) {
			l.redo(t)
			return
		}
	}
	if err == nil && t.retry != nil {
		err = l.returned(t, &info)
	}
	if err != nil || elsewhere(info) {
		l.gone(t)
		return
	}
	out := utrace.Outcome{Action: utrace.Resume}
	if asked && t.u.Wants(utrace.SyscallExit, t.call.Arch, t.call.Nr) {
		out = l.space.SyscallExit(t.u, t.call, info.Result, t)
		if out.Strict == utrace.Rewritten {
			t.forget()
			if err := l.k.SetResult(t.tid, out.Result); err != nil {
				l.gone(t)
				return
			}
		}
	}
	// Broken off, by a signal that another thread may take: a stop is to come, to hide that. Some calls answer EINTR for other reasons, and
	// would be made again for ever; of a slowed task for a while.
	if t.retry != nil || t.slowed && info.Result == -int64(unix.EINTR) {
		l.interrupt(t)
	}
	l.proceed(t, out, kernel.Cont, 0)
}

// restore puts back the registers that a rewrite changed: the kernel keeps all but the result across a call, and a
// restarted call must be made with the program's own arguments, to be decided again.
func (l *Loop) restore(t *task) error {
	r, err := l.k.Registers(t.tid)
	if err != nil {
		return err
	}
	r.Nr, r.Args = t.call.Nr, t.call.Args
	return l.k.SetRegisters(t.tid, r)
}
