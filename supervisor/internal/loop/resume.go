// Carrying out what a report decided: kill, park or resume. The only place that resumes.

package loop

import (
	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// proceed lets t go on as the outcome of a report says: how and sig hold when no engine keeps it.
func (l *Loop) proceed(t *task, out utrace.Outcome, how kernel.How, sig unix.Signal) {
	l.enforce(t, out)
	t.parkHow, t.parkSig = how, sig
	if out.Strict < utrace.KillProcess && !t.doomed && l.space.Park(t.u) {
		t.parked = true
		l.space.Settle(t.u)
		return
	}
	l.space.Unpark(t.u)
	t.parked = false
	l.goOn(t, out.Action)
	l.space.Settle(t.u)
}

// enforce tells of an outcome and sends the signals it calls for, whether the task can still be told to go on or not.
func (l *Loop) enforce(t *task, out utrace.Outcome) {
	l.decided(t, out)
	switch out.Strict {
	case utrace.KillTree:
		l.killTree(utrace.Killer{By: "policy", Engine: out.Engine, Why: out.Why})
	case utrace.KillProcess:
		l.killProcess(t, utrace.Killer{By: "policy", Engine: out.Engine, Why: out.Why})
	}
}

// goOn resumes t as it was to be when it was parked, or as the engines' action wants it.
func (l *Loop) goOn(t *task, act utrace.Action) {
	if t.again { // the signal was pushed back, and everybody has let go
		t.again = false
		l.signal(t, t.held)
		return
	}
	how := t.parkHow
	if how == kernel.Cont {
		switch act {
		case utrace.SingleStep:
			how, t.stepping = kernel.Step, true
		case utrace.BlockStep:
			how, t.stepping = kernel.BlockStep, true
		}
	}
	if l.resume(t, how, t.parkSig) && l.space.Need(t.u) == utrace.NeedInterrupt {
		l.interrupt(t)
	}
}

// resume is the only caller of Kernel.Resume. A task that was killed meanwhile is left to its Death. While a call has a
// deadline, or while the task is slowed down, its next entry and exit are to be seen.
func (l *Loop) resume(t *task, how kernel.How, sig unix.Signal) bool {
	if t.watched() && how == kernel.Cont {
		how = kernel.ToSyscallExit
	}
	t.slow = max(t.slow-1, 0)
	t.slowed = t.slow > 0
	t.at = 0
	t.listens = how == kernel.Listen
	if err := l.k.Resume(t.tid, how, sig); err != nil {
		l.space.Dying(t.u)
		return false
	}
	if l.due(t) { // its time was up while it stood
		l.interrupt(t)
	}
	return true
}

// gone is said when a command found t killed: nothing is carried out, its Death will come.
func (l *Loop) gone(t *task) {
	t.at = 0
	l.space.Dying(t.u)
	l.space.Settle(t.u)
}

// attend looks at a task that another goroutine asked something of.
func (l *Loop) attend(t *task) {
	switch l.space.Need(t.u) {
	case utrace.NeedInterrupt:
		if t.at == 0 {
			l.interrupt(t)
		}
	case utrace.NeedQuiesce:
		l.proceed(t, l.space.Quiesce(t.u, t), t.parkHow, t.parkSig)
	case utrace.NeedResume:
		l.proceed(t, utrace.Outcome{Action: l.space.Wants(t.u)}, t.parkHow, t.parkSig)
	}
}

func (l *Loop) interrupt(t *task) {
	if !t.fresh { // else its first Trap is on its way already
		t.nudged, t.owing = t.listens, true
		_ = l.k.Interrupt(t.tid) // twice is as good as once; ESRCH: it is dying
	}
}

// remind is said at a stop in the middle of a call. Any stop takes away an Interrupt that was on its way (ptrace_stop() in
// kernel/signal.c clears JOBCTL_TRAP_STOP), but not the mark that a signal is pending: the call would answer EINTR, or be
// broken off, with no Trap after it at which that could be hidden.
func (l *Loop) remind(t *task) {
	if t.owing {
		_ = l.k.Interrupt(t.tid) // ESRCH: it is dying
	}
}

// decided tells the sink what engines did beyond letting the task run.
func (l *Loop) decided(t *task, out utrace.Outcome) {
	for _, d := range out.Decisions {
		l.sink.Decided(t.u.ID(), d)
	}
}

// killProcess ends t's whole thread group. The signal is sent; the deaths come out of Wait.
func (l *Loop) killProcess(t *task, who utrace.Killer) {
	for _, o := range l.tasks {
		if o.tgid == t.tgid && o.killer.By == "" {
			o.killer = who
		}
	}
	_ = l.k.Kill(t.tgid, unix.SIGKILL) // ESRCH: it is dead already, which is what was wanted
	for _, o := range l.tasks {
		if o.tgid == t.tgid && o.parked && o.at == kernel.Exit { // SIGKILL does not wake it (P25): an engine may not hold it
			o.parked = false
			l.space.Unpark(o.u)
			l.resume(o, kernel.Cont, 0)
		}
	}
}

// KillTree ends everything in the jail; who says why in the reports. What is born meanwhile is killed at its birth.
func (l *Loop) KillTree(who utrace.Killer) { l.killTree(who) }

func (l *Loop) killTree(who utrace.Killer) {
	if l.killing == nil {
		l.killing = &who
	}
	for _, t := range l.tasks {
		if t.tgid == t.tid || l.tasks[t.tgid] == nil {
			l.killProcess(t, who)
		}
	}
	l.killLimbo()
}

func (l *Loop) killLimbo() {
	for tid := range l.limbo {
		_ = l.k.Kill(tid, unix.SIGKILL)
	}
}
