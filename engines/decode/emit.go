// Small pieces of text, and fields of structures that were read.

package decode

import (
	"encoding/binary"
	"strconv"
)

func (d *dec) puts(s string) { d.b = append(d.b, s...) }
func (d *dec) puti(v int64)  { d.b = strconv.AppendInt(d.b, v, 10) }
func (d *dec) putu(v uint64) { d.b = strconv.AppendUint(d.b, v, 10) }
func (d *dec) putx(v uint64) { d.b = appendHex(d.b, v) }
func (d *dec) putp(v uint64) { d.b = appendPointer(d.b, v) }
func (d *dec) raw(a *Arg)    { d.b = appendPointer(d.b, a.Raw) }

// putx0 is for numbers that strace prints as C's %#x does: 0, 0x….
func (d *dec) putx0(v uint64) {
	if v == 0 {
		d.puts("0")
		return
	}
	d.putx(v)
}

// putID prints a number whose all ones mean "leave it": an ID of a user or group.
func (d *dec) putID(v uint32) {
	if v == 1<<32-1 {
		d.puts("-1")
		return
	}
	d.putu(uint64(v))
}

// comma separates elements: i is the element's number.
func (d *dec) comma(i int) {
	if i > 0 {
		d.puts(", ")
	}
}

// addNote appends text that strace prints behind a result.
func (d *dec) addNote(s string) {
	if d.note != "" {
		d.note += ", "
	}
	d.note += s
}

// A block is a structure as it was read; fields outside of it are 0.
type block []byte

func (b block) u16(at int) uint16 {
	if at+2 > len(b) {
		return 0
	}
	return binary.NativeEndian.Uint16(b[at:])
}

func (b block) u32(at int) uint32 {
	if at+4 > len(b) {
		return 0
	}
	return binary.NativeEndian.Uint32(b[at:])
}

func (b block) i32(at int) int32 { return int32(b.u32(at)) }

func (b block) u64(at int) uint64 {
	if at+8 > len(b) {
		return 0
	}
	return binary.NativeEndian.Uint64(b[at:])
}

func (b block) i64(at int) int64 { return int64(b.u64(at)) }

// cut is the bytes from at up to a NUL, at most n.
func (b block) str(at, n int) []byte {
	if at >= len(b) {
		return nil
	}
	s := b[at:min(len(b), at+n)]
	for i, c := range s {
		if c == 0 {
			return s[:i]
		}
	}
	return s
}

// structure reads the n bytes that an argument points to; nil, after its address was printed, if they can't be read, or if
// the call failed that should have filled them in.
func (d *dec) structure(a *Arg, n int) block {
	if a.Raw == 0 || a.spec.form.when == out && d.failed {
		d.raw(a)
		return nil
	}
	p := d.bytes(a.Raw, n)
	if p == nil {
		d.raw(a)
	}
	return p
}

// array prints n elements of size bytes each that stand at addr, as far as they can be read and the limit goes.
func (d *dec) array(addr, n uint64, size int, element func(block)) {
	if addr == 0 || n == 0 && d.r == nil {
		d.putp(addr)
		return
	}
	start := len(d.b)
	d.puts("[")
	n = min(n, maxArray)
	show := min(int(n), d.arrays())
	all := d.some(addr, show*size)
	for i := range show {
		d.comma(i)
		if len(all) < (i+1)*size {
			if i == 0 {
				d.b = d.b[:start]
				d.putp(addr)
				return
			}
			d.puts("... /* ")
			d.putx(addr + uint64(i*size))
			d.puts(" */")
			break
		}
		element(all[i*size : (i+1)*size])
	}
	if show < int(n) {
		d.puts(", ...")
	}
	d.puts("]")
}
