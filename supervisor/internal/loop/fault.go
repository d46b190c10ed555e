// Faults that do not end the task they should end.

package loop

import (
	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// fault is a deadly signal that the kernel raised for an instruction and that was delivered: which, and where.
type fault struct {
	sig    unix.Signal
	pc, sp uint64
}

// endless tells that a task stands in the same fault again although it was delivered and no handler is there. That is the
// first process of a pid namespace: a tracer's presence keeps it from dying of a fault (force_sig_info_to_task() in
// kernel/signal.c clears SIGNAL_UNKILLABLE only for untraced tasks), so it would fault for ever (T4).
func (l *Loop) endless(t *task, sig unix.Signal, r utrace.Registers) bool {
	if t.faulted != (fault{sig, r.PC, r.SP}) {
		return false
	}
	d, err := l.k.Disposition(t.tid, sig)
	return err == nil && (d == utrace.ToCore || d == utrace.ToTerm)
}

// stuck is asked before a signal is delivered to t: true if it was killed for a fault that can't end it otherwise. Its
// status is that of SIGKILL then; ptrace has no way to make it another.
func (l *Loop) stuck(t *task, si utrace.Siginfo) bool {
	if si.Code <= 0 { // sent by somebody
		return false
	}
	switch si.Signo {
	case unix.SIGSEGV, unix.SIGBUS, unix.SIGILL, unix.SIGFPE:
	default:
		return false
	}
	r, err := l.k.Registers(t.tid)
	if err != nil {
		return false
	}
	if l.endless(t, si.Signo, r) {
		l.killProcess(t, utrace.Killer{By: "kernel", Why: utrace.Why{
			What: "a fault (" + utrace.ExitStatus{Signal: si.Signo}.String() + ") of the first process of a pid namespace"}})
		return true
	}
	t.faulted = fault{si.Signo, r.PC, r.SP}
	return false
}
