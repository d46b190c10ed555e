// The summary: how every process of a run died, those that died alike in one line.

package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"jail/supervisor/utrace"
)

// maxFates is how many different lines a summary may have.
const maxFates = 1000

// fate is a way to die.
type fate struct{ name, end string }

type fated struct {
	fate
	bad  bool // not exit 0
	n    int
	used Usage
}

// deaths sums up. Memory is bounded; counts are exact.
type deaths struct {
	want  bool
	fates map[fate]*fated
	over  int
}

// add counts the death of a process.
func (d *deaths) add(p *process, ev utrace.DeathEvent, used utrace.Usage) {
	if !d.want {
		return
	}
	u := usage(used)
	key := fate{name: p.name, end: ev.Status.String() + cause(ev.Killer)}
	f := d.fates[key]
	if f == nil {
		if len(d.fates) == maxFates {
			d.over++
			return
		}
		if d.fates == nil {
			d.fates = make(map[fate]*fated)
		}
		f = &fated{fate: key, bad: ev.Status != utrace.ExitStatus{}}
		d.fates[key] = f
	}
	f.n++
	f.used.User += u.User
	f.used.System += u.System
	f.used.MaxRSS = max(f.used.MaxRSS, u.MaxRSS)
}

// cause is " by …" for a death that somebody caused.
func cause(k utrace.Killer) string {
	s := ""
	switch k.By {
	case "", "unknown":
		return ""
	case "pid":
		s = fmt.Sprintf(" from process %d", k.PID)
	default:
		s = " by " + k.By
	}
	if k.Why.What != "" {
		s += ": " + subject(k.Why.What)
	}
	if k.Why.Rule != "" {
		s += " (" + k.Why.Rule + ")"
	}
	return s
}

// write prints the summary with one Write. What did not end well comes last, where it is seen.
func (d *deaths) write(w io.Writer, t Totals, first Usage, engines []Engine) {
	list := make([]*fated, 0, len(d.fates))
	for _, f := range d.fates {
		list = append(list, f)
	}
	slices.SortFunc(list, func(a, b *fated) int {
		switch {
		case a.bad != b.bad && b.bad:
			return -1
		case a.bad != b.bad:
			return 1
		case a.n != b.n:
			return b.n - a.n
		}
		return strings.Compare(a.name+"\x00"+a.end, b.name+"\x00"+b.end)
	})
	var b strings.Builder
	fmt.Fprintf(&b, "jail: processes: %d, tasks: %d, programs: %d, denials: %d; cpu time of the first process and what it waited for: %.2f s user, %.2f s system\n",
		t.Processes, t.Tasks, t.Execs, t.Denials, first.User, first.System)
	fmt.Fprintf(&b, "jail:  times   program              user   system   most memory  end\n")
	for _, f := range list {
		fmt.Fprintf(&b, "jail: %6d × %-16s %6.2f s %6.2f s %9d KiB  %s\n",
			f.n, shown(f.name, maxShownArgs), f.used.User, f.used.System, f.used.MaxRSS, short(f.end, maxShown))
	}
	if d.over > 0 {
		fmt.Fprintf(&b, "jail: %6d others\n", d.over)
	}
	for _, e := range engines {
		fmt.Fprintf(&b, "jail: engine %s: callbacks: %d, together %v, the longest %v\n", e.Engine, e.Callbacks, took(e.Seconds), took(e.Longest))
	}
	_, _ = io.WriteString(w, b.String())
}

// took is a time in seconds for people.
func took(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second)).Round(time.Microsecond)
}
