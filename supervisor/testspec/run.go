// Running cases.

package testspec

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"jail/supervisor/harness"
	"jail/supervisor/report"
	"jail/supervisor/utrace"
)

// A Verdict is what came of a case.
type Verdict string

// The verdicts.
const (
	Passed Verdict = "passed"
	Failed Verdict = "failed" // it is not as it was expected to be
	Wrong  Verdict = "wrong"  // the case means nothing, or could not be run: nothing was found out about the program
)

// An Outcome is a case that was run.
type Outcome struct {
	Name     string    `json:"name"`
	At       string    `json:"at"` // file:line:column
	Verdict  Verdict   `json:"verdict"`
	Failures []Failure `json:"failures,omitempty"`
	Seconds  float64   `json:"seconds"`
	Points   int       `json:"crash_points,omitempty"` // that were tried
}

// A Failure is one thing that is not as it should be.
type Failure struct {
	At   string `json:"at,omitempty"` // where that is expected
	Text string `json:"text"`         // the first line is a sentence
}

// A Runner runs cases. The zero Runner does, without crash points.
type Runner struct {
	CrashPoints bool
	// Context, when it is done, ends the run that is under way, and the case is wrong: nothing was found out. nil: nothing does.
	Context context.Context
	Environ []string    // what cases add their variables to; nil: the caller's
	Tell    func(error) // of what does not keep programs from starting; nil: nobody
}

// Run runs one case to its end. It may be called from any goroutine, several times.
func (r Runner) Run(c *Case) Outcome {
	begin := time.Now()
	out := Outcome{Name: c.Name, At: c.At, Verdict: Passed}
	for _, p := range c.Problems {
		var known *Problem
		if errors.As(p, &known) {
			out.wrong(fmt.Sprintf("%s:%d:%d", known.File, known.Line, known.Col), errors.New(known.Text))
		} else {
			at, text, _ := strings.Cut(p.Error(), ": ") // of faults
			out.wrong(at, errors.New(text))
		}
	}
	if out.Verdict == Passed {
		r.once(c, &out)
	}
	if out.Verdict == Passed && r.CrashPoints && c.Crash != nil {
		r.points(c, &out)
	}
	out.Seconds = time.Since(begin).Seconds()
	return out
}

// fail adds a failure.
func (o *Outcome) fail(at, format string, a ...any) {
	if o.Verdict == Passed {
		o.Verdict = Failed
	}
	o.Failures = append(o.Failures, Failure{at, fmt.Sprintf(format, a...)})
}

// wrong adds a reason for which nothing can be said.
func (o *Outcome) wrong(at string, err error) {
	o.Verdict = Wrong
	o.Failures = append(o.Failures, Failure{at, err.Error()})
}

// config is how a case is run in a folder.
func (r Runner) config(c *Case, dir string) harness.Config {
	environ := r.Environ
	if environ == nil {
		environ = os.Environ()
	}
	cfg := harness.Config{
		Policy: c.Policy, Plan: c.Plan, Dir: dir, Environ: with(environ, c.Env), Stdin: []byte(c.Stdin), Faults: c.Faults, Trace: c.Trace,
		Timeout: c.Timeout, Tell: r.Tell,
	}
	if !c.Clock.Start.IsZero() || c.Clock.Seed != nil {
		cfg.Clock = &c.Clock
	}
	return cfg
}

// with is an environment with variables added or replaced.
func with(environ, vars []string) []string {
	var out []string
	for _, old := range environ {
		name, _, _ := strings.Cut(old, "=")
		replaced := false
		for _, v := range vars {
			replaced = replaced || strings.HasPrefix(v, name+"=")
		}
		if !replaced {
			out = append(out, old)
		}
	}
	return append(out, vars...)
}

// once runs a case and looks at what came of it.
func (r Runner) once(c *Case, out *Outcome) {
	dir, err := c.makeFolder()
	if err != nil {
		out.wrong(c.At, err)
		return
	}
	defer func() {
		if err := removeFolder(dir); err != nil {
			out.wrong(c.At, err)
		}
	}()
	res, err := r.toItsEnd(r.config(c, dir), c.Argv...)
	if err != nil {
		out.wrong(c.At, fmt.Errorf("%s was not started: %w", c.Argv[0], err))
		return
	}
	if res.Err != nil {
		out.wrong(c.At, fmt.Errorf("the jail failed: %w", res.Err))
		return
	}
	if res.TimedOut {
		out.fail(c.At, "%s", late(res))
		return
	}
	c.judge(res, dir, out)
}

// toItsEnd runs a program until it ends, or the Context does.
func (r Runner) toItsEnd(cfg harness.Config, argv ...string) (*harness.Result, error) {
	run, err := harness.Start(cfg, argv...)
	if err != nil {
		return nil, err
	}
	if r.Context == nil {
		return run.Wait(), nil
	}
	stop := context.AfterFunc(r.Context, func() { run.Kill("the test was interrupted") })
	defer stop()
	res := run.Wait()
	if err := r.Context.Err(); err != nil {
		res.Err = errors.Join(res.Err, fmt.Errorf("the test was interrupted: %w", context.Cause(r.Context)))
	}
	return res, nil
}

// late says what a program was doing that has not ended in time.
func late(res *harness.Result) string {
	return fmt.Sprintf("it ran for more than %v and was killed; it was doing:\n  %s", res.Timeout, strings.Join(res.Doing, "\n  "))
}

// judge holds a run against what is expected.
func (c *Case) judge(res *harness.Result, dir string, out *Outcome) {
	e := &c.Expect
	c.ending(res, out)
	for _, m := range e.Stdout {
		m.check("standard output", res.Stdout, out)
	}
	for _, m := range e.Stderr {
		m.check("standard error", res.Stderr, out)
	}
	for _, w := range e.Trace {
		switch err := res.Check(w.X); {
		case errors.Is(err, harness.ErrConfig):
			out.wrong(w.At, errors.New(strings.TrimPrefix(err.Error(), harness.ErrConfig.Error()+": ")))
		case err != nil:
			out.fail(w.At, "%v", err)
		}
	}
	if left := res.LeftBehind(); left != "" && !e.Left {
		out.fail(c.At, "%s; wait for it in the program, or allow it with left: true", left)
	}
	for i, f := range res.Faults {
		if f.Fired == 0 && !c.Maybe[i] {
			out.fail(f.Rule.Origin, "this fault never came: %v; calls that it is about: %d", &f.Rule, f.Matched)
		}
	}
	if found := res.Denied(""); e.NoDenials && len(found) > 0 {
		out.fail(e.DenialsAt, "something was denied: %s", harness.Denial(found[0]))
	}
	for _, text := range e.Denials {
		if len(res.Denied(text)) == 0 {
			out.fail(e.DenialsAt, "nothing with %q in it was denied%s", text, others(res.Denials))
		}
	}
	for _, f := range e.Files {
		f.check(dir, out)
	}
}

// ending is about how the program ended.
func (c *Case) ending(res *harness.Result, out *Outcome) {
	e := &c.Expect
	switch {
	case e.Crash && !res.Crashed():
		out.fail(c.At, "no crash ended it: %s%s", res.Ended(), said(res))
	case e.Signal != 0 && res.Status.Signal != e.Signal:
		out.fail(c.At, "it ended with %s, not with %s%s", res.Ended(), report.SignalName(e.Signal), said(res))
	case e.Exit != nil && res.Status != (utrace.ExitStatus{Code: *e.Exit}):
		out.fail(c.At, "it ended with %s, not with exit %d%s", res.Ended(), *e.Exit, said(res))
	}
}

// said is the end of what the program wrote, in lines of their own.
func said(res *harness.Result) string {
	const most = 6
	text := strings.TrimRight(res.Stderr, "\n")
	if text == "" {
		text = strings.TrimRight(res.Stdout, "\n")
	}
	if text == "" {
		return "; it wrote nothing"
	}
	lines := strings.Split(text, "\n")
	return "; it wrote\n  " + strings.Join(lines[max(0, len(lines)-most):], "\n  ")
}

func others(list []report.Event) string {
	if len(list) == 0 {
		return ", and nothing else either"
	}
	text := "; denied were"
	for _, d := range list[:min(len(list), 5)] {
		text += "\n  " + harness.Denial(d)
	}
	return text
}

// check looks at a text.
func (m *Match) check(what, got string, out *Outcome) {
	switch {
	case m.Whole != nil && got != *m.Whole:
		out.fail(m.At, "%s is\n%s\nnot\n%s", what, harness.Quoted(got), harness.Quoted(*m.Whole))
	case m.Contains != "" && !strings.Contains(got, m.Contains):
		out.fail(m.At, "%s has no %q in it; it is\n%s", what, m.Contains, harness.Quoted(got))
	case m.Expr != nil && !m.Expr.MatchString(got):
		out.fail(m.At, "nothing in %s matches %q; it is\n%s", what, m.Expr, harness.Quoted(got))
	}
}

// check looks at a file of the folder. What the program put in the place of a folder on its way is not followed out of it.
func (f *FileWanted) check(dir string, out *Outcome) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		out.fail(f.At, "the folder is gone: %v", err)
		return
	}
	defer root.Close()
	if f.Absent {
		if _, err := root.Lstat(f.Name); !errors.Is(err, unix.ENOENT) {
			out.fail(f.At, "the file %s is there", f.Name)
		}
		return
	}
	if st, err := root.Stat(f.Name); err == nil && !st.Mode().IsRegular() { // a FIFO would be waited for
		out.fail(f.At, "the file %s is no regular file", f.Name)
		return
	}
	text, err := root.ReadFile(f.Name)
	if errors.Is(err, unix.ENOENT) {
		out.fail(f.At, "the file %s is not there", f.Name)
		return
	}
	if err != nil {
		out.fail(f.At, "the file %s can't be read: %v", f.Name, reason(err))
		return
	}
	f.Match.check("the file "+f.Name, string(text), out)
}
