// Runs: to the end, or to be talked to.

package jailtest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"jail/engines/fault"
	"jail/supervisor/harness"
)

// Run runs a program to its end. What can't be started fails the test at once. A program that outlives its time, a fault that never came,
// and a jail that failed fail the test at this line.
func (j *Jail) Run(program string, args ...string) *Result {
	j.t.Helper()
	return j.start(false, program, args).Wait()
}

// Start starts a program that the test talks to while it runs; its standard input stays open. Wait must be called.
func (j *Jail) Start(program string, args ...string) *Run {
	j.t.Helper()
	return j.start(true, program, args)
}

func (j *Jail) start(feed bool, program string, args []string) *Run {
	j.t.Helper()
	cfg := j.cfg
	cfg.Feed = feed
	r, err := harness.Start(cfg, append([]string{program}, args...)...)
	if err != nil {
		j.t.Fatalf("jailtest: %s was not started: %v", program, err)
	}
	run := &Run{t: j.t, run: r, maybe: j.maybe, left: j.left, fed: feed}
	if feed {
		run.Input(string(cfg.Stdin))
		j.t.Cleanup(func() { // the test has failed without waiting
			if run.result == nil {
				r.Kill("the test has ended")
				r.Wait()
			}
		})
	}
	return run
}

// A Run is a program that runs. It belongs to the test's goroutine, but for Kill.
type Run struct {
	t      testing.TB
	run    *harness.Run
	maybe  []bool
	left   bool
	fed    bool // by the test
	result *Result
}

// PID is the first process.
func (r *Run) PID() int { return r.run.PID() }

// Input writes to the program's standard input. It blocks while a pipe is full of it. A program that does not read any more fails the
// test.
func (r *Run) Input(text string) {
	r.t.Helper()
	if text == "" {
		return
	}
	if _, err := r.run.Write([]byte(text)); err != nil {
		r.t.Errorf("jailtest: standard input: %v", err)
	}
}

// CloseInput ends the program's standard input.
func (r *Run) CloseInput() { _ = r.run.CloseInput() } // it may be closed

// AwaitStdout blocks until text is in what the program has written to its standard output since its start. If it ends without, the
// test fails at once.
func (r *Run) AwaitStdout(text string) {
	r.t.Helper()
	if !r.run.WaitStdout(text) {
		res := r.Wait()
		r.t.Fatalf("jailtest: the program ended without writing %q to its standard output; %v", text, res.outputs())
	}
}

// AwaitStderr is AwaitStdout for standard error.
func (r *Run) AwaitStderr(text string) {
	r.t.Helper()
	if !r.run.WaitStderr(text) {
		res := r.Wait()
		r.t.Fatalf("jailtest: the program ended without writing %q to its standard error; %v", text, res.outputs())
	}
}

// Kill ends everything in the jail. Any goroutine.
func (r *Run) Kill() { r.run.Kill("the test ends it") }

// A Fault is one that was attached to a program that runs.
type Fault struct {
	t  testing.TB
	at *harness.Attached
}

// Fault attaches a fault, as Jail.Fault takes it, to all tasks, and those that they make. When it returns, the next matching call
// fires. Its calls must be among Trace or Traceable: others do not stop, which fails the test at once. A fault of one call (Nth(1)) goes
// away from a task by itself when it has fired. What it makes of a call's end (AtExit) the program sees and the trace does not: that was
// there before.
func (r *Run) Fault(calls string, with ...any) *Fault {
	r.t.Helper()
	return r.fault(0, calls, with)
}

// FaultOn is Fault for one process alone.
func (r *Run) FaultOn(pid int, calls string, with ...any) *Fault {
	r.t.Helper()
	return r.fault(pid, calls, with)
}

func (r *Run) fault(pid int, calls string, with []any) *Fault {
	r.t.Helper()
	rule, _, err := faultOf(calls, with)
	if err == nil {
		err = checked(rule, r.run.Filter()) // without its place: the failure has that
	}
	if err != nil {
		r.t.Fatalf("jailtest: a fault of %s: %v", calls, err)
	}
	rule.Origin = caller(2)
	at, err := r.run.Attach(pid, rule)
	if err != nil {
		r.t.Fatalf("jailtest: a fault of %s: %v", calls, err)
	}
	return &Fault{r.t, at}
}

// Detach takes the fault away. When it returns, nothing of it is at work any more, and what it did is in place (utrace's Barrier).
// Other tasks run on meanwhile.
func (f *Fault) Detach() {
	f.t.Helper()
	if err := f.at.Detach(context.Background()); err != nil {
		f.t.Errorf("jailtest: a fault could not be taken away: %v", err)
	}
}

// Count tells how many calls matched, and to how many of them something was done. Any goroutine.
func (f *Fault) Count() fault.Count { return f.at.Counts()[0] }

// Wait waits for the end of everything in the jail. Standard input of a program that was begun by Start is closed first. Further calls answer the same.
func (r *Run) Wait() *Result {
	r.t.Helper()
	if r.result != nil {
		return r.result
	}
	if r.fed {
		r.CloseInput()
	}
	res := r.run.Wait()
	r.result = newResult(r.t, res)
	switch {
	case res.TimedOut:
		r.t.Errorf("jailtest: %s ran for more than %v and was killed. It was doing:\n  %s\n%s", res.Argv[0], res.Timeout,
			strings.Join(res.Doing, "\n  "), r.result.tail())
	case res.Err != nil:
		r.t.Errorf("jailtest: the jail failed: %v", res.Err)
	}
	if left := res.LeftBehind(); left != "" && !r.left {
		r.t.Errorf("jailtest: %s: %s; wait for it in the program, or allow it with jailtest.MayLeave", res.Argv[0], left)
	}
	for i, c := range res.Faults {
		if c.Fired == 0 && !r.maybe[i] && !res.TimedOut {
			r.t.Errorf("jailtest: %v", errors.New("this fault never came: "+c.Rule.String()+" ("+c.Rule.Origin+"); "+matched(c.Matched)))
		}
	}
	return r.result
}
