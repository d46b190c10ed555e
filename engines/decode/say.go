// Names and text for those who have no call: of signals, and of what they carry; and what a call could be asked about.

package decode

import (
	"encoding/binary"
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// SignalName is SIGINT, SIGRTMIN, SIGRT_1 and so on, as strace names the kernel's signals; "" for a number that is none. Any
// goroutine.
func SignalName(sig unix.Signal) string { return signalName(int64(sig)) }

var codeNames = sync.OnceValue(siCodes)

// Siginfo is a siginfo as strace prints it: {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=7, …}. Which fields there are the
// signal and the code say (sigaction(2)). Any goroutine.
func Siginfo(si *utrace.Siginfo) string {
	b := make(block, 12, siginfoBytes)
	binary.NativeEndian.PutUint32(b[0:], uint32(si.Signo))
	binary.NativeEndian.PutUint32(b[4:], uint32(si.Errno))
	binary.NativeEndian.PutUint32(b[8:], uint32(si.Code))
	d := dec{}
	d.siginfo(append(b, si.Rest[:]...), codeNames())
	return string(d.b)
}

// WaitStatus is a status as wait4(2) fills it in, as strace prints it. Any goroutine.
func WaitStatus(s unix.WaitStatus) string {
	d := dec{}
	d.waitStatus(s)
	return string(d.b)
}

// FlagNames are all the names that Flags of the call's arguments can hold, whatever its other arguments are, sorted: who asks
// for another name asks for what can't be. nil: the call has none, or is not known. Any goroutine.
func (c *Call) FlagNames() []string {
	var list []string
	for i := range c.Args {
		if c.Args[i].spec == nil {
			continue
		}
		f := c.Args[i].spec.form
		for _, set := range append(slices.Clone(f.every), f.set) {
			if set != nil {
				list = append(list, set.all()...)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
