// Places in the sealed pages: who may write where. Every argument that is sealed has one of its own while its call lasts.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"fmt"

	"jail/supervisor/utrace"
)

// There are two sizes: for socket addresses and the like, and for paths. A call that waits keeps its place.
const (
	smallPlace  = 128
	smallPlaces = 16384
	largePlaces = 512
)

// places are free ones, by offset; those used last come first, so that few pages are ever touched.
type places struct {
	small, large []uint64
	used         map[uint64]int // by offset: bytes to be cleared
}

func newPlaces() places {
	p := places{used: make(map[uint64]int)}
	for i := range uint64(smallPlaces) {
		p.small = append(p.small, (smallPlaces-1-i)*smallPlace)
	}
	for i := range uint64(largePlaces) {
		p.large = append(p.large, smallPlaces*smallPlace+(largePlaces-1-i)*utrace.MaxSealed)
	}
	return p
}

func (p *places) take(size int) (uint64, error) {
	list := &p.large
	switch {
	case size > utrace.MaxSealed:
		return 0, fmt.Errorf("%w: %d bytes", utrace.ErrTooLarge, size)
	case size <= smallPlace && len(p.small) > 0:
		list = &p.small
	case len(p.large) == 0:
		return 0, fmt.Errorf("%w: too many calls are under way whose arguments are sealed", utrace.ErrUnsealed)
	}
	last := len(*list) - 1
	offset := (*list)[last]
	*list = (*list)[:last]
	p.used[offset] = size
	return offset, nil
}

// free gives a place back and tells how many bytes of it were used. A place that is free already stays so.
func (p *places) free(offset uint64) uint64 {
	size, ok := p.used[offset]
	if !ok {
		return 0
	}
	delete(p.used, offset)
	if offset < smallPlaces*smallPlace {
		p.small = append(p.small, offset)
	} else {
		p.large = append(p.large, offset)
	}
	return uint64(size)
}
