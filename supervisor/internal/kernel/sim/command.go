// Commands: what the supervisor does to tasks.

package sim

import (
	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// at finds a task that a command may be given to. A command for a task that runs without having been killed
// is the supervisor's mistake.
func (k *Kernel) at(tid int, command string) (*task, error) {
	k.before(tid)
	if k.over {
		return nil, unix.ESRCH
	}
	k.log("%s %d", command, tid)
	t := k.tasks[tid]
	switch {
	case t == nil:
		if !k.known[tid] {
			k.Fault("command-to-stranger", "%s for task %d, which never was", command, tid)
		}
		return nil, unix.ESRCH
	case t.state == stopped && (t.told || t.stop.Kind == kernel.Exit && t.killed):
		return t, nil
	case t.state == zombie || t.killed:
		return nil, unix.ESRCH
	case t.state == stopped:
		k.Fault("command-to-running", "%s for task %d, whose stop was not waited for", command, tid)
	default:
		k.Fault("command-to-running", "%s for task %d, which runs", command, tid)
	}
	return nil, unix.ESRCH
}

// Resume lets a stopped task go on.
func (k *Kernel) Resume(tid int, how kernel.How, sig unix.Signal) error {
	k.before(tid)
	k.cfg.Watch.Resumed(tid, how, k.Dying(tid))
	t, err := k.atNow(tid, "Resume")
	if err != nil {
		return err
	}
	kind := t.stop.Kind
	if sig != 0 && kind != kernel.Signal && !t.killed {
		k.Fault("bad-resume", "signal %v for task %d at its stop %v", sig, tid, kind)
		return unix.ESRCH
	}
	switch how {
	case kernel.Listen:
		return k.listen(t, kind)
	case kernel.Cont, kernel.ToSyscallExit, kernel.Step, kernel.BlockStep:
	default:
		k.Fault("bad-resume", "task %d in the manner %d", tid, how)
	}
	t.state = running
	if kind == kernel.Signal {
		t.deliver = sig
	}
	t.exitTrace = how == kernel.ToSyscallExit
	t.stepping = how == kernel.Step || how == kernel.BlockStep
	return nil
}

// atNow is at, when before was called already.
func (k *Kernel) atNow(tid int, command string) (*task, error) {
	landing := k.landing
	k.landing = true
	defer func() { k.landing = landing }()
	return k.at(tid, command)
}

// listen is PTRACE_LISTEN; one who was told of SIGCONT meanwhile traps at once.
func (k *Kernel) listen(t *task, kind kernel.Kind) error {
	if kind != kernel.Group && kind != kernel.Trap {
		if !t.killed {
			k.Fault("bad-resume", "Listen for task %d at its stop %v", t.tid, kind)
		}
		return unix.EIO
	}
	t.state = running
	if !t.notify && !t.trap && !t.stopping {
		t.state = listening
	}
	return nil
}

// Interrupt makes a task trap. A running one may have begun its next call already: then that call's stop comes instead.
func (k *Kernel) Interrupt(tid int) error {
	k.before(tid)
	t := k.tasks[tid]
	if k.over || t == nil || t.state == zombie || t.killed || t.leaving {
		return unix.ESRCH
	}
	k.log("Interrupt %d", tid)
	pending := t.trap
	t.trap, t.kicked = true, true
	switch {
	case pending || t.inGroup && t.state == running:
	case t.state == listening:
		t.state = running
	case t.state == running && t.atUser() && !t.interruptedOtherwise():
		t.trapLate = k.choose(2) == 1
	}
	return nil
}

func (t *task) interruptedOtherwise() bool {
	return t.notify || t.stopping || len(t.pending)+len(t.proc.pending) > 0 || t.deliver != 0 || t.stepping
}

// Kill sends a signal to the process that id belongs to.
func (k *Kernel) Kill(id int, sig unix.Signal) error {
	if k.over {
		return unix.ESRCH
	}
	k.log("Kill %d %v", id, sig)
	t := k.tasks[id]
	if t == nil {
		return unix.ESRCH
	}
	k.send(t.proc, nil, utrace.Siginfo{Signo: sig})
	return nil
}

// Tkill sends a signal to one task.
func (k *Kernel) Tkill(tid int, sig unix.Signal) {
	if t := k.tasks[tid]; t != nil && !k.over {
		k.log("Tkill %d %v", tid, sig)
		k.send(t.proc, t, utrace.Siginfo{Signo: sig, Code: -6})
	}
}

// Reap takes a zombie away.
func (k *Kernel) Reap(tid int) (utrace.Usage, error) {
	k.before(0)
	t := k.tasks[tid]
	if k.over || t == nil || t.state != zombie {
		if !k.over {
			k.Fault("bad-reap", "task %d is not a zombie", tid)
		}
		return utrace.Usage{}, unix.ECHILD
	}
	k.remove(t)
	if t.leader() {
		k.handOver(t.proc)
	}
	if _, ok := k.handed[t.tid]; ok { // its number is not free yet
		k.unfree(t.tid)
	}
	return utrace.Usage{}, nil
}
