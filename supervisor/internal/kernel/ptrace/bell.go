// The bell: a child that never runs, whose only use is that its stops wake the thread that waits.
//
// Go installs its signal handlers with SA_RESTART, so no signal ends a waitid; a change of a child's state does. The
// bell stands in PTRACE_LISTEN; SIGCONT from any thread moves it into a stop (JOBCTL_TRAP_NOTIFY), which the wait tells. A SIGCONT
// before it listens again is remembered by the kernel and stops it again at once, so no ring is lost.
//
// It is dumpable, and under no filter. A sealed program (seal.go) can neither signal it nor write to its memory, which is that
// of a process outside of its Landlock domain (landlock(7), "Ptrace restrictions"); one that is not sealed may do that to every
// process of its user, and would gain nothing by this one. It does not outlive us: PTRACE_O_EXITKILL.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"errors"
	"fmt"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
)

// bell is the child and a descriptor of it. The descriptor, not the number, is what Ring uses: a number may be reused.
type bell struct {
	mu    sync.RWMutex // pidfd against its closing: held for one system call
	pidfd int          // -1: none
	tid   int          // the owner's; 0: none
}

// bellPath is a program that surely can be executed: this one. It is stopped before its first instruction.
const (
	bellPath = "/proc/self/exe"
	bellName = "jail-bell" // for ps(1)
)

// hang starts a bell. Only the owner's thread may: it becomes the tracer.
func (b *bell) hang() error {
	attr := &syscall.ProcAttr{Dir: "/", Env: []string{}, Sys: &syscall.SysProcAttr{Setpgid: true}}
	n, err := spawn(bellPath, []string{bellName}, attr, 0, bellOptions)
	if err != nil {
		return fmt.Errorf("starting the child that wakes the supervisor: %w", err)
	}
	fd, err := unix.PidfdOpen(n.tid, 0)
	if err == nil {
		if err = n.settle(); err == nil {
			err = trace(unix.PTRACE_LISTEN, n.tid, 0, 0)
		}
	}
	if err != nil {
		n.abort()
		if fd >= 0 {
			unix.Close(fd)
		}
		return fmt.Errorf("parking the child that wakes the supervisor: %w", err)
	}
	b.tid = n.tid
	b.swap(fd)
	return nil
}

// swap makes fd the descriptor that rings, and closes the one before.
func (b *bell) swap(fd int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pidfd >= 0 {
		unix.Close(b.pidfd)
	}
	b.pidfd = fd
}

// rearm makes the bell listen again. Failing, it is dead, and its death will be told.
func (b *bell) rearm() {
	_ = trace(unix.PTRACE_LISTEN, b.tid, 0, 0)
}

// take ends the bell. Rings find none from now on.
func (b *bell) take() error {
	if b.tid == 0 {
		return nil
	}
	b.swap(-1)
	err := killAndReap(b.tid)
	b.tid = 0
	if err == unix.ESRCH || err == unix.ECHILD {
		return nil // a wait for just any child, elsewhere in this process, was faster
	}
	return err
}

func (b *bell) close() error { return b.take() }

// Ring makes Wait return a Ring: pidfd_send_signal(2). Any goroutine; never blocks. After Close it does nothing.
func (k *Kernel) Ring() {
	k.bell.mu.RLock()
	defer k.bell.mu.RUnlock()
	if k.bell.pidfd >= 0 {
		// An error can only be that the bell is dead: then Wait will find that out and ring itself.
		_ = unix.PidfdSendSignal(k.bell.pidfd, unix.SIGCONT, nil, 0)
	}
}

// rung answers that the wait has found the bell, with its event in k.info. When somebody has killed it, rings may have
// been lost with it; so the new bell is hung first, then one ring is told.
func (k *Kernel) rung() (kernel.Stop, bool, error) {
	if k.info.Code == cldTrapped {
		k.bell.rearm()
		return kernel.Stop{Kind: kernel.Ring}, true, nil
	}
	if err := errors.Join(k.bell.take(), k.bell.hang()); err != nil {
		return kernel.Stop{}, false, err
	}
	return kernel.Stop{Kind: kernel.Ring}, true, nil
}

// nothingLeft answers ECHILD when the bell is the last child. The kernel is the one that knows: without a bell its
// answer is exact. If a child is left that was not told of yet, a new bell is hung.
func (k *Kernel) nothingLeft() error {
	if err := k.bell.take(); err != nil {
		return err
	}
	if err := waitNow(pAll, 0, unix.WEXITED|unix.WSTOPPED|unix.WNOWAIT, &k.info); err != nil {
		return err
	}
	if err := k.bell.hang(); err != nil {
		return err
	}
	k.queue.push(kernel.Stop{Kind: kernel.Ring}) // one may have come while there was no bell
	return nil
}
