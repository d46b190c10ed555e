// Crash points: the run again and again, killed at each of its calls in turn, and what the user's check makes of what is left.

package testspec

import (
	"fmt"

	"jail/engines/fault"
	"jail/engines/trace"
	"jail/supervisor/harness"
)

// never is a number of calls that no run comes to: the rule only counts.
const never = 1 << 62

// point is the fault that kills everything at the nth call, after it was made or before.
func (p *Crash) point(n uint64, after bool) fault.Rule {
	r := fault.Rule{Calls: p.Calls, Origin: p.At, When: fault.Nth(n), Per: fault.PerTree}
	r.Path = p.Path
	if r.Crash = fault.CrashBefore; after {
		r.Crash = fault.CrashAfter
	}
	return r
}

// points counts the calls in one run, and then crashes before each of them, and after the last.
func (r Runner) points(c *Case, out *Outcome) {
	res := r.crashed(c, c.Crash.point(never, false), out, nil)
	if res == nil {
		return
	}
	n := int(res.Faults[len(res.Faults)-1].Matched)
	switch {
	case n == 0:
		out.fail(c.Crash.At, "there are no crash points: the program makes none of these calls")
		return
	case n > c.Crash.Most:
		out.wrong(c.Crash.At, fmt.Errorf("there are %d crash points, more than %d; name fewer calls or a path, or set most", n, c.Crash.Most))
		return
	}
	for i := 1; i <= n+1; i++ {
		if !r.point(c, i, n, out) {
			return
		}
		out.Points++
	}
}

// point tries one; false: there is no use in going on.
func (r Runner) point(c *Case, i, n int, out *Outcome) bool {
	last := i > n
	rule := c.Crash.point(uint64(min(i, n)), last)
	ok := true
	res := r.crashed(c, rule, out, func(res *harness.Result, dir string, lost *losses) {
		if !res.Crashed() {
			out.wrong(c.Crash.At, fmt.Errorf("crash point %d of %d did not come: the program does not make the same calls each time (%s)", i, n+1, res.Ended()))
			ok = false
			return
		}
		if lost != nil {
			if err := lost.lose(); err != nil {
				out.wrong(c.Crash.At, err)
				ok = false
				return
			}
		}
		if text, good := r.check(c, dir); !good {
			when := "before"
			if last {
				when = "after"
			}
			out.fail(c.Crash.At, "crash point %d of %d: killed %s %s, and the check fails: %s", i, n+1, when, killedIn(res), text)
		}
	})
	return ok && res != nil
}

// crashed runs the case with one more fault in a folder of its own, and has look called before that is removed. nil: it could not
// be run, which is told.
func (r Runner) crashed(c *Case, rule fault.Rule, out *Outcome, look func(*harness.Result, string, *losses)) *harness.Result {
	dir, err := c.makeFolder()
	if err != nil {
		out.wrong(c.At, err)
		return nil
	}
	defer func() {
		if err := removeFolder(dir); err != nil {
			out.wrong(c.At, err)
		}
	}()
	cfg := r.config(c, dir)
	cfg.Faults = append(cfg.Faults[:len(cfg.Faults):len(cfg.Faults)], rule)
	cfg.Trace = []string{"none"} // the calls of the fault are told of
	var lost *losses
	if c.Crash.LoseUnsync {
		if lost, err = newLosses(dir); err != nil {
			out.wrong(c.Crash.At, err)
			return nil
		}
		cfg.Trace, cfg.Sink = losing(), lost.see
	}
	res, err := r.toItsEnd(cfg, c.Argv...)
	if err != nil {
		out.wrong(c.Crash.At, err)
		return nil
	}
	switch {
	case res.Err != nil:
		out.wrong(c.Crash.At, fmt.Errorf("the jail failed: %w", res.Err))
		return nil
	case res.TimedOut:
		out.fail(c.Crash.At, "%s", late(res))
		return nil
	}
	if look != nil {
		look(res, dir, lost)
	}
	return res
}

// killedIn is the call at which everything was killed.
func killedIn(res *harness.Result) string {
	for i := len(res.Events) - 1; i >= 0; i-- {
		if ev := &res.Events[i]; ev.Kind == trace.KindSyscall && ev.Unfinished == trace.Killed {
			return ev.Call.String()
		}
	}
	for i := len(res.Events) - 1; i >= 0; i-- {
		if ev := &res.Events[i]; ev.Kind == trace.KindSyscall {
			return ev.Call.String()
		}
	}
	return "the call"
}

// check runs the user's check in the folder that was left. The text is why it failed.
func (r Runner) check(c *Case, dir string) (text string, good bool) {
	cfg := r.config(c, dir)
	cfg.Policy, cfg.Plan, cfg.Faults, cfg.Stdin, cfg.Trace = "", nil, nil, nil, []string{"none"} // it is the user's own
	res, err := r.toItsEnd(cfg, "sh", "-c", c.Crash.Check)
	if err != nil {
		return err.Error(), false
	}
	switch {
	case res.Err != nil:
		return res.Err.Error(), false
	case res.TimedOut:
		return late(res), false
	}
	return res.Ended() + said(res), res.Status.Code == 0 && res.Status.Signal == 0
}
