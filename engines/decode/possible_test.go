// Conditions that no call of a name could fulfil.

package decode_test

import (
	"strings"
	"testing"

	"jail/engines/decode"
)

func TestPossible(t *testing.T) {
	for _, c := range []struct {
		call string
		w    decode.Conditions
		says string
	}{
		{"openat", decode.Conditions{Path: true, FD: true, Flags: []string{"O_CREAT", "!O_EXCL", "O_RDONLY"}}, ""},
		{"openat2", decode.Conditions{Flags: []string{"O_CREAT"}}, ""},
		{"mmap", decode.Conditions{Flags: []string{"PROT_EXEC", "MAP_SHARED"}}, ""},
		{"sendmsg", decode.Conditions{Addr: true}, ""},
		{"nosuch", decode.Conditions{Addr: true}, ""},
		{"openat", decode.Conditions{Flags: []string{"O_CREATE"}}, `openat has no flag "O_CREATE"; did you mean O_CREAT?`},
		{"openat", decode.Conditions{Flags: []string{"!O_APEND"}}, `openat has no flag "O_APEND"; did you mean O_APPEND?`},
		{"openat", decode.Conditions{Flags: []string{"MAP_SHARED"}}, `openat has no flag "MAP_SHARED"`},
		{"openat", decode.Conditions{Addr: true}, "openat has no socket's address"},
		{"close", decode.Conditions{Flags: []string{"O_CREAT"}}, "close has no flags"},
		{"getpid", decode.Conditions{Path: true}, "getpid has no path and no descriptor"},
		{"rename", decode.Conditions{FD: true}, "rename has no descriptor"},
	} {
		err := c.w.Possible(c.call)
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.HasPrefix(err.Error(), c.says)) {
			t.Errorf("%s %+v: %v, want %q", c.call, c.w, err, c.says)
		}
	}
}
