// Enough descriptors to begin with, or a sentence.

package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// spare is how many descriptors are looked for beside those that are open when main begins: more than a run takes. With fewer
// jail would find features of the kernel missing, and blame these. What is used up later has an error of its own.
const spare = 32

// spareDescriptors looks whether they are to be had, before anything else is done: where there are none Go's runtime ends jail
// with a trace of its own when it opens a file for the first time (epoll_create and eventfd in netpollinit).
func spareDescriptors() error {
	if numbersFree() {
		return nil
	}
	var open []int
	defer func() {
		for _, fd := range open {
			unix.Close(fd)
		}
	}()
	for range spare {
		fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
		if err != nil {
			return fmt.Errorf("too few descriptors are left for jail to work with: it needs %d, and %d can be had: raise RLIMIT_NOFILE (ulimit -n): %w", spare, len(open), err)
		}
		open = append(open, fd)
	}
	return nil
}

// numbersFree tells in one call that so many numbers are free below the limit. It may say no where that is not known: more than half of
// the first ones are taken, or the limit is lower than these (EINVAL, poll(2)).
func numbersFree() bool {
	first := make([]unix.PollFd, 2*spare)
	for i := range first {
		first[i].Fd = int32(i)
	}
	if _, err := unix.Poll(first, 0); err != nil {
		return false
	}
	free := 0
	for _, p := range first {
		if p.Revents&unix.POLLNVAL != 0 {
			free++
		}
	}
	return free >= spare
}
