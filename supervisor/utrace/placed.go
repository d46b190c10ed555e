// Values of an engine's own in the place of a call's arguments: what a rewrite puts there no task can undo.

package utrace

import (
	"encoding/binary"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// Place puts value where the kernel will find it at addr, and no task can change it, until the call has ended. It is for an
// argument of the call that the engine is about to make of this one (EntryEvent.Rewrite); an engine that is told of that call
// and seals the argument is given this value. When and where it can be called, and its errors, are as those of Seal; it
// reads nothing of the program's. An empty value has an address too.
func (s *Stopped) Place(value []byte) (addr uint64, err error) {
	if err := s.sealable(0); err != nil {
		return 0, err
	}
	addr, place, err := s.take(len(value))
	if err != nil {
		return 0, err
	}
	copy(place, value)
	s.remember(sealing{arg: placed, from: addr, at: addr, value: append([]byte(nil), value...)})
	return addr, nil
}

// PlacePath is Place of a path, with its NUL. EINVAL: there is one in it. ENAMETOOLONG: the kernel takes no path that long.
func (s *Stopped) PlacePath(path string) (addr uint64, err error) {
	if len(path) >= MaxPath {
		return 0, unix.ENAMETOOLONG
	}
	value, err := unix.ByteSliceFromString(path)
	if err != nil {
		return 0, err
	}
	return s.Place(value)
}

// PlaceStrings is Place of a list of strings as execve(2) takes its arguments and environment: pointers, a null one, and what
// they point to. EINVAL: there is a NUL in a string. ErrUnsealed where the program's pointers are of another size than the
// supervisor's.
func (s *Stopped) PlaceStrings(list []string) (addr uint64, err error) {
	if err := s.sealable(0); err != nil {
		return 0, err
	}
	for _, text := range list {
		if strings.Contains(text, "\x00") {
			return 0, unix.EINVAL
		}
	}
	return s.placeStrings(sealing{arg: placed, strings: list})
}

// remember is what Seal and its like find again.
func (s *Stopped) remember(x sealing) {
	space := s.task.space
	space.sealed = append(space.sealed, x)
}

// placeStrings writes the list with its pointers into a place, and notes it.
func (s *Stopped) placeStrings(x sealing) (uint64, error) {
	size := (len(x.strings) + 1) * pointerSize
	for _, text := range x.strings {
		if len(text) >= maxString {
			return 0, unix.E2BIG
		}
		if size += len(text) + 1; size > MaxSealed {
			return 0, fmt.Errorf("%w: more than %d bytes of strings", ErrTooLarge, MaxSealed)
		}
	}
	at, place, err := s.take(size)
	if err != nil {
		return 0, err
	}
	next := (len(x.strings) + 1) * pointerSize
	for i, text := range x.strings {
		binary.NativeEndian.PutUint64(place[i*pointerSize:], at+uint64(next))
		next += copy(place[next:], text)
		place[next] = 0
		next++
	}
	binary.NativeEndian.PutUint64(place[len(x.strings)*pointerSize:], 0)
	x.value = append([]byte(nil), place...)
	if x.arg == placed {
		x.from, x.at = at, at
		s.remember(x)
	} else {
		s.sealedAt(x, at)
	}
	return at, nil
}

// Limits of execve(2), "Limits on size of arguments and environment".
const (
	pointerSize = 8       // of the native ABIs, the only ones whose arguments are sealed
	maxString   = 1 << 17 // MAX_ARG_STRLEN: 32 pages of 4 KiB, with the NUL
	maxStrings  = 6 << 20 // 3/4 of _STK_LIM: all of them with their pointers
)
