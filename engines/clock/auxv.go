// The auxiliary vector of a new program: no vDSO, and random bytes of ours.

package clock

import (
	"encoding/binary"
	"errors"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// Types of entries (getauxval(3), linux/auxvec.h).
const (
	atNull        = 0
	atIgnore      = 1
	atRandom      = 25
	atSysinfoEhdr = 33
)

// randomSize is how many bytes AT_RANDOM points to.
const randomSize = 16

// memory is what can be read and written of a stopped task.
type memory interface {
	ReadMem(addr uint64, p []byte) (int, error)
	WriteMem(addr uint64, p []byte) (int, error)
}

// started changes what the kernel has put onto the stack of a program that has run nothing.
func (e *Engine) started(s *utrace.Stopped) error {
	r, err := s.Registers()
	if err == nil {
		err = e.rewrite(s, r.SP, e.taskOf(s.ID()))
	}
	if errors.Is(err, unix.ESRCH) { // it is dying
		return nil
	}
	return err
}

func (e *Engine) rewrite(m memory, sp uint64, t *task) error {
	w := words{m: m, at: sp, most: mostWords}
	arguments := w.next()
	if arguments > mostWords {
		return w.err // a number of arguments that is none: two words of 32 bits; other ABIs are left alone
	}
	w.skip(arguments + 1)
	for w.next() != 0 { // the environment
	}
	for w.err == nil {
		at := w.at
		kind, value := w.next(), w.next()
		switch {
		case kind == atNull:
			return w.err
		case kind == atSysinfoEhdr && !e.set.Start.IsZero(), kind == atSysinfoEhdr && e.set.Seed != nil: // getrandom is there, too, since Linux 6.11
			if err := write(m, at, binary.NativeEndian.AppendUint64(nil, atIgnore)); err != nil {
				return err
			}
		case kind == atRandom && e.set.Seed != nil:
			if err := write(m, value, e.random(t, randomSize)); err != nil {
				return err
			}
		}
	}
	return w.err
}

func write(m memory, at uint64, p []byte) error {
	n, err := m.WriteMem(at, p)
	if err == nil && n < len(p) {
		err = unix.EFAULT
	}
	return err
}

// mostWords is more than there can be: arguments and environment with their pointers have 6 MiB at most (execve(2)), and each at
// least a NUL and a pointer.
const mostWords = 6 << 20 / 9

// words reads one word after the other.
type words struct {
	m    memory
	at   uint64
	left []byte
	most int // words
	err  error
}

// skip leaves out n words.
func (w *words) skip(n uint64) { w.at, w.left = w.at+8*n, nil }

// next is the next word; after an error it is 0, which ends whatever is read.
func (w *words) next() uint64 {
	if w.most--; w.most < 0 && w.err == nil {
		w.err = unix.E2BIG
	}
	if len(w.left) < 8 && w.err == nil {
		page := make([]byte, 4096-w.at%4096) // the stack ends at a page's end
		n, err := w.m.ReadMem(w.at, page)
		if w.left = page[:n]; n < 8 {
			if w.err = err; err == nil {
				w.err = unix.EFAULT
			}
		}
	}
	if w.err != nil {
		return 0
	}
	v := binary.NativeEndian.Uint64(w.left)
	w.left, w.at = w.left[8:], w.at+8
	return v
}
