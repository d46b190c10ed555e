// Signals: sending, taking, group-stops.

package sim

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

func (p *process) disposition(sig unix.Signal) utrace.Disposition {
	if d, ok := p.actions[sig]; ok && sig != unix.SIGKILL && sig != unix.SIGSTOP {
		return d
	}
	return utrace.DefaultDisposition(sig)
}

// send makes a signal pending for a process, or for one task of it. An ignored signal is not discarded, because
// everybody here is traced (sig_ignored() in kernel/signal.c; T1).
func (k *Kernel) send(p *process, t *task, si utrace.Siginfo) {
	switch {
	case si.Signo == unix.SIGKILL:
		k.killGroup(p, utrace.ExitStatus{Signal: unix.SIGKILL})
		return
	case si.Signo == unix.SIGCONT:
		k.resumeGroup(p)
	case utrace.DefaultDisposition(si.Signo) == utrace.ToStop:
		p.drop(unix.SIGCONT)
	}
	if t != nil {
		t.pending = queue(t.pending, si)
		return
	}
	p.pending = queue(p.pending, si)
}

// queue adds a signal, unless the same standard signal is pending already.
func queue(q []utrace.Siginfo, si utrace.Siginfo) []utrace.Siginfo {
	for _, o := range q {
		if o.Signo == si.Signo {
			return q
		}
	}
	return append(q[:len(q):len(q)], si)
}

func (p *process) drop(sig unix.Signal) {
	var left []utrace.Siginfo
	for _, si := range p.pending {
		if si.Signo != sig {
			left = append(left, si)
		}
	}
	p.pending = left
}

// sendOther is kill(2) on the parent, or on the youngest child process.
func (k *Kernel) sendOther(t *task, s Step) {
	var to *process
	if s.op == opKillParent {
		if o := k.tasks[t.proc.parent]; o != nil {
			to = o.proc
		}
	} else {
		youngest := 0
		for _, o := range k.tasks {
			if o.creator == t.uid && o.proc != t.proc && o.uid > youngest {
				youngest, to = o.uid, o.proc
			}
		}
	}
	if to == nil {
		t.regs.Result = -int64(unix.ESRCH)
		return
	}
	si := utrace.Siginfo{Signo: s.sig}
	binary.NativeEndian.PutUint32(si.Rest[4:], uint32(t.proc.tgid)) // si_pid (asm-generic/siginfo.h)
	k.send(to, nil, si)
}

// dequeue takes the next signal: the task's own come first.
func (k *Kernel) dequeue(t *task) {
	from := &t.pending
	if len(*from) == 0 {
		from = &t.proc.pending
	}
	t.info = (*from)[0]
	*from = (*from)[1:]
	t.continued = false
	k.stand(t, kernel.Signal, t.info.Signo)
}

// act is what the supervisor let through taking effect.
func (k *Kernel) act(t *task) {
	sig := t.deliver
	t.deliver = 0
	k.cfg.Watch.Delivered(t.tid, sig)
	if sig == unix.SIGKILL {
		k.killGroup(t.proc, utrace.ExitStatus{Signal: sig})
		return
	}
	switch t.proc.disposition(sig) {
	case utrace.ToHandler:
		t.handled = true
		if t.onPad() {
			k.Fault("registers", "a handler of task %d finds it on a pad", t.tid)
		}
		if t.regs.Result == erestartNoHand {
			t.regs.Result = eintr
		}
		t.frames = append(t.frames[:len(t.frames):len(t.frames)], t.regs)
		t.regs.PC, t.regs.Result = handlerPC, 0
		if t.faulted(sig) {
			t.pc++
		}
	case utrace.ToStop:
		t.excused = true
		if t.continued {
			return
		}
		for _, o := range k.group(t.proc) {
			if o.state != zombie {
				o.stopping = true
			}
			if o.state == listening {
				o.state = running
			}
		}
		t.proc.stopSig = sig
	case utrace.ToTerm:
		k.exitGroup(t, utrace.ExitStatus{Signal: sig})
	case utrace.ToCore:
		if k.cfg.Init && t.proc.tgid == FirstTID && t.faulted(sig) {
			return // SIGNAL_UNKILLABLE, which a fault takes away only where there is no tracer (force_sig_info_to_task())
		}
		k.exitGroup(t, utrace.ExitStatus{Signal: sig, Core: true})
	}
}

// faulted tells that sig is one that the kernel raised for the present instruction.
func (t *task) faulted(sig unix.Signal) bool {
	return t.step().op == opFault && t.phase == user && t.info.Signo == sig && t.info.Code > 0
}

// trapped is PTRACE_EVENT_STOP: with the stop signal while its process is in a group-stop, else with SIGTRAP
// (do_jobctl_trap() in kernel/signal.c).
func (k *Kernel) trapped(t *task) {
	t.excused = t.excused || t.stopping || t.inGroup
	t.notify, t.stopping = false, false
	if sig := t.proc.stopSig; sig != 0 {
		t.inGroup = true
		k.stand(t, kernel.Group, sig)
		return
	}
	t.inGroup = false
	k.stand(t, kernel.Trap, 0)
}

// resumeGroup is SIGCONT being sent: it acts before it is delivered (P08), and every task is told of it by a trap,
// whether it was stopped or not (ptrace_trap_notify()).
func (k *Kernel) resumeGroup(p *process) {
	p.stopSig = 0
	var left []utrace.Siginfo
	for _, si := range p.pending {
		if utrace.DefaultDisposition(si.Signo) != utrace.ToStop {
			left = append(left, si)
		}
	}
	p.pending = left
	for _, t := range k.group(p) {
		if t.state == zombie || t.killed {
			continue
		}
		t.notify, t.stopping, t.inGroup, t.continued = true, false, false, true
		if t.state == listening {
			t.state = running
		}
	}
}
