// Names that a program chose, for messages.

package network

import "strconv"

// shown is a path for a message: nothing in it must move a terminal's cursor.
func shown(path string) string {
	for _, c := range path {
		if !strconv.IsPrint(c) {
			return strconv.Quote(path)
		}
	}
	return path
}
