// A plan with one more rule before all others.

package policy

import (
	"slices"

	"golang.org/x/sys/unix"

	"jail/seccomp"
)

// Refusing is a copy of p that refuses some calls when all conditions hold, whatever its rules say of them, with errno: info is
// that rule, but for its action and who decides it. p is not changed.
func (p *Plan) Refusing(calls []string, when []seccomp.Cond, errno unix.Errno, info RuleInfo) *Plan {
	out := *p
	rule := filterInfo(info.Origin, info.Text, errnoAction(errno), false)
	rule.Why, rule.AllowHint = info.Why, info.AllowHint
	index := len(p.Rules)
	out.Rules = append(slices.Clone(p.Rules), rule)
	first := seccomp.Rule{Names: calls, When: when, Do: filterAction(rule, index), Tag: index}
	out.Filter.Rules = append([]seccomp.Rule{first}, p.Filter.Rules...)
	return &out
}
