// Return pads of the model: where a task comes back from a call to, and what it finds there.

package sim

import (
	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// padsBase is where the first pad is; each has its number times padSize added.
const (
	padsBase = 0x71000000
	padSize  = 16
)

// pad is what stands in one.
type pad struct {
	call utrace.Call
	redo unix.Errno
}

// Pad is kernel.Sealer's.
func (k *Kernel) Pad(tid int, c, next utrace.Call, redo unix.Errno, _ uint64) (kernel.Pad, error) {
	t, err := k.at(tid, "Pad")
	if err != nil {
		return kernel.Pad{}, err
	}
	if t.stop.Kind != kernel.Seccomp && !t.killed || !t.proc.memory.paved {
		k.Fault("bad-command", "Pad for task %d at its stop %v", tid, t.stop.Kind)
	}
	key := uint64(0)
	for k.pads[key] != nil {
		key++
	}
	k.pads[key] = &pad{call: c, redo: redo}
	p := kernel.Pad{At: padsBase + key*padSize + callSize, Call: c, Redo: redo, Key: key}
	t.regs.PC, t.regs.Nr, t.regs.Args = p.At, next.Nr, next.Args
	return p, nil
}

// OffPad is kernel.Sealer's.
func (k *Kernel) OffPad(tid int, p kernel.Pad) (bool, error) {
	defer k.DropPad(p)
	t, err := k.at(tid, "OffPad")
	if err != nil || t.regs.PC != p.At {
		return false, err
	}
	t.regs.PC, t.regs.Args = p.Call.IP, p.Call.Args
	if t.regs.Nr >= 0 {
		t.regs.Nr = p.Call.Nr
	}
	if p.Redo == 0 || t.regs.Result != -int64(p.Redo) || t.phase != paving {
		return false, nil
	}
	t.regs.PC, t.phase, t.remade, t.rewound = p.Call.IP-callSize, user, true, true
	return true, nil
}

// DropPad is kernel.Sealer's.
func (k *Kernel) DropPad(p kernel.Pad) { delete(k.pads, p.Key) }

// onPad tells whether the task's next instruction is one of a pad.
func (t *task) onPad() bool { return t.regs.PC >= padsBase }

// padded is the task running over its pad: back into the program, or into the call once more.
func (k *Kernel) padded(t *task) (back bool) {
	p := k.pads[(t.regs.PC-padsBase)/padSize]
	if p == nil {
		k.Fault("registers", "task %d comes back over a pad that is nobody's", t.tid)
		return true
	}
	t.regs.Args = p.call.Args
	if p.redo != 0 && t.regs.Result == -int64(p.redo) {
		t.regs.Nr, t.phase, t.remade, t.rewound = p.call.Nr, user, true, true
		return false
	}
	t.regs.PC = p.call.IP
	return true
}
