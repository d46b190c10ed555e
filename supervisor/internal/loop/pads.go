// Coming back from a changed call without a stop: over a return pad, where the kernel has them.

package loop

import (
	"errors"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// onPad has a task at its seccomp-stop make the call of an outcome and come back over a pad. false: it needs a stop at the end.
func (l *Loop) onPad(t *task, out utrace.Outcome, exits bool) (bool, error) {
	made := out.Call
	if !out.Sealed || exits || t.space == nil || !t.space.pads || out.Action != utrace.Resume || t.retry != nil ||
		l.cfg.IsClone(made.Arch, made.Nr) || l.cfg.IsClone(t.call.Arch, t.call.Nr) { // the child would come back over it as well
		return false, nil
	}
	pad, err := l.k.Pad(t.tid, t.call, made, t.space.addr)
	if errors.Is(err, kernel.ErrNoPad) {
		return false, nil
	}
	t.pad = pad
	return err == nil, err
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
	err := l.k.OffPad(t.tid, pad)
	t.unseal()
	if err != nil {
		l.gone(t)
	}
	return err == nil
}
