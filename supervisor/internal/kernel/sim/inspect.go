// Looking at tasks and changing their registers.

package sim

import (
	"runtime"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// callSize is the length of the instruction that makes a call: Rewind goes back by it.
var callSize = func() uint64 {
	if runtime.GOARCH == "arm64" {
		return 4
	}
	return 2
}()

// EventMsg is the message of the present stop.
func (k *Kernel) EventMsg(tid int) (uint64, error) {
	t, err := k.at(tid, "EventMsg")
	if err != nil {
		return 0, err
	}
	return t.msg, nil
}

// Syscall tells of the present call.
func (k *Kernel) Syscall(tid int) (kernel.SyscallInfo, error) {
	t, err := k.at(tid, "Syscall")
	if err != nil {
		return kernel.SyscallInfo{}, err
	}
	c := utrace.Call{Arch: Arch, Nr: t.regs.Nr, Args: t.regs.Args, IP: t.regs.PC, SP: t.regs.SP}
	switch t.stop.Kind {
	case kernel.Seccomp:
		return kernel.SyscallInfo{Op: kernel.OpSeccomp, Call: c}, nil
	case kernel.SyscallExit:
		if t.phase == entering {
			return kernel.SyscallInfo{Op: kernel.OpEntry, Call: c}, nil
		}
		return kernel.SyscallInfo{Op: kernel.OpExit, Call: utrace.Call{Arch: Arch, IP: c.IP, SP: c.SP}, Result: t.regs.Result}, nil
	}
	return kernel.SyscallInfo{Op: kernel.OpNone, Call: utrace.Call{Arch: Arch, Nr: -1, IP: c.IP, SP: c.SP}}, nil
}

// SetSyscall changes the call that a task in a Seccomp stop is about to make.
func (k *Kernel) SetSyscall(tid int, c utrace.Call) error {
	t, err := k.at(tid, "SetSyscall")
	if err != nil {
		return err
	}
	if t.stop.Kind != kernel.Seccomp {
		if !t.killed {
			k.Fault("bad-command", "SetSyscall for task %d at its stop %v", tid, t.stop.Kind)
		}
		return unix.EINVAL
	}
	t.regs.Nr, t.regs.Args = c.Nr, c.Args
	return nil
}

// SetResult sets what the program will see.
func (k *Kernel) SetResult(tid int, result int64) error {
	t, err := k.at(tid, "SetResult")
	if err != nil {
		return err
	}
	if t.stop.Kind != kernel.SyscallExit && (t.stop.Kind != kernel.Seccomp || t.regs.Nr >= 0) && !t.killed {
		k.Fault("bad-command", "SetResult for task %d at its stop %v", tid, t.stop.Kind)
	}
	t.regs.Result = result
	return nil
}

// Rewind makes the call again that was broken off.
func (k *Kernel) Rewind(tid int) error {
	t, err := k.at(tid, "Rewind")
	if err != nil {
		return err
	}
	switch {
	case t.phase == leave && t.stop.Kind == kernel.SyscallExit:
		t.remakes = true
	case t.phase != broken && !t.killed:
		k.Fault("bad-command", "Rewind for task %d, which has no call to make again", tid)
	}
	t.regs.PC = t.address()
	t.regs.Nr = -1
	return nil
}

// Vanished has nothing to forget here.
func (k *Kernel) Vanished(int) {}

// BrokenOff looks at the registers.
func (k *Kernel) BrokenOff(tid int) (bool, error) {
	r, err := k.Registers(tid)
	return r.Nr >= 0 && r.Result == -int64(unix.EINTR), err
}

// Registers reads them.
func (k *Kernel) Registers(tid int) (utrace.Registers, error) {
	t, err := k.at(tid, "Registers")
	if err != nil {
		return utrace.Registers{}, err
	}
	return t.regs, nil
}

// SetRegisters changes them.
func (k *Kernel) SetRegisters(tid int, r utrace.Registers) error {
	t, err := k.at(tid, "SetRegisters")
	if err != nil {
		return err
	}
	t.regs = r
	return nil
}

// Siginfo is that of the Signal stop; EINVAL elsewhere.
func (k *Kernel) Siginfo(tid int) (utrace.Siginfo, error) {
	t, err := k.at(tid, "Siginfo")
	if err != nil {
		return utrace.Siginfo{}, err
	}
	if t.stop.Kind != kernel.Signal {
		return utrace.Siginfo{Signo: unix.SIGTRAP}, nil
	}
	return t.info, nil
}

// SetSiginfo replaces it.
func (k *Kernel) SetSiginfo(tid int, si utrace.Siginfo) error {
	t, err := k.at(tid, "SetSiginfo")
	if err != nil {
		return err
	}
	t.info = si
	return nil
}

// Disposition tells what the task would do about sig. It reads /proc, which works whatever state the task is in.
func (k *Kernel) Disposition(tid int, sig unix.Signal) (utrace.Disposition, error) {
	k.before(tid)
	t := k.tasks[tid]
	if k.over || t == nil || t.state == zombie {
		return 0, unix.ESRCH
	}
	return t.proc.disposition(sig), nil
}

// ReadMem reads zeroes, but for what is at Pointer.
func (k *Kernel) ReadMem(tid int, addr uint64, p []byte) (int, error) {
	if _, err := k.at(tid, "ReadMem"); err != nil {
		return 0, err
	}
	clear(p)
	if addr == Pointer && len(p) > 0 {
		p[0] = Harmless + byte(k.choose(2))
	}
	return len(p), nil
}

// WriteMem writes nowhere.
func (k *Kernel) WriteMem(tid int, _ uint64, p []byte) (int, error) {
	if _, err := k.at(tid, "WriteMem"); err != nil {
		return 0, err
	}
	return len(p), nil
}

// TGID is the thread group of a task that was not reaped, and the tgid of its parent: 1 when that was reaped.
func (k *Kernel) TGID(tid int) (tgid, parent int, err error) {
	k.before(0)
	t := k.tasks[tid]
	if owner, ok := k.handed[tid]; ok && t == nil && !k.over {
		return tid, max(owner, 1), nil
	}
	if k.over || t == nil {
		return 0, 0, unix.ESRCH
	}
	parent = 1
	if k.tasks[t.proc.parent] != nil {
		parent = t.proc.parent
	}
	return t.proc.tgid, parent, nil
}

// Children lists the tasks that tid created and that were not reaped.
func (k *Kernel) Children(tid int) ([]kernel.Child, error) {
	k.before(0)
	t := k.tasks[tid]
	if k.over || t == nil {
		return nil, unix.ESRCH
	}
	var list []kernel.Child
	for _, id := range k.sorted() {
		if c := k.tasks[id]; c.creator == t.uid {
			list = append(list, kernel.Child{TID: id, TGID: c.proc.tgid})
		}
	}
	return list, nil
}
