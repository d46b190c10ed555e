// The instructions of return pads on x86-64.

package ptrace

import (
	"encoding/binary"

	"jail/supervisor/utrace"
)

// trapFlag in the flags register makes the processor trap after each instruction: the program steps itself.
const trapFlag = 0x100

// paddable tells whether a task that stands before call c, with registers r, can come back over a pad: it made the call by the
// instruction syscall in 64-bit mode, and does not step itself.
func paddable(r *regs, c utrace.Call) bool {
	return c.Arch == nativeArch && r.Cs == cs64 && r.Eflags&trapFlag == 0
}

// loads are the instructions movabs $imm64, %reg without their operand, by argument (System V ABI, AMD64, A.2.1).
var loads = [6][2]byte{{0x48, 0xbf}, {0x48, 0xbe}, {0x48, 0xba}, {0x49, 0xba}, {0x49, 0xb8}, {0x49, 0xb9}} // rdi rsi rdx r10 r8 r9

// pave writes a pad: the call instruction, which is where a call that the kernel makes again is made from; what loads the
// arguments of c that next has others of; a jump through memory to where c comes back to. rcx and r11, which the call
// instruction overwrites, hold what it has put there in the program.
func pave(p []byte, c, next utrace.Call) {
	n := copy(p, []byte{0x0f, 0x05})
	for i, load := range loads {
		if c.Args[i] != next.Args[i] {
			n += copy(p[n:], load[:])
			binary.LittleEndian.PutUint64(p[n:], c.Args[i])
			n += 8
		}
	}
	n += copy(p[n:], []byte{0xff, 0x25, 0, 0, 0, 0}) // jmp *0(%rip)
	binary.LittleEndian.PutUint64(p[n:], c.IP)
}

// putPad makes registers at a seccomp-stop those of call next, which comes back to at.
func putPad(r *regs, next utrace.Call, at uint64) {
	r.Rip, r.Orig_rax = at, uint64(next.Nr)
	putArgs(r, next.Args, false)
}

// offPad makes registers on a pad those of the program's own call: in it still if it was broken off, and the kernel decides
// next whether it is made again.
func offPad(r *regs, c utrace.Call) {
	if int64(r.Orig_rax) >= 0 {
		r.Orig_rax = uint64(c.Nr)
	}
	r.Rip = c.IP
	putArgs(r, c.Args, false)
}
