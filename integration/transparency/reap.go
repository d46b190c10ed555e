// reap.go is where this program meets the kernel directly: it becomes the parent
// of all orphans of the programs it runs, and ends them.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// becomeReaper makes orphaned descendants our children (prctl(2),
// PR_SET_CHILD_SUBREAPER, Linux 3.4), so that not even a daemon gets away.
func becomeReaper() error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("becoming the reaper of orphans: %w", err)
	}
	return nil
}

// reapOrphans kills and reaps every child that this process has, and blocks until
// none is left. It may only be called while no child of ours is wanted. It fails
// when one does not die within ten seconds, with a wait for it left behind:
// after an error this program can only end.
func reapOrphans() error {
	done := make(chan error, 1)
	go func() { done <- endChildren() }()
	select {
	case err := <-done:
		return err
	case <-time.After(10 * time.Second):
		left, err := children()
		return errors.Join(fmt.Errorf("processes %v do not die", left), err)
	}
}

// endChildren kills all children and waits for one of them to die, until there
// are none. A process becomes our child by the death of its parent, which at that
// time is a child of ours or descends from one: so either it is among those that
// are killed, or one of those dies later than it came, and we look again.
func endChildren() error {
	for {
		pid, err := unix.Wait4(-1, nil, unix.WNOHANG|unix.WALL, nil)
		switch {
		case errors.Is(err, unix.ECHILD):
			return nil
		case errors.Is(err, unix.EINTR), err == nil && pid > 0:
			continue
		case err != nil:
			return fmt.Errorf("reaping orphans: %w", err)
		}
		left, err := children()
		if err != nil {
			return err
		}
		for _, child := range left {
			// Nobody but us can reap our child: its pid is its own.
			if err := unix.Kill(child, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) {
				return fmt.Errorf("ending orphan %d: %w", child, err)
			}
		}
		if _, err := unix.Wait4(-1, nil, unix.WALL, nil); err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("reaping orphans: %w", err)
		}
	}
}

// children lists our children from the ppid field of proc_pid_stat(5).
func children() ([]int, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	me := strconv.Itoa(os.Getpid())
	var out []int
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // gone meanwhile
		}
		// The name, field 2, may hold anything: go by the last parenthesis.
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		if len(fields) < 2 || fields[1] != me {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			out = append(out, pid)
		}
	}
	return out, nil
}

// openPTY opens a new pseudo-terminal pair (pty(7), ioctl_tty(2)).
func openPTY() (master, slave *os.File, err error) {
	master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("pseudo-terminal: %w", err)
	}
	conn := int(master.Fd())
	if err := unix.IoctlSetPointerInt(conn, unix.TIOCSPTLCK, 0); err != nil {
		master.Close()
		return nil, nil, fmt.Errorf("pseudo-terminal: unlocking: %w", err)
	}
	n, err := unix.IoctlGetInt(conn, unix.TIOCGPTN)
	if err != nil {
		master.Close()
		return nil, nil, fmt.Errorf("pseudo-terminal: %w", err)
	}
	slave, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		master.Close()
		return nil, nil, fmt.Errorf("pseudo-terminal: %w", err)
	}
	return master, slave, nil
}
