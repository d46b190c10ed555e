// Expectations about the trace.

package jailtest

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/engines/expect"
	"jail/engines/trace"
	"jail/supervisor/harness"
)

// An Expectation is what the trace of a run should be like. Its methods narrow it down and return it. It is looked at when the test
// ends, or by Check.
type Expectation struct {
	t    testing.TB
	res  *harness.Result
	x    expect.Expectation
	err  error
	done bool
}

// want makes an expectation, to be looked at in the end.
func (r *Result) want(x expect.Expectation, err error) *Expectation {
	r.t.Helper()
	e := &Expectation{t: r.t, res: r.res, x: x, err: err}
	r.t.Cleanup(func() {
		r.t.Helper() // the failure is of the line that called Cleanup, and of that which called us
		e.Check()
	})
	return e
}

// Check looks at the expectation now, and fails the test if it did not come true. It tells whether it did. It is not looked at again.
func (e *Expectation) Check() bool {
	e.t.Helper()
	if e.done {
		return true
	}
	e.done = true
	err := e.err
	if err == nil {
		err = e.res.Check(e.x)
	}
	if err != nil {
		e.t.Errorf("jailtest: %s: %v", e.res.Argv[0], err)
	}
	return err == nil
}

// WantSyscall wants calls to have been made, once or more: names, classes (%file), groups, patterns (open*), with commas between them.
// With are conditions (Path, FD, …), and an unix.Errno that the call fails with.
func (r *Result) WantSyscall(calls string, with ...any) *Expectation {
	r.t.Helper()
	p, err := patternOf(calls, with)
	return r.want(expect.AtLeast(1, p), err)
}

// WantNoSyscall wants no such call to have been made, successful or not.
func (r *Result) WantNoSyscall(calls string, with ...any) *Expectation {
	r.t.Helper()
	p, err := patternOf(calls, with)
	return r.want(expect.Never(p), err)
}

// WantExec wants a program to have been started by one of the jail: path is a glob for its file. The jail's first program was started
// by nobody in it. Args, if there are any, are globs for argv[0] and all after it; "..." as the last stands for any more.
func (r *Result) WantExec(path string, args ...string) *Expectation {
	r.t.Helper()
	p := expect.Exec(path)
	p.Argv = args
	return r.want(expect.AtLeast(1, p), nil)
}

// WantNoExec wants no such program to have been started.
func (r *Result) WantNoExec(path string, args ...string) *Expectation {
	r.t.Helper()
	p := expect.Exec(path)
	p.Argv = args
	return r.want(expect.Never(p), nil)
}

// A Death is how a process ends.
type Death struct{ pattern expect.Pattern }

// Exited is an exit with a code, 0–255.
func Exited(code int) Death { return Death{expect.Exited(code)} }

// Killed is an end by a signal.
func Killed(sig unix.Signal) Death { return Death{expect.KilledBy(sig)} }

// WantDeath wants a process to have ended so, the first or another.
func (r *Result) WantDeath(d Death) *Expectation {
	r.t.Helper()
	return r.want(expect.AtLeast(1, d.pattern), nil)
}

// WantNoDeath wants no process to have ended so.
func (r *Result) WantNoDeath(d Death) *Expectation {
	r.t.Helper()
	return r.want(expect.Never(d.pattern), nil)
}

// WantSignaled wants a process to have been sent a signal, which was acted on: a handler ran, it stopped, or it died; 0: any.
func (r *Result) WantSignaled(sig unix.Signal) *Expectation {
	r.t.Helper()
	return r.want(expect.AtLeast(1, expect.Signal(sig)), nil)
}

// Exactly wants n of them.
func (e *Expectation) Exactly(n int) *Expectation { e.x.Min, e.x.Max = n, n; return e }

// AtLeast wants n of them or more.
func (e *Expectation) AtLeast(n int) *Expectation { e.x.Min, e.x.Max = n, expect.Many; return e }

// AtMost wants n of them or fewer.
func (e *Expectation) AtMost(n int) *Expectation { e.x.Min, e.x.Max = 0, n; return e }

// Path is the condition Path; of a WantExec the program.
func (e *Expectation) Path(glob string) *Expectation { e.x.Want.Path = glob; return e }

// Where adds conditions.
func (e *Expectation) Where(conditions ...Condition) *Expectation {
	for _, c := range conditions {
		c.pattern(&e.x.Want)
	}
	return e
}

// Fails wants the call to fail with an errno; 0: with any.
func (e *Expectation) Fails(errno unix.Errno) *Expectation {
	e.x.Want.Outcome, e.x.Want.Errno = expect.Fails, errno
	return e
}

// Succeeds wants the call to succeed.
func (e *Expectation) Succeeds() *Expectation { e.x.Want.Outcome = expect.Succeeds; return e }

// Within is the condition Program: it is one program's doing.
func (e *Expectation) Within(program string) *Expectation { e.x.Want.Program = program; return e }

// Before looks only at what was over before the first such call began; that there is such a call is expected, too.
func (e *Expectation) Before(calls string, with ...any) *Expectation {
	p := e.pattern(calls, with)
	e.x.Before = &p
	return e
}

// After looks only at what began after the first such call was over; that there is such a call is expected, too.
func (e *Expectation) After(calls string, with ...any) *Expectation {
	p := e.pattern(calls, with)
	e.x.After = &p
	return e
}

// Then wants such a call after that, others may come between. Several make a sequence.
func (e *Expectation) Then(calls string, with ...any) *Expectation {
	e.x.Then = append(e.x.Then, e.pattern(calls, with))
	return e
}

// BeforeSignal looks only at what was over before a process acted on a signal.
func (e *Expectation) BeforeSignal(sig unix.Signal) *Expectation {
	p := expect.Signal(sig)
	e.x.Before = &p
	return e
}

// AfterSignal looks only at what began after a process acted on a signal.
func (e *Expectation) AfterSignal(sig unix.Signal) *Expectation {
	p := expect.Signal(sig)
	e.x.After = &p
	return e
}

// AfterDeath looks only at what began after a process ended so.
func (e *Expectation) AfterDeath(d Death) *Expectation { e.x.After = &d.pattern; return e }

// BeforeExec looks only at what was over before a program was started.
func (e *Expectation) BeforeExec(path string) *Expectation {
	p := expect.Exec(path)
	e.x.Before = &p
	return e
}

// BeforeDeath looks only at what was over before a process ended so.
func (e *Expectation) BeforeDeath(d Death) *Expectation { e.x.Before = &d.pattern; return e }

// AfterExec looks only at what began after a program was started.
func (e *Expectation) AfterExec(path string) *Expectation {
	p := expect.Pattern{Kind: trace.KindExec, Path: path}
	e.x.After = &p
	return e
}

// OneProcess wants it of at least one process by itself, not of all together.
func (e *Expectation) OneProcess() *Expectation { e.x.Within = expect.InSome; return e }

// EachProcess wants it of each process by itself.
func (e *Expectation) EachProcess() *Expectation { e.x.Within = expect.InEach; return e }

func (e *Expectation) pattern(calls string, with []any) expect.Pattern {
	p, err := patternOf(strings.TrimSpace(calls), with)
	if e.err == nil {
		e.err = err
	}
	return p
}
