// Reading a program's strings and arrays, within the kernel's limits and in few reads.

package exec

import (
	"bytes"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// The kernel's limits (execve(2), "Limits on size of arguments and environment"). The one on the whole is a quarter of
// RLIMIT_STACK; here it is what the default of that gives, and a program that may pass more and does can't be rewritten.
const (
	mostPath   = unix.PathMax - 1 // bytes of a path without its NUL
	mostString = 32*4096 - 1      // MAX_ARG_STRLEN, without its NUL
	mostBytes  = 2 << 20          // of all strings and pointers together
)

// pageSize is the least unit of mapped memory on every architecture here: within one, all can be read or nothing.
const pageSize = 4096

// memory reads a stopped task's memory page by page, and each page once: the strings of an environment lie together.
type memory struct {
	s     *utrace.Stopped
	pages map[uint64][]byte
}

func newMemory(s *utrace.Stopped) *memory {
	return &memory{s: s, pages: make(map[uint64][]byte)}
}

// from is what the page of addr has from there on: EFAULT if nothing, E2BIG if too many pages were read already.
func (m *memory) from(addr uint64) ([]byte, error) {
	number, offset := addr/pageSize, addr%pageSize
	page, ok := m.pages[number]
	if !ok {
		if len(m.pages) >= 2*mostBytes/pageSize {
			return nil, unix.E2BIG
		}
		page = make([]byte, pageSize)
		n, err := m.s.ReadMem(number*pageSize, page)
		if err != nil {
			return nil, err
		}
		page = page[:n]
		m.pages[number] = page
	}
	if offset >= uint64(len(page)) {
		return nil, unix.EFAULT
	}
	return page[offset:], nil
}

// text reads a string. E2BIG: longer than the kernel takes.
func (m *memory) text(addr uint64) (string, error) {
	var out []byte
	for len(out) <= mostString {
		part, err := m.from(addr)
		if err != nil {
			return "", err
		}
		if end := bytes.IndexByte(part, 0); end >= 0 {
			return string(append(out, part[:end]...)), nil
		}
		out = append(out, part...)
		addr += uint64(len(part))
	}
	return "", unix.E2BIG
}

// pointers reads an array of pointers of size bytes each, up to its null. E2BIG: longer than the kernel takes.
func (m *memory) pointers(addr uint64, size int) ([]uint64, error) {
	if addr == 0 { // the kernel takes it for an empty array
		return nil, nil
	}
	var list []uint64
	var raw [8]byte
	for len(list)*size < mostBytes {
		for got := 0; got < size; {
			part, err := m.from(addr + uint64(got))
			if err != nil {
				return nil, err
			}
			got += copy(raw[got:size], part)
		}
		p := word(raw[:size])
		if p == 0 {
			return list, nil
		}
		list = append(list, p)
		addr += uint64(size)
	}
	return nil, unix.E2BIG
}

// texts reads what pointers point to.
func (m *memory) texts(pointers []uint64) ([]string, error) {
	var all []string
	total := 0
	for _, p := range pointers {
		text, err := m.text(p)
		if err != nil {
			return nil, err
		}
		if total += len(text) + 1 + 8; total > mostBytes {
			return nil, unix.E2BIG
		}
		all = append(all, text)
	}
	return all, nil
}

// word is a little-endian number of 4 or 8 bytes; all ABIs here are little-endian.
func word(p []byte) uint64 {
	var v uint64
	for i := len(p) - 1; i >= 0; i-- {
		v = v<<8 | uint64(p[i])
	}
	return v
}
