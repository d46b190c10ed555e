// What the supervisor does to its own process.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// BecomeSubreaper makes orphans below this process its children, not init's (PR_SET_CHILD_SUBREAPER, Linux 3.4).
func BecomeSubreaper() error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("becoming the reaper of orphans: %w", err)
	}
	return nil
}

// SetUndumpable takes this process out of the reach of ptrace and /proc/<pid>/mem of others (PR_SET_DUMPABLE).
func SetUndumpable() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("becoming undumpable: %w", err)
	}
	return nil
}

// DieOf ends this process by sig, as a program without handlers ends, so that its parent sees the signal; it leaves no
// core image. It returns only if sig does not end a process by default (SIGCHLD, SIGCONT …), or if it stops it and somebody
// continued it. From any goroutine. The Go runtime has handlers of its own, so the default is set behind its back.
//
// EINVAL: no signal. To the first process of a pid namespace no default applies (pid_namespaces(7)), so that returns as well.
func DieOf(sig unix.Signal) error {
	if sig < 1 || sig > 64 {
		return unix.EINVAL
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("setting RLIMIT_CORE: %w", err)
	}
	if err := SetUndumpable(); err != nil {
		return err
	}
	if sig != unix.SIGKILL && sig != unix.SIGSTOP {
		if err := setDefault(sig); err != nil {
			return fmt.Errorf("resetting the handler of %v: %w", sig, err)
		}
		var set unix.Sigset_t
		set.Val[0] = 1 << (sig - 1)
		if err := unix.PthreadSigmask(unix.SIG_UNBLOCK, &set, nil); err != nil {
			return fmt.Errorf("unblocking %v: %w", sig, err)
		}
	}
	// To this thread, so that it is delivered before the call returns.
	return unix.Tgkill(os.Getpid(), unix.Gettid(), sig)
}

// setDefault is rt_sigaction(2) with SIG_DFL: a struct sigaction of zeros, whatever its layout.
func setDefault(sig unix.Signal) error {
	var act [4]uint64
	_, _, e := syscall.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&act)), 0, sigsetSize, 0, 0)
	if e != 0 {
		return e
	}
	return nil
}
