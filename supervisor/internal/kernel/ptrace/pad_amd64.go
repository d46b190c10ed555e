// The instructions of return pads on x86-64.

package ptrace

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
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

// pave writes a pad: the call instruction, which is where a call that is made again is made from; what loads the
// arguments of c that next has others of; a jump through memory to where c comes back to. With redo, before the jump: if the result
// is that errno, back to the call instruction with the number of c. rcx and r11, which the call instruction overwrites, hold in the
// end what it has put there in the program.
func pave(p []byte, c, next utrace.Call, redo unix.Errno) {
	n := copy(p, []byte{0x0f, 0x05})
	for i, load := range loads {
		if c.Args[i] != next.Args[i] {
			n += copy(p[n:], load[:])
			binary.LittleEndian.PutUint64(p[n:], c.Args[i])
			n += 8
		}
	}
	failed := 0
	if redo != 0 {
		n += copy(p[n:], []byte{0x48, 0x8d, 0x88}) // lea redo(%rax), %rcx
		binary.LittleEndian.PutUint32(p[n:], uint32(redo))
		n += copy(p[n+4:], []byte{0xe3, 0}) + 4 // jrcxz to failed
		failed = n
		n += copy(p[n:], []byte{0x48, 0xb9}) // movabs $ip, %rcx
		binary.LittleEndian.PutUint64(p[n:], c.IP)
		n += 8
	}
	n += copy(p[n:], []byte{0xff, 0x25, 0, 0, 0, 0}) // jmp *0(%rip)
	binary.LittleEndian.PutUint64(p[n:], c.IP)
	n += 8
	if redo != 0 {
		p[failed-1] = byte(n - failed)
		p[n] = 0xb8 // mov $nr, %eax
		binary.LittleEndian.PutUint32(p[n+1:], uint32(c.Nr))
		n += 5
		copy(p[n:], []byte{jumpBack, byte(-(n + 2))}) // to the beginning
	}
}

// putPad makes registers at a seccomp-stop those of call next, which comes back to at.
func putPad(r *regs, next utrace.Call, at uint64) {
	r.Rip, r.Orig_rax = at, uint64(next.Nr)
	putArgs(r, next.Args, false)
}

// jumpBack is the instruction jmp with one byte of distance: on a pad, that to its call instruction.
const jumpBack = 0xeb

// offPad makes registers on a pad, whose instructions are code, those of the program's own call. In it still, if it was broken off: the
// kernel decides next whether it is made again. Or about to make it again, which redo says: the pad has seen that it has to
// be, or the kernel has put the task back, and a signal comes before the call instruction has run.
func offPad(r *regs, p kernel.Pad, code []byte) (redo bool) {
	at := r.Rip - (p.At - callLength)
	switch {
	case at == 0 && r.Rax == unix.SYS_RESTART_SYSCALL: // it goes on with it, by what the kernel remembers
		r.Rip = p.Call.IP - callLength
		putArgs(r, p.Call.Args, false)
		return false
	case at == 0, code[at] == jumpBack, p.Redo != 0 && callResult(r) == -int64(p.Redo):
		*r = remaking(*r, p.Call)
		return true
	}
	if int64(r.Orig_rax) >= 0 {
		r.Orig_rax = uint64(p.Call.Nr)
	}
	r.Rip, r.Rcx = p.Call.IP, p.Call.IP // as the call instruction leaves it
	putArgs(r, p.Call.Args, false)
	return false
}
