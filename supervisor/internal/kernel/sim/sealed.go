// Memory in the model, as far as arguments need it: one byte of the program's that its other threads may change at any
// time, and the sealed pages.

package sim

import (
	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// Addresses of the model.
const (
	Pointer   = 0x5000     // what Point's call points to
	pagesBase = 0x70000000 // where the sealed pages are, if they are anywhere
)

// What the byte at Pointer can be.
const (
	Harmless byte = 1
	Evil     byte = 2
)

// Numbers of the calls that bring the pages, by step.
const nrPages = 3000

// memory is an address space. What stands at pagesBase is nothing, or something of the program's own; the pages; or the pages
// for good.
type memory struct {
	pages uint8 // 0, 1, 2
	paved bool
	open  bool // the descriptor
}

// Point is a call that the kernel reads an argument of from memory: the second.
func Point() Step {
	s := step(opPoint, NrPoint)
	s.call.Args[1] = Pointer
	return s
}

// PointAndSleep is Point's call, which then waits for a while.
func PointAndSleep() Step {
	s := Point()
	s.waits = true
	return s
}

// forked is the address space of a child process. A program can keep mappings from its children (MADV_DONTFORK).
func (k *Kernel) forked(m *memory) *memory {
	c := *m
	if c.pages > 0 && k.choose(2) == 1 {
		c.pages = 0
	}
	return &c
}

// point is the kernel reading Point's argument.
func (k *Kernel) point(t *task) {
	at := t.regs.Args[1]
	value := Harmless
	if m := t.proc.memory; at >= pagesBase && m.pages == 2 {
		value = Evil // what was there before
		if place := k.places[at-pagesBase]; place != nil {
			value = place[0]
		}
	} else if k.choose(2) == 1 { // another thread was quicker
		value = Evil
	}
	k.cfg.Watch.Used(t.tid, value)
}

// page is the kernel acting on one of the calls that bring the pages. Other threads do what they can in between.
func (k *Kernel) page(t *task) {
	m := t.proc.memory
	t.regs.Result = 0
	switch kernel.PageStep(t.regs.Nr - nrPages) {
	case kernel.TakePages:
		if t.interrupted() {
			t.regs.Result = -512 // ERESTARTSYS
			return
		}
		m.open, t.regs.Result = true, 7
	case kernel.MapPages:
		t.regs.Result = pagesBase
		if m.pages == 0 && k.choose(2) == 0 { // else another file has that number by now
			m.pages = 1
		}
	case kernel.PavePages:
		if k.choose(2) == 1 {
			t.regs.Result = -13 // EACCES
		} else if m.pages == 1 {
			m.paved = true
		}
	case kernel.LockPages:
		if m.pages == 1 {
			m.pages = 2
			if k.choose(2) == 1 { // something else was mapped there a moment before
				m.pages = 0
			}
		}
	case kernel.DropPages:
		m.open = false
	}
}

// Sealable is kernel.Sealer's.
func (k *Kernel) Sealable(arch uint32) bool { return arch == Arch }

// PageCall is kernel.Sealer's.
func (k *Kernel) PageCall(tid int, step kernel.PageStep, at uint64) (utrace.Call, error) {
	t, err := k.at(tid, "PageCall")
	if err != nil {
		return utrace.Call{}, err
	}
	if t.stop.Kind != kernel.Seccomp && !t.killed {
		k.Fault("bad-command", "PageCall for task %d at its stop %v", tid, t.stop.Kind)
	}
	return utrace.Call{Arch: Arch, Nr: nrPages + int64(step), Args: [6]uint64{at}}, nil
}

// Remake is kernel.Sealer's.
func (k *Kernel) Remake(tid int, c utrace.Call) error {
	t, err := k.at(tid, "Remake")
	if err != nil {
		return err
	}
	if t.phase != leave && !t.killed {
		k.Fault("bad-command", "Remake for task %d at its stop %v", tid, t.stop.Kind)
	}
	t.regs.PC, t.regs.Nr, t.regs.Args, t.remakes = t.address(), -1, c.Args, true
	return nil
}

// PagesAt is kernel.Sealer's. It reads /proc, which works whatever state the task is in.
func (k *Kernel) PagesAt(tid int, at uint64) (uint64, bool, error) {
	k.before(tid)
	t := k.tasks[tid]
	if k.over || t == nil || t.state == zombie {
		return 0, false, unix.ESRCH
	}
	if t.proc.memory.pages == 0 || at != 0 && at != pagesBase {
		return 0, false, nil
	}
	return pagesBase, t.proc.memory.paved, nil
}

// Seal is kernel.Sealer's.
func (k *Kernel) Seal(size int) (uint64, []byte, error) {
	for offset := uint64(0); ; offset++ {
		if k.places[offset] == nil {
			k.places[offset] = make([]byte, size)
			return offset, k.places[offset], nil
		}
	}
}

// Unseal is kernel.Sealer's.
func (k *Kernel) Unseal(offset uint64) { delete(k.places, offset) }

// Places is how many places are taken in the sealed pages, and pads.
func (k *Kernel) Places() int { return len(k.places) + len(k.pads) }
