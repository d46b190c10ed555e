// How a task runs through its script until it has something to tell.

package sim

import (
	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// Results inside the kernel that the program never sees (include/linux/errno.h).
const (
	enosys         = -38
	eintr          = -4
	erestartNoHand = -514
)

// handlerPC is where every handler begins.
const handlerPC = 0x100

// able tells whether running t changes anything: it neither waits for another task nor for a signal.
func (k *Kernel) able(t *task) bool {
	switch {
	case t.killed || t.leaving:
		return true
	case t.phase == inside:
		return t.step().op == opSleep || t.step().waits || t.step().op == opTimed || t.interrupted()
	case t.phase == execing:
		return k.execAlone(t)
	case t.phase == made && t.vforked != nil:
		return t.vforked.released
	}
	return true
}

func (t *task) interrupted() bool {
	return t.kicked || t.notify || t.stopping || len(t.pending)+len(t.proc.pending) > 0
}

// run lets a running task go on until it stands, is dead, or waits for somebody.
func (k *Kernel) run(t *task) {
	for t.state == running && !k.over {
		switch {
		case t.killed || t.leaving:
			k.die(t)
		case !t.atUser():
			if !k.able(t) {
				return
			}
			k.inCall(t)
			if t.dozes {
				t.dozes = false
				return
			}
		case t.kicked && !t.trap:
			t.kicked = false
		case t.deliver != 0:
			k.act(t)
		case t.stepping && t.phase == user && !t.rewound:
			t.stepping = false
			t.info = utrace.Siginfo{Signo: unix.SIGTRAP, Code: 2}
			k.stand(t, kernel.Signal, unix.SIGTRAP)
		case (t.trap || t.notify || t.stopping) && !t.trapLate:
			k.trapped(t)
		case len(t.pending)+len(t.proc.pending) > 0 && !t.trapLate:
			k.dequeue(t)
		case len(t.frames) > 0: // the handler has run, and returns
			last := len(t.frames) - 1
			t.regs, t.frames = t.frames[last], t.frames[:last]
			t.regs.Nr = -1
		case t.phase == broken:
			k.unbreak(t)
		case t.phase == paving:
			if !t.onPad() || k.padded(t) {
				k.finish(t)
			}
		default:
			k.begin(t)
		}
	}
}

// begin runs the program's instruction that makes the step's call.
func (k *Kernel) begin(t *task) {
	s := t.step()
	if t.inGroup {
		k.Fault("job-control", "task %d runs though its process is stopped", t.tid)
	}
	k.log("  %d begins call %d", t.tid, s.call.Nr)
	k.cfg.Watch.Begins(t.tid, s.call.Nr)
	t.trapLate, t.handled, t.excused, t.rewound = false, false, false, false
	if s.op == opFault {
		t.regs = utrace.Registers{PC: t.address(), Nr: -1}
		t.info = utrace.Siginfo{Signo: unix.SIGSEGV, Code: 1}
		k.stand(t, kernel.Signal, unix.SIGSEGV)
		return
	}
	if !t.remade {
		t.since = k.now
	}
	t.phase = entering
	if t.onPad() { // made again by the kernel: from the call instruction before the pad, as it was made
		t.regs.Result = enosys
	} else {
		t.regs = utrace.Registers{PC: t.address() + callSize, Nr: s.call.Nr, Args: s.call.Args, Result: enosys}
	}
	if t.exitTrace {
		t.exitTrace = false
		k.stand(t, kernel.SyscallExit, 0)
	}
}

// address is where the call instruction of the present step stands.
func (t *task) address() uint64 {
	i := t.pc
	for i > 0 && i < len(t.script) && t.script[i].again {
		i--
	}
	return 0x1000 + uint64(i)*16
}

// inCall goes on inside the kernel.
func (k *Kernel) inCall(t *task) {
	switch t.phase {
	case entering:
		t.phase = entered
		if t.step().traced {
			k.stand(t, kernel.Seccomp, 0)
		}
	case entered:
		k.perform(t)
	case inside:
		if t.step().waits && !t.spurred && k.choose(2) == 1 { // for a signal that another thread has taken by now
			t.spurred, t.regs.Result = true, erestartNoHand
			k.leaveCall(t, broken)
			return
		}
		if t.interrupted() {
			t.regs.Result = erestartNoHand
			if op := t.step().op; op == opPoll || op == opTimed {
				t.regs.Result = eintr
			}
			if t.limit == 0 {
				t.limit = k.now + Patience
			}
			k.leaveCall(t, broken)
			return
		}
		t.regs.Result = 0
		if t.step().op == opTimed {
			t.regs.Result = k.timed(t)
		}
		k.leaveCall(t, user)
	case execing:
		k.execDone(t)
	case made:
		t.vforked = nil
		k.leaveCall(t, user)
	case leave:
		t.phase = t.after
		if t.remakes {
			t.remakes, t.remade, t.rewound, t.phase = false, true, true, user
			return
		}
		if t.after == user {
			k.finish(t)
		}
	}
}

// leaveCall passes the syscall-exit-stop, if the supervisor asked for one.
func (k *Kernel) leaveCall(t *task, after phase) {
	t.phase, t.after = leave, after
	if t.exitTrace {
		t.exitTrace = false
		k.stand(t, kernel.SyscallExit, 0)
	}
}

// finish goes back to the program, over its pad if it has one.
func (k *Kernel) finish(t *task) {
	if t.onPad() {
		t.phase, t.regs.Nr = paving, -1
		return
	}
	s := t.step()
	k.punctual(t)
	if t.pc >= 0 {
		k.ownArgs(t)
		k.cfg.Watch.Saw(t.tid, s.call.Nr, t.regs.Result, t.handled || t.excused)
	}
	t.phase, t.regs.Nr = user, -1
	t.pc++
}

// ownArgs is the kernel's promise that a call changes no register but the result's (P29).
func (k *Kernel) ownArgs(t *task) {
	if s := t.step(); t.regs.Args != s.call.Args {
		k.Fault("registers", "task %d got other arguments back from call %d than it made: %v", t.tid, s.call.Nr, t.regs.Args)
	}
}

// unbreak ends a call that was broken off, or makes it again (signal(7), "Interruption of system calls").
func (k *Kernel) unbreak(t *task) {
	switch {
	case t.regs.Result == erestartNoHand && !t.handled, t.regs.PC == t.address():
		if !t.onPad() {
			k.ownArgs(t)
			t.regs.Nr = -1
		}
		t.phase, t.remade, t.rewound = user, true, true
	default:
		if t.regs.Result == erestartNoHand {
			t.regs.Result = eintr
		}
		k.finish(t)
	}
}

// perform is the kernel acting on the call in the registers.
func (k *Kernel) perform(t *task) {
	s := t.step()
	t.phase = made
	if t.regs.Nr < 0 { // skipped
		return
	}
	if t.regs.Nr > nrPages {
		k.page(t)
		return
	}
	k.cfg.Watch.Made(t.tid, utrace.Call{Arch: Arch, Nr: t.regs.Nr, Args: t.regs.Args}, s.traced)
	t.regs.Result = s.result
	if t.regs.Nr != s.call.Nr { // another call was made of it
		t.regs.Result = t.regs.Nr - NrPlain
		return
	}
	switch s.op {
	case opPoint:
		k.point(t)
		if s.waits {
			t.phase = inside
		}
	case opSleep, opPause, opPoll:
		t.phase = inside
	case opTimed:
		t.phase, t.wakes, t.dozes = inside, k.now+Patience, true
	case opFork, opVFork, opThread:
		k.birth(t, s)
	case opExec:
		k.execBegin(t)
	case opExit:
		t.leaving, t.status = true, utrace.ExitStatus{Code: s.code}
	case opExitGroup:
		k.exitGroup(t, utrace.ExitStatus{Code: s.code})
	case opRaise:
		k.send(t.proc, t, utrace.Siginfo{Signo: s.sig, Code: -6})
	case opKillParent, opKillChild:
		k.sendOther(t, s)
	case opHandle:
		t.proc.actions[s.sig] = utrace.ToHandler
	case opIgnore:
		t.proc.actions[s.sig] = utrace.ToIgnore
	}
}
