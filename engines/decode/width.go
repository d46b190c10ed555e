// How much of a register the kernel looks at.

package decode

// A width is the C type that the kernel casts an argument to.
type width uint8

const (
	u64 width = iota
	i64
	u32
	i32
	u16
)

// bits is the part that counts, without a sign.
func (w width) bits(v uint64) uint64 {
	switch w {
	case u32, i32:
		return uint64(uint32(v))
	case u16:
		return uint64(uint16(v))
	}
	return v
}

// value is the number; one of 64 unsigned bits that is greater than the greatest int64 is negative.
func (w width) value(v uint64) int64 {
	if w == i32 {
		return int64(int32(v))
	}
	return int64(w.bits(v))
}
