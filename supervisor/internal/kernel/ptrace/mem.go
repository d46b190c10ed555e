// Memory of a task: process_vm_readv(2) and process_vm_writev(2), and what is left when they are refused.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// ReadMem copies memory of a stopped task into p, as far as it is readable: n is short, with no error, where the readable
// memory ends; EFAULT when not even its first byte is. A page that the program made unreadable is unreadable here
// too, as it is to the kernel. EPERM or EIO: the program is undumpable and we are not privileged (P33). ESRCH: dying.
func (k *Kernel) ReadMem(tid int, addr uint64, p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := processVM(unix.SYS_PROCESS_VM_READV, tid, addr, p, &k.iov[0], &k.iov[1])
	if err == unix.EPERM || err == unix.ENOSYS {
		return k.peekMem(tid, addr, p)
	}
	return n, err
}

// WriteMem copies p into memory of a stopped task, as far as that is writable, in the manner of ReadMem.
func (k *Kernel) WriteMem(tid int, addr uint64, p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := processVM(unix.SYS_PROCESS_VM_WRITEV, tid, addr, p, &k.iov[0], &k.iov[1])
	if err == unix.EPERM || err == unix.ENOSYS {
		return k.pokeMem(tid, addr, p)
	}
	return n, err
}

// peekMem reads by PTRACE_PEEKDATA, for where process_vm_readv is refused (Yama, a container's filter). It does not heed
// the protection of pages. Words are aligned, so that none straddles the end of a mapping.
func (k *Kernel) peekMem(tid int, addr uint64, p []byte) (int, error) {
	var word [8]byte
	n := 0
	for n < len(p) {
		at := addr + uint64(n)
		if err := peek(tid, at&^7, &k.msg); err != nil {
			return n, partial(n, err)
		}
		binary.NativeEndian.PutUint64(word[:], k.msg)
		n += copy(p[n:], word[at&7:])
	}
	return n, nil
}

// pokeMem writes by PTRACE_POKEDATA.
func (k *Kernel) pokeMem(tid int, addr uint64, p []byte) (int, error) {
	var word [8]byte
	n := 0
	for n < len(p) {
		at := addr + uint64(n)
		if err := peek(tid, at&^7, &k.msg); err != nil {
			return n, partial(n, err)
		}
		binary.NativeEndian.PutUint64(word[:], k.msg)
		m := copy(word[at&7:], p[n:])
		if err := poke(tid, at&^7, binary.NativeEndian.Uint64(word[:])); err != nil {
			return n, partial(n, err)
		}
		n += m
	}
	return n, nil
}

// partial drops the error of a transfer that got somewhere.
func partial(n int, err error) error {
	if n > 0 && err != unix.ESRCH {
		return nil
	}
	return err
}

// readVM and writeAll are the same for a newborn program, which belongs to no Kernel yet.
func readVM(tid int, addr uint64, p []byte) (int, error) {
	return new(Kernel).ReadMem(tid, addr, p)
}

func writeAll(tid int, addr uint64, p []byte) error {
	n, err := new(Kernel).WriteMem(tid, addr, p)
	if err == nil && n < len(p) {
		return unix.EFAULT
	}
	return err
}
