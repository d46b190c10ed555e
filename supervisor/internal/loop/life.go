// Birth, exit, death and reap.

package loop

import (
	"slices"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// begin lets a task go that stands before its first instruction.
func (l *Loop) begin(t *task) { l.trap(t) }

// clone serves the parent's event: the child is made known before it may run.
func (l *Loop) clone(t *task, flavor int) {
	msg, err := l.k.EventMsg(t.tid)
	if err != nil {
		l.orphans(t)
		l.gone(t)
		return
	}
	out := utrace.Outcome{Action: utrace.Resume}
	if l.begot(t, int(msg)) {
		out = l.birth(t, int(msg), flavor, false)
	} else { // the child was reaped already; or t was killed and stands in its Exit stop, whose message is a wait status
		l.orphans(t)
	}
	how := kernel.Cont
	if t.inCall {
		how = t.how
	}
	l.proceed(t, out, how, 0)
	l.welcome(int(msg))
}

// begot tells whether tid is a thread or a child process of t's process. /proc is asked only about numbers that could be a
// wait status (an exit code has nothing in its low byte, a signal nothing above it). One that was killed and reaped before
// its birth was told may still stand there, as a zombie that its parent has not waited for: it is looked for among the
// living, for by now somebody else may have the number.
func (l *Loop) begot(t *task, tid int) bool {
	if l.stillborn[tid] {
		delete(l.stillborn, tid)
		children, err := l.k.Children(t.tid)
		return err == nil && slices.ContainsFunc(children, func(c kernel.Child) bool { return c.TID == tid })
	}
	if tid&0xff != 0 && tid > 0xff {
		return true
	}
	tgid, parent, err := l.k.TGID(tid)
	return err == nil && (tgid == t.tgid || parent == t.tgid)
}

// birth makes a child known and tells of it, once.
func (l *Loop) birth(parent *task, tid, flavor int, late bool) utrace.Outcome {
	if l.tasks[tid] != nil {
		return utrace.Outcome{Action: utrace.Resume}
	}
	tgid := tid
	if flavor == unix.PTRACE_EVENT_CLONE || late {
		if g, _, err := l.k.TGID(tid); err == nil {
			tgid = g
		}
	}
	thread := tgid == parent.tgid
	u := l.space.NewChild(parent.u, tid, tgid)
	child := l.enter(u, tid, tgid)
	child.fresh, child.from = true, parent.tgid
	r, known := l.inCall(parent)
	if known && parent.inCall && parent.rewrote {
		child.copied = &copied{made: r.Args, own: parent.call.Args}
	}
	l.sink.Birth(u.ID(), parent.u.ID(), thread)
	if l.killing != nil {
		l.killProcess(child, *l.killing)
	}
	if !parent.u.Mask().Has(utrace.Clone) {
		return utrace.Outcome{Action: utrace.Resume}
	}
	ev := utrace.CloneEvent{Child: u, Thread: thread, VFork: flavor == unix.PTRACE_EVENT_VFORK, Late: late}
	if known {
		ev.Flags = l.cloneFlags(parent, r)
	}
	return l.space.Clone(parent.u, ev, parent)
}

// welcome serves the first stop of a child that came before its birth was told.
func (l *Loop) welcome(tid int) {
	if stop, ok := l.limbo[tid]; ok {
		delete(l.limbo, tid)
		l.handle(stop)
	}
}

// unknown keeps the stop of a task that nobody told of yet. If everybody who could tell is gone it is killed: no engine
// has seen it, so nothing may run in it.
func (l *Loop) unknown(stop kernel.Stop) {
	l.limbo[stop.TID] = stop
	if stop.Kind == kernel.Exit { // killed before it ran: it needs no engine to leave
		_ = l.k.Resume(stop.TID, kernel.Cont, 0)
		return
	}
	tgid, parent, err := l.k.TGID(stop.TID)
	if err == nil && !l.living(tgid) && !l.living(parent) || l.killing != nil {
		_ = l.k.Kill(stop.TID, unix.SIGKILL)
	}
}

func (l *Loop) living(tgid int) bool { return l.crowds[tgid].tasks > 0 }

// orphans finds the children of a task that was killed inside clone, before it could tell of them.
func (l *Loop) orphans(t *task) {
	children, err := l.k.Children(t.tid)
	if err != nil {
		return
	}
	for _, c := range children {
		if l.tasks[c.TID] != nil {
			continue
		}
		flavor := unix.PTRACE_EVENT_FORK
		if c.TGID == t.tgid {
			flavor = unix.PTRACE_EVENT_CLONE
		}
		l.enforce(t, l.birth(t, c.TID, flavor, true))
		l.welcome(c.TID)
	}
}

// exit serves PTRACE_EVENT_EXIT: the task is on its way out, its memory is still there. It may not come for a task that
// was killed (P25), so nothing depends on it.
func (l *Loop) exit(t *task) {
	msg, err := l.k.EventMsg(t.tid)
	if err != nil {
		l.gone(t)
		return
	}
	if t.left && t.tid == t.tgid {
		t = l.heir(t)
	}
	status := decodeStatus(int(msg))
	t.left = true
	t.doomed = status.Signal == unix.SIGKILL || l.killing != nil // SIGKILL is not delayed by anybody
	// A thread that another one's exit_group ends has the code of that. One that was always alone has called it itself.
	if status.Signal != 0 || l.crowds[t.tgid].ever {
		l.explain(t, status)
	}
	l.proceed(t, l.space.Exit(t.u, status, t), kernel.Cont, 0)
}

// explain looks at the registers of a dying task: was it inside clone, or killed by the filter for a call?
func (l *Loop) explain(t *task, status utrace.ExitStatus) {
	r, err := l.k.Registers(t.tid)
	if err != nil || r.Nr < 0 {
		return
	}
	info, err := l.k.Syscall(t.tid)
	if err != nil {
		return
	}
	arch := info.Call.Arch
	if l.cfg.IsClone(arch, r.Nr) {
		l.orphans(t)
	}
	if status.Signal == unix.SIGSYS && t.killer.By == "" {
		c := utrace.Call{Arch: arch, Nr: r.Nr, Args: r.Args, IP: r.PC, SP: r.SP}
		if why, ok := l.cfg.Killed(c); ok {
			t.killer = utrace.Killer{By: "policy", Engine: "filter", Why: why}
			l.sink.Decided(t.u.ID(), utrace.Decision{Engine: "filter", Event: utrace.SyscallEntry, Strictness: utrace.KillProcess, Why: why})
		}
	}
}

// decodeStatus splits a wait status (wait(2)).
func decodeStatus(w int) utrace.ExitStatus {
	if sig := w & 0x7f; sig != 0 {
		return utrace.ExitStatus{Signal: unix.Signal(sig), Core: w&0x80 != 0}
	}
	return utrace.ExitStatus{Code: w >> 8 & 0xff}
}

// death serves a zombie: Death is told while its number is still its own, then it is reaped, then Reap is told.
func (l *Loop) death(stop kernel.Stop) {
	t := l.tasks[stop.TID]
	if t == nil {
		delete(l.limbo, stop.TID)
		l.stillborn[stop.TID] = true
		if tgid, parent, err := l.k.TGID(stop.TID); err == nil && tgid == stop.TID && l.tasks[parent] != nil {
			l.remember(parent, tgid)
		}
		_, _ = l.k.Reap(stop.TID) // born and dead without anybody to tell
		return
	}
	if t.tid == t.tgid {
		t = l.heir(t)
	}
	l.bury(t, stop.Status, func() (utrace.Usage, error) { return l.k.Reap(stop.TID) })
}

// bury tells Death and Reap of t, each once.
func (l *Loop) bury(t *task, status utrace.ExitStatus, reap func() (utrace.Usage, error)) {
	ev := utrace.DeathEvent{Status: status, Killer: t.cause(status)}
	outs := []utrace.Outcome{l.space.Death(t.u, ev)}
	t.forget()
	usage, _ := reap() // the status is known; an error can only mean that there is nothing to reap any more
	l.leave(t)
	l.leaves(t)
	if t.tid == t.tgid && ev.Killer.By != "exec" {
		l.collect(t)
	}
	id := t.u.ID()
	l.sink.Death(id, ev, usage)
	outs = append(outs, l.space.Reap(t.u))
	l.sink.Reap(id)
	for _, out := range outs {
		l.decided(t, out)
		if out.Strict == utrace.KillTree {
			l.killTree(utrace.Killer{By: "policy", Engine: out.Engine, Why: out.Why})
		}
	}
	if ev.Killer.By != "exec" && t.tid == l.first && !l.cfg.WaitSurvivors && l.killing == nil && len(l.tasks) > 0 {
		l.killTree(utrace.Killer{By: "policy", Why: utrace.Why{What: "the first program has ended", Rule: "survivors: kill", Quiet: true}})
	}
}

// given tells whether sig was told before t died of it: to t, or to another thread of its process, which all of them die with.
func (l *Loop) given(t *task, sig unix.Signal) bool {
	if t.last.Signo == sig && (t.lastShared || sig == unix.SIGKILL) {
		return true
	}
	if sig == unix.SIGKILL { // never told; an engine may have put it in the place of another
		return false
	}
	list := append(l.siblings(t), t)
	for _, o := range list {
		if o.last.Signo == sig {
			for _, p := range list { // once for all of them: the thread that was given it may be the first to be reaped
				p.last, p.lastShared = o.last, true
			}
			return true
		}
	}
	return false
}

// cause is who ended the task, as far as was seen. SIGKILL is never told before it acts, nor who sent it: somebody inside or
// outside, the kernel for want of memory, or for RLIMIT_CPU (ptrace(2), "Signal-delivery-stop").
func (t *task) cause(status utrace.ExitStatus) utrace.Killer {
	switch {
	case status.Signal == 0:
		return utrace.Killer{}
	case t.killer.By != "":
		return t.killer
	case !t.l.given(t, status.Signal):
		return utrace.Killer{By: "unknown"}
	}
	pid, ok := t.last.Sender()
	switch {
	case !ok:
		return utrace.Killer{By: "kernel"}
	case pid == 0:
		return utrace.Killer{By: "outside"}
	}
	return utrace.Killer{PID: pid, By: "pid"}
}
