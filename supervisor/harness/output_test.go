// Tests of what is kept of a program's output, and of its bound.

package harness

import "testing"

// TestOutputBound: what is not kept counts too.
func TestOutputBound(t *testing.T) {
	reached := 0
	o := newOutputs()
	o.most, o.bound, o.reached = 4, 20, func() { reached++ }
	for i := range 4 {
		o.add(i%2, []byte("12345"))
	}
	if reached != 0 {
		t.Error("20 bytes are more than 20")
	}
	for range 3 {
		o.add(0, []byte("1"))
	}
	if reached != 1 {
		t.Errorf("with 23 bytes it was told of its bound %d times", reached)
	}
	if o.string(0) != "1234" || o.string(1) != "1234" || !o.cut {
		t.Errorf("%q and %q are kept, cut: %v", o.string(0), o.string(1), o.cut)
	}
}
