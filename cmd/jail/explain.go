// What the rules of a plan say of deaths by the filter.

package main

import (
	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/utrace"
)

// explain tells of a death by the filter. rule is an index into the filter's rules, or says that none matched.
func explain(plan *policy.Plan) func(rule int) utrace.Why {
	return func(rule int) utrace.Why {
		index := plan.DefaultRule
		switch {
		case rule >= 0 && rule < len(plan.Filter.Rules):
			index = plan.Filter.Rules[rule].Tag
		case rule == seccomp.ByUnknown:
			index = plan.UnknownRule
		case rule == seccomp.ByForeign:
			index = plan.ForeignRule
		}
		if index < 0 || index >= len(plan.Rules) {
			return utrace.Why{What: "a system call"}
		}
		info := plan.Rules[index]
		return utrace.Why{What: "a system call", Rule: info.Origin + "  " + info.Text, Allow: info.Hint("the call")}
	}
}
