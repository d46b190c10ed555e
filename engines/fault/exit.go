// After a call: results, delays, signals and memory at its end; and tasks that are held for a time.

package fault

import (
	"context"
	"time"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// ReportSyscallExit does what is to be done at the end of a call.
func (e *Engine) ReportSyscallExit(s *utrace.Stopped, ev *utrace.ExitedEvent) utrace.ExitedVerdict {
	t := e.taskOf(s.ID())
	now := &t.now
	if !now.entered { // it was made before the engine came
		return ev.Continue()
	}
	now.entered = false
	e.settle(now, ev.Result())
	// EINTR by the kernel's own means that nothing came of it: either a handler runs now, and it is over, or the loop has it made
	// again, as the kernel should have.
	if ev.Restarting() || now.made && ev.Result() == -int64(unix.EINTR) {
		t.broken = true
		return ev.Continue()
	}
	v := ev.Continue()
	var delay int64
	for _, r := range now.fired {
		for _, x := range r.PokeExit {
			_, _ = s.WriteMem(now.call.Args[x.Arg], x.Data)
		}
		if r.Signal != 0 && r.Late {
			send(s.ID(), r.Signal)
		}
		if r.Crash == CrashAfter {
			return ev.KillTree(r.why(now.text + ": the tree is killed after it"))
		}
		delay += int64(r.DelayExit)
	}
	if r := now.late; r != nil && (r.Call != "" || ev.Result() >= 0 || ev.Result() < -maxErrno) {
		v = ev.SetResult(*now.answer, r.why(now.text+" = "+r.shown()))
	}
	now.fired = now.fired[:0]
	next := utrace.Resume
	if e.set.Once && e.spent(t) {
		next = utrace.Detach
		e.forget(s.ID())
	}
	if delay > 0 {
		e.hold(s.Attachment(), delay, next)
		return v.Then(utrace.Stop)
	}
	return v.Then(next)
}

// hold lets a task go when its time is over: Stop is in place only when the callback's answer was carried out, which Barrier
// waits for. Whatever Control answers, the task is not held by this engine any more: it goes on, or it is dead.
func (e *Engine) hold(a *utrace.Attachment, nanoseconds int64, next utrace.Action) {
	time.AfterFunc(time.Duration(nanoseconds), func() {
		if a.Barrier(context.Background()) == nil {
			_ = a.Control(next)
		}
	})
}

// spent tells whether no rule can fire for the task any more.
func (e *Engine) spent(t *task) bool {
	for _, r := range e.rules {
		if r.After != 0 {
			return false
		}
		names := r.names
		if r.scope != PerCall {
			names = []string{""}
		}
		for _, name := range names {
			key := counter{rule: r.index, call: name}
			in := t.counts
			switch r.scope {
			case PerProcess:
				in = t.proc.counts
			case PerTree:
				in = e.counts
			}
			if !r.When.over(in[key]) {
				return false
			}
		}
	}
	return true
}

// send sends a signal to one thread. ESRCH: it is dying.
func send(id utrace.TaskID, sig unix.Signal) { _ = unix.Tgkill(id.TGID, id.TID, sig) }
