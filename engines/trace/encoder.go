// Writing events down: what all formats have in common.

package trace

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// An Encoder writes the events of one run down, in the order of their Seq. It serves one goroutine at a time, and does not block.
type Encoder interface {
	// Begin appends what stands before the first event, End what stands after the last one.
	Begin(b []byte) []byte
	End(b []byte) []byte
	// Append appends one event, a line or more, or nothing. What the program chose is escaped: nothing acts on a terminal.
	Append(b []byte, ev *Event) []byte
}

// ErrFormat is wrapped by the error of NewEncoder.
var ErrFormat = errors.New("no format of traces")

// NewEncoder is the encoder of a format: text, json or chrome. colour is of text alone.
func NewEncoder(format string, colour bool) (Encoder, error) {
	switch format {
	case "text":
		return &text{colour: colour}, nil
	case "json":
		return lines{}, nil
	case "chrome":
		return &chrome{names: make(map[int]string)}, nil
	}
	return nil, fmt.Errorf("%q is %w; there are text, json and chrome", format, ErrFormat)
}

// Word is a name that a program chose, as one word: in quotes if it could be taken for something else.
func Word(s string) string {
	plain := func(r rune) bool { return r > 0x20 && r < 0x7f && !strings.ContainsRune("\"'`\\[](){}<>", r) }
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return string(appendQuoted(nil, s))
}

// appendQuoted appends s in double quotes. Unlike strconv's it writes bytes that are no UTF-8 in octal, as strace does.
func appendQuoted(b []byte, s string) []byte {
	return append(appendHarmless(append(b, '"'), s, `"\`), '"')
}

// appendHarmless appends s without what acts on a terminal; what is in special gets a backslash.
func appendHarmless(b []byte, s, special string) []byte {
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)):
			b = fmt.Appendf(b, `\%03o`, s[i])
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\t':
			b = append(b, `\t`...)
		case !unicode.IsPrint(r) && r < 0x100:
			b = fmt.Appendf(b, `\%03o`, r)
		case !unicode.IsPrint(r):
			b = fmt.Appendf(b, `\u%04x`, r)
		case strings.ContainsRune(special, r):
			b = append(b, '\\', byte(r))
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}
