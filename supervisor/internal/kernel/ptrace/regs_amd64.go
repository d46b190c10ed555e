// Register sets of x86-64 and of i386 programs on it: struct user_regs_struct, whichever the program is.

package ptrace

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// regs is a whole register set, saved and restored as it is.
type regs = unix.PtraceRegs

// Code segments of user mode (arch/x86/include/asm/segment.h).
const (
	cs64 = 0x33
	cs32 = 0x23
)

// The call instruction of 64-bit mode and its length; int 0x80 and sysenter's landing pad are as long.
const (
	callInstruction = 0x050f
	callMask        = 0xffff
	callLength      = 2
)

// raxOffset is where rax lies in struct user (sys/user.h), for PTRACE_POKEUSER.
const raxOffset = unsafe.Offsetof(regs{}.Rax)

const nativeArch = unix.AUDIT_ARCH_X86_64

// resultIsArgument: no argument's register is the result's.
const resultIsArgument = false

// singleBlock is PTRACE_SINGLEBLOCK.
const singleBlock = unix.PTRACE_SINGLEBLOCK

func getRegs(tid int, r *regs) error {
	_, err := tracePtr(unix.PTRACE_GETREGS, tid, 0, unsafe.Pointer(r))
	return err
}

func setRegs(tid int, r *regs) error {
	_, err := tracePtr(unix.PTRACE_SETREGS, tid, 0, unsafe.Pointer(r))
	return err
}

// foreign tells why calls can't be injected into a program with these registers. i386 programs are no obstacle:
// their code segment is switched for the while.
func foreign(r *regs) bool { return r.Cs != cs64 && r.Cs != cs32 }

// injected makes the register set that makes a call of the native ABI at pc.
func injected(r regs, pc uint64, nr uintptr, args [6]uint64) regs {
	r.Rip, r.Cs = pc, cs64
	r.Rax, r.Orig_rax = uint64(nr), noCall
	r.Rdi, r.Rsi, r.Rdx, r.R10, r.R8, r.R9 = args[0], args[1], args[2], args[3], args[4], args[5]
	return r
}

// remaking is a register set, of a task in native mode, that makes call c when it goes on, from the same instruction as before.
func remaking(r regs, c utrace.Call) regs {
	return injected(r, c.IP-callLength, uintptr(c.Nr), c.Args)
}

// noCall in orig_rax keeps the kernel from restarting a call on the way to user mode.
const noCall = ^uint64(0)

// resting marks a saved register set as not being in a call.
func resting(r regs) regs {
	r.Orig_rax = noCall
	return r
}

// BrokenOff is kernel.Kernel's: PTRACE_PEEKUSER of one register is a quarter of PTRACE_GETREGS, and most often the first one tells. Of
// 32-bit programs the upper halves say nothing, so of none they are looked at.
func (k *Kernel) BrokenOff(tid int) (bool, error) {
	if err := k.peekUser(tid, unsafe.Offsetof(regs{}.Orig_rax)); err != nil || int32(k.msg) < 0 {
		return false, err
	}
	err := k.peekUser(tid, raxOffset)
	return int32(k.msg) == -int32(unix.EINTR), err
}

// peekUser reads a register into k.msg.
func (k *Kernel) peekUser(tid int, offset uintptr) error {
	_, err := tracePtr(unix.PTRACE_PEEKUSR, tid, offset, unsafe.Pointer(&k.msg))
	return err
}

func programCounter(r *regs) uint64 { return r.Rip }
func stackPointer(r *regs) uint64   { return r.Rsp }
func callResult(r *regs) int64      { return int64(r.Rax) }

// common picks out what all architectures have. A program in 32-bit mode passes arguments as i386 does.
func common(r *regs) utrace.Registers {
	c := utrace.Registers{PC: r.Rip, SP: r.Rsp, Nr: int64(r.Orig_rax), Result: int64(r.Rax)}
	if r.Cs == cs32 {
		c.Nr, c.Result = int64(int32(r.Orig_rax)), int64(int32(r.Rax))
		c.Args = [6]uint64{r.Rbx, r.Rcx, r.Rdx, r.Rsi, r.Rdi, r.Rbp}
		return c
	}
	c.Args = [6]uint64{r.Rdi, r.Rsi, r.Rdx, r.R10, r.R8, r.R9}
	return c
}

// putCommon is the reverse of common and leaves everything else of r alone.
func putCommon(r *regs, c utrace.Registers) {
	r.Rip, r.Rsp, r.Orig_rax, r.Rax = c.PC, c.SP, uint64(c.Nr), uint64(c.Result)
	putArgs(r, c.Args, r.Cs == cs32)
}

func putArgs(r *regs, a [6]uint64, i386 bool) {
	if i386 {
		r.Rbx, r.Rcx, r.Rdx, r.Rsi, r.Rdi, r.Rbp = a[0], a[1], a[2], a[3], a[4], a[5]
		return
	}
	r.Rdi, r.Rsi, r.Rdx, r.R10, r.R8, r.R9 = a[0], a[1], a[2], a[3], a[4], a[5]
}

// setCallByRegisters is what PTRACE_SET_SYSCALL_INFO does, for kernels before 6.16. int 0x80 in a 64-bit program
// takes its arguments as i386 does, so it is the call's arch that decides, not the code segment.
func (k *Kernel) setCallByRegisters(tid int, call utrace.Call) error {
	if err := getRegs(tid, &k.regs); err != nil {
		return err
	}
	k.regs.Orig_rax = uint64(call.Nr)
	if call.Nr >= 0 {
		putArgs(&k.regs, call.Args, call.Arch == unix.AUDIT_ARCH_I386)
	}
	return setRegs(tid, &k.regs)
}

// callByRegisters is what PTRACE_GET_SYSCALL_INFO answers, from registers, for when it is refused. It can't tell
// int 0x80 in 64-bit code from syscall: it looks at the instruction before the program counter, and answers
// AUDIT_ARCH_I386 unless that surely is a syscall instruction, so that a policy for x86-64 does not fit by mistake.
func (k *Kernel) callByRegisters(tid int) (utrace.Call, int64, error) {
	if err := getRegs(tid, &k.regs); err != nil {
		return utrace.Call{}, 0, err
	}
	c := common(&k.regs)
	call := utrace.Call{Arch: nativeArch, Nr: c.Nr, Args: c.Args, IP: c.PC, SP: c.SP}
	var word uint64
	err := peek(tid, c.PC-callLength, &word)
	if k.regs.Cs != cs64 || err != nil || word&callMask != callInstruction {
		call.Arch, call.Nr = unix.AUDIT_ARCH_I386, int64(int32(c.Nr))
		call.Args = [6]uint64{k.regs.Rbx, k.regs.Rcx, k.regs.Rdx, k.regs.Rsi, k.regs.Rdi, k.regs.Rbp}
	}
	return call, c.Result, nil
}

// rememberEntry has nothing to do here: no argument register is lost by a call.
func (k *Kernel) rememberEntry(int, uint64) {}

// SetResult sets the return register, at a SyscallExit stop or of a call that was skipped by SetSyscall.
func (k *Kernel) SetResult(tid int, result int64) error {
	return trace(unix.PTRACE_POKEUSR, tid, raxOffset, uintptr(result))
}

// Rewind puts the task back onto the call instruction that it came from, to make the call again with the argument
// registers it has. The kernel keeps all of them but rcx and r11. EINVAL when the task did not come from a call.
func (k *Kernel) Rewind(tid int) error {
	if err := getRegs(tid, &k.regs); err != nil {
		return err
	}
	if int32(k.regs.Orig_rax) < 0 {
		return unix.EINVAL
	}
	k.regs.Rip -= callLength
	k.regs.Rax, k.regs.Orig_rax = k.regs.Orig_rax, noCall
	return setRegs(tid, &k.regs)
}
