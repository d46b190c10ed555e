// The signal event: what is about to happen to a task, and what may be made of it.

package utrace

import "golang.org/x/sys/unix"

// A SignalEvent is told when a signal is about to be acted on. SIGKILL is never told: nobody can hold it.
type SignalEvent struct {
	info        Siginfo
	disposition Disposition // 0: not looked at yet
	machine     Machine
	told        *Stopped // of the callback that runs
	taken       bool     // an earlier engine took the signal away
	again       bool
}

// Again tells that this engine has been asked about this stop before, and that another one has replaced the signal since: see
// EntryEvent.Again. A replacement that would change it once more takes the signal away.
func (e *SignalEvent) Again() bool { return e.again }

// Info is the siginfo, with what earlier engines made of it.
func (e *SignalEvent) Info() Siginfo { return e.info }

// Signal is the signal's number.
func (e *SignalEvent) Signal() unix.Signal { return e.info.Signo }

// Disposition is what would happen, with what earlier engines made of the signal; the default if that can't be known, because the task
// is dying. To look costs about twenty microseconds once (/proc/PID/status, proc_pid_status(5)); only in the callback.
func (e *SignalEvent) Disposition() Disposition {
	if e.disposition == 0 && e.told != nil && !e.told.over.Load() {
		e.look()
	}
	return e.disposition
}

// look asks the machine.
func (e *SignalEvent) look() {
	d, err := e.machine.Disposition(e.info.Signo)
	if err != nil {
		d = DefaultDisposition(e.info.Signo)
	}
	e.disposition = d
}

// exactly is the event that the signal is.
func (e *SignalEvent) exactly() Mask {
	if e.disposition == 0 {
		e.look()
	}
	return e.disposition.EventOf()
}

// signalEvent is the event to tell of: all of Signals, if it makes no difference to anybody which of them it is.
func (t *Task) signalEvent(e *SignalEvent) Mask {
	if e.disposition == 0 && t.anySignal() {
		return Signals
	}
	return e.exactly()
}

func (t *Task) anySignal() bool {
	t.space.mu.Lock()
	defer t.space.mu.Unlock()
	for _, a := range t.attached {
		if a.mask.some(Signals) || a.mask.Has(Quiesce) {
			return false
		}
	}
	return true
}

// Taken tells whether an earlier engine already ignores or holds this signal.
func (e *SignalEvent) Taken() bool { return e.taken }

// Deliver lets happen what would.
func (*SignalEvent) Deliver() SignalVerdict { return SignalVerdict{verdict: run(Resume)} }

// Ignore makes the signal disappear.
func (*SignalEvent) Ignore(w Why) SignalVerdict { return SignalVerdict{verdict: answered(w)} }

// Replace delivers another signal, or the same with another siginfo. SIGKILL kills the process; a number that is no signal
// (1–64) is an engine's failure. Engines that hear of such a signal and were told before are asked again, see Again.
func (*SignalEvent) Replace(si Siginfo, w Why) SignalVerdict {
	return SignalVerdict{verdict: rewritten(w), info: &si}
}

// ForceTerm ends the process as SIGKILL does: no handler and no mask stands in the way.
func (*SignalEvent) ForceTerm(w Why) SignalVerdict {
	return SignalVerdict{verdict: killing(KillProcess, w)}
}

// ForceStop stops the process by job control, as SIGSTOP does.
func (*SignalEvent) ForceStop(w Why) SignalVerdict {
	return SignalVerdict{verdict: rewritten(w), info: &Siginfo{Signo: unix.SIGSTOP}}
}

// ForceCore ends the process with a core image: by SIGQUIT where its default action stands, else as ForceTerm does,
// because ptrace can't take a handler away.
func (*SignalEvent) ForceCore(w Why) SignalVerdict {
	return SignalVerdict{verdict: rewritten(w), info: &Siginfo{Signo: unix.SIGQUIT}, core: true}
}

// Hold pushes the signal back and stops the task; it is told again when this engine lets the task go.
func (*SignalEvent) Hold(w Why) SignalVerdict {
	return SignalVerdict{verdict: answered(w).stopping(), hold: true}
}

// KillProcess ends the process.
func (*SignalEvent) KillProcess(w Why) SignalVerdict {
	return SignalVerdict{verdict: killing(KillProcess, w)}
}

// KillTree ends everything in the jail.
func (*SignalEvent) KillTree(w Why) SignalVerdict {
	return SignalVerdict{verdict: killing(KillTree, w)}
}

func (v verdict) stopping() verdict { v.action = Stop; return v }
