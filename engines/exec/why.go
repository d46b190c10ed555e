// What is said of rewrites.

package exec

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"jail/engines/internal/reason"
	"jail/policy"
	"jail/supervisor/utrace"
)

// whyRewrite is what is said of a rewrite.
func (e *Rewriter) whyRewrite(rule *policy.ExecRewrite, given string) utrace.Why {
	info := *reason.Rule(e.infos, rule.Rule)
	info.Report = rule.Report
	return reason.Of(&info, describe(given, rule), "")
}

// refuseRewrite answers a call that can't be rewritten: with the kernel's errno where it is the program's own doing.
func (e *Rewriter) refuseRewrite(s *utrace.Stopped, ev *utrace.EntryEvent, rule *policy.ExecRewrite, given string, err error) utrace.EntryVerdict {
	e.forget(s.ID().Serial)
	why := e.whyRewrite(rule, given)
	switch {
	case err == unix.EFAULT, err == unix.E2BIG, err == unix.ESRCH:
		why.Quiet = true
		return ev.Abort(err.(unix.Errno), why)
	case errors.Is(err, utrace.ErrTooLarge):
		why.Quiet = true
		return ev.Abort(unix.E2BIG, why)
	}
	why.Quiet = false
	if errors.Is(err, errAgain) {
		why.What = "exec of " + reason.Path(given) + " can't be rewritten: " + err.Error()
		return ev.Abort(unix.EPERM, why)
	}
	why.What += fmt.Sprintf(", but %v", err)
	if errors.Is(err, utrace.ErrNoRoom) {
		return ev.Abort(unix.ENOMEM, why)
	}
	return ev.Abort(unix.EACCES, why)
}

// describe says what was rewritten.
func describe(given string, rule *policy.ExecRewrite) string {
	text := "exec of " + reason.Path(given) + " rewritten"
	if rule.To != "" {
		text += " to " + reason.Path(rule.To)
	}
	if len(rule.Argv) > 0 {
		text += ", with other arguments"
	}
	if len(rule.EnvSet) > 0 || len(rule.EnvRemove) > 0 {
		text += ", with another environment"
	}
	return text
}
