// Whether the file of a running program can be written to.

package confine

import (
	"errors"

	"golang.org/x/sys/unix"
)

// probeTextBusy tries this process's own file, which changes nothing. Linux 6.11 and 6.12 had given the refusal up (commit
// 2a010c412853, taken back by 3b832035387f in 6.13 and in later releases of both).
func (k *Kernel) probeTextBusy() {
	fd, err := unix.Open("/proc/self/exe", unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err == nil {
		_ = unix.Close(fd)
	}
	k.TextBusy = k.textBusy(err)
}

// textBusy judges by how opening a running program's file for writing ended.
func (k *Kernel) textBusy(err error) Feature {
	switch {
	case errors.Is(err, unix.ETXTBSY):
		return Feature{}
	case err == nil:
		return Feature{Missing: "the file of a running program can be written to"}
	case k.AtLeast(6, 11) && !k.AtLeast(6, 13): // permissions are looked at first: it is not known
		return Feature{Missing: "kernels 6.11 and 6.12 let the file of a running program be written to, and whether this one is repaired can't be seen without the right to write to jail's own (" + err.Error() + ")"}
	}
	return Feature{}
}
