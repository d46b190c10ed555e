// Tests that the built-in policies are found by their names and by nothing else.

package policies

import (
	"slices"
	"testing"
)

func TestNames(t *testing.T) {
	if got, want := Names(), []string{"agent-workspace", "ci-build", "ci-build-network", "no-network", "observe", "read-only", "strict"}; !slices.Equal(got, want) {
		t.Errorf("Names() = %q, want %q", got, want)
	}
}

func TestLookup(t *testing.T) {
	for _, name := range Names() {
		data, file, ok := Lookup(name)
		if !ok || len(data) == 0 || file != name+".yaml" {
			t.Errorf("Lookup(%q) = %d bytes, %q, %v", name, len(data), file, ok)
		}
	}
	for _, name := range []string{"", ".", "strict.yaml", "../policies/strict", "/strict", "Strict", "stric", "strict\x00"} {
		if _, _, ok := Lookup(name); ok {
			t.Errorf("Lookup(%q) found something", name)
		}
	}
}

// A caller that changes what it got must not change the policy for the next.
func TestLookupIsACopy(t *testing.T) {
	first, _, _ := Lookup("strict")
	first[0] ^= 0xff
	if second, _, _ := Lookup("strict"); second[0] == first[0] {
		t.Error("changing the answer changed the policy")
	}
}
