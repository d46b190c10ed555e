// Arguments in sentences: programs choose them.

package exec

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// FuzzQuoted: arguments do nothing to a terminal, wherever they are cut.
func FuzzQuoted(f *testing.F) {
	f.Add("sh", "-c")
	f.Add("\x1b[2J\u202e\n", "\xff")
	f.Add(strings.Repeat("é", 300), "")
	f.Add("x"+strings.Repeat("é", 300), "")
	f.Add(strings.Repeat("\u009b", 300), "\u2028")
	f.Fuzz(func(t *testing.T, first, second string) {
		shown := quoted([]string{first, second})
		if !utf8.ValidString(shown) || strings.ContainsFunc(shown, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%q and %q are shown as %q", first, second, shown)
		}
		if len(shown) > 200+len("…") {
			t.Errorf("%d bytes are shown", len(shown))
		}
	})
}
