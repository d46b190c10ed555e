// What procfs says of a task: how many threads share its descriptors, which signals wait for it.

package network

import (
	"errors"
	"strconv"

	"golang.org/x/sys/unix"

	"jail/engines/internal/procfs"
)

// status is what is used of /proc/PID/status (proc_pid_status(5)).
type status struct {
	threads int

	pending, process         uint64 // signals that wait for the task, and for any of its process; bit n-1 for signal n
	blocked, ignored, caught uint64
}

// statusOf reads the status of a task; "thread-self" is the calling thread.
func statusOf(task string) (s status, err error) {
	if err = procfs.Status(task, s.set); err == nil {
		err = s.whole()
	}
	return s, err
}

// whole tells of a status without the number of threads: there is always one.
func (s *status) whole() error {
	if s.threads <= 0 {
		return errors.New("the number of threads is missing")
	}
	return nil
}

func (s *status) set(key, value string) (err error) {
	mask := func(to *uint64) {
		var v uint64
		v, err = strconv.ParseUint(value, 16, 64)
		*to = v
	}
	switch key {
	case "Threads":
		s.threads, err = strconv.Atoi(value)
	case "SigPnd":
		mask(&s.pending)
	case "ShdPnd":
		mask(&s.process)
	case "SigBlk":
		mask(&s.blocked)
	case "SigIgn":
		mask(&s.ignored)
	case "SigCgt":
		mask(&s.caught)
	}
	return err
}

// interrupted tells whether a signal waits that breaks off a call (signal(7), "Interruption of system calls").
func (s *status) interrupted() bool { return (s.pending|s.process)&s.wakes() != 0 }

// own tells whether one of them is for this task alone.
func (s *status) own() bool { return s.pending&s.wakes() != 0 }

// wakes are the signals that break off calls: none that is blocked or ignored, also by default.
func (s *status) wakes() uint64 {
	idle := s.ignored | s.blocked
	for _, sig := range []unix.Signal{unix.SIGCHLD, unix.SIGURG, unix.SIGWINCH, unix.SIGCONT} {
		idle |= 1 << (sig - 1) &^ s.caught
	}
	return ^idle
}
