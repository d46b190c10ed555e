// Places of a tree are different, and are the same every time.

package place

import "testing"

func TestPlacesAreDifferent(t *testing.T) {
	seen := map[Place]bool{Root(): true}
	at := []Place{Root()}
	for range 4 {
		var next []Place
		for _, p := range at {
			for n := uint64(1); n <= 8; n++ {
				c := p.Child(n)
				if seen[c] {
					t.Fatalf("child %d of %x has another's place", n, p)
				}
				seen[c] = true
				next = append(next, c)
			}
		}
		at = next
	}
	if again := Root(); !seen[again.Child(3).Child(1)] || again.Child(3).Child(1) == again.Child(1).Child(3) {
		t.Error("a place depends on something else than the way to it")
	}
}
