// Paths in sentences: programs choose them.

package reason

import (
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// FuzzPath: a path does nothing to a terminal and adds no words to a sentence, and which one it is can be told.
func FuzzPath(f *testing.F) {
	for _, path := range []string{"", "/etc/passwd", "ä/€", "/a b", "/x, which is /etc/motd", "\x1b[2J", "\x9b2J", "/a\xff", "\u202e", "a\nb", `"/x"`, `/a"b`, `\n`, "\ufffd", "/\u00a0", "\u2028",
		"@abstract\x00name", "/x (deleted)", "'"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		shown := Path(path)
		if !utf8.ValidString(shown) || strings.ContainsFunc(shown, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%q is shown as %q", path, shown)
		}
		if shown != path {
			if back, err := strconv.Unquote(shown); err != nil || back != path {
				t.Errorf("%q is shown as %s, which is %q, %v", path, shown, back, err)
			}
		} else if path == "" || strings.ContainsAny(path, ` "`) {
			t.Errorf("%q stands in a sentence without quotes", path)
		}
	})
}
