// Lists of strings as execve(2) takes them, sealed.

package utrace

import (
	"encoding/binary"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// x32Bit marks the calls of x32 (arch/x86/include/uapi/asm/unistd.h): their pointers have 4 bytes.
const x32Bit = 0x40000000

// Strings seals a list of strings that ends in a null pointer, argv or envp of execve(2), which argument arg points to: the
// pointers and what they point to, each copied once. A null pointer instead of a list is an empty one, as Linux has it.
// Errors are those of Seal, and E2BIG where the kernel answers it, for a string of 128 KiB or more than 6 MiB in all.
func (s *Stopped) Strings(arg int) ([]string, error) {
	if err := s.sealable(arg); err != nil {
		return nil, err
	}
	if s.call.Nr&x32Bit != 0 {
		return nil, fmt.Errorf("%w: its pointers are of another ABI", ErrUnsealed)
	}
	known, from := s.known(arg)
	if known != nil && known.strings != nil {
		return slices.Clone(known.strings), nil
	}
	if from == 0 {
		return nil, nil
	}
	if s.sealedAs(arg, from, func(x sealing) bool { return x.message }) {
		return nil, fmt.Errorf("%w: it was sealed as a message", ErrUnsealed)
	}
	list, err := s.readStrings(known, from)
	if err != nil {
		return nil, err
	}
	if _, err := s.placeStrings(sealing{arg: arg, from: from, strings: list}); err != nil {
		return nil, err
	}
	return slices.Clone(list), nil
}

// readStrings copies a list out of the program's memory, page by page of its pointers: nothing is known about what is behind
// the null one. Pointers that another engine sealed are taken as they were then.
func (s *Stopped) readStrings(known *sealing, from uint64) ([]string, error) {
	var pointers []byte
	if known != nil {
		pointers = known.value
	}
	at := from
	list, total := []string{}, 0
	var chunk [4096]byte
	for {
		n, err := s.machine.ReadMem(at, chunk[:max(4096-at%4096, pointerSize)&^(pointerSize-1)])
		if n < pointerSize {
			return nil, orFault(err)
		}
		if done := at - from; done < uint64(len(pointers)) {
			copy(chunk[:n], pointers[done:])
		}
		for i := 0; i+pointerSize <= n; i, at = i+pointerSize, at+pointerSize {
			pointer := binary.NativeEndian.Uint64(chunk[i:])
			if pointer == 0 {
				return list, nil
			}
			text, err := s.ReadString(pointer, maxString-1)
			if err == unix.ENAMETOOLONG {
				return nil, unix.E2BIG
			} else if err != nil {
				return nil, err
			}
			if total += len(text) + 1 + pointerSize; total > maxStrings {
				return nil, unix.E2BIG
			}
			list = append(list, text)
		}
	}
}

func orFault(err error) error {
	if err == nil {
		return unix.EFAULT
	}
	return err
}
