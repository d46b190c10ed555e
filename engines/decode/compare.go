// Numbers of a call, as rules and expectations compare them.

package decode

// Value is an argument as the kernel takes it: of an int the lower half, with its sign.
func (a *Arg) Value() int64 {
	switch a.Kind {
	case Descriptor:
		return int64(a.FD)
	case Number, PID, Signal, Mode, Size, Offset:
		return a.Size
	}
	return int64(a.Raw)
}

// Compare tells whether v op with holds: op is ==, !=, <, <=, > or >=, as the type compares, or & for any bit in common. Nothing holds of
// another op.
func Compare[T int64 | uint64](v T, op string, with T) bool {
	switch op {
	case "==":
		return v == with
	case "!=":
		return v != with
	case "<":
		return v < with
	case "<=":
		return v <= with
	case ">":
		return v > with
	case ">=":
		return v >= with
	case "&":
		return v&with != 0
	}
	return false
}
