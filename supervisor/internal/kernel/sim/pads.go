// Return pads of the model: where a task comes back from a call to, and what it finds there.

package sim

import (
	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// padsBase is where the first pad is; each has its number times padSize added.
const (
	padsBase = 0x71000000
	padSize  = 16
)

// Pad is kernel.Sealer's.
func (k *Kernel) Pad(tid int, c, next utrace.Call, _ uint64) (kernel.Pad, error) {
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
	k.pads[key] = &c
	p := kernel.Pad{At: padsBase + key*padSize + callSize, Call: c, Key: key}
	t.regs.PC, t.regs.Nr, t.regs.Args = p.At, next.Nr, next.Args
	return p, nil
}

// OffPad is kernel.Sealer's.
func (k *Kernel) OffPad(tid int, p kernel.Pad) error {
	defer k.DropPad(p)
	t, err := k.at(tid, "OffPad")
	if err != nil {
		return err
	}
	if t.regs.PC == p.At {
		t.regs.PC, t.regs.Args = p.Call.IP, p.Call.Args
		if t.regs.Nr >= 0 {
			t.regs.Nr = p.Call.Nr
		}
	}
	return nil
}

// DropPad is kernel.Sealer's.
func (k *Kernel) DropPad(p kernel.Pad) { delete(k.pads, p.Key) }

// onPad tells whether the task's next instruction is one of a pad.
func (t *task) onPad() bool { return t.regs.PC >= padsBase }

// padded is the task running over its pad.
func (k *Kernel) padded(t *task) {
	c := k.pads[(t.regs.PC-padsBase)/padSize]
	if c == nil {
		k.Fault("registers", "task %d comes back over a pad that is nobody's", t.tid)
		return
	}
	t.regs.PC, t.regs.Args = c.IP, c.Args
}
