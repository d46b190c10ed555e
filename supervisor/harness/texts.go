// Texts that are compared: how they are shown, and what patterns for them mean.

package harness

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
)

// Quoted is a text in quotes, indented, each of its lines in quotes of its own, so that a missing newline is seen. It is cut after
// 4 KiB. Any goroutine.
func Quoted(s string) string {
	const most = 4 << 10
	if len(s) > most {
		s = s[:most] + "…"
	}
	var list []string
	for line := range strings.Lines(s) {
		list = append(list, strconv.Quote(line))
	}
	if list == nil {
		return `  ""`
	}
	return "  " + strings.Join(list, "\n  ")
}

// Regexp is regexp.Compile with an error for people: it says that it is about a regular expression, and which part of it is wrong. Any
// goroutine.
func Regexp(expr string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(expr)
	var wrong *syntax.Error
	if errors.As(err, &wrong) {
		return nil, fmt.Errorf("%q is no regular expression: %s at %q", expr, wrong.Code, wrong.Expr)
	}
	return re, err
}
