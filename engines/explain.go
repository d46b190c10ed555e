// What a plan says of a death that the filter decided, without an engine.

package engines

import (
	"strings"

	"jail/engines/internal/reason"
	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/utrace"
)

// Explain is supervisor.Command.Explain for a plan: which call the filter killed for, by which rule, and what would allow
// it. A call of an ABI that the plan does not let in is named by its own table. Any goroutine; it does not block.
func Explain(plan *policy.Plan) func(c utrace.Call, rule int) utrace.Why {
	return func(c utrace.Call, rule int) utrace.Why {
		what := reason.Call(c)
		info := *plan.RuleOf(rule)
		if abi := seccomp.ABIOf(c.Arch, uint32(c.Nr)); rule == seccomp.ByForeign {
			info.AllowHint = strings.ReplaceAll(info.AllowHint, "{abi}", abi.String())
		}
		why := reason.Of(&info, what, reason.Name(c))
		if text, ok := reason.Decoded(nil, c); ok { // the task is dead
			why.What, why.Raw = text, what
		}
		return why
	}
}
