// One policy built on another: what becomes of the keys of both.

package policy

import "slices"

// merge is the policy child built on base. Without override it can only be tighter than base; what would be looser is a
// mistake. Each part keeps the place where it stands.
func (p *parser) merge(base, child *Policy) *Policy {
	out := *base
	out.Name, out.File, out.warnings = child.Name, child.File, slices.Concat(base.warnings, child.warnings)
	if child.Description != "" {
		out.Description = child.Description
	}
	out.base, out.override = child.base, child.override
	m := &merger{parser: p, out: &out, child: child, tight: !child.override.on, from: base.File}
	m.calls()
	m.signals()
	m.words()
	m.clone()
	m.exec()
	m.filesystem()
	m.network()
	m.outgoing()
	m.bounds()
	m.environment()
	m.descriptors()
	m.capabilities()
	m.signedTop()
	return &out
}

// merger merges one policy into out, which is the one that it extends.
type merger struct {
	*parser
	out, child *Policy
	tight      bool   // child may not be looser
	from       string // the base's file
}

// looser reports that a part of the child would be looser.
func (m *merger) looser(at place, format string, args ...any) {
	m.errorAt(at, ErrLooser, "write override: true if that is meant", format, args...)
}

// rank orders actions from the loosest to the strictest.
func (a Action) rank() int {
	return slices.Index([]Verb{Allow, Trace, Errno, KillProcess, KillTree}, a.Verb)
}

// rank orders what happens to signals from the loosest to the strictest.
func (a SignalAction) rank() int {
	return slices.Index([]SignalAction{Deliver, ReplaceSignal, Ignore, SignalKill, SignalKillTree}, a)
}

// signals merges the rules for signals. Rules of the child come first, so without override none may be looser than one
// of the base for a signal that both are about; and a signal that it puts in place of another must be one that the base
// delivers.
func (m *merger) signals() {
	out, child := m.out, m.child
	for _, r := range child.signals {
		for _, b := range out.signals {
			if !m.tight {
				break
			}
			from := slices.ContainsFunc(r.from, func(s Source) bool { return slices.Contains(b.from, s) })
			about := slices.ContainsFunc(r.signals, func(s Signal) bool { return slices.Contains(b.signals, s) })
			if from && about && r.do.rank() < b.do.rank() {
				m.looser(r.place, "%s comes before the rule in line %d of %s, which says %s", r.do, b.line, b.file, b.do)
				break
			}
			if r.do == ReplaceSignal && b.do != Deliver && slices.Contains(b.signals, r.replace) {
				m.looser(r.place, "%s is put in the place of other signals, but line %d of %s does not deliver it", r.replace, b.line, b.file)
				break
			}
		}
	}
	out.signals = slices.Concat(child.signals, out.signals)
	if len(out.signals) > maxRules {
		m.errorAt(child.base.place, ErrTooBig, "", "the policies have %d rules of signals together; %d is the most", len(out.signals), maxRules)
	}
}

// words merges survivors, outside and enforce.
func (m *merger) words() {
	out, child := m.out, m.child
	if l := child.left; l.said() {
		if m.tight && out.left.how == SurvivorsKill && l.how == SurvivorsWait {
			m.looser(l.place, "%s kills survivors", m.from)
		}
		out.left = l
	}
	if o := child.outside; o.said() {
		if m.tight && out.outside.reach == OutsideSealed && o.reach == OutsideOpen {
			m.looser(o.place, "%s seals the outside", m.from)
		}
		out.outside = o
	}
	if e := child.enforce; e.said() {
		if m.tight && out.enforce.how == EnforceStrict && e.how == EnforceBestEffort {
			m.looser(e.place, "%s is enforced strictly", m.from)
		}
		out.enforce = e
	}
}

// clone merges the limits on new tasks: the smaller number, and flags of both.
func (m *merger) clone() {
	out, child := &m.out.limits, &m.child.limits
	if child.maxTasks > 0 {
		if m.tight && out.maxTasks > 0 && child.maxTasks > out.maxTasks {
			m.staysAt(child.tasksAt, out.tasksAt, "max-tasks")
		} else {
			out.maxTasks, out.tasksAt, out.tasksKey = child.maxTasks, child.tasksAt, child.tasksKey
		}
	}
	m.signedFlags()
	if len(child.flags) == 0 {
		return
	}
	if !m.tight {
		out.flags = nil
	}
	out.flags = slices.Concat(out.flags, child.flags)
	slices.SortStableFunc(out.flags, func(a, b flagRule) int { return b.refuse.rank() - a.refuse.rank() }) // the first that matches decides
}

// staysAt warns that a limit of the base is smaller, and stays.
func (m *merger) staysAt(child, base place, what string) {
	m.warn(child, "write override: true if it is to be bigger", "the smaller %s in line %d of %s stays", what, base.line, base.file)
}

// exec merges exec: a program must be allowed by both; rewrites of the base come first.
func (m *merger) exec() {
	out, child := &m.out.programs, &m.child.programs
	if child.restrict {
		if !m.tight {
			out.lists = nil
		}
		out.lists = slices.Concat(child.lists, out.lists)
		out.restrict = true
		if !m.tight || child.refuse.rank() > out.refuse.rank() {
			out.refuse = child.refuse
		}
	}
	m.signedPrograms()
	if len(child.rewrites) == 0 {
		return
	}
	if !m.tight {
		out.rewrites = slices.Concat(child.rewrites, out.rewrites)
	} else {
		out.rewrites = slices.Concat(out.rewrites, child.rewrites)
	}
	if len(out.rewrites) > maxRules {
		m.errorAt(m.child.base.place, ErrTooBig, "", "the policies have %d rewrites together; %d is the most", len(out.rewrites), maxRules)
	}
}
