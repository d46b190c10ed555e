// keeper.go is what init is to a login: the parent of all orphans of the programs
// under test, in another session than theirs. It reaps them, and ends them when a
// run is over.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// A keeper is the first incarnation of this program. The second one, its child,
// starts the programs, and asks for the end of their orphans by a line.
type keeper struct {
	second int        // pid of the second incarnation
	mu     sync.Mutex // held to reap, and while pids of children must stay theirs
	reaped chan struct{}
}

// becomeReaper makes orphaned descendants our children (prctl(2),
// PR_SET_CHILD_SUBREAPER, Linux 3.4), so that not even a daemon gets away.
func becomeReaper() error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("becoming the reaper of orphans: %w", err)
	}
	return nil
}

// reap reaps every child that dies, until the second incarnation has, and returns
// its wait status. No other part of this process may wait for children.
func (k *keeper) reap() (unix.WaitStatus, error) {
	for {
		// Look first, and reap under the lock.
		var info unix.Siginfo
		err := unix.Waitid(unix.P_ALL, 0, &info, unix.WEXITED|unix.WNOWAIT|unix.WALL, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("waiting for orphans: %w", err)
		}
		var ws unix.WaitStatus
		k.mu.Lock()
		pid, err := unix.Wait4(-1, &ws, unix.WNOHANG|unix.WALL, nil)
		k.mu.Unlock()
		if err != nil && !errors.Is(err, unix.EINTR) {
			return 0, fmt.Errorf("reaping orphans: %w", err)
		}
		if pid == k.second {
			return ws, nil
		}
		select {
		case k.reaped <- struct{}{}:
		default: // there is a note already that somebody was reaped
		}
	}
}

// serve ends the orphans for every line that it reads, and answers with a line:
// nothing on it when there are none left, else what went wrong. It returns when
// there is nobody to ask any more.
func (k *keeper) serve(requests io.Reader, answers io.Writer) {
	for lines := bufio.NewScanner(requests); lines.Scan(); {
		text := ""
		if err := k.endOrphans(); err != nil {
			text = strings.ReplaceAll(err.Error(), "\n", " ")
		}
		if _, err := fmt.Fprintln(answers, text); err != nil {
			return
		}
	}
}

// endOrphans kills all children but the second incarnation, and waits until they
// have been reaped, ten seconds at most. A process becomes our child by the death
// of its parent; that one either is a child of ours itself, so that we look again
// when it has been reaped, or descends from one that we kill here, and so on.
func (k *keeper) endOrphans() error {
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	for {
		left, err := k.killOrphans()
		if err != nil || len(left) == 0 {
			return err
		}
		select {
		case <-k.reaped:
		case <-deadline.C:
			return fmt.Errorf("%d processes do not die, among them %d", len(left), left[0])
		}
	}
}

// endAll ends what is left when the second incarnation is dead and reap has
// returned.
func (k *keeper) endAll() error {
	for {
		left, err := k.killOrphans()
		if err != nil || len(left) == 0 {
			return err
		}
		if _, err := unix.Wait4(-1, nil, unix.WALL, nil); err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("reaping orphans: %w", err)
		}
	}
}

// killOrphans kills all children but the second incarnation, and returns them.
func (k *keeper) killOrphans() ([]int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	left, err := children()
	if err != nil {
		return nil, err
	}
	left = slices.DeleteFunc(left, func(pid int) bool { return pid == k.second })
	for _, pid := range left {
		if err := unix.Kill(pid, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) {
			return nil, fmt.Errorf("ending orphan %d: %w", pid, err)
		}
	}
	return left, nil
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
