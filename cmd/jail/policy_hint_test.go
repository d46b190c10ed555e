// What is written to allow something goes into a copy of a built-in policy.

package main

import "testing"

func TestInCopy(t *testing.T) {
	for _, c := range []struct{ hint, want string }{
		{"", ""},
		{`filesystem: {write: ["/etc"]}`, `in a copy (jail policy show ro >my.yaml): filesystem: {write: ["/etc"]}`},
		{`in ro.yaml, with override: true: network: any`, `in a copy (jail policy show ro >my.yaml) and with override: true: network: any`},
	} {
		if got := inCopy("ro", "ro.yaml", c.hint); got != c.want {
			t.Errorf("%q: %q, want %q", c.hint, got, c.want)
		}
	}
}
