// A plan with one more rule before all others.

package policy

import (
	"slices"

	"golang.org/x/sys/unix"

	"jail/seccomp"
)

// Refusing is a copy of p that refuses some calls with errno when all conditions hold, where its rules would let them run; what
// they refuse or kill for stays as it is. info is that rule, but for its action and who decides it. p is not changed.
func (p *Plan) Refusing(calls []string, when []seccomp.Cond, errno unix.Errno, info RuleInfo) *Plan {
	return p.RefusingAny(calls, [][]seccomp.Cond{when}, errno, info)
}

// RefusingAny is Refusing where any of several lists of conditions holds: one rule of the plan for all.
func (p *Plan) RefusingAny(calls []string, whens [][]seccomp.Cond, errno unix.Errno, info RuleInfo) *Plan {
	out := *p
	rule := filterInfo(info.Origin, info.Text, errnoAction(errno), false)
	rule.Why, rule.AllowHint = info.Why, info.AllowHint
	index := len(p.Rules)
	out.Rules = append(slices.Clone(p.Rules), rule)
	refuse := func(names []string, r seccomp.Rule) {
		if len(names) == 0 {
			return
		}
		for _, when := range whens {
			out.Filter.Rules = append(out.Filter.Rules, seccomp.Rule{Names: names, ABIs: r.ABIs,
				When: slices.Concat(r.When, when), Do: filterAction(rule, index), Tag: index})
		}
	}
	out.Filter.Rules = nil
	for _, r := range p.Filter.Rules {
		if !p.Rules[r.Tag].Action.Refuses() {
			refuse(among(calls, r.Names), r)
		}
		out.Filter.Rules = append(out.Filter.Rules, r)
	}
	if !p.Rules[p.DefaultRule].Action.Refuses() {
		refuse(calls, seccomp.Rule{})
	}
	return &out
}

// among are those of calls that names, of which some may be groups, stand for.
func among(calls, names []string) []string {
	var out []string
	for _, call := range calls {
		if slices.ContainsFunc(names, func(name string) bool {
			members, group := seccomp.Group(name)
			return name == call || group && slices.Contains(members, call)
		}) {
			out = append(out, call)
		}
	}
	return out
}
