// The operations of classic BPF that seccomp allows, by their codes, and their disassembly.

package seccomp

import (
	"fmt"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// Operation codes (linux/bpf_common.h). K is the instruction's constant, X
// the index register.
const (
	opLoad     = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
	opLoadLen  = unix.BPF_LD | unix.BPF_W | unix.BPF_LEN
	opLoadImm  = unix.BPF_LD | unix.BPF_IMM
	opLoadMem  = unix.BPF_LD | unix.BPF_MEM
	opLoadXLen = unix.BPF_LDX | unix.BPF_W | unix.BPF_LEN
	opLoadXImm = unix.BPF_LDX | unix.BPF_IMM
	opLoadXMem = unix.BPF_LDX | unix.BPF_MEM
	opStore    = unix.BPF_ST
	opStoreX   = unix.BPF_STX
	opRetK     = unix.BPF_RET | unix.BPF_K
	opRetA     = unix.BPF_RET | unix.BPF_A
	opTax      = unix.BPF_MISC | unix.BPF_TAX
	opTxa      = unix.BPF_MISC | unix.BPF_TXA
	opNeg      = unix.BPF_ALU | unix.BPF_NEG
	opAddK     = unix.BPF_ALU | unix.BPF_ADD | unix.BPF_K
	opAddX     = unix.BPF_ALU | unix.BPF_ADD | unix.BPF_X
	opSubK     = unix.BPF_ALU | unix.BPF_SUB | unix.BPF_K
	opSubX     = unix.BPF_ALU | unix.BPF_SUB | unix.BPF_X
	opMulK     = unix.BPF_ALU | unix.BPF_MUL | unix.BPF_K
	opMulX     = unix.BPF_ALU | unix.BPF_MUL | unix.BPF_X
	opDivK     = unix.BPF_ALU | unix.BPF_DIV | unix.BPF_K
	opDivX     = unix.BPF_ALU | unix.BPF_DIV | unix.BPF_X
	opAndK     = unix.BPF_ALU | unix.BPF_AND | unix.BPF_K
	opAndX     = unix.BPF_ALU | unix.BPF_AND | unix.BPF_X
	opOrK      = unix.BPF_ALU | unix.BPF_OR | unix.BPF_K
	opOrX      = unix.BPF_ALU | unix.BPF_OR | unix.BPF_X
	opXorK     = unix.BPF_ALU | unix.BPF_XOR | unix.BPF_K
	opXorX     = unix.BPF_ALU | unix.BPF_XOR | unix.BPF_X
	opLshK     = unix.BPF_ALU | unix.BPF_LSH | unix.BPF_K
	opLshX     = unix.BPF_ALU | unix.BPF_LSH | unix.BPF_X
	opRshK     = unix.BPF_ALU | unix.BPF_RSH | unix.BPF_K
	opRshX     = unix.BPF_ALU | unix.BPF_RSH | unix.BPF_X
	opJump     = unix.BPF_JMP | unix.BPF_JA
	opJeqK     = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
	opJeqX     = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_X
	opJgtK     = unix.BPF_JMP | unix.BPF_JGT | unix.BPF_K
	opJgtX     = unix.BPF_JMP | unix.BPF_JGT | unix.BPF_X
	opJgeK     = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
	opJgeX     = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_X
	opJsetK    = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
	opJsetX    = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_X
)

// aluSign is how an arithmetic operation is written.
func aluSign(op uint16) string {
	switch op & 0xf0 {
	case unix.BPF_ADD:
		return "+"
	case unix.BPF_SUB:
		return "-"
	case unix.BPF_MUL:
		return "*"
	case unix.BPF_DIV:
		return "/"
	case unix.BPF_AND:
		return "&"
	case unix.BPF_OR:
		return "|"
	case unix.BPF_XOR:
		return "^"
	case unix.BPF_LSH:
		return "<<"
	case unix.BPF_RSH:
		return ">>"
	}
	return "?"
}

// jumpSign is how a jump's comparison is written.
func jumpSign(op uint16) string {
	switch op & 0xf0 {
	case unix.BPF_JEQ:
		return "=="
	case unix.BPF_JGT:
		return ">"
	case unix.BPF_JGE:
		return ">="
	case unix.BPF_JSET:
		return "&"
	}
	return "?"
}

// fieldName is the word of seccomp_data at an offset.
func fieldName(off uint32) string {
	half := [2]string{"", ".high"}[off/4%2]
	switch {
	case off == offNr:
		return "nr"
	case off == offArch:
		return "arch"
	case off%4 != 0 || off >= dataLen:
		return fmt.Sprintf("data[%d]", off)
	case off < offArgs:
		return "ip" + half
	default:
		return fmt.Sprintf("arg%d%s", (off-offArgs)/8, half)
	}
}

// disassemble writes the instruction at pc in the manner of C. Instructions
// that are none are written as numbers.
func disassemble(pc int, in bpf.RawInstruction) string {
	operand := fmt.Sprintf("%#x", in.K)
	if in.Op&unix.BPF_X != 0 {
		operand = "X"
	}
	switch in.Op {
	case opLoad:
		return "A = " + fieldName(in.K)
	case opLoadLen:
		return fmt.Sprintf("A = %d", dataLen)
	case opLoadImm:
		return fmt.Sprintf("A = %#x", in.K)
	case opLoadMem:
		return fmt.Sprintf("A = M[%d]", in.K)
	case opLoadXLen:
		return fmt.Sprintf("X = %d", dataLen)
	case opLoadXImm:
		return fmt.Sprintf("X = %#x", in.K)
	case opLoadXMem:
		return fmt.Sprintf("X = M[%d]", in.K)
	case opStore:
		return fmt.Sprintf("M[%d] = A", in.K)
	case opStoreX:
		return fmt.Sprintf("M[%d] = X", in.K)
	case opRetK:
		return "return " + ActionOf(in.K).String()
	case opRetA:
		return "return A"
	case opTax:
		return "X = A"
	case opTxa:
		return "A = X"
	case opNeg:
		return "A = -A"
	case opJump:
		return fmt.Sprintf("goto %d", pc+1+int(in.K))
	case opJeqK, opJeqX, opJgtK, opJgtX, opJgeK, opJgeX, opJsetK, opJsetX:
		return fmt.Sprintf("if A %s %s goto %d else %d", jumpSign(in.Op), operand, pc+1+int(in.Jt), pc+1+int(in.Jf))
	}
	if in.Op == opDivK || in.Op == opLshK || in.Op == opRshK || simple(in.Op) {
		return fmt.Sprintf("A %s= %s", aluSign(in.Op), operand)
	}
	return fmt.Sprintf("op %#04x, %d, %d, %#x", in.Op, in.Jt, in.Jf, in.K)
}
