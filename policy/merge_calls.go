// Merging the rules for calls, so that the stricter one of both policies holds.

package policy

import "slices"

// calls merges abis, default and syscalls. Rules of the child come first: what they refuse no rule of the base allows.
func (m *merger) calls() {
	out, child := m.out, m.child
	if len(child.foreign) > 0 {
		for _, f := range child.foreign {
			if m.tight && !slices.ContainsFunc(out.foreign, func(o foreignABI) bool { return o.abi == f.abi }) {
				m.looser(f.place, "the ABI %v is not let in by %s", f.abi, m.from)
			}
		}
		out.foreign = child.foreign
	}
	rules := child.syscalls
	if m.tight {
		rules = m.strictest(rules, out.syscalls, out.byItself)
	}
	if d := child.byItself; d.said() {
		if m.tight && d.action.rank() < out.byItself.action.rank() {
			m.looser(d.place, "default: %v is looser than the %v of %s", d.action, out.byItself.action, out.byItself.file)
		}
		out.byItself = d
	}
	out.syscalls = slices.Concat(rules, out.syscalls)
	if len(out.syscalls) > maxRules {
		m.errorAt(child.base.place, ErrTooBig, "", "the policies have %d rules of syscalls together; %d is the most", len(out.syscalls), maxRules)
	}
}

// strictest is the rules of the child, with those of the base before them that are stricter: a rule that says errno must not come
// before one that kills.
func (m *merger) strictest(rules, base []syscallRule, byItself defaultRule) []syscallRule {
	var all []syscallRule
	for i := range rules {
		r := &rules[i]
		if !r.action.Refuses() {
			m.looser(r.place, "a rule that says %s may let calls run that %s refuses", r.action.Verb, m.from)
			continue
		}
		if all = append(all, m.before(r, base, byItself)...); len(all) > maxRules {
			break // the rest is counted no more: it is too much as it is
		}
	}
	return all
}

// before is a rule of the child and what has to come before it: where it and a rule of the base match, the stricter action of
// both, as long as a stricter one of the base follows. What no rule of the base matches is left to the rule, or to the base's
// default if that is stricter.
func (m *merger) before(r *syscallRule, base []syscallRule, byItself defaultRule) []syscallRule {
	var all []syscallRule
	strict := byItself.action.rank() > r.action.rank()
	var by *syscallRule // a stricter one
	for i := range base {
		b := &base[i]
		both := common(r.calls, b.calls)
		if len(both) == 0 {
			continue
		}
		rule := *r
		rule.names, rule.calls, rule.when = both, both, union(r.when, b.when)
		switch {
		case b.action.rank() > r.action.rank():
			by = b
			rule.place, rule.action, rule.quiet = b.place, b.action, false
		case !strict && !slices.ContainsFunc(base[i+1:], func(n syscallRule) bool {
			return n.action.rank() > r.action.rank() && len(common(both, n.calls)) > 0
		}):
			continue
		}
		all = append(all, rule)
	}
	last := *r
	if strict {
		last.place, last.action, last.quiet = byItself.place, byItself.action, false
		last.calls = slices.DeleteFunc(slices.Clone(r.calls), func(call string) bool {
			return slices.ContainsFunc(base, func(b syscallRule) bool { return len(b.when) == 0 && b.covers(call) })
		})
		last.names = last.calls
	}
	switch {
	case by != nil:
		m.warn(r.place, "write override: true if it is to be looser", "%s in line %d of %s is stricter, and stays for the calls that both rules are about", by.action, by.line, by.file)
	case strict && len(all) == 0:
		m.warn(r.place, "write override: true if it is to be looser", "the rule does nothing: default: %s in line %d of %s is stricter, and stays", byItself.action, byItself.line, byItself.file)
	}
	if len(last.calls) > 0 {
		all = append(all, last)
	}
	return all
}

// common is what two sorted lists have in common.
func common(a, b []string) []string {
	var both []string
	for _, s := range a {
		if _, found := slices.BinarySearch(b, s); found {
			both = append(both, s)
		}
	}
	return both
}

// union is the conditions of a, and those of b that are not among them.
func union(a, b []condition) []condition {
	all := slices.Clone(a)
	for _, c := range b {
		if !c.among(a) {
			all = append(all, c)
		}
	}
	return all
}
