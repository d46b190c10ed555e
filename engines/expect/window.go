// Looking at a trace: scopes, the part that counts, and counting.

package expect

import (
	"jail/engines/trace"
)

// who names a process of a trace.
type who struct{ pid, depth, nth int }

func whoOf(ev *trace.Event) who {
	if p := ev.Process; p != nil {
		return who{p.PID, p.Depth, p.Nth}
	}
	return who{pid: ev.Task.TGID}
}

// A found is what there was of an expectation in one scope.
type found struct {
	events        []*trace.Event // of the scope
	after, before *trace.Event   // the bounds; nil: none, or not found
	missing       *matcher       // the bound that never came
	matches       []*trace.Event // in the part that counts; of a sequence its steps, as far as it came
	count         int            // of a sequence 1 if it is whole, else 0
}

// check is Check of one expectation.
func (r *ready) check(events []trace.Event) *Failure {
	all := make([]*trace.Event, len(events))
	for i := range events {
		all[i] = &events[i]
	}
	if r.x.Within == InTree {
		f := r.look(all)
		if r.good(f) {
			return nil
		}
		return r.failure(f, all, "")
	}
	var best, bad *found
	asked := 0
	for _, list := range split(all) {
		f := r.look(list)
		if !r.asks(f) {
			continue
		}
		asked++
		switch good := r.good(f); {
		case good && r.x.Within == InSome:
			return nil
		case !good && bad == nil:
			bad = f
		}
		if best == nil || r.nearer(f, best) {
			best = f
		}
	}
	switch {
	case asked == 0:
		f := &Failure{Expectation: *r.x, Says: "there is no such process"}
		f.instead(r, &found{}, all)
		return f
	case r.x.Within == InSome:
		return r.failure(best, all, "no process by itself is as expected; this one comes nearest")
	case bad != nil:
		return r.failure(bad, all, "one process is not as expected")
	}
	return nil
}

// split splits a trace by processes, in the order of their first events.
func split(all []*trace.Event) [][]*trace.Event {
	index := make(map[who]int)
	var lists [][]*trace.Event
	for _, ev := range all {
		i, ok := index[whoOf(ev)]
		if !ok {
			i = len(lists)
			index[whoOf(ev)] = i
			lists = append(lists, nil)
		}
		lists[i] = append(lists[i], ev)
	}
	return lists
}

// asks tells whether a process is one that the expectation is about.
func (r *ready) asks(f *found) bool {
	if r.x.Within == InSome {
		return true
	}
	if r.after != nil || r.before != nil {
		return f.missing == nil
	}
	m := &matcher{}
	m.ofProcess(&r.x.Want)
	for _, ev := range f.events {
		if len(m.misses(ev)) == 0 {
			return true
		}
	}
	return false
}

// nearer tells whether a is nearer to what is expected than b.
func (r *ready) nearer(a, b *found) bool {
	if (a.missing == nil) != (b.missing == nil) {
		return a.missing == nil
	}
	if r.x.Min > 0 {
		return len(a.matches) > len(b.matches)
	}
	return a.count < b.count
}

func (r *ready) good(f *found) bool {
	return f.missing == nil && f.count >= r.x.Min && (r.x.Max == Many || f.count <= r.x.Max)
}

// precedes tells whether a was over before b began.
func precedes(a, b *trace.Event) bool { return a.Seq <= b.After }

// look finds what there is of the expectation among events.
func (r *ready) look(events []*trace.Event) *found {
	f := &found{events: events}
	if r.after != nil {
		for _, ev := range events {
			if r.after.matches(ev) {
				f.after = ev
				break
			}
		}
		if f.after == nil {
			f.missing = r.after
			return f
		}
	}
	if r.before != nil {
		for _, ev := range events { // the one that began first
			if (f.before == nil || ev.After < f.before.After) && (f.after == nil || precedes(f.after, ev)) && r.before.matches(ev) {
				f.before = ev
			}
		}
		if f.before == nil {
			f.missing = r.before
			return f
		}
	}
	if len(r.steps) > 1 {
		f.sequence(r.steps)
		return f
	}
	for _, ev := range events {
		if f.within(ev) && r.steps[0].matches(ev) {
			f.matches = append(f.matches, ev)
		}
	}
	f.count = len(f.matches)
	return f
}

// within tells whether an event is in the part that counts.
func (f *found) within(ev *trace.Event) bool {
	return (f.after == nil || precedes(f.after, ev)) && (f.before == nil || precedes(ev, f.before))
}

// sequence finds the steps one after the other. To take for each step what is over first leaves most room for the next.
func (f *found) sequence(steps []*matcher) {
	for _, ev := range f.events {
		n := len(f.matches)
		if f.within(ev) && (n == 0 || precedes(f.matches[n-1], ev)) && steps[n].matches(ev) {
			f.matches = append(f.matches, ev)
			if n+1 == len(steps) {
				f.count = 1
				return
			}
		}
	}
}
