// Acting with the rights of a task instead of jail's own.

// Package rights lets the supervisor do something as a task would: with its users, groups and capabilities, and no more.
package rights

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// ErrRights says that the supervisor can't take on a task's rights, so it does nothing in its place.
var ErrRights = errors.New("jail can't act with the rights of the program")

// As calls fn with the rights of a task: users, groups and capabilities as files see them (credentials(7), capabilities(7)),
// and as the other end of a socket is told of them (unix(7), SO_PEERCRED). Where they are the supervisor's own it is just
// called. Else it is on a thread of its own, which has given up what the task has not, and ends with fn. It blocks as long as fn
// does. An error that is not fn's wraps ErrRights, or is ESRCH.
func As(tid int, fn func() error) error {
	want, err := rightsOf(tid)
	if err != nil {
		return err
	}
	own, err := statusOf("thread-self")
	if err != nil {
		return fmt.Errorf("%w: %w", ErrRights, err)
	}
	if own.within(&want) {
		return fn()
	}
	return lastOfThread(func() error {
		if err := become(&own, &want); err != nil {
			return fmt.Errorf("%w: %w", ErrRights, err)
		}
		return fn()
	})
}

// Alone calls fn with the rights of a task on a thread that ends with it, whatever they are: fn may restrict its thread further. umask is the
// task's (umask(2)), which fn may take on. It blocks as long as fn does; errors are those of As.
func Alone(tid int, fn func(umask int) error) error {
	want, err := rightsOf(tid)
	if err != nil {
		return err
	}
	return lastOfThread(func() error {
		own, err := statusOf("thread-self")
		if err != nil {
			return fmt.Errorf("%w: %w", ErrRights, err)
		}
		if !own.within(&want) {
			if err := become(&own, &want); err != nil {
				return fmt.Errorf("%w: %w", ErrRights, err)
			}
		}
		return fn(want.umask)
	})
}

// lastOfThread calls fn on a thread that ends with it. That is not the process's first one, which the runtime never ends, and whose
// rights are what others take for those of the process: this one is kept busy meanwhile.
func lastOfThread(fn func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the runtime ends the thread with the goroutine
		if unix.Gettid() != unix.Getpid() {
			done <- fn()
			return
		}
		done <- lastOfThread(fn)
		runtime.UnlockOSThread()
	}()
	return <-done
}

// rightsOf are a task's rights. Capabilities of another user namespace than ours are none here.
func rightsOf(tid int) (status, error) {
	task := strconv.Itoa(tid)
	s, err := statusOf(task)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH) {
		return s, unix.ESRCH
	}
	if err != nil {
		return s, fmt.Errorf("%w: %w", ErrRights, err)
	}
	its, err := os.Readlink("/proc/" + task + "/ns/user")
	ours, err2 := os.Readlink("/proc/thread-self/ns/user")
	if err != nil || err2 != nil || its != ours {
		s.caps = 0
	}
	return s, nil
}

// within tells whether acting with own rights is acting as want: they are the same, but for capabilities that only want has.
func (own *status) within(want *status) bool {
	return own.uid[1] == want.uid[1] && own.uid[3] == want.uid[3] && own.gid[1] == want.gid[1] && own.gid[3] == want.gid[3] &&
		own.groups == want.groups && own.caps&^want.caps == 0
}

// become changes the calling thread's rights, and no other's, to what a task has.
func become(own, want *status) error {
	if own.groups != want.groups {
		if want.groups != "" {
			return errors.New("it has supplementary groups that jail has not")
		}
		if err := thisThread(unix.SYS_SETGROUPS, 0, 0, 0); err != nil {
			return fmt.Errorf("setgroups: %w", err)
		}
	}
	const keep = ^uintptr(0) // -1: as it is (setresuid(2))
	for _, c := range []struct {
		call string
		nr   uintptr
		id   [3]uintptr
		skip bool
	}{
		{"setresgid", unix.SYS_SETRESGID, [3]uintptr{keep, uintptr(want.gid[1]), keep}, own.gid[1] == want.gid[1]},
		{"setfsgid", unix.SYS_SETFSGID, [3]uintptr{uintptr(want.gid[3])}, want.gid[1] == want.gid[3] && own.gid[1] == own.gid[3]},
		{"setresuid", unix.SYS_SETRESUID, [3]uintptr{keep, uintptr(want.uid[1]), keep}, own.uid[1] == want.uid[1]},
		{"setfsuid", unix.SYS_SETFSUID, [3]uintptr{uintptr(want.uid[3])}, want.uid[1] == want.uid[3] && own.uid[1] == own.uid[3]},
	} {
		if c.skip {
			continue
		}
		if err := thisThread(c.nr, c.id[0], c.id[1], c.id[2]); err != nil {
			return fmt.Errorf("%s: %w", c.call, err)
		}
	}
	if err := limitCapabilities(want.caps); err != nil {
		return fmt.Errorf("capset: %w", err)
	}
	now, err := statusOf("thread-self")
	if err == nil && !now.within(want) {
		err = errors.New("they could not be taken on") // setfsuid(2) tells of no error
	}
	return err
}

// thisThread makes a call that changes this thread alone; the functions of package syscall change all threads.
func thisThread(nr, a, b, c uintptr) error {
	if _, _, errno := unix.RawSyscall(nr, a, b, c); errno != 0 {
		return errno
	}
	return nil
}

// limitCapabilities leaves this thread those effective capabilities that it may have and that are in caps.
func limitCapabilities(caps uint64) error {
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&head, &data[0]); err != nil {
		return err
	}
	for i := range data {
		data[i].Effective = data[i].Permitted & uint32(caps>>(32*i))
	}
	return unix.Capset(&head, &data[0])
}
