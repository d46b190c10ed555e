// Signals and job control: signal-delivery-stop, group-stop, and the stops that PTRACE_INTERRUPT and SIGCONT make.

package loop

import (
	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// signal serves a signal-delivery-stop.
func (l *Loop) signal(t *task, sig unix.Signal) {
	si, err := l.siginfo(t, sig)
	if err != nil {
		l.gone(t)
		return
	}
	if t.stepping && sig == unix.SIGTRAP && byStep(si.Code) {
		t.stepping = false
		l.stepped(t)
		l.proceed(t, l.space.Quiesce(t.u, t), kernel.Cont, 0)
		return
	}
	t.last = si
	out := utrace.Outcome{Action: utrace.Resume, Signal: sig}
	if t.u.Mask()&utrace.Signals != 0 {
		out = l.space.Signal(t.u, si, 0, t)
	}
	deliver := out.Signal
	if out.Strict == utrace.Rewritten {
		t.last = out.Info
		t.last.Signo = deliver
		if out.Info.Signo != 0 && out.Info != (utrace.Siginfo{Signo: deliver}) { // a bare number: the kernel fills in the rest
			err = l.k.SetSiginfo(t.tid, out.Info)
		}
	}
	if err == nil {
		err = l.hideInterruption(t, deliver, 0)
	}
	if err != nil {
		l.enforce(t, out)
		l.gone(t)
		return
	}
	l.storm(t, si, deliver)
	if deliver == si.Signo && l.stuck(t, si) {
		deliver = 0
	}
	t.again, t.held = out.Hold && out.Action == utrace.Stop, sig
	l.proceed(t, out, kernel.Cont, deliver)
}

// siginfo tells of a signal. Of one that nobody asks about and that kills nobody the number is enough, unless it may be one too many.
func (l *Loop) siginfo(t *task, sig unix.Signal) (utrace.Siginfo, error) {
	if t.u.Mask()&utrace.Signals == 0 && utrace.DefaultDisposition(sig) == utrace.ToIgnore && t.struck+1 < l.cfg.StormAt {
		return utrace.Siginfo{Signo: sig}, nil
	}
	return l.k.Siginfo(t.tid)
}

// byStep tells the SIGTRAPs that a step ends with, by their si_code (sigaction(2)): TRAP_TRACE (2) or TRAP_BRANCH (3) of an
// instruction, TRAP_BRKPT (1) of a system call (user_single_step_report() of arch/x86), SIGTRAP of a handler that was set
// up (signal_setup_done() in kernel/signal.c).
func byStep(code int32) bool {
	return code == 1 || code == 2 || code == 3 || code == int32(unix.SIGTRAP)
}

// group serves a group-stop: the task stays stopped, and SIGCONT will be told (P06).
func (l *Loop) group(t *task, sig unix.Signal) {
	t.fresh = false
	if err := l.disown(t); err != nil {
		l.gone(t)
		return
	}
	again := t.listens && !t.nudged // continued and stopped anew before we saw the first of these
	told := t.listens && t.nudged
	t.nudged, t.owing = false, false
	out := utrace.Outcome{Action: utrace.Resume}
	if again {
		l.enforce(t, l.continued(t))
	}
	if !told {
		if err := l.hideInterruption(t, sig, utrace.ToStop); err != nil {
			l.gone(t)
			return
		}
		if t.tgid == l.first && t.tid == t.tgid {
			l.sink.Stopped(t.u.ID(), sig)
		}
		out = l.space.Jctl(t.u, utrace.JctlEvent{Stopped: true, Signal: sig, Last: l.last(t, true)}, t)
	}
	if l.space.Need(t.u) == utrace.NeedInterrupt { // asked for while it was stopping: it is at a safe place now
		out = l.quiesce(t, out)
	}
	l.proceed(t, out, kernel.Listen, 0)
}

// continued tells of the end of a group-stop.
func (l *Loop) continued(t *task) utrace.Outcome {
	if t.tgid == l.first && t.tid == t.tgid {
		l.sink.Continued(t.u.ID())
	}
	return l.space.Jctl(t.u, utrace.JctlEvent{Last: l.last(t, false)}, t)
}

// last tells whether all other living threads of t's process stand in a group-stop, or whether none does.
func (l *Loop) last(t *task, stopped bool) bool {
	if !t.u.Mask().Has(utrace.Jctl) {
		return false // nobody asks
	}
	for _, o := range l.siblings(t) {
		if !o.left && (o.listens || o.at == kernel.Group) != stopped {
			return false
		}
	}
	return true
}

// trap serves a PTRACE_EVENT_STOP outside of a group-stop: a new child, an Interrupt of ours, or the end of a group-stop.
func (l *Loop) trap(t *task) {
	if err := l.disown(t); err != nil {
		l.gone(t)
		return
	}
	born := t.fresh        // by a call that is over, and not its own
	continued := t.listens // Interrupt makes a listening task stop with Group: this is SIGCONT
	t.fresh, t.listens, t.nudged, t.owing = false, false, false, false
	out := utrace.Outcome{Action: utrace.Resume}
	if continued {
		out = l.continued(t)
	}
	if !continued && !born { // ours, or a SIGCONT that the kernel would have thrown away without us
		if err := l.hideInterruption(t, 0, 0); err != nil {
			l.enforce(t, out)
			l.gone(t)
			return
		}
	}
	if l.space.Need(t.u) == utrace.NeedInterrupt {
		out = l.quiesce(t, out)
	}
	how := t.how
	if !t.inCall {
		how = kernel.Cont
	}
	l.proceed(t, out, how, 0)
}

// quiesce tells Quiesce alone after another report, whose decisions it keeps.
func (l *Loop) quiesce(t *task, before utrace.Outcome) utrace.Outcome {
	l.decided(t, before)
	before.Decisions = nil
	out := l.space.Quiesce(t.u, t)
	if before.Strict > out.Strict {
		out.Strict, out.Engine, out.Why = before.Strict, before.Engine, before.Why
	}
	return out
}
