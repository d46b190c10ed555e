// Coming back from a changed call without a stop: over a return pad, where the kernel has them.

package loop

import (
	"errors"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// onPad has a task at its seccomp-stop make the call of an outcome and come back over a pad. false: it needs a stop at the end.
func (l *Loop) onPad(t *task, out utrace.Outcome, exits bool) (bool, error) {
	made := out.Call
	switch {
	case !out.Sealed && out.Strict != utrace.Rewritten, exits, out.Action != utrace.Resume, t.watched(), t.space == nil || !t.space.pads:
		return false, nil
	case l.cfg.IsClone(made.Arch, made.Nr), l.cfg.IsClone(t.call.Arch, t.call.Nr): // the child would come back over it as well
		return false, nil
	case out.Redo == unix.ENOSYS: // registers have that as the result of a call that is not made yet
		return false, nil
	}
	pad, err := l.k.Pad(t.tid, t.call, made, out.Redo, t.space.addr)
	if errors.Is(err, kernel.ErrNoPad) {
		return false, nil
	}
	t.pad = pad
	return err == nil, err
}

// redo has the task make its own call again, at the end of one that was made of it and failed so that this is wanted. Engines that ask for
// ends are told that it is, by the result that the kernel has for calls of which nobody knows that they were broken off.
func (l *Loop) redo(t *task) {
	const broken = -513 // ERESTARTNOINTR (include/linux/errno.h)
	out := utrace.Outcome{Action: utrace.Resume}
	if t.u.Wants(utrace.SyscallExit, t.call.Arch, t.call.Nr) {
		out = l.space.SyscallExit(t.u, t.call, broken, t)
	}
	if err := l.k.Rewind(t.tid); err != nil {
		l.gone(t)
		return
	}
	t.redoes = true
	l.proceed(t, out, kernel.Cont, 0)
}

// offPad is the first thing at the next stop of a task that was to come back over a pad, unless that is a seccomp-stop of a call
// that it did not make from there. What was sealed is not needed any more: the
// task has come back, or makes its own call again.
func (l *Loop) offPad(t *task) bool {
	pad := t.pad
	if pad.At == 0 {
		return true
	}
	t.pad = kernel.Pad{}
	redo, err := l.k.OffPad(t.tid, pad)
	t.redoes = redo
	t.unseal()
	if err != nil {
		l.gone(t)
	}
	return err == nil
}
