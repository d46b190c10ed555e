// Repeated decisions in lines: the first ones each, then summed up, so that a loop of denied calls does not fill a disk.

package report

import "jail/supervisor/utrace"

const (
	maxEach      = 100  // equal decisions that have a line each
	maxAlikeKept = 1000 // different decisions that are told apart
)

// taken is a decision that may have to be told later.
type taken struct {
	id utrace.TaskID
	p  *process
	d  utrace.Decision
}

// repeats counts decisions and says when to write a line. Memory is bounded; counts are exact.
type repeats struct{ tally tally[taken] }

// add counts a decision. It answers the line that is due: of each of the first maxEach, then whenever their number has doubled.
// So at any time more than half of them are told.
func (r *repeats) add(kind string, now taken) (Event, bool) {
	r.tally.max = maxAlikeKept
	k := key(kind, now.p, now.d)
	c := r.tally.of(k)
	if c == nil { // names that somebody invents are no longer told apart; rules and engines are few
		k.what, k.program = "", ""
		if c = r.tally.seen[k]; c == nil {
			c = r.tally.begin(k)
		}
	}
	c.times++
	c.note = now
	if c.times > maxEach && c.times < 2*c.told {
		return Event{}, false
	}
	return tell(c), true
}

// rest are the lines that are still due at the end.
func (r *repeats) rest() []Event {
	var list []Event
	for _, c := range r.tally.order {
		if c.untold() > 0 {
			list = append(list, tell(c))
		}
	}
	return list
}

// tell makes the line of the last of those that were not told.
func tell(c *counted[taken]) Event {
	e := decided(c.kind, c.note)
	if n := c.untold(); n > 1 {
		e.Times = n
	}
	c.told = c.times
	return e
}

// decided is the line of one decision.
func decided(kind string, t taken) Event {
	d := t.d
	e := Event{
		Event: kind, Task: task(t.id), Engine: d.Engine, Strictness: d.Strictness.String(),
		What: d.Why.What, Raw: d.Why.Raw, Rule: d.Why.Rule, Allow: d.Why.Allow, Observed: d.Observed, Quiet: d.Why.Quiet,
		Ancestry: t.p.ancestry(),
	}
	if d.Event != 0 { // what was let pass has none
		e.On = d.Event.String()
	}
	if f := d.Failure; f != nil {
		e.Failure, e.Stack = f.String(), string(f.Stack)
	}
	return e
}
