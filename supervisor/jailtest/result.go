// What came of a run, and what a test wants of it.

package jailtest

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/engines/trace"
	"jail/supervisor/harness"
	"jail/supervisor/report"
	"jail/supervisor/utrace"
)

// A Result is a run that has ended. The methods that begin with Want fail the test where something is otherwise; they belong to the
// test's goroutine.
type Result struct {
	Stdout, Stderr string
	ExitCode       int               // of the first process; -1 if a signal ended it
	Status         utrace.ExitStatus // of the first process
	Events         []trace.Event     // the trace, in its order
	Denials        []report.Event    // what the policy refused

	t   testing.TB
	res *harness.Result
}

func newResult(t testing.TB, res *harness.Result) *Result {
	r := &Result{Stdout: res.Stdout, Stderr: res.Stderr, ExitCode: res.Status.Code, Status: res.Status, Events: res.Events, Denials: res.Denials, t: t, res: res}
	if res.Status.Signal != 0 {
		r.ExitCode = -1
	}
	return r
}

// Crashed tells whether a fault killed everything (Crash).
func (r *Result) Crashed() bool { return r.res.Crashed() }

// WantExit wants the first process to have exited with a code.
func (r *Result) WantExit(code int) {
	r.t.Helper()
	if r.Status != (utrace.ExitStatus{Code: code}) {
		r.t.Errorf("jailtest: %s: %s, not exit %d\n%s", r.res.Argv[0], r.res.Ended(), code, r.outputs())
	}
}

// WantSignal wants the first process to have been ended by a signal.
func (r *Result) WantSignal(sig unix.Signal) {
	r.t.Helper()
	if r.Status.Signal != sig {
		r.t.Errorf("jailtest: %s: %s, not %s\n%s", r.res.Argv[0], r.res.Ended(), report.SignalName(sig), r.outputs())
	}
}

// WantCrash wants everything to have been killed by a fault (Crash).
func (r *Result) WantCrash() {
	r.t.Helper()
	if !r.Crashed() {
		r.t.Errorf("jailtest: %s: %s, no crash", r.res.Argv[0], r.res.Ended())
	}
}

// WantStdout wants standard output to be just that.
func (r *Result) WantStdout(text string) { r.t.Helper(); r.same("output", r.Stdout, text) }

// WantStderr wants standard error to be just that.
func (r *Result) WantStderr(text string) { r.t.Helper(); r.same("error", r.Stderr, text) }

// WantStdoutMatch wants a regular expression (package regexp; (?m) for ^ and $ of lines) to match in standard output.
func (r *Result) WantStdoutMatch(expr string) { r.t.Helper(); r.match("output", r.Stdout, expr) }

// WantStderrMatch is WantStdoutMatch for standard error.
func (r *Result) WantStderrMatch(expr string) { r.t.Helper(); r.match("error", r.Stderr, expr) }

func (r *Result) same(which, got, want string) {
	r.t.Helper()
	switch {
	case r.res.Cut:
		r.t.Errorf("jailtest: %s: its output is more than is kept (64 MiB), so nothing can be said of all of it", r.res.Argv[0])
	case got != want:
		r.t.Errorf("jailtest: %s: standard %s is\n%s\nnot\n%s", r.res.Argv[0], which, harness.Quoted(got), harness.Quoted(want))
	}
}

func (r *Result) match(which, got, expr string) {
	r.t.Helper()
	re, err := harness.Regexp(expr)
	switch {
	case err != nil:
		r.t.Errorf("jailtest: %v", err)
	case !re.MatchString(got):
		r.t.Errorf("jailtest: %s: nothing in standard %s matches %q; it is\n%s", r.res.Argv[0], which, expr, harness.Quoted(got))
	}
}

// WantDenial wants the policy to have refused something that has text in it: in the call, the program's name, or the rule.
func (r *Result) WantDenial(text string) {
	r.t.Helper()
	if len(r.res.Denied(text)) == 0 {
		r.t.Errorf("jailtest: %s: no denial has %q in it; %s", r.res.Argv[0], text, r.denials(r.Denials))
	}
}

// WantNoDenial wants the policy to have refused nothing that has text in it; "": nothing at all.
func (r *Result) WantNoDenial(text string) {
	r.t.Helper()
	if found := r.res.Denied(text); len(found) > 0 {
		r.t.Errorf("jailtest: %s: wanted no denial with %q in it; %s", r.res.Argv[0], text, r.denials(found))
	}
}

// denials lists some.
func (r *Result) denials(list []report.Event) string {
	if len(list) == 0 {
		return "nothing was denied"
	}
	const most = 6
	text := "denied were"
	for i, d := range list {
		if i == most {
			return text + fmt.Sprintf("\n  … and %d more", len(list)-most)
		}
		text += "\n  " + harness.Denial(d)
	}
	return text
}

// outputs is what the program said last.
func (r *Result) outputs() string {
	text := ""
	if r.Stderr != "" {
		text = "standard error ends with\n" + indent(last(r.Stderr))
	}
	if r.Stdout != "" {
		text = strings.TrimPrefix(text+"\nstandard output ends with\n"+indent(last(r.Stdout)), "\n")
	}
	if text == "" {
		return "it wrote nothing"
	}
	return text
}

// tail is what was traced last.
func (r *Result) tail() string {
	const most = 5
	text := "last of the trace:"
	for _, ev := range r.Events[max(0, len(r.Events)-most):] {
		text += "\n  " + ev.Text()
	}
	return text + "\n" + r.outputs()
}

// last is the end of a text, a few lines.
func last(s string) string {
	const most = 10
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	if len(lines) > most {
		lines = append([]string{"…"}, lines[len(lines)-most:]...)
	}
	return strings.Join(lines, "\n")
}

func indent(s string) string {
	return "  " + strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n  ")
}

func matched(n uint64) string {
	if n == 0 {
		return "no call matched it"
	}
	return fmt.Sprintf("%d calls matched it", n)
}
