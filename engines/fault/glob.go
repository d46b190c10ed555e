// Globs over paths and addresses, and what they are matched with.

package fault

import (
	"fmt"
	"regexp"
	"strings"
)

// compileGlob turns a glob into an expression that matches whole strings. * is any letters, "/" too; ? is one; [a-z] and [!a-z]
// are sets; a backslash takes away the meaning of the next letter.
func compileGlob(glob string) (*regexp.Regexp, error) {
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	for i := 0; i < len(glob); i++ {
		switch c := glob[i]; c {
		case '*':
			b.WriteString(".*")
		case '?':
			b.WriteByte('.')
		case '\\':
			if i++; i == len(glob) {
				return nil, fmt.Errorf("the pattern %q ends in a backslash", glob)
			}
			b.WriteString(regexp.QuoteMeta(glob[i : i+1]))
		case '[':
			end := strings.IndexByte(glob[i+1:], ']')
			if end < 1 {
				return nil, fmt.Errorf("the pattern %q has a [ without its ]; a letter [ is written \\[", glob)
			}
			set := glob[i+1 : i+1+end]
			i += end + 1
			b.WriteByte('[')
			if set[0] == '!' || set[0] == '^' {
				b.WriteByte('^')
				set = set[1:]
			}
			b.WriteString(strings.NewReplacer(`\`, `\\`, `[`, `\[`, `^`, `\^`).Replace(set))
			b.WriteByte(']')
		default:
			b.WriteString(quoteByte(c))
		}
	}
	b.WriteString(`\z`)
	re, err := regexp.Compile(b.String())
	if err != nil {
		return nil, fmt.Errorf("the pattern %q: %w", glob, err)
	}
	return re, nil
}

// quoteByte keeps letters of more than one byte together: they are bytes of valid UTF-8, or match nothing.
func quoteByte(c byte) string {
	if c >= 0x80 {
		return string([]byte{c})
	}
	return regexp.QuoteMeta(string(rune(c)))
}

// pathGlob is compileGlob of a pattern for paths: one that no path can match is an error.
func pathGlob(glob string) (*regexp.Regexp, error) {
	if !strings.HasPrefix(glob, "/") && !strings.ContainsAny(glob[:1], "*?[") && !strings.Contains(glob, ":") {
		return nil, fmt.Errorf("paths are absolute, so %q matches none; write */%s, or the whole path", glob, glob)
	}
	return compileGlob(glob)
}
