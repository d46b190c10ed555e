// How often decisions alike are looked at, and that who makes up different ones costs no memory.

package syscalls

import "testing"

func TestCounts(t *testing.T) {
	var c counts
	var told []int
	for n := 1; n <= 1000; n++ {
		if c.tells(often{tgid: 1}) && n > 98 {
			told = append(told, n)
		}
	}
	want := []int{99, 100, 200, 400, 800}
	if len(told) != len(want) {
		t.Fatalf("told %v, want %v", told, want)
	}
	for i := range want {
		if told[i] != want[i] {
			t.Fatalf("told %v, want %v", told, want)
		}
	}
	for n := range 10 * maxAlike {
		if !c.tells(often{tgid: 2, nr: int32(n)}) {
			t.Fatalf("the first of number %d is not told", n)
		}
		if len(c.seen) > maxAlike {
			t.Fatalf("%d kinds are kept", len(c.seen))
		}
	}
}
