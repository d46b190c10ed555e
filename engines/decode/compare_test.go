// Tests of numbers that are compared.

package decode

import "testing"

func TestCompare(t *testing.T) {
	for op, want := range map[string][3]bool{ // of -1, 0 and 1 with 0
		"==": {false, true, false}, "!=": {true, false, true}, "<": {true, false, false}, "<=": {true, true, false},
		">": {false, false, true}, ">=": {false, true, true}, "&": {}, "": {}, "=": {},
	} {
		for i, v := range []int64{-1, 0, 1} {
			if got := Compare(v, op, 0); got != want[i] {
				t.Errorf("%d %s 0: %t", v, op, got)
			}
		}
	}
	if !Compare(int64(6), "&", 4) || Compare(int64(6), "&", 1) {
		t.Error("bits in common")
	}
	if Compare(^uint64(0), "<", 1) || !Compare(int64(-1), "<", 1) {
		t.Error("-1 of a register is the largest number, and less than 1 with a sign")
	}
}

func TestArgValue(t *testing.T) {
	for _, a := range []struct {
		arg  Arg
		want int64
	}{
		{Arg{Kind: Descriptor, Raw: 0xffffff9c, FD: -100}, -100}, {Arg{Kind: Number, Raw: 0xffffffff, Size: -1}, -1},
		{Arg{Kind: Pointer, Raw: 0x1000, Size: 7, FD: -1}, 0x1000}, {Arg{Kind: Flags, Raw: 1 << 63, FD: -1}, -1 << 63},
	} {
		if got := a.arg.Value(); got != a.want {
			t.Errorf("%+v: %d", a.arg, got)
		}
	}
}
