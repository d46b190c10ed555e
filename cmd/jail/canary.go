// Canary: a child that never runs, whose pending signals tell what was sent to jail's whole process group.

package main

import (
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"jail/internal/procfile"
)

// A canary answers whether a signal that jail got was sent to all of its process group, as the terminal does, and so to
// the program too; or to jail alone. Go's os/signal does not tell the sender. The canary stands in its exec-stop of
// PTRACE_TRACEME, so what is sent to its group stays pending for it (ShdPnd, proc_pid_status(5)) until it is taken.
//
// kill(2) of a group serves its newest member first (attach_pid() and __kill_pgrp_info() of the kernel, 6.18): program
// and canary have the signal before jail, their elder, does.
//
// Two of the same signal that come before jail has looked are one to the canary, as to any process that has not looked
// (signal(7), "Queueing and delivery semantics").
//
// A policy that seals the program off (outside: sealed) keeps it out of a canary's memory, as out of any process outside of
// its Landlock domain (ptrace(2), /proc/PID/mem, process_vm_writev(2): landlock(7), "Ptrace restrictions"). One that says open
// lets it write into every process of its user, so there is nothing to win by making this one undumpable; and something to lose:
// where /proc is mounted with hidepid, the signals of an undumpable process can't be read.
//
// All methods are for one goroutine.
type canary struct {
	calls chan func() // to the thread whose child it is
	pid   int
	owed  uint64 // signals that are no longer pending, and not told yet
}

// The signals of job control are blocked in a canary: between its fork and its exec a Ctrl-Z would stop it for good, and with it
// jail, which waits for the exec; and they can vanish from the pending set.
const (
	stopSignals = 1<<(unix.SIGTSTP-1) | 1<<(unix.SIGTTIN-1) | 1<<(unix.SIGTTOU-1)
	contSignal  = 1 << (unix.SIGCONT - 1)
)

// newCanary starts a canary. It blocks for a fork and an exec.
func newCanary() (*canary, error) {
	c := &canary{calls: make(chan func())}
	go func() {
		runtime.LockOSThread() // never unlocked: the tracer is the thread
		for f := range c.calls {
			f()
		}
	}()
	if err := c.spawn(); err != nil {
		close(c.calls)
		return nil, err
	}
	return c, nil
}

// spawn makes a child that stands before the first instruction of this same program. A signal to the group that kills the
// child before it stands there is owed.
func (c *canary) spawn() (err error) {
	c.do(func() {
		for {
			pid, forkErr := forkCanary()
			if forkErr != nil {
				err = fmt.Errorf("starting the child that tells who is sent signals: %w", forkErr)
				return
			}
			status := wait(pid)
			if status.Stopped() && exitKill(pid) != nil {
				status = wait(pid) // somebody has killed it: there is no other reason
			}
			if status.Stopped() {
				c.pid = pid
				return
			}
			if !status.Signaled() || status.Signal() == unix.SIGKILL {
				err = errors.New("the child that tells who is sent signals was killed")
				return
			}
			c.owed |= 1 << (status.Signal() - 1)
		}
	})
	return err
}

// forkCanary starts the child. It has the signal mask of the thread.
func forkCanary() (int, error) {
	var old unix.Sigset_t
	block := unix.Sigset_t{Val: [len(old.Val)]uint64{stopSignals | contSignal}}
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, &block, &old); err != nil {
		return 0, err
	}
	pid, err := syscall.ForkExec("/proc/self/exe", []string{"jail-canary"}, &syscall.ProcAttr{
		Dir: "/", Env: []string{},
		Sys: &syscall.SysProcAttr{Ptrace: true, Pdeathsig: unix.SIGKILL},
	})
	return pid, errors.Join(err, unix.PthreadSigmask(unix.SIG_SETMASK, &old, nil))
}

// exitKill has the kernel kill a tracee when its tracer dies. The signal of the parent's death comes later than the tracee is
// let go (exit_notify() of the kernel, 6.18), and this one is under no filter.
func exitKill(pid int) error { return unix.PtraceSetOptions(pid, unix.PTRACE_O_EXITKILL) }

// wait waits for a change of the child; no change is told by the zero status, which is an exit.
func wait(pid int) (status unix.WaitStatus) {
	for {
		if _, err := unix.Wait4(pid, &status, unix.WALL, nil); err != unix.EINTR {
			return status
		}
	}
}

// do runs f on the canary's thread.
func (c *canary) do(f func()) {
	done := make(chan struct{})
	c.calls <- func() { f(); close(done) }
	<-done
}

// has tells whether sig was sent to the whole group since take was called last.
func (c *canary) has(sig unix.Signal) bool {
	return (pending(c.pid).set|c.owed)&(1<<(sig-1)) != 0
}

// undoes are the signals that take sig out of the pending set: SIGCONT all stop signals, and each of them SIGCONT
// (prepare_signal() of the kernel). A jail that stopped and went on hears of both.
func undoes(sig unix.Signal) uint64 {
	switch bit := uint64(1) << (sig - 1); {
	case bit == contSignal:
		return stopSignals
	case bit&stopSignals != 0:
		return contSignal
	}
	return 0
}

// take answers which signals were sent to the whole group since it was called last, and forgets them. A canary that
// somebody killed has none, so that no signal is lost. One that is not blocked makes a resumed tracee stop again before it
// runs an instruction (get_signal() of the kernel), and then it is forgotten. Blocked ones can't be taken: for those a new canary is
// made.
func (c *canary) take() uint64 {
	p := pending(c.pid)
	for p.alive && p.set&^p.blocked != 0 {
		var status unix.WaitStatus
		c.do(func() {
			if unix.PtraceCont(c.pid, 0) == nil {
				status = wait(c.pid)
			}
		})
		if !status.Stopped() {
			break // killed
		}
		c.owed |= 1 << (status.StopSignal() - 1)
		p = pending(c.pid)
	}
	if !p.alive || p.set != 0 {
		c.renew(p.set)
	}
	taken := c.owed
	c.owed = 0
	return taken
}

// renew puts a new canary in the place of the old one, of which set was seen.
func (c *canary) renew(set uint64) {
	old := c.pid
	if c.spawn() != nil {
		return // the old one answers once more than it should
	}
	late := pending(old).set
	both := pending(c.pid).set // read last: what was sent to both of them shows here, and is told by the new one
	c.owed |= set | late&^both
	c.end(old)
}

// end kills and reaps.
func (c *canary) end(pid int) {
	c.do(func() {
		_ = unix.Kill(pid, unix.SIGKILL) // it is not reaped, so the number is still its own
		for wait(pid).Stopped() {
		}
	})
}

// close ends the canary.
func (c *canary) close() {
	c.end(c.pid)
	close(c.calls)
}

// signals are what /proc tells of a process's.
type signals struct {
	set, blocked, ignored uint64 // ShdPnd without SIGKILL, SigBlk, SigIgn
	alive                 bool
}

// pending reads the signals of a process (proc_pid_status(5)).
func pending(pid int) signals {
	status, err := procfile.Read("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return signals{}
	}
	text := string(status)
	return signals{
		set: signalSet(text, "ShdPnd:") &^ (1 << (unix.SIGKILL - 1)), blocked: signalSet(text, "SigBlk:"), ignored: signalSet(text, "SigIgn:"),
		alive: !strings.Contains(text, "\nState:\tZ"),
	}
}

// signalSet reads one of the sets; key is its name with the colon.
func signalSet(status, key string) uint64 {
	_, rest, _ := strings.Cut(status, "\n"+key)
	line, _, _ := strings.Cut(rest, "\n")
	set, err := strconv.ParseUint(strings.TrimSpace(line), 16, 64)
	if err != nil {
		return 0 // the kernel writes hexadecimal
	}
	return set
}
