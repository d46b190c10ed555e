// Conditions on arguments: their meaning and how they are written for people.

package seccomp

import (
	"fmt"
	"math"
)

// parts are the comparison that a condition stands for: `arg & mask op value`
// with everything above the width taken away.
func (c *Cond) parts() (op Op, mask, value uint64) {
	width := uint64(math.MaxUint64)
	if c.Width == 32 {
		width = math.MaxUint32
	}
	switch c.Op {
	case MaskedEq:
		return Eq, c.Mask & width, c.Value & width
	case MaskedNe:
		return Ne, c.Mask & width, c.Value & width
	default:
		return c.Op, width, c.Value & width
	}
}

// Holds tells whether the condition is true for a call with these arguments.
// It is false for a condition that [Spec.Check] refuses. It does not
// allocate.
func (c *Cond) Holds(args *[6]uint64) bool {
	if c.Arg < 0 || c.Arg >= len(args) {
		return false
	}
	op, mask, value := c.parts()
	arg := args[c.Arg] & mask
	switch op {
	case Eq:
		return arg == value
	case Ne:
		return arg != value
	case Lt:
		return arg < value
	case Le:
		return arg <= value
	case Gt:
		return arg > value
	case Ge:
		return arg >= value
	default:
		return false
	}
}

// String is the comparison as C writes it: "==", "<", "&==" for MaskedEq.
func (o Op) String() string {
	switch o {
	case Eq:
		return "=="
	case Ne:
		return "!="
	case Lt:
		return "<"
	case Le:
		return "<="
	case Gt:
		return ">"
	case Ge:
		return ">="
	case MaskedEq:
		return "&=="
	case MaskedNe:
		return "&!="
	default:
		return fmt.Sprintf("op(%d)", uint8(o))
	}
}

// String is the condition as C would write it: "arg1 & 0x3 == 0x1". An
// argument of which only the low 32 bits count is written "(int)arg1".
func (c *Cond) String() string {
	arg := fmt.Sprintf("arg%d", c.Arg)
	if c.Width == 32 {
		arg = "(int)" + arg
	}
	op, mask, value := c.parts()
	switch c.Op {
	case MaskedEq, MaskedNe:
		return fmt.Sprintf("%s & %#x %v %#x", arg, mask, op, value)
	default:
		return fmt.Sprintf("%s %v %#x", arg, op, value)
	}
}
