// What is wrong with a profile, where, and what would be right.

package oci

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// The kinds of mistakes in a profile, to be told apart with errors.Is.
var (
	ErrSyntax  = errors.New("not valid JSON")
	ErrTooBig  = errors.New("profile too big")
	ErrKey     = errors.New("key that is unknown, missing or there twice")
	ErrType    = errors.New("value of the wrong type")
	ErrValue   = errors.New("value that cannot be")
	ErrMachine = errors.New("not a machine that jail runs on")
	ErrExport  = errors.New("a policy that no profile can express")
)

// Error is one mistake in a profile.
type Error struct {
	File   string // as it was given to Import
	Line   int    // counted from 1; 0 if the mistake is in the file as a whole
	Column int    // counted from 1 in characters; 0 if Line is
	Msg    string // what is wrong
	Hint   string // what would be right; may be empty

	kind error
}

// Error is one line: "file:line:column: what is wrong; what would be right".
func (e *Error) Error() string {
	text := e.File
	if e.Line > 0 {
		text += fmt.Sprintf(":%d:%d", e.Line, e.Column)
	}
	text += ": " + e.Msg
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// Unwrap is the kind of the mistake, for errors.Is.
func (e *Error) Unwrap() error { return e.kind }

// Errors are the mistakes that were found in a profile, in the order of the
// file, at most 20. It has at least one element.
type Errors []*Error

const maxErrors = 20

// Error is one line for each mistake.
func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap makes errors.Is and errors.As look at each mistake.
func (es Errors) Unwrap() []error {
	all := make([]error, len(es))
	for i, e := range es {
		all[i] = e
	}
	return all
}

// place is where something stands in a profile.
type place struct{ line, column int }

func (p place) String() string { return fmt.Sprintf("%d:%d", p.line, p.column) }

// placeOf is the place of a byte of a text.
func placeOf(data []byte, offset int) place {
	before := string(data[:min(max(offset, 0), len(data))])
	start := strings.LastIndexByte(before, '\n') + 1
	return place{strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[start:]) + 1}
}

// quote is a text of the profile, safe in a comment or message: one line of
// ASCII, and not long.
func quote(s string) string {
	const most = 100
	if r := []rune(s); len(r) > most {
		s = string(r[:most-1]) + "…"
	}
	return fmt.Sprintf("%+q", s)
}
