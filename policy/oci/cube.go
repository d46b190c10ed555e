// Sets of arguments as unions of cubes: of each argument some bits are fixed. They can be cut out of each other, which comparisons cannot.

package oci

import (
	"errors"
	"math"

	specs "github.com/opencontainers/runtime-spec/specs-go"

	"jail/seccomp"
)

// cube is the calls whose arguments have some bits: args[i]&mask[i] == value[i].
type cube struct{ mask, value [6]uint64 }

// maxCubes bounds what one rule of a policy may become.
const maxCubes = 400

var errCubes = errors.New("its conditions would make too many rules")

// meet is the calls that are in both; ok is false if there are none.
func (c cube) meet(d cube) (both cube, ok bool) {
	for i := range c.mask {
		if (c.value[i]^d.value[i])&c.mask[i]&d.mask[i] != 0 {
			return cube{}, false
		}
		both.mask[i], both.value[i] = c.mask[i]|d.mask[i], c.value[i]|d.value[i]
	}
	return both, true
}

// without is the calls that are in c and not in d, in cubes that do not
// overlap: for each bit that only d fixes, those that differ in it first.
func (c cube) without(d cube) []cube {
	if _, ok := c.meet(d); !ok {
		return []cube{c}
	}
	var all []cube
	for i := range c.mask {
		for bit := uint64(1) << 63; bit != 0; bit >>= 1 {
			if d.mask[i]&^c.mask[i]&bit == 0 {
				continue
			}
			part := c
			part.mask[i] |= bit
			part.value[i] |= ^d.value[i] & bit
			all = append(all, part)
			c.mask[i] |= bit
			c.value[i] |= d.value[i] & bit
		}
	}
	return all
}

// cubes is the calls for which all conditions hold.
func cubes(when []seccomp.Cond) ([]cube, error) {
	all := []cube{{}}
	for i := range when {
		var next []cube
		for _, c := range all {
			for _, d := range condCubes(&when[i]) {
				if both, ok := c.meet(d); ok {
					next = append(next, both)
				}
			}
		}
		if all = next; len(all) > maxCubes {
			return nil, errCubes
		}
	}
	return all, nil
}

// condCubes is the calls for which a condition holds.
func condCubes(w *seccomp.Cond) []cube {
	width := uint64(math.MaxUint64)
	if w.Width == 32 {
		width = math.MaxUint32
	}
	point := func(mask, value uint64) cube {
		var c cube
		c.mask[w.Arg], c.value[w.Arg] = mask, value&mask
		return c
	}
	v := w.Value & width
	switch w.Op {
	case seccomp.Eq:
		return []cube{point(width, v)}
	case seccomp.Ne:
		return cube{}.without(point(width, v))
	case seccomp.MaskedEq:
		return []cube{point(w.Mask&width, v)}
	case seccomp.MaskedNe:
		return cube{}.without(point(w.Mask&width, v))
	}
	// Of the numbers below v: for each bit that is set in it, those that begin like it and have a zero there.
	var all []cube
	above := w.Op == seccomp.Gt || w.Op == seccomp.Ge
	for bit := width &^ (width >> 1); bit != 0; bit >>= 1 {
		if (v&bit == 0) == above {
			begin := width &^ (bit - 1)
			all = append(all, point(begin, v^bit))
		}
	}
	if w.Op == seccomp.Le || w.Op == seccomp.Ge {
		all = append(all, point(width, v))
	}
	return all
}

// negation is the condition that holds where w does not.
func negation(w seccomp.Cond) seccomp.Cond {
	switch w.Op {
	case seccomp.Eq:
		w.Op = seccomp.Ne
	case seccomp.Ne:
		w.Op = seccomp.Eq
	case seccomp.Lt:
		w.Op = seccomp.Ge
	case seccomp.Le:
		w.Op = seccomp.Gt
	case seccomp.Gt:
		w.Op = seccomp.Le
	case seccomp.Ge:
		w.Op = seccomp.Lt
	case seccomp.MaskedEq:
		w.Op = seccomp.MaskedNe
	case seccomp.MaskedNe:
		w.Op = seccomp.MaskedEq
	}
	return w
}

// outside is the calls of some cubes for which not all conditions hold: for
// each condition those for which it does not. They may overlap.
func outside(from []cube, when []seccomp.Cond) ([]cube, error) {
	var all []cube
	for _, w := range when {
		not := negation(w)
		for _, d := range condCubes(&not) {
			for _, c := range from {
				if both, ok := c.meet(d); ok {
					all = addCube(all, both)
				}
			}
		}
		if len(all) > maxCubes {
			return nil, errCubes
		}
	}
	return all, nil
}

// addCube adds a cube to a union, unless another has all of it.
func addCube(all []cube, c cube) []cube {
	for _, have := range all {
		if both, ok := have.meet(c); ok && both == c {
			return all
		}
	}
	return append(all, c)
}

// args is the cube as conditions of a profile: at most one on each argument.
func (c cube) args() []specs.LinuxSeccompArg {
	var all []specs.LinuxSeccompArg
	for i, mask := range c.mask {
		switch mask {
		case 0:
		case math.MaxUint64:
			all = append(all, specs.LinuxSeccompArg{Index: uint(i), Value: c.value[i], Op: specs.OpEqualTo})
		default:
			all = append(all, specs.LinuxSeccompArg{Index: uint(i), Value: mask, ValueTwo: c.value[i], Op: specs.OpMaskedEqual})
		}
	}
	return all
}
