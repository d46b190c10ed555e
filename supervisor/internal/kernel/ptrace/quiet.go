// No SIGCHLD for stops: nobody here waits for one.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// noChildStop is SA_NOCLDSTOP (include/uapi/asm-generic/signal-defs.h).
const noChildStop = 1

// QuietStops keeps the kernel from sending SIGCHLD to this process when children and tracees of it stop or go on (SA_NOCLDSTOP,
// sigaction(2)). Go's runtime has a handler for SIGCHLD, whether somebody wants to hear of it or not, so each stop interrupts a
// thread of this process, which takes longer than anything else that a tracer does about it. Waits are woken all the same
// (do_notify_parent_cldstop() in kernel/signal.c), and deaths are signalled as before. It holds for the whole process: one that
// wants SIGCHLD for stops of children of its own must not call it. Any goroutine; does not block.
func QuietStops() error {
	var act sigaction
	err := getSigaction(unix.SIGCHLD, &act)
	if err == nil && act.flags&noChildStop == 0 {
		act.flags |= noChildStop
		err = setSigaction(unix.SIGCHLD, &act)
	}
	if err != nil {
		return fmt.Errorf("SIGCHLD for stops can't be switched off: rt_sigaction: %w", err)
	}
	return nil
}
