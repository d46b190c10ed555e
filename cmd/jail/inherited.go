// What the first program inherits: descriptors.

package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// inherited are the descriptors of the first program. What jail opened itself is closed on exec, what it was given is not, so
// that no number of a policy leads to a file of jail's.
func inherited(more []int) ([]*os.File, error) {
	files := []*os.File{os.Stdin, os.Stdout, os.Stderr}
	for _, fd := range more {
		flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
		if err != nil || flags&unix.FD_CLOEXEC != 0 {
			return nil, fmt.Errorf("the policy passes on descriptor %d, and jail was not given it; start jail with it, for example: jail run … %d<file", fd, fd)
		}
		for len(files) <= fd {
			files = append(files, nil)
		}
		files[fd] = os.NewFile(uintptr(fd), fmt.Sprintf("descriptor %d", fd))
	}
	return files, nil
}
