// Why strace and the decoder may say different things: each difference that is not in this table fails the test.

package decode

import "regexp"

// A reason explains lines that only one side has.
type reason struct {
	line *regexp.Regexp
	side side
	why  string
}

// side is who says such a line.
type side uint8

const (
	either side = iota
	onlyStrace
	onlyJail
)

var reasons = []reason{
	{regexp.MustCompile(`^execve\(.* = 0$`), onlyStrace, "the first program is in place before engines are"},
}

func reasonFor(line string, inJail bool) string {
	for _, r := range reasons {
		if r.side == onlyStrace && inJail || r.side == onlyJail && !inJail {
			continue
		}
		if r.line.MatchString(line) {
			return r.why
		}
	}
	return ""
}
