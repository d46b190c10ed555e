// What the kernel takes as a filter program: its checker, in Go.

package seccomp

import (
	"errors"
	"fmt"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// maxInstructions is the kernel's BPF_MAXINSNS.
const maxInstructions = unix.BPF_MAXINSNS

// ErrProgram means that the kernel would refuse a program with EINVAL.
var ErrProgram = errors.New("not a seccomp filter program")

// verify refuses what the kernel (6.18: bpf_check_classic,
// check_load_and_stores and seccomp_check_filter) refuses. A program it
// accepts ends after at most as many steps as it has instructions.
func verify(p []bpf.RawInstruction) error {
	if len(p) == 0 || len(p) > maxInstructions {
		return fmt.Errorf("%w: %d instructions, allowed are 1 to %d", ErrProgram, len(p), maxInstructions)
	}
	for pc, in := range p {
		if err := verifyOne(in, len(p)-pc-1); err != nil {
			return fmt.Errorf("%w: instruction %d (%s): %w", ErrProgram, pc, disassemble(pc, in), err)
		}
	}
	switch p[len(p)-1].Op {
	case opRetK, opRetA:
	default:
		return fmt.Errorf("%w: the last instruction must be a return", ErrProgram)
	}
	return verifyMemory(p)
}

// verifyOne checks an instruction that has after more behind it.
func verifyOne(in bpf.RawInstruction, after int) error {
	switch in.Op {
	case opLoad:
		if in.K >= dataLen || in.K%4 != 0 {
			return errors.New("loads must be of an aligned word of seccomp_data")
		}
	case opLoadMem, opLoadXMem, opStore, opStoreX:
		if in.K >= unix.BPF_MEMWORDS {
			return fmt.Errorf("scratch memory has %d words", unix.BPF_MEMWORDS)
		}
	case opDivK:
		if in.K == 0 {
			return errors.New("division by zero")
		}
	case opLshK, opRshK:
		if in.K >= 32 {
			return errors.New("shift by more than 31")
		}
	case opJump:
		if uint64(in.K) >= uint64(after) {
			return errors.New("jump behind the end")
		}
	case opJeqK, opJeqX, opJgtK, opJgtX, opJgeK, opJgeX, opJsetK, opJsetX:
		if int(in.Jt) >= after || int(in.Jf) >= after {
			return errors.New("jump behind the end")
		}
	default:
		if !simple(in.Op) {
			return errors.New("not an instruction that seccomp allows")
		}
	}
	return nil
}

// simple tells whether an operation is allowed whatever its operands.
func simple(op uint16) bool {
	switch op {
	case opLoadImm, opLoadLen, opLoadXImm, opLoadXLen, opRetK, opRetA, opTax, opTxa, opNeg,
		opAddK, opAddX, opSubK, opSubX, opMulK, opMulX, opDivX, opAndK, opAndX,
		opOrK, opOrX, opXorK, opXorX, opLshX, opRshX:
		return true
	}
	return false
}

// verifyMemory refuses programs that may read a word of scratch memory before
// they wrote it: it would hold what the kernel left there.
func verifyMemory(p []bpf.RawInstruction) error {
	const all = 1<<unix.BPF_MEMWORDS - 1
	known := make([]uint16, len(p)) // by pc: the words written on every way to it
	for i := range known {
		known[i] = all
	}
	written := uint16(0)
	for pc, in := range p {
		written &= known[pc]
		switch in.Op {
		case opStore, opStoreX:
			written |= 1 << in.K
		case opLoadMem, opLoadXMem:
			if written&(1<<in.K) == 0 {
				return fmt.Errorf("%w: instruction %d reads M[%d], which may not be written", ErrProgram, pc, in.K)
			}
		case opJump:
			known[pc+1+int(in.K)] &= written
			written = all
		case opJeqK, opJeqX, opJgtK, opJgtX, opJgeK, opJgeX, opJsetK, opJsetX:
			known[pc+1+int(in.Jt)] &= written
			known[pc+1+int(in.Jf)] &= written
			written = all
		}
	}
	return nil
}
