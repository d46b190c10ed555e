// Text that jailed programs chose, in sentences: harmless for a terminal, and not to be taken for jail's own words.

package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// short makes text fit for a terminal: control characters can't move its cursor or change its title, and it ends after max
// characters.
func short(s string, max int) string {
	text, _, whole := escaped(s, max, false)
	if !whole {
		text += "…"
	}
	return text
}

// shown is short for a name or an argument: one that could be taken for several, or for an ancestor, stands in quotes.
func shown(s string, max int) string {
	text, _ := quoted(s, max)
	return text
}

// quoted is shown, and how many characters of s that are.
func quoted(s string, max int) (string, int) {
	quote := ambiguous(s)
	text, n, whole := escaped(s, max, quote)
	if quote {
		text = `"` + text + `"`
	}
	if !whole {
		text += "…"
	}
	return text, n
}

// ambiguous tells text that needs quotes.
func ambiguous(s string) bool {
	return s == "" || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsPrint(r) || strings.ContainsRune(" \"'`\\[]←…", r)
	})
}

// escaped is text of at most max characters without control characters, how many of them that are, and whether it is whole.
func escaped(s string, max int, quote bool) (string, int, bool) {
	var b strings.Builder
	n := 0
	for i, r := range s {
		if n == max {
			return b.String(), n, false
		}
		n++
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, "\\x%02x", s[i])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case !unicode.IsPrint(r) && r > 0xffff: // not what U+E000 and a 1 would be
			fmt.Fprintf(&b, "\\U%08x", r)
		case !unicode.IsPrint(r):
			fmt.Fprintf(&b, "\\u%04x", r)
		case quote && (r == '"' || r == '\\'):
			b.WriteRune('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), n, true
}

const maxArgsShown = 7

// shownArgs is what is said of a command line beside the program's name. A program that wrote a title over its command line, as node
// does, and zeros after it, is shown with that.
func shownArgs(argv []string) string {
	if len(argv) < 2 {
		return ""
	}
	args := argv[1:]
	if len(args) > 1 && strings.Join(args, "") == "" {
		args = argv[:1]
	}
	var list []string
	room := maxShownArgs
	for i, a := range args {
		if i == maxArgsShown || room <= 0 {
			list = append(list, "…")
			break
		}
		text, n := quoted(a, room)
		list = append(list, text)
		if room -= n + 1; n < utf8.RuneCountInString(a) {
			break
		}
	}
	return strings.Join(list, " ")
}
