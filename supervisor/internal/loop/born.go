// What a child has of its parent's call: the flags of its birth, and registers.

package loop

import (
	"encoding/binary"

	"jail/supervisor/utrace"
)

// copied are the arguments of the call that made a child, as the kernel copied them into its registers, and as its parent's own
// program had them: a rewrite, or a sealed argument, is not for the program to see.
type copied struct{ made, own [6]uint64 }

// inCall are the registers of a parent at its child's birth, if somebody needs them.
func (l *Loop) inCall(parent *task) (utrace.Registers, bool) {
	if !parent.rewrote && !parent.u.Mask().Has(utrace.Clone) {
		return utrace.Registers{}, false
	}
	r, err := l.k.Registers(parent.tid)
	return r, err == nil
}

// cloneFlags are the flags of clone, with the signal of the child's end. Those of clone3 are known if its struct was sealed: then
// nobody has changed them since the kernel read them. Its first member are the flags, the fifth is the signal (clone(2)).
func (l *Loop) cloneFlags(parent *task, r utrace.Registers) uint64 {
	switch {
	case r.Nr == l.cfg.CloneNr:
		return r.Args[0]
	case r.Nr == l.cfg.Clone3Nr && r.Nr != 0 && parent.rewrote && len(parent.sealed) > 0:
		var args [40]byte
		if n, err := l.k.ReadMem(parent.tid, r.Args[0], args[:]); err == nil && n == len(args) {
			return binary.NativeEndian.Uint64(args[:]) | binary.NativeEndian.Uint64(args[32:])
		}
	}
	return 0
}

// disown puts the parent's own arguments into the registers of a child, at its first stop. Where an argument's register holds the
// result of the call it is left alone.
func (l *Loop) disown(t *task) error {
	c := t.copied
	t.copied = nil
	if c == nil {
		return nil
	}
	r, err := l.k.Registers(t.tid)
	if err != nil {
		return err
	}
	for i := range r.Args {
		if r.Args[i] == c.made[i] {
			r.Args[i] = c.own[i]
		}
	}
	return l.k.SetRegisters(t.tid, r)
}
