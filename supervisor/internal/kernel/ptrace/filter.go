// Putting the seccomp filter onto a newborn program, and looking whether it is there.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"bytes"
	"fmt"

	"golang.org/x/sys/unix"
)

// redZone is what a program may use below its stack pointer (128 bytes in the x86-64 ABI); nothing is there yet, but
// keeping clear of it costs nothing.
const redZone = 256

// install hands the filter over on the stack, below the stack pointer, where execve leaves room of 128 KiB, and puts
// the bytes back after. A page of its own would have to be unmapped by a call that the filter already judges.
func (n *newborn) install(filter []unix.SockFilter) error {
	if len(filter) > unix.BPF_MAXINSNS {
		return fmt.Errorf("the filter has %d instructions, the kernel takes %d", len(filter), unix.BPF_MAXINSNS)
	}
	program := asBytes(filter)
	at := n.room(len(program) + 16)
	header := []sockFprog{{len: uint16(len(filter)), filter: at + 16}}
	image := append(append([]byte{}, asBytes(header)...), program...)
	return n.lend(image, func(uint64) error {
		_, err := n.do("seccomp(SECCOMP_SET_MODE_FILTER)", unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, at)
		return err
	})
}

func orFault(err error) error {
	if err == nil {
		return unix.EFAULT
	}
	return err
}

// verify reads /proc/<tid>/status: a filter of our own parent could have made the calls seem to succeed.
func (n *newborn) verify(filtered bool, before int) error {
	status, err := readStatus(n.tid, make([]byte, 4096))
	if err != nil {
		return err
	}
	if field(status, "NoNewPrivs:") != 1 {
		return fmt.Errorf("no_new_privs is not set although prctl said so")
	}
	if !filtered {
		return nil
	}
	if field(status, "Seccomp:") != 2 || (bytes.Contains(status, []byte("Seccomp_filters:")) && field(status, "Seccomp_filters:") != before+1) {
		return fmt.Errorf("the filter is not in force although seccomp said so")
	}
	return nil
}
