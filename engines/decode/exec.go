// Lists of strings, as execve(2) takes them.

package decode

import "strconv"

const pointerSize = 8 // of the ABIs that are decoded

// pointers reads an array of pointers that ends in NULL, at most most of them; more says that there are others.
func (d *dec) pointers(at uint64, most int) (list []uint64, more, ok bool) {
	for len(list) <= most {
		chunk := block(d.some(at, min(4096, (most+1-len(list))*pointerSize)))
		if len(chunk) < pointerSize {
			return list, true, len(list) > 0
		}
		for ; len(chunk) >= pointerSize; chunk, at = chunk[pointerSize:], at+pointerSize {
			p := chunk.u64(0)
			if p == 0 {
				return list, false, true
			}
			list = append(list, p)
		}
	}
	return list[:most], true, true
}

func putArgv(d *dec, a *Arg) {
	list, more, ok := d.pointers(a.Raw, d.arrays())
	if !ok {
		d.b = appendPointer(d.b, a.Raw)
		return
	}
	a.Size = int64(len(list))
	d.b = append(d.b, '[')
	for i, p := range list {
		if i > 0 {
			d.b = append(d.b, ", "...)
		}
		if s, cut, ok := d.cstring(p, d.strings()); ok {
			d.b = appendString(d.b, s, cut)
		} else {
			d.b = appendPointer(d.b, p)
		}
	}
	if more {
		d.b = append(d.b, ", ..."...)
	}
	d.b = append(d.b, ']')
}

// maxVars is how many variables are counted.
const maxVars = 1 << 16

// putEnvp prints where the environment is, and how many variables it has.
func putEnvp(d *dec, a *Arg) {
	d.b = appendPointer(d.b, a.Raw)
	if a.Raw == 0 {
		return
	}
	list, more, ok := d.pointers(a.Raw, maxVars)
	if !ok {
		return
	}
	a.Size = int64(len(list))
	d.b = strconv.AppendInt(append(d.b, " /* "...), int64(len(list)), 10)
	d.b = append(d.b, " var"...)
	if len(list) != 1 {
		d.b = append(d.b, 's')
	}
	if more {
		d.b = append(d.b, ", unterminated"...)
	}
	d.b = append(d.b, " */"...)
}
