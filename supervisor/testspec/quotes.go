// Texts in quotes, for mismatches.

package testspec

import (
	"strconv"
	"strings"
)

// inQuotes is a text with quotes, a line of it on each, so that a missing newline is seen.
func inQuotes(s string) string {
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
