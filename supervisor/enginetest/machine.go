// A stopped task as plain data: registers, memory, and the moment at which it is killed.

package enginetest

import (
	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// PageSize is the size of the pages of a Machine's memory, in bytes.
const PageSize = 4096

// A Machine is a task at a stop. The zero Machine has no memory and lives for ever. Its methods behave as the
// supervisor's do: a read is short where mapped memory ends, and EFAULT if not even its first byte is mapped.
type Machine struct {
	Regs         utrace.Registers
	Dispositions map[unix.Signal]utrace.Disposition // others are DefaultDisposition

	// Fill, if it is set, is the memory at every address that was not mapped: a memory without end.
	Fill func(addr uint64) byte
	// Fatal is the number of calls, counted from 1, from which on the task is dead and all answer ESRCH. 0: never.
	Fatal int
	// Err, if it is set, is what reads and writes of memory answer instead: EPERM and EIO for an undumpable program.
	Err error

	// Unsealed, if it is set, is what Seal answers: an error that wraps utrace.ErrUnsealed.
	Unsealed error

	Calls  int     // calls of all methods so far
	Read   uint64  // bytes read so far
	Writes []Write // in their order

	pages  map[uint64]*[PageSize]byte
	sealed int
}

// A Write is one write to a Machine's memory.
type Write struct {
	Addr uint64
	Data []byte
}

// Map puts data at addr, making the pages that it touches accessible and the rest of them zero.
func (m *Machine) Map(addr uint64, data []byte) {
	if m.pages == nil {
		m.pages = make(map[uint64]*[PageSize]byte)
	}
	for len(data) > 0 {
		page := m.pages[addr/PageSize]
		if page == nil {
			page = new([PageSize]byte)
			m.pages[addr/PageSize] = page
		}
		n := copy(page[addr%PageSize:], data)
		data, addr = data[n:], addr+uint64(n)
	}
}

// MapString puts s and a NUL at addr and returns addr.
func (m *Machine) MapString(addr uint64, s string) uint64 {
	m.Map(addr, append([]byte(s), 0))
	return addr
}

// MapPointers puts an array of pointers of size bytes each (4 or 8, little endian), and a null one, at addr and
// returns addr.
func (m *Machine) MapPointers(addr uint64, size int, pointers ...uint64) uint64 {
	var data []byte
	for _, p := range append(pointers, 0) {
		for range size {
			data = append(data, byte(p))
			p >>= 8
		}
	}
	m.Map(addr, data)
	return addr
}

// alive counts a call.
func (m *Machine) alive() bool {
	m.Calls++
	return m.Fatal == 0 || m.Calls < m.Fatal
}

// Registers implements utrace.Machine.
func (m *Machine) Registers() (utrace.Registers, error) {
	if !m.alive() {
		return utrace.Registers{}, unix.ESRCH
	}
	return m.Regs, nil
}

// SetRegisters implements utrace.Machine.
func (m *Machine) SetRegisters(r utrace.Registers) error {
	if !m.alive() {
		return unix.ESRCH
	}
	m.Regs = r
	return nil
}

// ReadMem implements utrace.Machine.
func (m *Machine) ReadMem(addr uint64, p []byte) (int, error) {
	if err := m.reachable(); err != nil {
		return 0, err
	}
	n := 0
	for n < len(p) {
		a := addr + uint64(n)
		if a < addr { // past the end of all addresses
			break
		}
		if page := m.pages[a/PageSize]; page != nil {
			n += copy(p[n:], page[a%PageSize:])
			continue
		}
		if m.Fill == nil {
			break
		}
		p[n] = m.Fill(a)
		n++
	}
	return m.got(n)
}

func (m *Machine) got(n int) (int, error) {
	m.Read += uint64(n)
	if n == 0 {
		return 0, unix.EFAULT
	}
	return n, nil
}

// WriteMem implements utrace.Machine. With Fill every address can be written.
func (m *Machine) WriteMem(addr uint64, p []byte) (int, error) {
	if err := m.reachable(); err != nil {
		return 0, err
	}
	n := 0
	for n < len(p) {
		a := addr + uint64(n)
		if a < addr || m.pages[a/PageSize] == nil && m.Fill == nil {
			break
		}
		n = min(len(p), n+int(PageSize-a%PageSize))
	}
	if n == 0 && len(p) > 0 {
		return 0, unix.EFAULT
	}
	for i, b := range p[:n] {
		a := addr + uint64(i)
		if m.pages[a/PageSize] == nil {
			m.materialise(a / PageSize)
		}
		m.pages[a/PageSize][a%PageSize] = b
	}
	m.Writes = append(m.Writes, Write{Addr: addr, Data: append([]byte(nil), p[:n]...)})
	return n, nil
}

// materialise makes a page of Fill's memory one that can be written.
func (m *Machine) materialise(number uint64) {
	var page [PageSize]byte
	for i := range page {
		page[i] = m.Fill(number*PageSize + uint64(i))
	}
	m.Map(number*PageSize, page[:])
}

func (m *Machine) reachable() error {
	if !m.alive() {
		return unix.ESRCH
	}
	return m.Err
}

// Disposition implements utrace.Machine.
func (m *Machine) Disposition(sig unix.Signal) (utrace.Disposition, error) {
	if !m.alive() {
		return 0, unix.ESRCH
	}
	if d, ok := m.Dispositions[sig]; ok {
		return d, nil
	}
	return utrace.DefaultDisposition(sig), nil
}

// SealedAt is where a Machine keeps copies of sealed arguments: the first there, each further one a page after the one before.
const SealedAt = 0x7f0000000000

// Seal implements utrace.Sealer. The copies are memory of the task like any other, and stay.
func (m *Machine) Seal(size int) (uint64, []byte, error) {
	if !m.alive() {
		return 0, nil, unix.ESRCH
	}
	if m.Unsealed != nil {
		return 0, nil, m.Unsealed
	}
	at := uint64(SealedAt + m.sealed*PageSize)
	m.sealed += max(1, (size+PageSize-1)/PageSize)
	m.Map(at, make([]byte, max(size, 1)))
	place := make([]byte, (size+PageSize-1)/PageSize*PageSize)
	for i := 0; i < size; i += PageSize {
		m.pages[(at+uint64(i))/PageSize] = (*[PageSize]byte)(place[i:])
	}
	return at, place[:size:size], nil
}
