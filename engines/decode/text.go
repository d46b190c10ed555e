// Text as strace prints it: numbers, strings, what was cut.

package decode

import "strconv"

// appendHex appends 0x….
func appendHex(b []byte, v uint64) []byte { return strconv.AppendUint(append(b, "0x"...), v, 16) }

func hex(v uint64) string { return string(appendHex(nil, v)) }

// appendPointer appends an address: NULL, 0x….
func appendPointer(b []byte, v uint64) []byte {
	if v == 0 {
		return append(b, "NULL"...)
	}
	return appendHex(b, v)
}

func pointerText(v uint64) string { return string(appendPointer(nil, v)) }

// appendOctal appends a number as modes are written: a leading 0, and three digits at least.
func appendOctal(b []byte, v uint64) []byte {
	if v >= 0o100 {
		b = append(b, '0')
	} else if v < 0o10 {
		b = append(b, "00"...)
	} else {
		b = append(b, '0')
	}
	return strconv.AppendUint(b, v, 8)
}

// appendString appends data in quotes; "..." behind them says that there is more.
func appendString(b, s []byte, cut bool) []byte {
	b = append(b, '"')
	for i, c := range s {
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\a', '\b':
			b = appendEscape(b, c, s[i+1:])
		case '\t':
			b = append(b, '\\', 't')
		case '\n':
			b = append(b, '\\', 'n')
		case '\v':
			b = append(b, '\\', 'v')
		case '\f':
			b = append(b, '\\', 'f')
		case '\r':
			b = append(b, '\\', 'r')
		default:
			if c >= ' ' && c < 0x7f {
				b = append(b, c)
			} else {
				b = appendEscape(b, c, s[i+1:])
			}
		}
	}
	b = append(b, '"')
	if cut {
		b = append(b, "..."...)
	}
	return b
}

// appendEscape appends a byte in octal, as short as what follows allows.
func appendEscape(b []byte, c byte, next []byte) []byte {
	b = append(b, '\\')
	if len(next) > 0 && next[0] >= '0' && next[0] <= '7' {
		return append(b, '0'+c>>6, '0'+c>>3&7, '0'+c&7)
	}
	return strconv.AppendUint(b, uint64(c), 8)
}
