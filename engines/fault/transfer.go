// What calls transfer, and how they are made to transfer less.

package fault

import (
	"encoding/binary"

	"jail/engines/decode"
	"jail/seccomp"
	"jail/supervisor/utrace"
)

// transfer says where a call has its descriptor and its length. Arguments count from 0; none: there is none.
type transfer struct {
	fd     int
	count  int
	vector int // struct iovec, with their number in the next argument
	header int // struct msghdr
	writes bool
	whole  bool   // all or nothing
	single string // the call for one element of the vector
}

const none = -1

func plain(fd, count int, writes bool) transfer {
	return transfer{fd: fd, count: count, vector: none, header: none, writes: writes}
}

func vector(writes bool, single string) transfer {
	return transfer{fd: 0, count: none, vector: 1, header: none, writes: writes, single: single}
}

// transferOf is a call's, by each call's page: those that may transfer less than was asked for, and fallocate(2), which
// takes space.
func transferOf(name string) (transfer, bool) {
	switch name {
	case "read", "pread64", "recvfrom", "recv":
		return plain(0, 2, false), true
	case "write", "pwrite64", "sendto", "send":
		return plain(0, 2, true), true
	case "sendfile", "sendfile64":
		return plain(0, 3, true), true
	case "copy_file_range", "splice":
		return plain(2, 4, true), true
	case "tee":
		return plain(1, 2, true), true
	case "getrandom":
		return plain(none, 1, false), true
	case "fallocate":
		t := plain(0, 3, true)
		t.whole = true
		return t, true
	case "readv":
		return vector(false, "read"), true
	case "writev":
		return vector(true, "write"), true
	case "preadv":
		return vector(false, "pread64"), true
	case "pwritev":
		return vector(true, "pwrite64"), true
	case "preadv2":
		return vector(false, ""), true
	case "pwritev2", "vmsplice":
		return vector(true, ""), true
	case "sendmsg":
		return transfer{fd: 0, count: none, vector: none, header: 1, writes: true}, true
	}
	return transfer{}, false
}

// element is struct iovec (readv(2)) of a 64-bit ABI.
type element struct{ base, length uint64 }

const (
	elementSize = 16
	headerSize  = 56      // struct msghdr of a 64-bit ABI (recvmsg(2)), with its vector and number at these offsets
	headerVec   = 16      //
	headerCount = 24      //
	mostVectors = 1 << 10 // UIO_MAXIOV (uio.h): the kernel answers EINVAL to more
)

// memory is what reads a task's.
type memory interface {
	ReadMem(addr uint64, p []byte) (int, error)
}

// elementsAt reads a vector; false if it can't be read or is none that the kernel takes.
func elementsAt(m memory, addr, n uint64) ([]element, bool) {
	if n > mostVectors {
		return nil, false
	}
	raw := make([]byte, n*elementSize)
	if got, err := m.ReadMem(addr, raw); n > 0 && (err != nil || got < len(raw)) {
		return nil, false
	}
	list := make([]element, n)
	for i := range list {
		list[i] = element{binary.LittleEndian.Uint64(raw[i*elementSize:]), binary.LittleEndian.Uint64(raw[i*elementSize+8:])}
	}
	return list, true
}

// elementsOf is the vector of a call that has one.
func (t transfer) elementsOf(args [6]uint64, m memory) ([]element, bool) {
	if t.vector != none {
		return elementsAt(m, args[t.vector], uint64(uint32(args[t.vector+1])))
	}
	var header [headerSize]byte
	if got, err := m.ReadMem(args[t.header], header[:]); err != nil || got < headerSize {
		return nil, false
	}
	return elementsAt(m, binary.LittleEndian.Uint64(header[headerVec:]), binary.LittleEndian.Uint64(header[headerCount:]))
}

// sizeOf is how many bytes a call is to transfer; false if it transfers none, or that can't be told.
func sizeOf(call *decode.Call, m memory) (int64, bool) {
	t, ok := transferOf(call.Name)
	if !ok {
		return 0, false
	}
	var args [6]uint64
	for i := range call.Args {
		args[i] = call.Args[i].Raw
	}
	var sum uint64
	if t.count != none {
		sum = args[t.count]
	} else {
		if !wide(call.Arch, call.Nr) {
			return 0, false
		}
		list, ok := t.elementsOf(args, m)
		if !ok {
			return 0, false
		}
		for _, e := range list {
			sum += min(e.length, maxTransfer)
		}
	}
	return int64(min(sum, maxTransfer)), true
}

// maxTransfer is MAX_RW_COUNT: no call transfers more at once (write(2), Notes).
const maxTransfer = 0x7ffff000

// wide tells whether a call's pointers have 64 bits.
func wide(arch uint32, nr int64) bool {
	abi := seccomp.ABIOf(arch, uint32(nr))
	return abi == seccomp.X86_64 || abi == seccomp.ARM64
}

// cutTo is the vector's first n bytes.
func cutTo(list []element, n uint64) []element {
	var out []element
	for _, e := range list {
		if n == 0 {
			break
		}
		e.length = min(e.length, n)
		n -= e.length
		out = append(out, e)
	}
	return out
}

func encode(list []element) []byte {
	out := make([]byte, 0, len(list)*elementSize)
	for _, e := range list {
		out = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(out, e.base), e.length)
	}
	return out
}

// placer is what puts values where no task can change them.
type placer interface {
	memory
	Place(value []byte) (uint64, error)
}

// shortened is the call with n bytes to transfer at most; false if it can't be made so.
func (t transfer) shortened(c utrace.Call, n uint64, m placer) (utrace.Call, bool) {
	if t.count != none {
		c.Args[t.count] = n
		return c, true
	}
	list, ok := t.elementsOf(c.Args, m)
	if !ok || !wide(c.Arch, c.Nr) {
		return c, false
	}
	less := cutTo(list, n)
	at, err := m.Place(encode(less))
	switch {
	case err != nil:
		return t.alone(c, less)
	case t.vector != none:
		c.Args[t.vector], c.Args[t.vector+1] = at, uint64(len(less))
		return c, true
	}
	header := make([]byte, headerSize)
	if got, err := m.ReadMem(c.Args[t.header], header); err != nil || got < headerSize {
		return c, false
	}
	binary.LittleEndian.PutUint64(header[headerVec:], at)
	binary.LittleEndian.PutUint64(header[headerCount:], uint64(len(less)))
	if at, err = m.Place(header); err != nil {
		return c, false
	}
	c.Args[t.header] = at
	return c, true
}

// alone is the call for the first element that has anything in it.
func (t transfer) alone(c utrace.Call, list []element) (utrace.Call, bool) {
	nr, ok := abiOf(c).Number(t.single)
	if !ok {
		return c, false
	}
	for _, e := range list {
		if e.length > 0 {
			c.Nr, c.Args[1], c.Args[2] = int64(nr), e.base, e.length
			return c, true
		}
	}
	return c, false
}

func abiOf(c utrace.Call) seccomp.ABI { return seccomp.ABIOf(c.Arch, uint32(c.Nr)) }
