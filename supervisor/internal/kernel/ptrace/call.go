// The system call that a task is in: looking at it, changing it.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// Syscall is PTRACE_GET_SYSCALL_INFO (Linux 5.3): where the task stands in a call, and which. On a kernel that lacks it
// call and result are what the registers say, and Op is OpNone: the kind of the stop has to tell which of them counts.
func (k *Kernel) Syscall(tid int) (kernel.SyscallInfo, error) {
	_, err := tracePtr(unix.PTRACE_GET_SYSCALL_INFO, tid, unsafe.Sizeof(k.call), unsafe.Pointer(&k.call))
	if err == unix.EIO {
		call, result, err := k.callByRegisters(tid)
		return kernel.SyscallInfo{Call: call, Result: result}, err
	}
	if err != nil {
		return kernel.SyscallInfo{}, err
	}
	c := &k.call
	info := kernel.SyscallInfo{Op: kernel.Op(c.Op), Call: utrace.Call{Arch: c.Arch, Nr: noNumber, IP: c.IP, SP: c.SP}}
	switch info.Op {
	case kernel.OpEntry, kernel.OpSeccomp:
		info.Call.Nr, info.Call.Args = int64(int32(c.Nr)), c.Args
		if info.Op == kernel.OpSeccomp {
			info.Data = c.RetData
		}
		k.rememberEntry(tid, c.Args[0])
	case kernel.OpExit:
		info.Result = int64(c.Nr)
	}
	return info, nil
}

// noNumber is a number that is no call.
const noNumber = -1

// SetSyscall changes number and arguments of the call that a task in a Seccomp stop is about to make: in one
// PTRACE_SET_SYSCALL_INFO (Linux 6.16), before that through registers. A negative number skips the call; say what it
// returns with SetResult then. ERANGE or EINVAL: the number is no int, the task is not in a Seccomp stop.
func (k *Kernel) SetSyscall(tid int, call utrace.Call) error {
	if call.Nr < 0 {
		call.Nr = noNumber
	}
	if call.Nr != int64(int32(call.Nr)) {
		return unix.ERANGE
	}
	if !k.setByRegisters {
		k.call = syscallInfo{Op: uint8(kernel.OpSeccomp), Arch: call.Arch, Nr: uint64(call.Nr), Args: call.Args}
		_, err := tracePtr(unix.PTRACE_SET_SYSCALL_INFO, tid, unsafe.Sizeof(k.call), unsafe.Pointer(&k.call))
		if err != unix.EIO {
			return err
		}
		k.setByRegisters = true
	}
	if err := k.inSeccompStop(tid); err != nil {
		return err
	}
	return k.setCallByRegisters(tid, call)
}

// inSeccompStop answers EINVAL where PTRACE_SET_SYSCALL_INFO would: registers can be set in every stop, and would be those that the
// program goes on with. What a kernel before 5.3 lacks can't be asked.
func (k *Kernel) inSeccompStop(tid int) error {
	_, err := tracePtr(unix.PTRACE_GET_SYSCALL_INFO, tid, unsafe.Sizeof(k.call), unsafe.Pointer(&k.call))
	if err == nil && kernel.Op(k.call.Op) != kernel.OpSeccomp {
		return unix.EINVAL
	}
	if err == unix.EIO {
		return nil
	}
	return err
}

// Registers reads what all architectures have (PTRACE_GETREGS, NT_PRSTATUS).
func (k *Kernel) Registers(tid int) (utrace.Registers, error) {
	if err := getRegs(tid, &k.regs); err != nil {
		return utrace.Registers{}, err
	}
	return common(&k.regs), nil
}

// SetRegisters writes these, and leaves the rest of the register set alone.
func (k *Kernel) SetRegisters(tid int, r utrace.Registers) error {
	if err := getRegs(tid, &k.regs); err != nil {
		return err
	}
	if resultIsArgument {
		if info, err := k.Syscall(tid); err == nil && info.Op == kernel.OpExit {
			r.Args[0] = uint64(r.Result)
		}
	}
	putCommon(&k.regs, r)
	return setRegs(tid, &k.regs)
}
