// How many bits of an argument the kernel looks at, and whether a condition on it makes sense.

package policy

import (
	"fmt"
	"strings"

	"jail/seccomp"
)

//go:generate go run ./internal/genargs -o args_table.go

// kindsOf has a letter for each argument of a call, as argKinds says, and
// knows too that the calls of 32-bit ABIs with wide times and user numbers
// (clock_gettime64, recvmmsg_time64, setuid32) take the arguments of the
// others.
func kindsOf(call string) (string, bool) {
	if kinds, ok := argKinds(call); ok {
		return kinds, true
	}
	for _, suffix := range []string{"_time64", "64", "32"} {
		if base, cut := strings.CutSuffix(call, suffix); cut && twin(base, suffix) {
			return argKinds(base)
		}
	}
	return "", false
}

// twin tells whether a call with a suffix takes the arguments of the one
// without.
func twin(base, suffix string) bool {
	if suffix == "64" { // else the one with 64 splits an offset over two arguments
		return strings.HasPrefix(base, "clock_") || strings.HasPrefix(base, "timer")
	}
	return true
}

// checkCondition reports a condition that cannot be decided, or not as it was
// meant, for one of the calls that its rule names.
func (p *parser) checkCondition(c condition, names []string) {
	for _, name := range names {
		for _, call := range p.members(name) {
			if err := c.fault(call); err != nil {
				if call != name {
					err.msg += fmt.Sprintf(" (%s is one of %s)", call, name)
				}
				p.errorf(c.node, err.kind, err.hint, "in the condition %s: %s", quote(c.text), err.msg)
				return // one is enough: the others are likely the same
			}
		}
	}
}

// fault is what is wrong with a condition.
type fault struct {
	kind      error
	msg, hint string
}

// fault tells what is wrong with the condition for one call, nil if nothing.
func (c condition) fault(call string) *fault {
	kinds, known := kindsOf(call)
	switch {
	case !known && c.width == 0:
		return &fault{ErrCondition, fmt.Sprintf("it is not known how wide argument %d of %s is", c.arg, call),
			fmt.Sprintf("write arg%d:32 if the kernel takes it as an int, else arg%d:64", c.arg, c.arg)}
	case !known:
		return c.numberFault(call, c.width)
	case c.arg >= len(kinds):
		return &fault{ErrCondition, fmt.Sprintf("%s has %s", call, countArgs(len(kinds))), ""}
	}
	switch kind := kinds[c.arg]; {
	case kind == 'p' && (c.value.bits != 0 || c.op != seccomp.Eq && c.op != seccomp.Ne || c.masked):
		return &fault{ErrCondition, fmt.Sprintf("argument %d of %s is a pointer, and a filter cannot see what it points to", c.arg, call),
			"a pointer can only be compared with 0"}
	case kind == 'm' && c.op != seccomp.Eq && c.op != seccomp.Ne:
		return &fault{ErrCondition, fmt.Sprintf("argument %d of %s is a file mode, of which the kernel looks at 16 bits", c.arg, call),
			"compare with == or !=, or bits of it with &"}
	case kind == 'm':
		return c.numberFault(call, 16)
	case kind == 'i' && c.width == 64:
		return &fault{ErrCondition, fmt.Sprintf("the kernel looks at the low 32 bits of argument %d of %s only, and a program may put anything above them", c.arg, call),
			fmt.Sprintf("write arg%d", c.arg)}
	case kind == 'i' || c.width == 32:
		return c.numberFault(call, 32)
	}
	return nil
}

// numberFault reports numbers that an argument of so many bits cannot hold.
func (c condition) numberFault(call string, width int) *fault {
	mask := number{bits: c.mask}
	if int64(c.mask) < 0 && int64(c.mask) >= -(1<<31) {
		mask.negative = true // written as -1 or the like
	}
	if c.value.fits(width) && mask.fits(width) {
		return nil
	}
	return &fault{ErrNumber, fmt.Sprintf("argument %d of %s is %d bits wide, and the number does not fit into them", c.arg, call, width), ""}
}

func countArgs(n int) string {
	switch n {
	case 0:
		return "no arguments"
	case 1:
		return "1 argument, arg0"
	default:
		return fmt.Sprintf("%d arguments, arg0 to arg%d", n, n-1)
	}
}

// widthOn is how many bits of its argument the condition compares, for one
// call of one ABI: 16, 32 or 64.
func (c condition) widthOn(call string, abi seccomp.ABI) int {
	kind := byte('l')
	if kinds, known := kindsOf(call); known && c.arg < len(kinds) {
		kind = kinds[c.arg]
	}
	switch {
	case kind == 'm':
		return 16
	case kind == 'i' || c.width == 32:
		return 32
	case narrow(abi) && c.value.negative && c.value.fits(32):
		return 32 // the upper half of the register is filled with zeros, not with the sign
	default:
		return 64
	}
}

// narrow tells whether the ABI's registers are 32 bits wide.
func narrow(abi seccomp.ABI) bool { return abi == seccomp.I386 || abi == seccomp.ARM }

// on is the filter's form of the condition for one call of one ABI.
func (c condition) on(call string, abi seccomp.ABI) seccomp.Cond {
	width := c.widthOn(call, abi)
	out := seccomp.Cond{Arg: c.arg, Op: c.op, Value: c.value.low(width), Width: uint8(max(width, 32))}
	mask := number{bits: c.mask}.low(width)
	if width == 16 && !c.masked {
		mask = 0xffff
	}
	if mask == 0 {
		return out
	}
	out.Mask = mask
	out.Op = seccomp.MaskedEq
	if c.op == seccomp.Ne {
		out.Op = seccomp.MaskedNe
	}
	return out
}
