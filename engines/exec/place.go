// Where in a program's memory a rewritten call's strings are put.

package exec

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

const (
	redZone = 128      // bytes below the stack pointer that a function may use (System V ABI, AMD64)
	farAway = 64 << 10 // bytes below a vfork child's stack pointer where no frame of its parent is
)

// errNoRoom is why a call could not be rewritten.
var errNoRoom = errors.New("nothing there is surely unused")

// bytesAt is memory as it was.
type bytesAt struct {
	addr uint64
	data []byte
}

// place writes the image to where nothing of the program's is, and says where that is and what to put back.
//
// In memory of the task's own that is below its stack pointer. The child of a vfork runs in its parent's memory, though,
// which has to be whole when the parent goes on, and its stack pointer may stand in anything: a small stack of a
// goroutine with heap below it, an array in a frame of its parent. For it the process's main stack is used, far below the
// pointer or at its very end, and only if nothing was ever there.
func (e *Rewriter) place(s *utrace.Stopped, r *request, m *image) (uint64, []bytesAt, error) {
	size := m.size()
	base, err := e.base(s, r, size)
	if err != nil {
		return 0, nil, err
	}
	if r.pointer == 4 && base+size > math.MaxUint32 { // int 0x80 in a 64-bit program
		return 0, nil, errNoRoom
	}
	old := make([]byte, size)
	if n, err := s.ReadMem(base, old); err != nil || n < len(old) {
		return 0, nil, short(err)
	}
	saved := []bytesAt{{addr: base, data: old}}
	data := m.bytes(base)
	n, err := s.WriteMem(base, data)
	if err != nil || n < len(data) {
		if n > 0 {
			_, _ = s.WriteMem(base, old[:n])
		}
		return 0, nil, short(err)
	}
	return base, saved, nil
}

func short(err error) error {
	if err == nil {
		err = unix.EFAULT
	}
	return err
}

// base is where size bytes may be written.
func (e *Rewriter) base(s *utrace.Stopped, r *request, size uint64) (uint64, error) {
	sp := r.call.SP
	if _, shares := e.shared[s.ID().Serial]; !shares {
		return below(sp, redZone+size)
	}
	stack, err := mainStack(s.ID().TID)
	if err != nil {
		return 0, err
	}
	if sp > stack.start && sp <= stack.end {
		if base, err := below(sp, farAway+size); err == nil && base >= stack.start {
			return base, nil
		}
	}
	return e.unused(s, stack, size)
}

// below is an aligned address at least n bytes below sp.
func below(sp, n uint64) (uint64, error) {
	const lowest = 1 << 16 // mmap_min_addr (proc(5)): nothing is mapped below
	if sp < n+lowest {
		return 0, errNoRoom
	}
	return (sp - n) &^ (alignment - 1), nil
}

// marker begins the end of a main stack that a rewrite has used before. Behind it stands, in 8 bytes, how far.
var marker = [8]byte{0xf5, 'e', 'x', 'e', 'c', 'j', 'l', 0xf5}

const header = 16 // bytes of the marker and its length

// unused finds room at the end of a stack that has never grown so far: it is all zeros, but for what rewrites of earlier
// vfork children have left, and no rewrite in progress is there.
func (e *Rewriter) unused(s *utrace.Stopped, stack span, size uint64) (uint64, error) {
	base := stack.start + header
	for again := true; again; {
		again = false
		for _, u := range e.undo {
			for _, b := range u.saved {
				if end := b.addr + uint64(len(b.data)); b.addr < base+size && base < end {
					base, again = align(end), true
				}
			}
		}
	}
	end := base + size
	if end > stack.end-min(farAway, stack.end) || end-stack.start > mostBytes {
		return 0, errNoRoom
	}
	now := make([]byte, end-stack.start)
	if n, err := s.ReadMem(stack.start, now); err != nil || n < len(now) {
		return 0, short(err)
	}
	used := uint64(0)
	if bytes.Equal(now[:len(marker)], marker[:]) {
		used = word(now[len(marker):header])
	}
	for i, b := range now {
		if b != 0 && uint64(i) >= used {
			return 0, errNoRoom
		}
	}
	var head [header]byte
	copy(head[:], marker[:])
	putWord(head[len(marker):], max(used, uint64(len(now))))
	if n, err := s.WriteMem(stack.start, head[:]); err != nil || n < header {
		return 0, short(err)
	}
	return base, nil
}

// span is a mapping.
type span struct{ start, end uint64 }

// mainStack finds the stack that the program was started on (proc(5), /proc/pid/maps).
func mainStack(tid int) (span, error) {
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", tid))
	if err != nil {
		return span{}, err
	}
	for line := range strings.Lines(string(maps)) {
		if !strings.HasSuffix(line, "[stack]\n") {
			continue
		}
		var m span
		if _, err := fmt.Sscanf(line, "%x-%x ", &m.start, &m.end); err == nil && m.start < m.end {
			return m, nil
		}
	}
	return span{}, errNoRoom
}
