// Storms of signals: who sends them faster than the task can be told of them is slowed down, so that its program runs at all.

package loop

import (
	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

const (
	// stormAt is how many signals in a row a task is told of before that is a storm, the second half of them without running an
	// instruction between: where it stands is asked for only then, since that takes longer than all else about a signal.
	stormAt = 32
	// quietFor is how many signals after one that had a handler are not counted.
	quietFor = 256
	// slowFor is how many stops the senders then have that they would not have had. With 64 a program came along a tenth as fast.
	slowFor = 512
)

// place is where a task stands in its program: a task that is told of two signals at the same has run nothing meanwhile, or
// little.
type place struct{ pc, sp uint64 }

// storm is asked after each signal that t is about to get. A tracee stops for signals that its program ignores, and for SIGCONT:
// without a tracer the kernel throws them away when they are sent (sig_ignored() in kernel/signal.c). Sent in a loop, a
// SIGCONT after each SIGSTOP for example, the next is there before the last one was told, again and again, and what would run
// between them natively never runs. So the sender is made to stop at the entries and exits of its calls for a while, in turn with
// the task that it calls on. A signal that has a handler is no part of a storm: the handler runs.
func (l *Loop) storm(t *task, si utrace.Siginfo, deliver unix.Signal) {
	if l.cfg.StormAt < 0 {
		return
	}
	switch {
	case t.struckAt == place{}:
		t.struckAt = t.stood
	case t.struckAt != t.stood:
		t.struckAt, t.struck = place{}, 0
	}
	if t.struck++; t.struck < l.cfg.StormAt {
		return
	}
	t.struckAt, t.struck = place{}, 0
	from, ok := si.Sender()
	if !ok || si.Code > 0 {
		return
	}
	if d, err := l.k.Disposition(t.tid, deliver); deliver != 0 && (err != nil || d == utrace.ToHandler) {
		t.struck = -quietFor // it is likely to be one the next time, too, and to look takes as long as the whole signal
		return
	}
	known := l.living(from) // else it has other numbers in its own pid namespace: it is one of all
	for _, o := range l.tasks {
		if o != t && (o.tgid == from || !known) {
			l.slow(o)
		}
	}
}

// brews tells that the place of t's next signal matters.
func (l *Loop) brews(t *task) bool { return l.cfg.StormAt > 0 && t.struck >= l.cfg.StormAt/2 }

// slow has t stop at its calls, from now on.
func (l *Loop) slow(t *task) {
	if !t.slowed && t.at == 0 && !t.listens {
		l.interrupt(t)
	}
	t.slowed, t.slow = true, slowFor
}
