// Merging what a policy says about limits, the environment and rights with the policy that it extends.

package policy

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// outgoing merges outgoing: the child's signals must be some of the base's.
func (m *merger) outgoing() {
	base, child := m.out.outgoing, m.child.outgoing
	if !child.said() {
		return
	}
	if more := child.more; more.signalsAt.said() {
		if !base.said() {
			m.nothing(more.signalsAt, "signals", "%s lets all signals be sent", m.from)
			return
		}
		base.signals = slices.Compact(slices.Sorted(slices.Values(slices.Concat(base.signals, more.signals))))
		m.out.outgoing = base
		return
	}
	for _, s := range child.signals {
		if m.tight && base.said() && !slices.Contains(base.signals, s) {
			m.looser(child.signalsAt, "%s cannot be sent under %s", s, base.file)
		}
	}
	m.out.outgoing = child
}

// mergeBound takes the smaller of two limits, or the child's where it may be looser.
func mergeBound[T cmp.Ordered](m *merger, out *bound[T], child bound[T], what string) {
	switch {
	case !child.at.said():
	case m.tight && out.at.said() && child.most > out.most:
		m.staysAt(child.at, out.at, what)
	default:
		*out = child
	}
}

// bounds merges limits: the smaller of both.
func (m *merger) bounds() {
	out, child := &m.out.bounds, &m.child.bounds
	if !child.said() {
		return
	}
	m.ending(out, child) // first: what it is depends on the base's limits
	out.place = child.place
	mergeBound(m, &out.wall, child.wall, "wall-time")
	mergeBound(m, &out.cpu, child.cpu, "cpu-time")
	mergeBound(m, &out.memory, child.memory, "memory")
	mergeBound(m, &out.files, child.files, "open-files")
	mergeBound(m, &out.fileSize, child.fileSize, "file-size")
	mergeBound(m, &out.output, child.output, "output")
	mergeBound(m, &out.core, child.core, "core-size")
}

// ends tells whether a limit is set that signal and grace go with.
func (b *boundsSection) ends() bool { return b.wall.at.said() || b.cpu.at.said() || b.output.at.said() }

// ending merges signal and grace. The program lives on for as long as grace is, so for limits of the base it may not be longer;
// and the signal stays that of the base, because the program may take another one for nothing.
func (m *merger) ending(out, child *boundsSection) {
	stays := func(at place, format string, args ...any) {
		m.warn(at, "write override: true if that is meant", format, args...)
	}
	in := fmt.Sprintf("limits in line %d of %s", out.line, out.file)
	said := out.signal.at.said() || out.grace.at.said()
	switch {
	case !m.tight || !said && !out.ends():
		if child.signal.at.said() {
			out.signal = child.signal
		}
		if child.grace.at.said() {
			out.grace = child.grace
		}
	case !said: // killed at once
		for _, at := range []place{child.signal.at, child.grace.at} {
			if at.said() {
				stays(at, "%s ends the run at once, without a signal, and that stays", in)
			}
		}
	default:
		signal, grace := out.ended()
		if child.signal.at.said() && child.signal.most != signal {
			if child.signal.most == Signal(unix.SIGKILL) {
				out.signal = child.signal
			} else {
				stays(child.signal.at, "the signal %s of %s stays", signal, in)
			}
		}
		switch {
		case !child.grace.at.said():
		case child.grace.most > grace:
			stays(child.grace.at, "the smaller grace, %s, of %s stays", durationText(grace), in)
		default:
			out.grace = child.grace
		}
	}
}

// ended is the signal that is sent at a limit, 0 if there is none, and how long after it everything is killed.
func (b *boundsSection) ended() (Signal, time.Duration) {
	signal, grace := b.signal.most, b.grace.most
	if b.grace.at.said() && signal == 0 {
		signal = Signal(unix.SIGTERM)
	}
	if !b.grace.at.said() && signal != 0 {
		grace = defaultGrace
	}
	return signal, grace
}

// environment merges environment: the child keeps some of what the base keeps, and removes more.
func (m *merger) environment() {
	base, child := m.out.environment, m.child.environment
	if !child.said() {
		return
	}
	out := base
	out.place = child.place
	if child.keepAt.said() {
		if m.tight && base.keepAt.said() && !base.keepAll {
			if child.keepAll {
				m.looser(child.keepAt, "%s keeps some variables only", base.keepAt.file)
			}
			for _, name := range child.keep {
				if !slices.ContainsFunc(base.keep, func(b string) bool { return covers(b, name) }) {
					m.looser(child.keepAt, "the variable %s is not kept by %s", quote(name), base.keepAt.file)
				}
			}
		}
		out.keep, out.keepAll, out.keepAt = child.keep, child.keepAll, child.keepAt
	}
	if len(child.remove) > 0 {
		out.remove = child.remove
		if m.tight {
			out.remove = slices.Compact(slices.Sorted(slices.Values(slices.Concat(base.remove, child.remove))))
		}
	}
	if len(child.set) > 0 {
		rest := slices.DeleteFunc(slices.Clone(base.set), func(v EnvVar) bool {
			return slices.ContainsFunc(child.set, func(c EnvVar) bool { return c.Name == v.Name })
		})
		out.set = slices.Concat(rest, child.set)
		slices.SortFunc(out.set, func(a, b EnvVar) int { return cmp.Compare(a.Name, b.Name) })
	}
	m.signedEnvironment(&out)
	m.out.environment = out
}

// covers tells whether a pattern of *, ? and characters matches everything that another pattern does. It may say no where
// the answer is yes.
func covers(pattern, other string) bool {
	// As matchComponent, but a ? of the pattern must not stand for a * of the other one.
	p, n := 0, 0
	star, eaten := -1, 0
	for n < len(other) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, eaten = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' && other[n] != '*' || pattern[p] != '?' && pattern[p] == other[n]):
			p++
			n++
		case star >= 0:
			eaten++
			p, n = star+1, eaten
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// descriptors merges descriptors: the child's must be some of the base's.
func (m *merger) descriptors() {
	base, child := m.out.descriptors, m.child.descriptors
	if !child.said() {
		return
	}
	for _, fd := range child.fds {
		if m.tight && !slices.Contains(base.fds, fd) {
			m.looser(child.place, "descriptor %d is not inherited under %s", fd, m.from)
		}
	}
	m.out.descriptors = child
}

// capabilities merges capabilities: the child's must be some of the base's.
func (m *merger) capabilities() {
	base, child := m.out.keptCapabilities(), m.child.capabilities
	if !child.said() {
		// What is kept where nobody says it depends on outside, which the child may have changed: to seal it drops them.
		return
	}
	if m.tight && !base.keepAll {
		if child.keepAll {
			m.looser(child.place, "%s does not keep all capabilities", m.from)
		}
		for _, name := range child.keep {
			if !slices.Contains(base.keep, name) {
				m.looser(child.place, "%s is not kept by %s", name, m.from)
			}
		}
	}
	m.out.capabilities = child
}

// keptCapabilities is the value of capabilities, or what holds without it.
func (p *Policy) keptCapabilities() capabilitiesSection {
	if p.capabilities.said() {
		return p.capabilities
	}
	return capabilitiesSection{keepAll: p.outside.reach == OutsideOpen}
}
