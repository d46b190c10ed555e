// Memory that a newborn program lends for the arguments of injected calls.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// lend puts image below the stack pointer, where execve leaves room, has f make calls with its address, and puts back what
// was there. A page of its own would take more calls, and be left if one fails.
func (n *newborn) lend(image []byte, f func(at uint64) error) error {
	at := n.room(len(image))
	saved := make([]byte, len(image))
	if got, err := readVM(n.tid, at, saved); err != nil || got < len(saved) {
		return fmt.Errorf("its stack has no room for %d bytes (RLIMIT_STACK): %w", len(image), orFault(err))
	}
	if err := writeAll(n.tid, at, image); err != nil {
		return fmt.Errorf("writing arguments onto its stack: %w", err)
	}
	err := f(at)
	if restored := writeAll(n.tid, at, saved); err == nil && restored != nil {
		return fmt.Errorf("restoring its stack: %w", restored)
	}
	return err
}

// room is where lend puts so many bytes.
func (n *newborn) room(size int) uint64 {
	return (stackPointer(&n.regs) - redZone - uint64(size)) &^ 15
}

// strung lays strings out as C ones; offsets says where each begins. EINVAL: a zero byte within.
func strung(list ...string) (image []byte, offsets []uint64, err error) {
	for _, s := range list {
		if strings.IndexByte(s, 0) >= 0 {
			return nil, nil, unix.EINVAL
		}
		offsets = append(offsets, uint64(len(image)))
		image = append(append(image, s...), 0)
	}
	return image, offsets, nil
}
