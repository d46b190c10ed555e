// The interpreter: runs a filter program as the kernel does.

package seccomp

import (
	"fmt"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// word is the 32-bit word of struct seccomp_data at an offset.
func (d *Data) word(off uint32) uint32 {
	switch {
	case off == offNr:
		return uint32(d.Nr)
	case off == offArch:
		return d.Arch
	case off < offArgs:
		return half(d.IP, off)
	default:
		return half(d.Args[(off-offArgs)/8], off)
	}
}

// half is the low or high half of a 64-bit field.
func half(v uint64, off uint32) uint32 {
	if off%8 == 4 {
		return uint32(v >> 32)
	}
	return uint32(v)
}

// Run executes the program on a call and gives the word that it returns
// ([ActionOf] tells what it means). It does not allocate. The error, for the
// zero Program, is [ErrProgram]; the kernel's checker has no others left for
// the time of running.
func (p *Program) Run(d Data) (uint32, error) { return p.run(&d, nil) }

// machine is the state of a running filter.
type machine struct {
	a, x uint32
	mem  [unix.BPF_MEMWORDS]uint32
}

// run executes the program and tells see, if there is one, of each
// instruction and of the accumulator after it.
func (p *Program) run(d *Data, see func(pc int, a uint32)) (uint32, error) {
	var m machine
	for pc := 0; pc < len(p.raw); pc++ {
		in := p.raw[pc]
		ret, done := m.step(in, d)
		if see != nil {
			see(pc, m.a)
		}
		if done {
			return ret, nil
		}
		if in.Op&7 == unix.BPF_JMP {
			pc += m.skip(in)
		}
	}
	return 0, fmt.Errorf("%w: no return in %d instructions", ErrProgram, len(p.raw))
}

// skip is how many instructions a jump leaves out.
func (m *machine) skip(in bpf.RawInstruction) int {
	if in.Op == opJump {
		return int(in.K)
	}
	operand := in.K
	if in.Op&unix.BPF_X != 0 {
		operand = m.x
	}
	var taken bool
	switch in.Op & 0xf0 {
	case unix.BPF_JEQ:
		taken = m.a == operand
	case unix.BPF_JGT:
		taken = m.a > operand
	case unix.BPF_JGE:
		taken = m.a >= operand
	case unix.BPF_JSET:
		taken = m.a&operand != 0
	}
	if taken {
		return int(in.Jt)
	}
	return int(in.Jf)
}

// step executes an instruction that is no jump; done means that the program
// returned.
func (m *machine) step(in bpf.RawInstruction, d *Data) (ret uint32, done bool) {
	switch in.Op {
	case opLoad:
		m.a = d.word(in.K)
	case opLoadLen:
		m.a = dataLen
	case opLoadImm:
		m.a = in.K
	case opLoadMem:
		m.a = m.mem[in.K]
	case opLoadXLen:
		m.x = dataLen
	case opLoadXImm:
		m.x = in.K
	case opLoadXMem:
		m.x = m.mem[in.K]
	case opStore:
		m.mem[in.K] = m.a
	case opStoreX:
		m.mem[in.K] = m.x
	case opRetK:
		return in.K, true
	case opRetA:
		return m.a, true
	case opTax:
		m.x = m.a
	case opTxa:
		m.a = m.x
	default:
		if in.Op&7 == unix.BPF_ALU {
			return 0, m.alu(in)
		}
	}
	return 0, false
}

// alu computes on the accumulator. The result is true where the kernel ends
// the program with 0 (kill-thread): on a division by X while X is 0.
func (m *machine) alu(in bpf.RawInstruction) (ended bool) {
	operand := in.K
	if in.Op&unix.BPF_X != 0 {
		operand = m.x
	}
	switch in.Op & 0xf0 {
	case unix.BPF_ADD:
		m.a += operand
	case unix.BPF_SUB:
		m.a -= operand
	case unix.BPF_MUL:
		m.a *= operand
	case unix.BPF_DIV:
		if operand == 0 {
			return true
		}
		m.a /= operand
	case unix.BPF_AND:
		m.a &= operand
	case unix.BPF_OR:
		m.a |= operand
	case unix.BPF_XOR:
		m.a ^= operand
	case unix.BPF_LSH:
		m.a <<= operand & 31 // as the kernel's interpreter and x86 do
	case unix.BPF_RSH:
		m.a >>= operand & 31
	case unix.BPF_NEG:
		m.a = -m.a
	}
	return false
}
