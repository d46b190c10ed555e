// Calls that were broken off for nothing: made again, without the program's knowing, and not for longer than it asked for.

package loop

import (
	"time"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// retry is a call with a relative time-out that is made again and again. Each time it waits for its whole time-out, so
// without a limit of ours it would never end in a program that gets ignored signals often enough.
type retry struct {
	call     utrace.Registers // as it was broken off
	deadline time.Duration    // of Config.Now
	result   int64            // what the kernel answers when the time is up
	stop     func()           // the timer
}

// same tells whether r belongs to a making of the same call. The first argument is left out: on arm64 its register holds
// the result.
func (x *retry) same(nr int64, pc, sp uint64, args [6]uint64) bool {
	c := &x.call
	return nr == c.Nr && pc == c.PC && sp == c.SP && [5]uint64(args[1:]) == [5]uint64(c.Args[1:])
}

// hideInterruption is for the calls that answer EINTR instead of being restarted by the kernel (epoll_wait, sigtimedwait,
// semtimedop, recv with a time-out, …). The kernel discards an ignored signal at once, unless the task is traced: then it
// wakes the call for it (sig_ignored() in kernel/signal.c). If nothing is to be delivered, the call is made again, and the
// program never sees what it would not have seen without us (T1); or it is answered, if its time is up. If a signal with a
// handler or a group-stop follows before an instruction has run, the EINTR was due after all, and is put back.
func (l *Loop) hideInterruption(t *task, sig unix.Signal, d utrace.Disposition) error {
	placed := l.brews(t)
	t.stood = place{}
	if t.rewound == nil && !placed {
		if broken, err := l.k.BrokenOff(t.tid); err != nil || !broken {
			t.forget()
			return err
		}
	}
	r, err := l.k.Registers(t.tid)
	if err != nil {
		return err
	}
	if placed {
		t.stood = place{r.PC, r.SP}
	}
	pending := t.rewound != nil && l.stillRewound(t, r)
	if pending {
		r = *t.rewound
	} else {
		t.rewound = nil
		if r.Nr < 0 || r.Result != -int64(unix.EINTR) {
			t.forget()
			return nil
		}
	}
	if sig != 0 && d == 0 {
		if d, err = l.k.Disposition(t.tid, sig); err != nil {
			return err
		}
	}
	switch {
	case sig != 0 && d != utrace.ToIgnore:
		return l.end(t, r)
	case l.due(t):
		r.Result = t.retry.result
		return l.end(t, r)
	case !pending:
		l.limit(t, r)
		t.rewound = &r
		return l.k.Rewind(t.tid)
	}
	return nil
}

// end lets a call that was broken off end as r says.
func (l *Loop) end(t *task, r utrace.Registers) error {
	t.rewound = nil
	t.forget()
	// No call to be made again any more, as the kernel says after rt_sigreturn: ignored signals that come on the way to
	// user mode (SIGCONT after its stop) change nothing about that.
	r.Nr = -1
	return l.k.SetRegisters(t.tid, r)
}

// stillRewound tells whether r is where Rewind left the task: on the call instruction (two bytes on amd64, four on arm64)
// with the call's arguments.
func (l *Loop) stillRewound(t *task, r utrace.Registers) bool {
	return r.PC == t.rewound.PC-callSize && r.SP == t.rewound.SP
}

// stepped is said when a step has ended: it may have made a call that stood rewound.
func (l *Loop) stepped(t *task) {
	if t.rewound == nil {
		return
	}
	if r, err := l.k.Registers(t.tid); err != nil || !l.stillRewound(t, r) {
		t.rewound = nil
	}
}

// limit fixes the deadline of a call when it is broken off for the first time: now and its whole time-out. When it began is
// not known, for nothing stopped it there; so it ends late, by one time-out at most, and never early.
func (l *Loop) limit(t *task, r utrace.Registers) {
	if t.retry != nil && t.retry.same(r.Nr, r.PC, r.SP, r.Args) {
		return
	}
	t.forget()
	d, result, ok := l.k.Timeout(t.tid, r)
	if !ok {
		return
	}
	x := &retry{call: r, deadline: l.cfg.Now() + d, result: result}
	x.stop = l.cfg.After(d, func() { l.Do(func() { l.expired(t, x) }) })
	t.retry = x
}

// forget drops the deadline.
func (t *task) forget() {
	if t.retry != nil {
		t.retry.stop()
		t.retry = nil
	}
}

// due tells that the time of t's call is up.
func (l *Loop) due(t *task) bool { return t.retry != nil && l.cfg.Now() >= t.retry.deadline }

// expired is called when the time is up: the call is broken off once more. A task that stands is so when it goes on.
func (l *Loop) expired(t *task, x *retry) {
	if t.retry == x && t.at == 0 {
		l.interrupt(t)
	}
}

// remade serves the entry-stop of the first call after one was broken off. If the task was not put back before it, or
// somebody has changed it since, this is another call, made by the program.
func (l *Loop) remade(t *task, c utrace.Call) {
	if t.retry != nil && (t.rewound == nil || !t.retry.same(c.Nr, c.IP, c.SP, c.Args)) {
		t.forget()
	}
	t.rewound, t.stepping = nil, false
	l.resume(t, kernel.Cont, 0)
}

// returned looks at the result of a call that was made again. If it was broken off once more the deadline stands; if
// that has passed the time-out is answered.
func (l *Loop) returned(t *task, info *kernel.SyscallInfo) error {
	r, err := l.k.Registers(t.tid)
	if err != nil {
		return err
	}
	switch {
	case r.Nr < 0 || info.Result != -int64(unix.EINTR):
		t.forget()
	case l.due(t):
		info.Result = t.retry.result
		t.forget()
		return l.k.SetResult(t.tid, info.Result)
	}
	return nil
}
