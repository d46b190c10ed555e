// Canary: a child that never runs, whose pending signals tell what was sent to jail's whole process group.

package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// A canary answers whether a signal that jail got was sent to all of its process group, as the terminal does, and so to
// the program too; or to jail alone. Go's os/signal does not tell the sender. The canary stands in its exec-stop of
// PTRACE_TRACEME for ever, so what is sent to its group stays pending for it (ShdPnd, proc_pid_status(5)).
//
// kill(2) of a group serves its newest member first (attach_pid() and __kill_pgrp_info() of the kernel, 6.18): program
// and canary have the signal before jail, their elder, does.
//
// All methods are for one goroutine.
type canary struct {
	calls chan func() // to the thread whose child it is
	pid   int
	owed  uint64 // signals of a former canary that jail has not heard of yet
}

// newCanary starts a canary. It blocks for a fork and an exec.
func newCanary() (*canary, error) {
	c := &canary{calls: make(chan func())}
	go func() {
		runtime.LockOSThread() // never unlocked: the tracer is the thread
		for f := range c.calls {
			f()
		}
	}()
	pid, err := c.spawn()
	if err != nil {
		close(c.calls)
		return nil, err
	}
	c.pid = pid
	return c, nil
}

// spawn makes a child that stands before the first instruction of this same program.
func (c *canary) spawn() (pid int, err error) {
	c.do(func() {
		pid, err = forkCanary()
		if err != nil {
			err = fmt.Errorf("starting the child that tells who is sent signals: %w", err)
			return
		}
		var status unix.WaitStatus
		if err = wait(pid, &status); err == nil && !status.Stopped() {
			err = errors.New("the child that tells who is sent signals was killed")
		}
	})
	return pid, err
}

// forkCanary starts the child with all signals blocked except the one that stops it at its exec. Before that, a Ctrl-Z would
// stop it for good, and with it this process, which waits for the exec.
func forkCanary() (int, error) {
	var all, old unix.Sigset_t
	all.Val[0] = ^(uint64(1) << (unix.SIGTRAP - 1))
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &all, &old); err != nil {
		return 0, err
	}
	pid, err := syscall.ForkExec("/proc/self/exe", []string{"jail-canary"}, &syscall.ProcAttr{
		Dir: "/", Env: []string{},
		Sys: &syscall.SysProcAttr{Ptrace: true, Pdeathsig: unix.SIGKILL},
	})
	return pid, errors.Join(err, unix.PthreadSigmask(unix.SIG_SETMASK, &old, nil))
}

func wait(pid int, status *unix.WaitStatus) error {
	for {
		_, err := unix.Wait4(pid, status, unix.WALL, nil)
		if err != unix.EINTR {
			return err
		}
	}
}

// do runs f on the canary's thread.
func (c *canary) do(f func()) {
	done := make(chan struct{})
	c.calls <- func() { f(); close(done) }
	<-done
}

// sang tells whether sig was sent to the whole group since sig was asked for last. A canary that somebody killed says no,
// so that no signal is lost.
func (c *canary) sang(sig unix.Signal) bool {
	bit := uint64(1) << (sig - 1)
	if c.owed&bit != 0 {
		c.owed &^= bit
		return true
	}
	set, alive := pending(c.pid)
	sent := set&(bit|undoes(sig)) != 0
	if sent || !alive {
		c.renew(bit)
	}
	return sent
}

// has tells whether jail will hear of sig: it was sent to the whole group, and sang was not asked for it yet.
func (c *canary) has(sig unix.Signal) bool {
	set, _ := pending(c.pid)
	return (set|c.owed)&(1<<(sig-1)) != 0
}

// stops are the stop signals of job control.
const stops = 1<<(unix.SIGSTOP-1) | 1<<(unix.SIGTSTP-1) | 1<<(unix.SIGTTIN-1) | 1<<(unix.SIGTTOU-1)

// undoes are the signals that take sig out of the pending set: SIGCONT all stop signals, and each of them SIGCONT
// (prepare_signal() of the kernel). A jail that stopped and went on hears of both.
func undoes(sig unix.Signal) uint64 {
	const cont = 1 << (unix.SIGCONT - 1)
	switch bit := uint64(1) << (sig - 1); {
	case bit == cont:
		return stops
	case bit&stops != 0:
		return cont
	}
	return 0
}

// renew puts a new canary in the place of the old one, whose pending signals can't be taken back. Those that were not
// asked for yet, all but the ones in seen, are owed.
func (c *canary) renew(seen uint64) {
	old := c.pid
	pid, err := c.spawn()
	if err != nil {
		return // the old one answers yes once more than it should
	}
	c.pid = pid
	set, _ := pending(old)
	both, _ := pending(pid) // read after set: what was sent to both of them shows here
	c.owed |= set &^ seen &^ both
	c.end(old)
}

// end kills and reaps.
func (c *canary) end(pid int) {
	c.do(func() {
		_ = unix.Kill(pid, unix.SIGKILL) // it is not reaped, so the number is still its own
		var status unix.WaitStatus
		for wait(pid, &status) == nil && !status.Signaled() && !status.Exited() {
		}
	})
}

// close ends the canary.
func (c *canary) close() {
	c.end(c.pid)
	close(c.calls)
}

// pending reads the signals that wait for a process, and whether it is alive.
func pending(pid int) (set uint64, alive bool) {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0, false
	}
	return signalSet(string(status), "ShdPnd:"), !strings.Contains(string(status), "\nState:\tZ")
}

// signalSet reads one of the sets of /proc/<pid>/status.
func signalSet(status, key string) uint64 {
	_, rest, ok := strings.Cut(status, "\n"+key)
	if !ok {
		return 0
	}
	line, _, _ := strings.Cut(rest, "\n")
	set, err := strconv.ParseUint(strings.TrimSpace(line), 16, 64)
	if err != nil {
		return 0
	}
	return set
}
