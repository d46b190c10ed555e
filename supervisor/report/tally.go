// Equal decisions are counted together: for people, and in lines.

package report

import (
	"strings"

	"jail/seccomp"
	"jail/supervisor/utrace"
)

// alike is what makes two decisions equal. The arguments of a call do not, they may be random addresses; the name of the
// program does, its pid does not: a loop of forks would make them all different.
type alike struct {
	kind, engine, rule, what, program string
	strict                            utrace.Strictness
	observed, quiet                   bool
}

// key is what a decision is equal to.
func key(kind string, p *process, d utrace.Decision) alike {
	k := alike{kind: kind, engine: d.Engine, rule: d.Why.Rule, what: subject(d.Why.What), strict: d.Strictness,
		observed: d.Observed, quiet: d.Why.Quiet}
	if p != nil && !byKernel(d) {
		k.program = p.name
	}
	return k
}

// byKernel tells of what the kernel refused by itself (Recorder.Refused). Every program of a build looks for the same files:
// it is told once, not once for each.
func byKernel(d utrace.Decision) bool {
	return d.Event == utrace.SyscallExit && d.Strictness == utrace.Answered
}

// subject is what a decision is about without the arguments: "connect" of "connect(3, 0x7ffe10, 16)", "connect of x32" of
// "connect(3, 0, 0) of x32". Parentheses in paths are none.
func subject(what string) string {
	name, rest, _ := strings.Cut(what, "(")
	if strings.Contains(name, "/") {
		return what
	}
	if abi, foreign := strings.CutPrefix(rest[strings.LastIndexByte(rest, ')')+1:], " of "); foreign {
		if _, known := seccomp.ParseABI(abi); known {
			name += " of " + abi
		}
	}
	return name
}

// A counted is a decision with how often it, and those equal to it, were taken, and were told.
type counted[T any] struct {
	alike
	times, told int
	note        T // the teller's
}

// untold is how many were taken since they were told last.
func (c *counted[T]) untold() int { return c.times - c.told }

// A tally keeps the different decisions, up to a number.
type tally[T any] struct {
	max   int
	seen  map[alike]*counted[T]
	order []*counted[T]
}

// of finds what is equal to k, or begins to count it; nil: there are too many different ones already.
func (t *tally[T]) of(k alike) *counted[T] {
	c := t.seen[k]
	if c == nil && len(t.order) < t.max {
		c = t.begin(k)
	}
	return c
}

// begin counts k whatever the limit is.
func (t *tally[T]) begin(k alike) *counted[T] {
	c := &counted[T]{alike: k}
	if t.seen == nil {
		t.seen = make(map[alike]*counted[T])
	}
	t.seen[k] = c
	t.order = append(t.order, c)
	return c
}
