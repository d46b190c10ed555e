// The canary, and what is read of /proc for it.

package main

import (
	"errors"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func bits(sigs ...unix.Signal) (set uint64) {
	for _, s := range sigs {
		set |= 1 << (s - 1)
	}
	return set
}

func TestCanaryTellsEachSignalOnce(t *testing.T) {
	c, err := newCanary()
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for _, sent := range [][]unix.Signal{
		{unix.SIGINT},
		{unix.SIGTERM, unix.SIGHUP, unix.SIGUSR1, unix.Signal(40)},
		{},
		{unix.SIGTSTP},
		{unix.SIGCONT},
		{unix.SIGTTIN, unix.SIGINT, unix.SIGWINCH},
	} {
		for _, sig := range sent {
			if err := unix.Kill(c.pid, sig); err != nil {
				t.Fatal(err)
			}
			if !c.has(sig) {
				t.Errorf("%v was sent, and has says no", sig)
			}
		}
		if got, want := c.take(), bits(sent...); got != want {
			t.Errorf("sent %v: took %#x, want %#x", sent, got, want)
		}
		if got := c.take(); got != 0 {
			t.Errorf("sent %v: took %#x once more", sent, got)
		}
	}
}

// TestCanaryIsReplaced: somebody kills it, which must not stop jail from passing signals on.
func TestCanaryIsReplaced(t *testing.T) {
	c, err := newCanary()
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	killed := c.pid
	if err := unix.Kill(killed, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	c.do(func() { // wait until it is dead, and leave it as a zombie
		var si unix.Siginfo
		if err := unix.Waitid(unix.P_PID, killed, &si, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
			t.Error(err)
		}
	})
	if got := c.take(); got != 0 {
		t.Errorf("a dead canary tells %#x", got)
	}
	if c.pid == killed || !pending(c.pid).alive {
		t.Error("there is no new canary")
	}
	if err := unix.Kill(c.pid, unix.SIGINT); err != nil {
		t.Fatal(err)
	}
	if got := c.take(); got != bits(unix.SIGINT) {
		t.Errorf("the new canary tells %#x", got)
	}
}

// onThreadThatEnds runs f on a thread that ends with it, which the first thread of a Go program does not.
func onThreadThatEnds(f func()) {
	runtime.LockOSThread() // never unlocked
	if unix.Gettid() != unix.Getpid() {
		f()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		onThreadThatEnds(f)
	}()
	<-done
}

// TestCanaryIsNeverLetGo: when its tracer dies a tracee without PTRACE_O_EXITKILL runs on, unfiltered, until the signal of its
// parent's death gets it.
func TestCanaryIsNeverLetGo(t *testing.T) {
	started := make(chan int)
	go onThreadThatEnds(func() {
		pid, err := syscall.ForkExec("/bin/true", []string{"true"}, &syscall.ProcAttr{Sys: &syscall.SysProcAttr{Ptrace: true}})
		if err == nil && !wait(pid).Stopped() {
			err = errors.New("it does not stand at its exec")
		}
		if err = errors.Join(err, exitKill(pid)); err != nil {
			t.Error(err)
		}
		started <- pid
	})
	if status := wait(<-started); !status.Signaled() || status.Signal() != unix.SIGKILL {
		t.Errorf("after its tracer had died it ended with %#x", status)
	}
}

func TestSignalSet(t *testing.T) {
	const status = "Name:\tx\\nSigIgn: ffff\nSigQ:\t1/2\nSigIgn:\t0000000000200002\nSigCgt:\tnonsense\n"
	for key, want := range map[string]uint64{
		"SigIgn:": bits(unix.SIGINT, unix.SIGTTOU),
		"SigCgt:": 0,
		"SigBlk:": 0,
	} {
		if got := signalSet(status, key); got != want {
			t.Errorf("%s %#x, want %#x", key, got, want)
		}
	}
}

func TestStopAndContinueUndoEachOther(t *testing.T) {
	for _, c := range []struct {
		sig  unix.Signal
		want uint64
	}{
		{unix.SIGCONT, bits(unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU)},
		{unix.SIGTSTP, bits(unix.SIGCONT)},
		{unix.SIGTTOU, bits(unix.SIGCONT)},
		{unix.SIGTERM, 0},
	} {
		if got := undoes(c.sig); got != c.want {
			t.Errorf("undoes(%v) is %#x, want %#x", c.sig, got, c.want)
		}
	}
}
