// Calls that a newborn program makes for us, many of them between two stops.
//
// A stop costs ten times what most of these calls do. So a call ends at a breakpoint behind it, which is one stop instead of the two of
// PTRACE_SYSCALL; and where several are known beforehand the program goes through a table of them, by a loop that is poked beside
// its entry.
//
// The breakpoint's SIGTRAP is forced (force_sig_info_to_task() of the kernel): it unblocks itself. So all signals are blocked anew
// before each call, and one that somebody sends stays pending for the program as any other does. A program that is born with SIGTRAP
// ignored would lose that; there, and on machines without a loop, calls end at syscall-stops.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"encoding/binary"
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
)

// call is one of several calls of the native ABI.
type call struct {
	name string
	nr   uintptr
	args [6]uint64
	into *uint64 // an argument of a later one in the same list, which becomes the result of this one; nil: none
}

// entrySize is that of an entry of the table: number, arguments, where the result is put.
const entrySize = 8 * 8

// here is AT_FDCWD.
const here = uint64(1<<64 + unix.AT_FDCWD)

// do makes the task do one system call of the native ABI, which must not be execve(2). The error is the call's, with its name.
func (n *newborn) do(name string, nr uintptr, args ...uint64) (uint64, error) {
	c := call{name: name, nr: nr}
	copy(c.args[:], args)
	if !n.trap {
		return n.stepped(c)
	}
	n.now = injected(n.regs, n.at, c.nr, c.args)
	if err := n.toBreakpoint(n.at + callLength); err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	return c.result(callResult(&n.now))
}

// stepped is do for any call: execve(2) leaves no breakpoint behind.
func (n *newborn) stepped(c call) (uint64, error) {
	n.now = injected(n.regs, n.at, c.nr, c.args)
	if err := errors.Join(n.blockAll(), setRegs(n.tid, &n.now)); err != nil {
		return 0, fmt.Errorf("%s: %w", c.name, err)
	}
	for range 2 { // entry, exit
		if err := n.toSyscallStop(); err != nil {
			return 0, fmt.Errorf("%s: %w", c.name, err)
		}
	}
	if err := getRegs(n.tid, &n.now); err != nil {
		return 0, fmt.Errorf("%s: %w", c.name, err)
	}
	return c.result(callResult(&n.now))
}

func (c *call) result(r int64) (uint64, error) {
	if r < 0 && r > -4096 {
		return 0, fmt.Errorf("%s: %w", c.name, syscall.Errno(-r))
	}
	return uint64(r), nil
}

// doAll makes the task do the calls of a list in their order, until one fails: done tells how many have not. image is lent for their
// arguments; list gets its address.
func (n *newborn) doAll(image []byte, list func(at uint64) []call) (done int, err error) {
	pad := -len(image) & 7
	count := len(list(0))
	if count == 0 {
		return 0, nil
	}
	whole := append(make([]byte, 0, len(image)+pad+count*entrySize), image...)
	whole = append(whole, make([]byte, pad+count*entrySize)...)
	err = n.lend(whole, func(at uint64) error {
		calls := list(at)
		if !n.trap || !n.loop() {
			done, err = n.each(calls)
			return err
		}
		table := at + uint64(len(image)+pad)
		if err := writeAll(n.tid, table, tabled(calls, table)); err != nil {
			return fmt.Errorf("writing calls onto its stack: %w", err)
		}
		done, err = n.through(calls, table)
		return err
	})
	return done, err
}

// each is doAll by one stop, or two, for each call.
func (n *newborn) each(calls []call) (done int, err error) {
	for i, c := range calls {
		r, err := n.do(c.name, c.nr, c.args[:]...)
		if err != nil {
			return i, err
		}
		if c.into != nil {
			*c.into = r
		}
	}
	return len(calls), nil
}

// through has the task go through the table.
func (n *newborn) through(calls []call, table uint64) (done int, err error) {
	end := table + uint64(len(calls)*entrySize)
	n.now = looping(n.regs, n.loopAt, table, end)
	if err := n.toBreakpoint(n.loopAt + loopBreak); err != nil {
		return 0, err
	}
	at := loopEntry(&n.now)
	if at == end {
		return len(calls), n.results(calls, table)
	}
	done = int(at-table) / entrySize
	if at < table || done >= len(calls) {
		return 0, fmt.Errorf("it went through its calls in an unexpected way (%#x)", at)
	}
	_, err = calls[done].result(callResult(&n.now))
	return done, err
}

// tabled lays calls out as the loop reads them.
func tabled(calls []call, table uint64) []byte {
	image := make([]byte, 0, len(calls)*entrySize)
	for i := range calls {
		image = binary.NativeEndian.AppendUint64(image, uint64(calls[i].nr))
		for _, a := range calls[i].args {
			image = binary.NativeEndian.AppendUint64(image, a)
		}
		image = binary.NativeEndian.AppendUint64(image, table+uint64(resultAt(calls, i)))
	}
	return image
}

// resultAt is where in the table a call's result is put: in the place of an argument, or where that would be told if nobody wants it.
func resultAt(calls []call, i int) int {
	for later := i + 1; calls[i].into != nil && later < len(calls); later++ {
		for a := range calls[later].args {
			if &calls[later].args[a] == calls[i].into {
				return later*entrySize + 8 + 8*a
			}
		}
	}
	return (i+1)*entrySize - 8
}

// results puts into the list what calls have answered for others.
func (n *newborn) results(calls []call, table uint64) error {
	for i := range calls {
		if calls[i].into == nil {
			continue
		}
		var r [8]byte
		if got, err := readVM(n.tid, table+uint64(resultAt(calls, i)), r[:]); err != nil || got < len(r) {
			return fmt.Errorf("reading the result of %s: %w", calls[i].name, orFault(err))
		}
		*calls[i].into = binary.NativeEndian.Uint64(r[:])
	}
	return nil
}

// toBreakpoint sets the registers and resumes the task up to the breakpoint at pc. SIGSTOP, the one signal that can't be blocked, is
// passed on: it puts the thread group into the stopped state, which PTRACE_CONT overrides for now.
func (n *newborn) toBreakpoint(pc uint64) error {
	if err := setRegs(n.tid, &n.now); err != nil {
		return err
	}
	if err := n.blockAll(); err != nil {
		return err
	}
	sig := unix.Signal(0)
	for {
		if err := trace(unix.PTRACE_CONT, n.tid, 0, uintptr(sig)); err != nil {
			return err
		}
		s, err := n.wait()
		if err != nil {
			return err
		}
		sig = 0
		if s.Kind != kernel.Signal {
			continue
		}
		if s.Signal != unix.SIGTRAP {
			sig = s.Signal
			continue
		}
		if err := getRegs(n.tid, &n.now); err != nil {
			return err
		}
		if programCounter(&n.now) == pc+breakLength {
			return nil
		}
		return errors.New("it was trapped where no breakpoint is")
	}
}

// blockAll blocks every signal that can be.
func (n *newborn) blockAll() error {
	all := ^uint64(0)
	return setSignalMask(n.tid, &all)
}

// loop pokes the loop into the page that the task's entry lies in, once, and tells whether it is there.
func (n *newborn) loop() bool {
	if n.loopAt != 0 {
		return true
	}
	const page = 4096 // the least there is
	size := uint64(len(loopText))
	at := n.at + 8
	if at&^(page-1) != (at+size-1)&^(page-1) || at&^(page-1) != n.at&^(page-1) {
		at = n.at - size
	}
	if size == 0 || at&^(page-1) != n.at&^(page-1) {
		return false
	}
	for i := range size / 8 {
		if peek(n.tid, at+8*i, &n.looped[i]) != nil {
			return false
		}
	}
	for i := range size / 8 {
		if poke(n.tid, at+8*i, binary.NativeEndian.Uint64(loopText[8*i:])) != nil {
			n.loopAt = at // what was there is put back
			_ = n.unloop()
			return false
		}
	}
	n.loopAt = at
	return true
}

// unloop puts back what was in the loop's place.
func (n *newborn) unloop() error {
	if n.loopAt == 0 {
		return nil
	}
	var err error
	for i := range len(loopText) / 8 {
		err = errors.Join(err, poke(n.tid, n.loopAt+8*uint64(i), n.looped[i]))
	}
	n.loopAt = 0
	return err
}
