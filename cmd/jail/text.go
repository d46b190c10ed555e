// Text of jail's own messages.

package main

import "strings"

// prefixed puts "jail: " before each line of s.
func prefixed(s string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimRight(s, "\n") + "\n") {
		b.WriteString("jail: ")
		b.WriteString(line)
	}
	return b.String()
}
