// The loop that goes through a table of calls, in x86-64's instructions.

package ptrace

// A call instruction with a breakpoint behind it, and its length; the same for the breakpoint alone.
const (
	trapInstruction = callInstruction | 0xcc<<16
	trapMask        = 0xffffff
	breakLength     = 1
)

// loopText is the loop: rbx is the entry, rbp the end of the table. It ends at the breakpoint, behind the last call or behind one that
// failed, whose entry rbx still is, and whose result is in rax. The kernel keeps all registers but rax, rcx and r11.
var loopText = [...]byte{
	0x48, 0x8b, 0x03, // mov (%rbx), %rax
	0x48, 0x8b, 0x7b, 0x08, // mov 8(%rbx), %rdi
	0x48, 0x8b, 0x73, 0x10, // mov 16(%rbx), %rsi
	0x48, 0x8b, 0x53, 0x18, // mov 24(%rbx), %rdx
	0x4c, 0x8b, 0x53, 0x20, // mov 32(%rbx), %r10
	0x4c, 0x8b, 0x43, 0x28, // mov 40(%rbx), %r8
	0x4c, 0x8b, 0x4b, 0x30, // mov 48(%rbx), %r9
	0x0f, 0x05, // syscall
	0x48, 0x8b, 0x4b, 0x38, // mov 56(%rbx), %rcx
	0x48, 0x89, 0x01, // mov %rax, (%rcx)
	0x48, 0x3d, 0x01, 0xf0, 0xff, 0xff, // cmp $-4095, %rax
	0x73, 0x09, // jae to the breakpoint
	0x48, 0x83, 0xc3, 0x40, // add $64, %rbx
	0x48, 0x39, 0xeb, // cmp %rbp, %rbx
	0x75, 0xcb, // jne to the beginning
	0xcc, // int3
	0x90, 0x90,
}

// loopBreak is where the breakpoint lies in it.
const loopBreak = 53

// looping makes the register set that goes through a table.
func looping(r regs, pc, table, end uint64) regs {
	r.Rip, r.Cs = pc, cs64
	r.Rax, r.Orig_rax = 0, noCall
	r.Rbx, r.Rbp = table, end
	return r
}

// loopEntry is the entry at which the loop has ended.
func loopEntry(r *regs) uint64 { return r.Rbx }
