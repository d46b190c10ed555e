// What a supervisor does to its own process; it is the kernel package's, for programs outside of supervisor/.

package supervisor

import (
	"time"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel/ptrace"
)

// BecomeSubreaper makes orphans of the tree children of this process instead of init's, so that they can be waited for
// (PR_SET_CHILD_SUBREAPER, prctl(2), Linux 3.4). It holds for the whole process. Any goroutine; does not block.
func BecomeSubreaper() error { return ptrace.BecomeSubreaper() }

// SetUndumpable takes this process out of the reach of ptrace(2) and /proc/<pid>/mem of others without CAP_SYS_PTRACE
// (PR_SET_DUMPABLE, prctl(2)). It holds for the whole process. Any goroutine; does not block.
func SetUndumpable() error { return ptrace.SetUndumpable() }

// QuietStops keeps the kernel from sending this process SIGCHLD for each stop of a task, which costs more than all else that is done
// about one (SA_NOCLDSTOP, sigaction(2)). Deaths of children are signalled as before, and so is everything that Wait tells. It holds for the whole
// process, so it is left to those who want no SIGCHLD for stops of children of their own. Any goroutine; does not block.
func QuietStops() error { return ptrace.QuietStops() }

// DieOf ends this process by sig, without a core image, so that its parent sees what it would have seen of the program. It
// returns only if sig does not end a process by default, or if sig stopped it and somebody continued it; sig's action is the
// default one then. Any goroutine.
func DieOf(sig unix.Signal) error { return ptrace.DieOf(sig) }

// WakeAfter has the kernel continue this process (SIGCONT) if it is stopped when d is over, of CLOCK_MONOTONIC: nothing in a stopped
// process could. Cancel ends that, and tells whether the time was up; only the goroutine that called WakeAfter may call it, and
// once. A process that catches SIGCONT hears of it. EAGAIN: too many timers and signals of this user (RLIMIT_SIGPENDING). Any goroutine; does not block.
func WakeAfter(d time.Duration) (cancel func() (up bool), err error) {
	w, err := ptrace.WakeAfter(d)
	if err != nil {
		return nil, err
	}
	return w.Cancel, nil
}
