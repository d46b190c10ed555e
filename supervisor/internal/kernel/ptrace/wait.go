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
// in a row, all that is ready is taken in one go, and served before anything else is looked for. The first queueSize are taken
// in the order of that list, which is walked to find each of them; are there more, every task is asked for by its number.
const (
	fairAfter = 32
	queueSize = 64
)

// Wait blocks until a task stops or dies, or somebody rings. A stop is told once. A Death is told again until Reap; stops
// of other tasks are told in between. ECHILD: nothing is left. From the owner's goroutine. Signals that the Go runtime
// handles do not end it.
func (k *Kernel) Wait() (kernel.Stop, error) {
	if s, ok, err := k.consumeHeld(); err != nil {
		return kernel.Stop{}, err
	} else if ok {
		return k.tell(s), nil
	}
	for {
		if k.queue.size == 0 && (k.streak >= fairAfter || k.told != 0) {
			if err := k.drain(); err != nil {
				return kernel.Stop{}, err
			}
		}
		if k.queue.size > 0 {
			return k.tell(k.current(k.queue.pop())), nil
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

// next blocks for one event, and peeks at it: a stop that is resumed needs no consuming, it vanishes by itself
// (task_stopped_code() in kernel/exit.c), and a listening one too. One that the owner keeps is consumed by the next Wait.
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
	if s, ok = k.decoded(); !ok {
		return s, false, k.undecodable()
	}
	switch s.Kind {
	case kernel.Death:
	case kernel.Exec:
		// Until it is consumed, ptrace answers ESRCH to a task that changed its number at exec, lest somebody resume it who
		// means the old leader (looks_like_a_spurious_pid() in kernel/ptrace.c, Linux 5.13).
		return k.consume(s.TID)
	default:
		k.held = s
	}
	return s, true, nil
}

// consumeHeld consumes the stop that was told last, if its task was not resumed. When the task was killed meanwhile, it
// may stand in another stop by now, its exit, which is told.
func (k *Kernel) consumeHeld() (s kernel.Stop, ok bool, err error) {
	held := k.held
	k.held = kernel.Stop{}
	if held.TID == 0 {
		return s, false, nil
	}
	s, ok, err = k.consume(held.TID)
	return s, ok && s != held, err
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
	k.former = former{}
	switch s.Kind {
	case kernel.Seccomp, kernel.SyscallExit, kernel.Signal, kernel.Ring:
		return s // never the first of a task, never the last
	case kernel.Exec:
		// A thread that calls execve takes its leader's number; its own is gone without a Death (ptrace(2), "execve(2) under ptrace").
		if old, err := k.EventMsg(s.TID); err == nil { // else it was killed: the owner finds out who it was
			k.former = former{s.TID, old}
			if int(old) != s.TID {
				delete(k.known, int(old))
			}
		}
	case kernel.Death:
		k.told = s.TID
	}
	k.known[s.TID] = struct{}{}
	return s
}

// drain fills the queue with all stops that are ready, without blocking, and with the first death. It ends: nothing that it takes
// goes on meanwhile, so a task is taken twice at most, when it is killed where it stands.
func (k *Kernel) drain() error {
	k.streak = 0
	for swept := false; ; {
		if k.queue.size >= queueSize && !swept {
			if err := k.sweep(); err != nil {
				return err
			}
			swept = true
		}
		s, ok, err := k.ready()
		if err != nil || !ok {
			return err
		}
		if s.Kind == kernel.Death && s.TID == k.told {
			return nil // next tells it again, when there is nothing else
		}
		k.queue.push(s)
		k.streak = fairAfter // something was ready: look again when it is served
		if s.Kind == kernel.Death {
			return nil // it hides those behind it until it is reaped
		}
	}
}

// sweep takes the stops of all tasks that were told of before, where many are ready: the kernel finds a task by its number at once
// (do_wait_pid() in kernel/exit.c, Linux 5.13), but walks its list anew for each one that is asked for by no number.
func (k *Kernel) sweep() error {
	for tid := range k.known {
		if tid == k.told { // dead
			continue
		}
		s, ok, err := k.consume(tid)
		if err != nil {
			return err
		}
		if ok {
			k.queue.push(s)
		}
	}
	return nil
}

// ready is a stop that is ready, which it consumes, or else a death, which it does not. (Of tasks that are traced the second
// wait tells stops too: one that came just now. It will be consumed by current.)
func (k *Kernel) ready() (s kernel.Stop, ok bool, err error) {
	err = waitNow(pAll, 0, unix.WSTOPPED, &k.info) // passes the dead by
	if err == nil && k.info.PID == 0 {
		err = waitNow(pAll, 0, unix.WEXITED|unix.WNOWAIT, &k.info)
	}
	switch {
	case err == unix.ECHILD || err == nil && k.info.PID == 0:
		return s, false, nil
	case err != nil:
		return s, false, err
	case int(k.info.PID) == k.bell.tid:
		return k.rung()
	}
	if s, ok = k.decoded(); !ok {
		return s, false, k.undecodable()
	}
	return s, true, nil
}

// current looks whether a stop from the queue is still the one that the task stands in. If the task was killed
// meanwhile and stopped again, that later stop is told instead. Either way it is consumed afterwards.
func (k *Kernel) current(s kernel.Stop) kernel.Stop {
	if s.Kind == kernel.Ring || s.Kind == kernel.Death {
		return s
	}
	if later, ok, err := k.consume(s.TID); ok && err == nil {
		return later
	}
	return s
}

// Reap consumes the Death of tid, without blocking. From then on the number may be given to another task. EAGAIN: it is not
// dead. ECHILD: no child or tracee of this jail.
func (k *Kernel) Reap(tid int) (utrace.Usage, error) {
	var err error
	if k.told != tid { // not known to be dead
		// A look first: of a task that is traced, a wait for deaths takes stops too ("regardless of options", wait_task_stopped()).
		err = waitNow(pPID, tid, unix.WEXITED|unix.WNOWAIT, &k.info)
		if err == nil && (k.info.PID == 0 || k.info.Code == cldTrapped) {
			return utrace.Usage{}, unix.EAGAIN
		}
	}
	delete(k.entryArg, tid)
	k.pages.gone(tid)
	delete(k.known, tid)
	if k.told == tid {
		k.told = 0
	}
	if err == nil {
		err = waitDeath(tid, &k.info, &k.rusage)
	}
	if err != nil {
		return utrace.Usage{}, err
	}
	return usage(&k.rusage), nil
}

// Vanished is kernel.Kernel's: without it Wait would wait for a task that never comes.
func (k *Kernel) Vanished(tid int) { delete(k.known, tid) }
