// Waiting: the one place that blocks, and what it does to be fair.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"fmt"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// The kernel serves the head of its list of children first, so a busy task hides the others. After fairAfter stops
// in a row, what is ready is taken in one go, at most queueSize of it, and served in the order of that list.
const (
	fairAfter = 32
	queueSize = 64
)

// Wait blocks until a task stops or dies, or somebody rings. A stop is consumed: it is told once. A Death is only
// peeked at (WNOWAIT) and told again until Reap; stops of other tasks are told in between. ECHILD: nothing is left.
// From the owner's goroutine. Signals that the Go runtime handles do not end it.
func (k *Kernel) Wait() (kernel.Stop, error) {
	for {
		if k.queue.size == 0 && (k.streak >= fairAfter || k.told != 0) {
			if err := k.drain(); err != nil {
				return kernel.Stop{}, err
			}
		}
		if k.queue.size > 0 {
			s := k.queue.pop()
			if s, ok := k.current(s); ok {
				return k.tell(s), nil
			}
			continue
		}
		if len(k.known) == 0 {
			if err := k.nothingLeft(); err != nil {
				return kernel.Stop{}, err
			}
		}
		s, ok, err := k.next()
		if err != nil {
			return kernel.Stop{}, err
		}
		if ok {
			k.streak++
			return k.tell(s), nil
		}
	}
}

// next blocks for one event and consumes it if it is a stop. ok is false when it had vanished meanwhile.
func (k *Kernel) next() (s kernel.Stop, ok bool, err error) {
	for {
		err = waitBlocking(pAll, 0, unix.WEXITED|unix.WSTOPPED|unix.WNOWAIT, &k.info)
		if err != unix.EINTR {
			break
		}
	}
	if err != nil {
		return s, false, err
	}
	if int(k.info.PID) == k.bell.tid {
		return k.rung()
	}
	if s, ok = k.decoded(); ok && s.Kind == kernel.Death {
		return s, true, nil
	}
	return k.consume(int(k.info.PID))
}

// consume takes the stop of one task. It may be another one than was peeked at, or none: then the task was killed.
func (k *Kernel) consume(tid int) (s kernel.Stop, ok bool, err error) {
	err = waitNow(pPID, tid, unix.WSTOPPED, &k.info)
	if err == unix.ECHILD || (err == nil && k.info.PID == 0) {
		return s, false, nil
	}
	if err != nil {
		return s, false, err
	}
	if s, ok = k.decoded(); !ok {
		return s, false, k.undecodable()
	}
	return s, true, nil
}

func (k *Kernel) decoded() (kernel.Stop, bool) {
	return decode(int(k.info.PID), k.info.Code, k.info.Status)
}

func (k *Kernel) undecodable() error {
	return fmt.Errorf("waitid told of task %d a status that is no stop of a seized task (si_code %d, si_status %#x)",
		k.info.PID, k.info.Code, k.info.Status)
}

// tell is the last step before the owner sees s.
func (k *Kernel) tell(s kernel.Stop) kernel.Stop {
	switch s.Kind {
	case kernel.Seccomp, kernel.SyscallExit, kernel.Signal, kernel.Ring:
		return s // never the first of a task, never the last
	case kernel.Exec:
		// A thread that calls execve takes its leader's number; its own is gone without a Death (ptrace(2), "execve(2) under ptrace").
		if old, err := k.EventMsg(s.TID); err == nil && int(old) != s.TID {
			delete(k.known, int(old))
		}
	case kernel.Death:
		k.told = s.TID
	}
	k.known[s.TID] = struct{}{}
	return s
}

// drain fills the queue with all stops that are ready, without blocking, and with the first death.
func (k *Kernel) drain() error {
	k.streak = 0
	for !k.queue.full() {
		err := waitNow(pAll, 0, unix.WSTOPPED, &k.info)
		if err == unix.ECHILD || (err == nil && k.info.PID == 0) {
			break
		}
		if err != nil {
			return err
		}
		if int(k.info.PID) == k.bell.tid {
			k.bell.rearm()
			k.queue.push(kernel.Stop{Kind: kernel.Ring})
			continue
		}
		s, ok := k.decoded()
		if !ok {
			return k.undecodable()
		}
		k.queue.push(s)
	}
	return k.drainDeath()
}

// drainDeath adds the first death to a queue that has stops in it, so that busy tasks do not hide the dead either.
func (k *Kernel) drainDeath() error {
	if k.queue.size == 0 || k.queue.full() {
		return nil // next() looks for deaths itself
	}
	k.streak = fairAfter // something was ready at once: look again when it is served
	err := waitNow(pAll, 0, unix.WEXITED|unix.WNOWAIT, &k.info)
	if err == unix.ECHILD || (err == nil && (k.info.PID == 0 || int(k.info.PID) == k.bell.tid || int(k.info.PID) == k.told)) {
		return nil
	}
	if err != nil {
		return err
	}
	if s, ok := k.decoded(); ok {
		k.queue.push(s)
	}
	return nil
}

// current looks whether a stop from the queue is still the one that the task stands in. If the task was killed
// meanwhile and stopped again, that later stop is told instead.
func (k *Kernel) current(s kernel.Stop) (kernel.Stop, bool) {
	if s.Kind == kernel.Ring || s.Kind == kernel.Death {
		return s, true
	}
	if later, ok, err := k.consume(s.TID); ok && err == nil {
		return later, true
	}
	return s, true
}

// Reap consumes the Death of tid, without blocking. From then on the number may be given to another task. EAGAIN: it is not
// dead. ECHILD: no child or tracee of this jail. It is waitid(2), not wait4(2), which would consume a stop as well.
func (k *Kernel) Reap(tid int) (utrace.Usage, error) {
	err := waitDeath(tid, &k.info, &k.rusage)
	if err == nil && k.info.PID == 0 {
		return utrace.Usage{}, unix.EAGAIN
	}
	delete(k.known, tid)
	delete(k.entryArg, tid)
	if k.told == tid {
		k.told = 0
	}
	if err != nil {
		return utrace.Usage{}, err
	}
	return usage(&k.rusage), nil
}
