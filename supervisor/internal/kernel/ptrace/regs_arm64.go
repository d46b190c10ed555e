// Register sets of arm64: struct user_pt_regs, and the register set that holds a call's number.

package ptrace

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// regs is a whole register set, saved and restored as it is.
type regs struct {
	unix.PtraceRegs
	size uint64 // as the kernel gave it: a 32-bit program has a smaller set
}

// svc #0
const (
	callInstruction = 0xd4000001
	callMask        = 0xffffffff
	callLength      = 4
)

const nativeArch = unix.AUDIT_ARCH_AARCH64

// resultIsArgument: the first argument's register is the result's.
const resultIsArgument = true

// singleBlock is PTRACE_SINGLEBLOCK, which arm64 has not: the kernel answers EIO.
const singleBlock = 33

func getRegs(tid int, r *regs) error {
	iov := unix.Iovec{Base: (*byte)(unsafe.Pointer(&r.PtraceRegs)), Len: uint64(unsafe.Sizeof(r.PtraceRegs))}
	_, err := tracePtr(unix.PTRACE_GETREGSET, tid, unix.NT_PRSTATUS, unsafe.Pointer(&iov))
	r.size = iov.Len
	return err
}

func setRegs(tid int, r *regs) error {
	iov := unix.Iovec{Base: (*byte)(unsafe.Pointer(&r.PtraceRegs)), Len: r.size}
	_, err := tracePtr(unix.PTRACE_SETREGSET, tid, unix.NT_PRSTATUS, unsafe.Pointer(&iov))
	return err
}

// callNumber and setCallNumber are the register set NT_ARM_SYSTEM_CALL: an int that is -1 outside of a call.
func callNumber(tid int) (int64, error) {
	var nr int32
	iov := unix.Iovec{Base: (*byte)(unsafe.Pointer(&nr)), Len: 4}
	_, err := tracePtr(unix.PTRACE_GETREGSET, tid, unix.NT_ARM_SYSTEM_CALL, unsafe.Pointer(&iov))
	return int64(nr), err
}

func setCallNumber(tid int, value int64) error {
	nr := int32(value)
	iov := unix.Iovec{Base: (*byte)(unsafe.Pointer(&nr)), Len: 4}
	_, err := tracePtr(unix.PTRACE_SETREGSET, tid, unix.NT_ARM_SYSTEM_CALL, unsafe.Pointer(&iov))
	return err
}

// foreign tells that the program is a 32-bit one, in which no 64-bit call can be injected.
func foreign(r *regs) bool { return r.size != uint64(unsafe.Sizeof(r.PtraceRegs)) }

// injected makes the register set that makes a call at pc.
func injected(r regs, pc uint64, nr uintptr, args [6]uint64) regs {
	r.Pc = pc
	r.Regs[8] = uint64(nr)
	copy(r.Regs[:6], args[:])
	return r
}

// remaking is a register set that makes call c when it goes on, from the same instruction as before.
func remaking(r regs, c utrace.Call) regs {
	return injected(r, c.IP-callLength, uintptr(c.Nr), c.Args)
}

// resting has nothing to mark: what is saved was never in a call, and a changed pc keeps the kernel from restarting one.
func resting(r regs) regs { return r }

// BrokenOff is kernel.Kernel's. All registers are read at once here (arm64 has no PTRACE_PEEKUSER).
func (k *Kernel) BrokenOff(tid int) (bool, error) {
	r, err := k.Registers(tid)
	return r.Nr >= 0 && r.Result == -int64(unix.EINTR), err
}

func programCounter(r *regs) uint64 { return r.Pc }
func stackPointer(r *regs) uint64   { return r.Sp }
func callResult(r *regs) int64      { return int64(r.Regs[0]) }

// common picks out what all architectures have. The call's number is in x8, as the program put it there.
func common(r *regs) utrace.Registers {
	c := utrace.Registers{PC: r.Pc, SP: r.Sp, Nr: int64(int32(r.Regs[8])), Result: int64(r.Regs[0])}
	copy(c.Args[:], r.Regs[:6])
	return c
}

// putCommon is the reverse of common. x0 is the first argument and the result: the one that was changed counts, and of
// both the argument. SetRegisters sees to exit-stops, where it is the result.
func putCommon(r *regs, c utrace.Registers) {
	old := common(r)
	r.Pc, r.Sp = c.PC, c.SP
	if c.Nr >= 0 { // "in no call any more": do_signal() of arch/arm64 has forgotten the call before it tells of a signal, and x8 is the program's
		r.Regs[8] = uint64(c.Nr)
	}
	copy(r.Regs[:6], c.Args[:])
	if c.Result != old.Result {
		r.Regs[0] = uint64(c.Result)
	}
}

// setCallByRegisters is what PTRACE_SET_SYSCALL_INFO does, for kernels before 6.16.
func (k *Kernel) setCallByRegisters(tid int, call utrace.Call) error {
	if err := setCallNumber(tid, call.Nr); err != nil || call.Nr < 0 {
		return err
	}
	if err := getRegs(tid, &k.regs); err != nil {
		return err
	}
	copy(k.regs.Regs[:6], call.Args[:])
	return setRegs(tid, &k.regs)
}

// callByRegisters is what PTRACE_GET_SYSCALL_INFO answers, from registers, for when it is refused.
func (k *Kernel) callByRegisters(tid int) (utrace.Call, int64, error) {
	if err := getRegs(tid, &k.regs); err != nil {
		return utrace.Call{}, 0, err
	}
	nr, err := callNumber(tid)
	c := common(&k.regs)
	call := utrace.Call{Arch: nativeArch, Nr: nr, Args: c.Args, IP: c.PC, SP: c.SP}
	if foreign(&k.regs) {
		call.Arch = unix.AUDIT_ARCH_ARM
	}
	return call, c.Result, err
}

// rememberEntry keeps the first argument of a call: x0 will hold its result, and the kernel shows no copy of it.
func (k *Kernel) rememberEntry(tid int, arg uint64) { k.entryArg[tid] = arg }

// SetResult sets the return register, at a SyscallExit stop or of a call that was skipped by SetSyscall.
func (k *Kernel) SetResult(tid int, result int64) error {
	if err := getRegs(tid, &k.regs); err != nil {
		return err
	}
	k.regs.Regs[0] = uint64(result)
	return setRegs(tid, &k.regs)
}

// Rewind puts the task back onto the call instruction that it came from. The first argument is the one that Syscall saw
// at the entry of the call: EINVAL when it was not asked.
func (k *Kernel) Rewind(tid int) error {
	nr, err := callNumber(tid)
	if err != nil {
		return err
	}
	arg, ok := k.entryArg[tid]
	if nr < 0 || !ok {
		return unix.EINVAL
	}
	if err := getRegs(tid, &k.regs); err != nil {
		return err
	}
	k.regs.Pc -= callLength
	k.regs.Regs[8], k.regs.Regs[0] = uint64(nr), arg
	return setRegs(tid, &k.regs)
}
