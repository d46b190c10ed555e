// Tests of conditions on arguments: a table of what holds when.

package seccomp

import "testing"

func TestCondHolds(t *testing.T) {
	const big = 1 << 32
	for _, c := range []struct {
		cond Cond
		arg  uint64
		want bool
	}{
		{Cond{Op: Eq, Value: 5}, 5, true},
		{Cond{Op: Eq, Value: 5}, 5 + big, false},
		{Cond{Op: Eq, Value: 5, Width: 64}, 5 + big, false},
		{Cond{Op: Eq, Value: 5, Width: 32}, 5 + big, true},
		{Cond{Op: Eq, Value: 5 + big}, 5 + big, true},
		{Cond{Op: Eq, Value: 5 + big}, 5, false},
		{Cond{Op: Ne, Value: 5}, 5 + big, true},
		{Cond{Op: Ne, Value: 5, Width: 32}, 5 + big, false},
		{Cond{Op: Lt, Value: 5}, 4, true},
		{Cond{Op: Lt, Value: 5}, 5, false},
		{Cond{Op: Lt, Value: 5}, big, false},
		{Cond{Op: Lt, Value: 5, Width: 32}, big, true},
		{Cond{Op: Le, Value: big}, big, true},
		{Cond{Op: Le, Value: big}, big + 1, false},
		{Cond{Op: Le, Value: big}, 1<<33 - 1, false},
		{Cond{Op: Gt, Value: big}, big, false},
		{Cond{Op: Gt, Value: big}, big + 1, true},
		{Cond{Op: Gt, Value: big + 7}, 2 * big, true},
		{Cond{Op: Ge, Value: big}, big - 1, false},
		{Cond{Op: Ge, Value: big}, big, true},
		{Cond{Op: Ge, Value: 0}, 0, true},
		// Numbers are unsigned: -1 is the greatest.
		{Cond{Op: Gt, Value: 0}, ^uint64(0), true},
		{Cond{Op: Lt, Value: 0}, ^uint64(0), false},
		// AT_FDCWD, written as an int or sign-extended, passed as either.
		{Cond{Op: Eq, Value: 0xffffff9c, Width: 32}, 0xffffffffffffff9c, true},
		{Cond{Op: Eq, Value: 0xffffffffffffff9c, Width: 32}, 0xffffff9c, true},
		{Cond{Op: Eq, Value: 0xffffff9c}, 0xffffffffffffff9c, false},
		{Cond{Op: MaskedEq, Mask: 6, Value: 2}, 0xff<<8 | 3, true},
		{Cond{Op: MaskedEq, Mask: 6, Value: 2}, 7, false},
		{Cond{Op: MaskedEq, Mask: 6, Value: 0}, 1 + big, true},
		{Cond{Op: MaskedEq, Mask: big, Value: big}, big + 9, true},
		{Cond{Op: MaskedEq, Mask: big, Value: big}, 9, false},
		{Cond{Op: MaskedEq, Mask: 0xffffffff80000000, Value: 0x80000000, Width: 32}, 0x80000001, true},
		{Cond{Op: MaskedNe, Mask: 6, Value: 2}, 3, false},
		{Cond{Op: MaskedNe, Mask: 6, Value: 2}, 4, true},
		{Cond{Op: 0, Value: 5}, 5, false},
		{Cond{Arg: 6, Op: Eq}, 0, false},
		{Cond{Arg: -1, Op: Eq}, 0, false},
	} {
		args := [6]uint64{}
		if c.cond.Arg >= 0 && c.cond.Arg < 6 {
			args[c.cond.Arg] = c.arg
		}
		if got := c.cond.Holds(&args); got != c.want {
			t.Errorf("%v, width %d, for %#x: %v", &c.cond, c.cond.Width, c.arg, got)
		}
	}
}

func TestCondString(t *testing.T) {
	for _, c := range []struct {
		cond Cond
		want string
	}{
		{Cond{Arg: 1, Op: Eq, Value: 0x5413, Width: 32}, "(int)arg1 == 0x5413"},
		{Cond{Arg: 0, Op: MaskedNe, Mask: 3, Value: 1}, "arg0 & 0x3 != 0x1"},
		{Cond{Arg: 5, Op: Le, Value: 1 << 40}, "arg5 <= 0x10000000000"},
		{Cond{Arg: 0, Op: Eq, Value: 0xffffffffffffff9c, Width: 32}, "(int)arg0 == 0xffffff9c"},
	} {
		if got := c.cond.String(); got != c.want {
			t.Errorf("String() = %q, want %q", got, c.want)
		}
	}
}
