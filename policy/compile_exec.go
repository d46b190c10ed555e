// Compiling the map exec.

package policy

import "fmt"

// exec compiles the map exec.
func (c *compiler) exec() {
	x := c.policy.programs
	for i, l := range x.lists {
		rule := c.info(c.execInfo(&x, &l))
		if i == 0 {
			c.plan.Exec = ExecRules{Restrict: true, Allow: l.allow, Programs: l.programs, Refuse: x.refuse, Report: true, Rule: rule}
			continue
		}
		c.plan.Exec.Also = append(c.plan.Exec.Also, ExecList{Allow: l.allow, Programs: l.programs, Rule: rule})
	}
	for _, r := range x.rewrites {
		rule := c.info(RuleInfo{
			Origin: c.origin(r.place),
			Text:   cut(r.text()),
			Action: Action{Verb: Trace},
			Report: true,
			Layer:  LayerEngine,
			Sound:  true,
			Why:    "the kernel reads what was decided about, and what was put in its place, where no task can write; what was mapped is looked at before it has run",
			Cost:   "two more stops at each execve",
		})
		c.plan.Exec.Rewrites = append(c.plan.Exec.Rewrites, ExecRewrite{
			Path: r.path, To: r.to, Argv: r.argv, EnvSet: r.set, EnvRemove: r.remove, Report: true, Rule: rule,
		})
	}
}

// execInfo is what people are told of one list.
func (c *compiler) execInfo(x *execSection, l *execList) RuleInfo {
	info := RuleInfo{
		Origin:    c.origin(l.place),
		Text:      cut(fmt.Sprintf("exec: allow: %s, others: %v", shortList(l.texts()), x.refuse)),
		Action:    x.refuse,
		Report:    true,
		Layer:     LayerPtrace,
		Sound:     true,
		Why:       "the file that was mapped is looked at before it has run",
		Cost:      "one stop for each program, which is there anyhow",
		AllowHint: c.more(l.place, "exec", `allow: ["{path}"]`),
	}
	sums, argv := ExecRules{Programs: l.programs}.Conditions()
	if sums {
		info.Why += ", while nobody can write to it"
	}
	if argv {
		info.Why += "; so are its arguments on its own stack"
	}
	if x.refuse.Verb == Errno {
		info.Why += "; the errno is given at the entry of the call, and a program that changes the path after that dies"
		info.Cost = "one more stop at the entry of each execve"
	}
	if sums {
		info.Cost += "; and reading the file, unless it is as it was"
	}
	return info
}

// text is the rewrite as a person would write it, short.
func (r rewriteRule) text() string {
	text := "exec: rewrite: " + r.path
	if r.to != "" {
		text += " to " + r.to
	}
	if len(r.argv) > 0 {
		text += " argv " + shortList(r.argv)
	}
	if len(r.set) > 0 || len(r.remove) > 0 {
		text += " env"
	}
	return text
}
