// Failures: what was expected, and the shortest useful excerpt of what happened instead.

package expect

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"jail/engines/trace"
)

// A Failure is an expectation that did not come true. It is an error.
type Failure struct {
	Expectation Expectation
	Says        string // what was otherwise, in a sentence
	Excerpt     []Line // what happened instead, in its order
	Err         error  // the expectation means nothing; nil if it only failed
}

// A Line is one event of an excerpt, and what is to be said of it.
type Line struct {
	Event *trace.Event
	Note  string
}

// Unwrap is Err.
func (f *Failure) Unwrap() error { return f.Err }

// Bounds of what is printed.
const (
	mostLines = 6
	mostWidth = 240 // characters of a line
	mostNames = 8   // of calls
)

// Error is the failure in a few lines:
//
//	expected fsync at least once before the first rename*: it did not happen
//	  [pid 12 mydb] fsync(3) = 0 <0.000101>                      (after the first rename*)
//	  [pid 12 mydb] rename("a", "b") = 0 <0.000020>              (the first rename*)
//	  12: mydb ← sh[10] ← make[3]
func (f *Failure) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "expected %v: %s", f.Expectation, f.Says)
	var told []who
	for _, l := range f.Excerpt {
		text := l.Event.Text()
		if n := mostWidth; utf8.RuneCountInString(text) > n {
			text = string([]rune(text)[:n]) + "…"
		}
		b.WriteString("\n  " + text)
		if l.Note != "" {
			b.WriteString("  (" + l.Note + ")")
		}
		if w := whoOf(l.Event); l.Event.Process != nil && !slices.Contains(told, w) {
			told = append(told, w)
		}
	}
	for _, w := range told {
		i := slices.IndexFunc(f.Excerpt, func(l Line) bool { return whoOf(l.Event) == w })
		b.WriteString("\n  " + descent(f.Excerpt[i].Event.Process))
	}
	return b.String()
}

// descent is a process and its ancestors, in a line.
func descent(p *trace.Process) string {
	text := fmt.Sprintf("%d: %s", p.PID, trace.Word(p.Program))
	const most = 8
	for i, q := range p.Ancestry()[1:] {
		if i == most {
			return text + " ← …"
		}
		text += fmt.Sprintf(" ← %s[%d]", trace.Word(q.Program), q.PID)
	}
	return text
}

// failure makes the failure of what was found. all is the whole trace.
func (r *ready) failure(f *found, all []*trace.Event, where string) *Failure {
	out := &Failure{Expectation: *r.x}
	switch {
	case f.missing != nil:
		out.Says = fmt.Sprintf("there is no %s", f.missing.text) + f.missing.kin(all)
		out.near(f.missing, f)
	case f.count < r.x.Min && len(r.steps) > 1:
		next := r.steps[len(f.matches)]
		out.Says = "there is no " + next.text
		if n := len(f.matches); n > 0 {
			out.Says += " after that"
			for i, ev := range f.matches {
				out.add(ev, fmt.Sprintf("%s: as expected", ordinal(i+1)))
			}
		}
		out.Says += next.kin(all)
		out.near(next, f)
	case f.count < r.x.Min:
		out.Says = "it did not happen" + r.steps[0].kin(all)
		if f.count > 0 {
			out.Says = fmt.Sprintf("it happened %s", times(f.count))
		}
		for _, ev := range f.matches[max(0, f.count-2):] {
			out.add(ev, "this one did")
		}
		out.near(r.steps[0], f)
	default:
		out.tooMany(r, f)
	}
	if where != "" {
		out.Says += "; " + where
	}
	if len(out.Excerpt) == 0 {
		out.instead(r, f, all)
	}
	slices.SortStableFunc(out.Excerpt, func(a, b Line) int { return cmp.Compare(a.Event.Seq, b.Event.Seq) })
	return out
}

// add adds a line, unless the event has one or there is no room.
func (f *Failure) add(ev *trace.Event, note string) {
	if ev == nil || len(f.Excerpt) >= mostLines || slices.ContainsFunc(f.Excerpt, func(l Line) bool { return l.Event == ev }) {
		return
	}
	f.Excerpt = append(f.Excerpt, Line{ev, note})
}

// tooMany shows the first events that are too much.
func (f *Failure) tooMany(r *ready, x *found) {
	f.Says = fmt.Sprintf("it happened %s", times(x.count))
	list := x.matches
	if len(r.steps) == 1 {
		list = list[r.x.Max:]
	} else {
		f.Says = "it happened"
	}
	for i, ev := range list[:min(len(list), 3)] {
		note := ""
		if r.x.Max > 0 {
			note = ordinal(r.x.Max + 1 + i)
		}
		f.add(ev, note)
	}
	if n := len(list) - 3; n > 0 && len(r.steps) == 1 {
		f.Says += fmt.Sprintf(", the last %d of them not shown", n)
	}
	f.addBounds(x)
}

// near shows what comes nearest to a pattern: events that fit it and came at another time, and events of the same calls that fulfil
// most of its conditions.
func (f *Failure) near(m *matcher, x *found) {
	f.addBounds(x)
	type candidate struct {
		ev  *trace.Event
		far int // conditions that do not hold
	}
	var list []candidate
	single := len(f.Expectation.Then) == 0
	for _, ev := range x.events {
		if !m.about(ev) {
			continue
		}
		far := m.far(ev)
		if far == 0 && single && x.missing == nil && x.within(ev) || !single && slices.Contains(x.matches, ev) {
			continue // it is one that was expected
		}
		list = append(list, candidate{ev, far})
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return a.far - b.far })
	for _, c := range list[:min(len(list), 3)] {
		f.add(c.ev, strings.Join(m.misses(c.ev), ", ")+x.when(c.ev, c.far))
	}
}

// when says why an event that fulfils all conditions does not count.
func (x *found) when(ev *trace.Event, far int) string {
	switch {
	case far > 0:
		return ""
	case x.before != nil && !precedes(ev, x.before):
		return "too late"
	case x.after != nil && !precedes(x.after, ev):
		return "too early"
	}
	return "not at the right time"
}

// addBounds shows the events that bound what was looked at.
func (f *Failure) addBounds(x *found) {
	if x.after != nil {
		f.add(x.after, "the first "+f.Expectation.After.String())
	}
	if x.before != nil {
		f.add(x.before, "the first "+f.Expectation.Before.String())
	}
}

// instead says what there was where nothing comes near: which calls, the last failure, and how it ended.
func (f *Failure) instead(r *ready, x *found, all []*trace.Event) {
	events := x.events
	if len(events) == 0 {
		events = all
	}
	if len(events) == 0 {
		f.Says += "; nothing was traced"
		return
	}
	if names := calls(events); names != "" && r.steps[0].kind == trace.KindSyscall {
		f.Says += "; there were " + names
	}
	var failed, ended *trace.Event
	for _, ev := range events {
		if ev.Failed() {
			failed = ev
		}
		if ev.Kind == trace.KindDeath && (ended == nil || ev.Process != nil && ev.Process.Depth == 0) {
			ended = ev
		}
	}
	f.add(failed, "the last failure")
	f.add(ended, "")
	if failed == nil && ended == nil {
		f.add(events[len(events)-1], "the last that was traced")
	}
}

// calls counts calls by name, the most frequent first.
func calls(events []*trace.Event) string {
	count := make(map[string]int)
	for _, ev := range events {
		if ev.Call != nil {
			count[ev.Call.Name]++
		}
	}
	names := slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(count[b]-count[a], strings.Compare(a, b))
	})
	for i, n := range names {
		names[i] = fmt.Sprintf("%s ×%d", n, count[n])
	}
	if len(names) > mostNames {
		names = append(names[:mostNames], "…")
	}
	return strings.Join(names, ", ")
}

func ordinal(n int) string {
	switch {
	case n%100/10 == 1:
		return fmt.Sprintf("%dth", n)
	case n%10 == 1:
		return fmt.Sprintf("%dst", n)
	case n%10 == 2:
		return fmt.Sprintf("%dnd", n)
	case n%10 == 3:
		return fmt.Sprintf("%drd", n)
	}
	return fmt.Sprintf("%dth", n)
}
