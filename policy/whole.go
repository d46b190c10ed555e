// What is checked once a policy is whole: keys that need or contradict each other, and what does nothing.

package policy

import "slices"

// whole checks a policy that is merged with those that it extends.
func (p *parser) whole(out *Policy) {
	if !out.byItself.said() && len(p.errs) == 0 {
		p.errorAt(out.base.place, ErrMissingKey, "", "neither the policy nor those that it extends have the key default")
	}
	p.uselessEnding(out)
	p.redirectFaults(&out.files)
	if out.outside.reach == OutsideSealed && out.capabilities.said() {
		for _, name := range out.capabilities.keep {
			if slices.Contains(lifts(), name) {
				p.errorAt(out.capabilities.place, ErrContradiction, "remove it, or write outside: open", "%s reaches out of the jail, but outside is sealed", name)
			}
		}
	}
	if n := out.network; n.said() && n.reach != NetworkAny {
		for i := range out.syscalls {
			// It makes and connects sockets without the calls that the filter looks at (io_uring_enter(2), IORING_OP_SOCKET).
			if r := &out.syscalls[i]; !r.action.Refuses() && slices.Contains(r.names, "io_uring_setup") {
				p.errorAt(r.place, ErrContradiction, "remove it, or write network: any", "io_uring connects sockets where nobody sees it, but network in line %d%s says whom they may reach", n.line, n.of(r.place))
			}
		}
	}
	if n := out.network; n.said() && !n.unixAny && n.reach == NetworkListed && len(n.connect)+len(n.bind)+len(n.families)+len(n.unix) == 0 {
		p.warn(n.place, "write network: none", "the lists of network are empty, so it is the same as none")
	}
}

// uselessEnding warns of a signal or a grace of the policy itself that no limit goes with.
func (p *parser) uselessEnding(out *Policy) {
	b := &out.bounds
	if b.ends() {
		return
	}
	if b.signal.at.said() && b.signal.at.file == out.File {
		p.warn(b.signal.at, "add wall-time, cpu-time or output, or remove it", "signal does nothing: no limit is set that it goes with")
	}
	if b.grace.at.said() && b.grace.at.file == out.File {
		p.warn(b.grace.at, "add wall-time, cpu-time or output, or remove it", "grace does nothing: no limit is set that it goes with")
	}
}

// tasks makes one limit of max-tasks of clone and tasks of limits.
func (p *parser) tasks(out *Policy) {
	t, l := out.bounds.tasks, &out.limits
	if !t.at.said() {
		return
	}
	if l.maxTasks > 0 {
		p.errorAt(t.at, ErrContradiction, "remove one of them", "tasks of limits is the same as max-tasks of clone, which line %d has", l.tasksAt.line)
		return
	}
	l.maxTasks, l.tasksAt, l.tasksKey = t.most, t.at, "limits: tasks"
}

// Warnings are what in the policy, and in those that it extends, does nothing or not what it seems to, in the order of the
// files, at most 20 of each. None of them makes the policy less strict than it says.
func (p *Policy) Warnings() []*Error { return slices.Clone(p.warnings) }
