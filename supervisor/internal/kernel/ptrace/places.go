// Places in the sealed pages: who may write where. Every argument that is sealed has one of its own while its call lasts.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"fmt"
	"math/bits"

	"jail/supervisor/utrace"
)

// There are two kinds: small ones, for socket addresses and the like, and runs of whole units, for paths (one unit) and for the
// lists of strings of execve(2). A call that waits keeps its place. What is never used costs addresses only.
const (
	smallPlace  = 128
	smallPlaces = 16384
	unit        = 4096 // PATH_MAX
	units       = 5632 // 22 MiB: thousands of programs that are started at once, or two with all the arguments that the kernel takes
	pathUnits   = 1408 // the last of them, 5.5 MiB: for arguments of one unit only, so that few large ones don't take all
	padPlaces   = 8192 // of the small size, behind all others; more tasks than that in sealed calls at once do without
)

// places are what is free. The lowest and those used last come first, so that few pages are ever touched.
type places struct {
	small stack              // free ones, by offset
	pads  stack              // likewise
	taken [units / 64]uint64 // units, a bit each
	used  map[uint64]int     // by offset: bytes to be cleared
}

func newPlaces() places {
	return places{
		used:  make(map[uint64]int),
		small: stack{fresh: 0, end: smallPlaces * smallPlace},
		pads:  stack{fresh: dataBytes, end: dataBytes + padPlaces*smallPlace},
	}
}

// A stack is of free small places: those that were used, the last first, and behind them those that never were, the lowest first.
type stack struct {
	again      []uint64
	fresh, end uint64
}

func (s *stack) take() (offset uint64, ok bool) {
	if last := len(s.again) - 1; last >= 0 {
		offset = s.again[last]
		s.again = s.again[:last]
		return offset, true
	}
	if s.fresh == s.end {
		return 0, false
	}
	s.fresh += smallPlace
	return s.fresh - smallPlace, true
}

func (s *stack) free(offset uint64) { s.again = append(s.again, offset) }

func (s *stack) count() int { return len(s.again) + int(s.end-s.fresh)/smallPlace }

// takePad takes a place for instructions.
func (p *places) takePad() (offset uint64, ok bool) { return p.pads.take() }

func (p *places) freePad(offset uint64) { p.pads.free(offset) }

func (p *places) take(size int) (uint64, error) {
	if size > utrace.MaxSealed {
		return 0, fmt.Errorf("%w: %d bytes", utrace.ErrTooLarge, size)
	}
	offset, ok := uint64(0), false
	if size <= smallPlace {
		offset, ok = p.small.take()
	}
	if !ok {
		offset, ok = p.run(unitsOf(size))
	}
	if !ok {
		return 0, utrace.ErrNoRoom
	}
	p.used[offset] = size
	return offset, nil
}

// unitsOf is how many units hold size bytes; there is no place of none.
func unitsOf(size int) int { return max(1, (size+unit-1)/unit) }

// run takes the first n units that are free in a row.
func (p *places) run(n int) (offset uint64, ok bool) {
	end := units
	if n > 1 {
		end -= pathUnits
	}
	free := 0 // in a row, up to here
	for i := 0; i < end; i++ {
		word := p.taken[i/64]
		switch {
		case word>>(i%64) == ^uint64(0)>>(i%64): // nothing more in this word
			free, i = 0, i|63
			continue
		case word>>(i%64)&1 != 0:
			free, i = 0, i+bits.TrailingZeros64(^(word>>(i%64)))-1
			continue
		}
		if free++; free == n {
			first := i + 1 - n
			p.mark(first, n)
			return smallPlaces*smallPlace + uint64(first)*unit, true
		}
	}
	return 0, false
}

// mark turns n units from taken to free, or back.
func (p *places) mark(first, n int) {
	for i := first; i < first+n; i++ {
		p.taken[i/64] ^= 1 << (i % 64)
	}
}

// free gives a place back and tells how many bytes of it were used. A place that is free already stays so.
func (p *places) free(offset uint64) uint64 {
	size, ok := p.used[offset]
	if !ok {
		return 0
	}
	delete(p.used, offset)
	if offset < smallPlaces*smallPlace {
		p.small.free(offset)
	} else {
		p.mark(int(offset-smallPlaces*smallPlace)/unit, unitsOf(size))
	}
	return uint64(size)
}
