// Denials as sentences for people: each distinct one once, counted, and never more than a screen can hold.

package report

import (
	"fmt"
	"io"
	"strings"

	"jail/supervisor/utrace"
)

const (
	maxDistinct  = 64  // sentences told in a run
	maxShown     = 160 // characters of one text of a program
	maxShownArgs = 40
	maxAdvice    = 1000 // characters of what to write to allow something: what is cut can't be written
)

// denials tells each distinct denial once. Memory is bounded; counts are exact.
type denials struct {
	w     io.Writer
	tally tally[string] // each with its verb
	over  int           // denials that are not among the distinct ones
}

// add counts a denial, and tells of it if it is new; args is asked for the process's arguments then.
func (l *denials) add(kind string, p *process, d utrace.Decision, args func() string) {
	if l.w == nil {
		return
	}
	l.tally.max = maxDistinct
	c := l.tally.of(key(kind, p, d))
	if c == nil {
		if l.over++; l.over == 1 {
			l.write(fmt.Sprintf("jail: more than %d different denials: others are only counted, and written to --report\n", maxDistinct))
		}
		return
	}
	if c.times++; c.times > 1 {
		return
	}
	c.note = verb(d)
	l.write(sentence(c.note, line(p, args()), d))
}

// end tells what was repeated.
func (l *denials) end() {
	for _, c := range l.tally.order {
		switch {
		case c.times > 1 && c.program == "":
			l.write(fmt.Sprintf("jail: %s %s: %d times in all\n", c.note, what(c.what), c.times))
		case c.times > 1:
			l.write(fmt.Sprintf("jail: %s %s by %s: %d times in all\n", c.note, what(c.what), shown(c.program, maxShownArgs), c.times))
		}
	}
	if l.over > 0 {
		l.write(fmt.Sprintf("jail: %d more denials, different from those\n", l.over))
	}
}

// write is best effort: there is nobody to tell that stderr is closed.
func (l *denials) write(s string) { _, _ = io.WriteString(l.w, s) }

// verb is what was done, and to what is said after it.
func verb(d utrace.Decision) string {
	switch {
	case d.Failure != nil && d.Observed:
		return "engine " + short(d.Engine, maxShownArgs) + " " + d.Failure.String() + ", and leaves alone"
	case d.Failure != nil:
		return "killed everything because"
	case d.Strictness == utrace.KillProcess:
		return "killed the process for"
	case d.Strictness == utrace.KillTree:
		return "killed everything for"
	}
	return "denied"
}

// sentence tells of one denial by a process with its ancestors.
func sentence(verb, by string, d utrace.Decision) string {
	var b strings.Builder
	if d.Failure != nil && d.Observed {
		fmt.Fprintf(&b, "jail: %s %s\n", verb, by)
		return b.String()
	}
	fmt.Fprintf(&b, "jail: %s %s\n", verb, what(d.Why.What))
	if by != "" {
		fmt.Fprintf(&b, "  by   %s\n", by)
	}
	switch {
	case d.Why.Rule != "":
		fmt.Fprintf(&b, "  rule %s\n", short(d.Why.Rule, maxShown))
	case d.Failure == nil && d.Engine != "":
		fmt.Fprintf(&b, "  rule of engine %s\n", short(d.Engine, maxShown))
	}
	if d.Why.Allow != "" {
		fmt.Fprintf(&b, "  to allow it:  %s\n", short(d.Why.Allow, maxAdvice))
	}
	return b.String()
}

func what(s string) string {
	if s == "" {
		return "something"
	}
	return short(s, maxShown)
}

// line is "node[412] install.js ← sh[411] ← npm[398]".
func line(p *process, args string) string {
	var b strings.Builder
	for i, a := range p.ancestry() {
		if i > 0 {
			b.WriteString(" ← ")
		}
		fmt.Fprintf(&b, "%s[%d]", shown(a.Name, maxShownArgs), a.PID)
		if i == 0 && args != "" {
			b.WriteString(" " + args)
		}
	}
	return b.String()
}
