// The OS thread that is to be a tracer: it must not have children of other origin.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"

	"jail/internal/deepstack"
)

// ErrThreadHasChildren: this OS thread has forked before, and its waits would find children that are none of the jail's.
// Go reuses threads, so that happens to any goroutine of a program that starts others. See Own.
var ErrThreadHasChildren = errors.New("the thread has children already")

// Own runs f on a goroutine that is locked to an OS thread without children, and returns at once; done is closed when
// f has returned. The thread ends with f, and with it everything that f launched. Threads that have children are left
// to end: their children become those of the process's first thread, which changes nothing for os.Process.Wait. That
// thread itself is never taken, for it inherits children at any time.
func Own(f func()) (done <-chan struct{}) {
	ended := make(chan struct{})
	go own(f, ended)
	return ended
}

func own(f func(), ended chan struct{}) {
	runtime.LockOSThread() // and never unlocked: the thread ends with this goroutine
	if unix.Gettid() == unix.Getpid() || childless() != nil {
		go own(f, ended)
		return
	}
	defer close(ended)
	deepstack.Grow()
	f()
}

// childless makes sure that nothing but the jail will come out of this thread's waits (proc_tid_children(5)).
func childless() error {
	p, err := os.ReadFile("/proc/thread-self/children")
	if err != nil {
		return nil // no CONFIG_PROC_CHILDREN: nothing to be known
	}
	if len(p) > 0 {
		return fmt.Errorf("%w (%s): launch the jail from a goroutine started by Own", ErrThreadHasChildren, p)
	}
	return nil
}
