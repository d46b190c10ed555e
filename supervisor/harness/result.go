// What happened, and whether that is what was expected.

package harness

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"jail/engines/expect"
	"jail/engines/fault"
	"jail/engines/trace"
	"jail/supervisor/report"
	"jail/supervisor/utrace"
)

// A Result is a run that has ended. It is not changed any more.
type Result struct {
	Argv           []string
	Stdout, Stderr string
	Cut            bool              // they are not whole: the program wrote more than 64 MiB
	Status         utrace.ExitStatus // of the first process
	Killer         utrace.Killer     // who ended it, as far as is known

	Events  []trace.Event // in their order
	Lost    int           // how many more there were than are kept
	Traced  []string      // the calls that were told of, sorted
	Denials []report.Event
	Faults  []fault.Count // of Config.Faults, in their order

	TimedOut bool
	Timeout  time.Duration
	Doing    []string // what the tasks were doing when the time was up

	Err error // supervision failed: nothing can be said of the program

	blind map[string]bool
	left  []*trace.Process // that ran still when the first one had ended
}

// Crashed tells whether a fault killed the tree (fault.Crash).
func (r *Result) Crashed() bool {
	return r.Killer.By == "policy" && strings.HasPrefix(r.Killer.Engine, faultEngine)
}

// Check holds the trace against an expectation. The error says what happened instead; or that nothing can be said, because a call that
// matters was not traced or can't be, or the trace is not whole. Any goroutine.
func (r *Result) Check(x expect.Expectation) error {
	calls, err := x.Calls()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	if missing := r.untraced(calls); len(missing) > 0 {
		return fmt.Errorf("%w: expected %v, which can't be told: %s traced in this run", ErrConfig, x, are(missing))
	}
	if names := r.unheard(&x); len(names) > 0 {
		return fmt.Errorf("%w: expected %v, which can't be told: the policy's filter answers %s by itself, so nobody hears of it", ErrConfig, x, strings.Join(names, ", "))
	}
	if r.Lost > 0 {
		return fmt.Errorf("%w: expected %v, which can't be told: the trace has %d events and lacks %d more; trace fewer calls", ErrConfig, x, len(r.Events), r.Lost)
	}
	if f := expect.Check(r.Events, x); len(f) > 0 {
		return f[0]
	}
	return nil
}

// untraced are those of the calls that were not told of.
func (r *Result) untraced(calls []string) (missing []string) {
	for _, c := range calls {
		if _, ok := slices.BinarySearch(r.Traced, c); !ok {
			missing = append(missing, c)
		}
	}
	return missing
}

// are is "x is not", "x and y are not", "x, y and 3 others are not".
func are(names []string) string {
	switch n := len(names); n {
	case 1:
		return names[0] + " is not"
	case 2:
		return names[0] + " and " + names[1] + " are not"
	default:
		return fmt.Sprintf("%s, %s and %d more are not", names[0], names[1], n-2)
	}
}

// Idle are the faults that never came: a test that passes without its fault has tested nothing.
func (r *Result) Idle() []fault.Count {
	return slices.DeleteFunc(slices.Clone(r.Faults), func(c fault.Count) bool { return c.Fired > 0 })
}

// Denied are the denials that have text in what was wanted, in the rule, or in the program's name.
func (r *Result) Denied(text string) []report.Event {
	return slices.DeleteFunc(slices.Clone(r.Denials), func(d report.Event) bool { return !strings.Contains(Denial(d), text) })
}

// Denial is a denial as a line.
func Denial(d report.Event) string {
	var b strings.Builder
	b.WriteString(d.What)
	if d.Times > 1 {
		fmt.Fprintf(&b, " (%d times)", d.Times)
	}
	if len(d.Ancestry) > 0 {
		b.WriteString("  by ")
		for i, a := range d.Ancestry {
			if i > 0 {
				b.WriteString(" ← ")
			}
			fmt.Fprintf(&b, "%s[%d]", trace.Word(a.Name), a.PID)
		}
	}
	if d.Rule != "" {
		b.WriteString("  rule " + d.Rule)
	}
	return b.String()
}

// Ended is how the run ended, in a few words.
func (r *Result) Ended() string {
	switch {
	case r.TimedOut:
		return fmt.Sprintf("killed after %v", r.Timeout)
	case r.Crashed():
		return "killed by a crash that was asked for"
	case r.Killer.By == "policy":
		return "killed by the policy: " + strings.TrimSpace(r.Killer.Why.What+"  "+r.Killer.Why.Rule)
	}
	return r.Status.String()
}
