// Tests of the comparison itself: what is different must be found, and only what has a reason forgiven.

package decode

import (
	"reflect"
	"testing"
)

func TestDifferencesAreFound(t *testing.T) {
	a := []string{"open", "read", "close"}
	for _, test := range []struct {
		b    []string
		want []difference
	}{
		{[]string{"open", "read", "close"}, nil},
		{[]string{"open", "close"}, []difference{{strace: []string{"read"}}}},
		{[]string{"open", "READ", "close", "exit"}, []difference{{[]string{"read"}, []string{"READ"}}, {jail: []string{"exit"}}}},
		{nil, []difference{{strace: a}}},
	} {
		if got := align(a, test.b); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%q: %q, want %q", test.b, got, test.want)
		}
	}
}

func TestOnlyReasonsForgive(t *testing.T) {
	poll := `poll([{fd=5, events=POLLIN}], 1, TIMEOUT) = 1 ([{fd=5, revents=POLLIN}])`
	for _, test := range []struct {
		strace, jail string
		forgiven     bool
	}{
		{`openat(AT_FDCWD, "f", O_RDONLY) = 3`, `openat(AT_FDCWD, "f", O_RDWR) = 3`, false},
		{`read(3, "abc", 3) = 3`, `read(3, "xyz", 3) = 3`, true},
		{`read(3, "abc", 3) = 3`, `read(3, ADDR, 3) = 3`, false},
		{`read(3, "abc", 3) = 3`, `read(3, "xyz"..., 4) = 4`, false},
		{`stat("abc") = 3`, `stat("xyz") = 3`, false},
		{poll, `poll([{fd=5, events=POLLOUT}], 1, TIMEOUT) = 1 ([{fd=5, revents=POLLIN}])`, false},
		{poll, `getpid() = 5`, false},
		{`close(5) = 0`, `close(6) = 0`, false},
	} {
		y := &tally{reasons: map[string]int{}, inStrace: map[string]bool{}, inJail: map[string]bool{}}
		rest := y.explain(difference{[]string{test.strace}, []string{test.jail}})
		if forgiven := len(rest.strace)+len(rest.jail) == 0; forgiven != test.forgiven {
			t.Errorf("%s and %s: forgiven %t", test.strace, test.jail, forgiven)
		}
	}
	y := &tally{reasons: map[string]int{}}
	if rest := y.explain(difference{strace: []string{poll}}); len(rest.strace) != 0 {
		t.Errorf("a poll that the other did not make: %q", rest)
	}
}
