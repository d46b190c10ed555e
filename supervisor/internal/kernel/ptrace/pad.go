// Return pads: how a task whose call was changed gets its registers back without a stop.
//
// A call whose argument is sealed points to the copy, in a register that the kernel leaves as it is. So the program's own
// pointer has to be put back before the program goes on, which takes a stop at the call's end: as much again as the stop that
// decided about it. Instead the task can come back from the call to some instructions of ours in the sealed pages, which load the
// program's own arguments and jump to where it would have come back to. They touch neither memory nor flags.
// Before that they can look at the result, and make the program's own call again if it is a certain errno.
//
// Nobody sees a task on its pad. It has no stop there but one that we serve first: every signal that is delivered, every
// group-stop and every end of its process stops a tracee, and at the first of these the registers become those of the program's
// own call, broken off or done (OffPad). What the kernel makes again without telling anybody it makes from the call
// instruction in front of the pad, with the sealed arguments, or over a seccomp-stop, at which the task is put back as well.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"fmt"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// Pad is kernel.Sealer's.
func (k *Kernel) Pad(tid int, c, next utrace.Call, redo unix.Errno, base uint64) (kernel.Pad, error) {
	if k.pages == nil || k.pages.memory == nil || next.Nr < 0 || next.Nr != int64(int32(next.Nr)) {
		return kernel.Pad{}, kernel.ErrNoPad
	}
	if err := getRegs(tid, &k.regs); err != nil {
		return kernel.Pad{}, err
	}
	if !paddable(&k.regs, c) {
		return kernel.Pad{}, kernel.ErrNoPad
	}
	offset, ok := k.pages.places.takePad()
	if !ok {
		return kernel.Pad{}, fmt.Errorf("%w: all are taken", kernel.ErrNoPad)
	}
	pad := kernel.Pad{At: base + offset + callLength, Call: c, Redo: redo, Key: offset}
	pave(k.pages.memory[offset:][:smallPlace], c, next, redo)
	r := k.regs
	putPad(&r, next, pad.At)
	if err := setRegs(tid, &r); err != nil {
		k.DropPad(pad)
		return kernel.Pad{}, err
	}
	return pad, nil
}

// OffPad is kernel.Sealer's.
func (k *Kernel) OffPad(tid int, p kernel.Pad) (redo bool, err error) {
	defer k.DropPad(p)
	if err := getRegs(tid, &k.regs); err != nil {
		return false, err
	}
	if !within(programCounter(&k.regs), p) || k.pages == nil || k.pages.memory == nil {
		return false, nil
	}
	redo = offPad(&k.regs, p, k.pages.memory[p.Key:][:smallPlace])
	return redo, setRegs(tid, &k.regs)
}

// within tells whether a task stands on a pad: on the call instruction in front of p.At too, about to make the call again.
func within(pc uint64, p kernel.Pad) bool { return pc-(p.At-callLength) < smallPlace }

// DropPad is kernel.Sealer's.
func (k *Kernel) DropPad(p kernel.Pad) {
	if k.pages != nil && k.pages.memory != nil && p.At != 0 {
		clear(k.pages.memory[p.Key:][:smallPlace])
		k.pages.places.freePad(p.Key)
	}
}
