// Merging lists that are written with a sign: added to those of the policy that is extended, or taken out of them.

package policy

import "slices"

// nothing warns that what is added is let in already.
func (m *merger) nothing(at place, key, format string, args ...any) {
	if at.said() {
		m.warn(at, "remove it", "+"+key+" adds nothing: "+format, args...)
	}
}

// addPaths is a list of paths with more.
func (m *merger) addPaths(list, more []placedPath) []placedPath {
	out := slices.Clone(list)
	for _, p := range more {
		same := func(o placedPath) bool { return o.path == p.path && len(o.within) == 0 }
		if i := slices.IndexFunc(list, same); i >= 0 {
			m.warn(p.place, "remove it", "%s is in the list already, in line %d of %s", quote(p.path), list[i].line, list[i].file)
			continue
		}
		out = append(out, p)
	}
	return out
}

// takePaths is a list of paths without some, which must be in it.
func (m *merger) takePaths(list, less []placedPath, what string) []placedPath {
	out := slices.Clone(list)
	for _, p := range less {
		same := func(o placedPath) bool { return o.path == p.path }
		if !slices.ContainsFunc(list, same) {
			words := make([]string, len(list))
			for i, o := range list {
				words[i] = o.path
			}
			m.errorAt(p.place, ErrValue, didYouMean(p.path, words, "it is written as it stands there"), "%s is not in the list %s of %s", quote(p.path), what, m.from)
		}
		out = slices.DeleteFunc(out, same)
	}
	return out
}

// signedFiles carries out the keys of filesystem that have signs. kept is what of the base's list deny stays.
func (m *merger) signedFiles(out *filesSection, kept []placedPath) {
	more, less := m.child.files.more, m.child.files.less
	if more.denyAt.said() || less.denyAt.said() {
		out.deny = slices.Concat(kept, more.deny)
	}
	out.protect = slices.Concat(m.takePaths(out.protect, less.protect, "protect"), more.protect)
	out.redirect = slices.Concat(out.redirect, more.redirect)
	for _, w := range more.write {
		if i := slices.IndexFunc(out.protect, func(r placedPath) bool { return r.path == w.path }); i >= 0 {
			r := out.protect[i]
			m.errorAt(w.place, ErrContradiction, "take it out of that one: -protect", "%s is in the list protect, in line %d%s", quote(w.path), r.line, r.of(w.place))
		}
	}
	if !out.restricts() {
		for _, l := range []struct {
			at  place
			key string
		}{{more.readAt, "read"}, {more.writeAt, "write"}, {more.execAt, "exec"}} {
			m.nothing(l.at, l.key, "%s has no list of files", m.from)
		}
		return
	}
	out.read = m.addPaths(out.read, more.read)
	out.write = m.addPaths(out.write, more.write)
	if out.execAt.said() {
		out.exec = m.addPaths(out.exec, more.exec)
	} else { // what may be read may be executed
		out.read = m.addPaths(out.read, more.exec)
	}
}

// signedNetwork is the base's network with what the child's says, key by key.
func (m *merger) signedNetwork(base, child networkSection) networkSection {
	more, out := child.more, base
	replaces := child.lists()
	if !base.restricts() {
		if !replaces {
			m.warn(child.place, "remove it", "adds nothing: %s lets everybody be reached", m.from)
			return base
		}
		out = networkSection{reach: NetworkNone}
	}
	if replaces {
		out.place = child.place
		out.replace(&child)
	}
	if out.reach == NetworkLoopback {
		for _, at := range []place{more.connectAt, more.bindAt} {
			if at.said() {
				m.errorAt(at, ErrContradiction, `replace it, as with network: {connect: ["203.0.113.7:443"]}`, "%s has network: loopback, which is no list that could be added to", m.from)
			}
		}
	} else if more.connectAt.said() || more.bindAt.said() {
		out.reach = NetworkListed // `none` is an empty list
	}
	out.connect = slices.Concat(out.connect, more.connect)
	out.bind = slices.Concat(out.bind, more.bind)
	for _, f := range more.families {
		if !slices.ContainsFunc(out.families, func(o placedName) bool { return o.name == f.name }) {
			out.families = append(slices.Clone(out.families), f)
		}
	}
	out.unixAny = out.unixAny || more.unixAny
	out.unix = m.addPaths(out.unix, more.unix)
	return out
}

// replace takes the lists that another section has.
func (n *networkSection) replace(by *networkSection) {
	if by.connectAt.said() {
		n.connect, n.connectAt, n.reach = by.connect, by.connectAt, NetworkListed
	}
	if by.bindAt.said() {
		n.bind, n.bindAt, n.reach = by.bind, by.bindAt, NetworkListed
	}
	if by.unixAt.said() {
		n.unix, n.unixAny, n.unixAt = by.unix, by.unixAny, by.unixAt
	}
	if by.familiesAt.said() {
		n.families, n.familiesAt = by.families, by.familiesAt
	}
}

// signedPrograms adds to each of the lists of exec that a program must be in.
func (m *merger) signedPrograms() {
	out, more := &m.out.programs, m.child.programs.more
	if more == nil || len(more.lists) == 0 {
		return
	}
	if !out.restrict {
		m.nothing(more.lists[0].place, "allow", "%s lets all programs run", m.from)
		return
	}
	out.lists = slices.Clone(out.lists)
	for i := range out.lists {
		out.lists[i].allow = slices.Concat(out.lists[i].allow, more.lists[0].allow)
		out.lists[i].programs = slices.Concat(out.lists[i].programs, more.lists[0].programs)
	}
}

// signedFlags takes flags out of refuse-flags.
func (m *merger) signedFlags() {
	out, less := &m.out.limits, m.child.limits.less
	if less == nil {
		return
	}
	var rules []flagRule
	found := make(map[string]bool)
	for _, r := range out.flags {
		r.names = slices.DeleteFunc(slices.Clone(r.names), func(name string) bool {
			taken := slices.Contains(less.names, name)
			found[name] = found[name] || taken
			return taken
		})
		if len(r.names) > 0 {
			rules = append(rules, r)
		}
	}
	for _, name := range less.names {
		if !found[name] {
			m.errorAt(less.namesAt, ErrValue, "remove it", "%s is not in the list refuse-flags of %s", name, m.from)
		}
	}
	out.flags = rules
}

// signedEnvironment carries out the keys of environment that have signs.
func (m *merger) signedEnvironment(out *environmentSection) {
	more, less := m.child.environment.more, m.child.environment.less
	for _, name := range less.remove {
		if !slices.Contains(out.remove, name) {
			m.errorAt(less.removeAt, ErrValue, didYouMean(name, out.remove, "it is written as it stands there"), "%s is not in the list remove of %s", quote(name), m.from)
		}
	}
	if len(less.remove)+len(more.remove) > 0 {
		rest := slices.DeleteFunc(slices.Clone(out.remove), func(name string) bool { return slices.Contains(less.remove, name) })
		out.remove = slices.Compact(slices.Sorted(slices.Values(slices.Concat(rest, more.remove))))
	}
	switch {
	case !more.keepAt.said():
	case !out.keepAt.said() || out.keepAll:
		m.nothing(more.keepAt, "keep", "%s keeps all variables", m.from)
	case more.keepAll:
		out.keep, out.keepAll = nil, true
	default:
		out.keep = slices.Compact(slices.Sorted(slices.Values(slices.Concat(out.keep, more.keep))))
	}
	for _, name := range more.keep {
		if i := slices.IndexFunc(out.remove, func(pattern string) bool { return covers(pattern, name) }); i >= 0 {
			m.warn(more.keepAt, "take that out of the list: -remove", "%s is removed all the same, by %s in remove", quote(name), quote(out.remove[i]))
		}
	}
}

// signedTop carries out the keys of the top that have a +.
func (m *merger) signedTop() {
	out, more := m.out, m.child.more
	for _, f := range more.foreign {
		if !slices.ContainsFunc(out.foreign, func(o foreignABI) bool { return o.abi == f.abi }) {
			out.foreign = append(slices.Clone(out.foreign), f)
		}
	}
	if d := more.descriptors; d.said() {
		if !out.descriptors.said() {
			out.descriptors.place = d.place
		}
		out.descriptors.fds = slices.Compact(slices.Sorted(slices.Values(slices.Concat(out.descriptors.fds, d.fds))))
	}
	if c := more.capabilities; c.said() {
		kept := out.keptCapabilities()
		if kept.keepAll {
			m.nothing(c.place, "capabilities", "%s keeps all", m.from)
			return
		}
		if !kept.said() {
			kept.place = c.place
		}
		kept.keepAll = c.keepAll
		kept.keep = slices.Compact(slices.Sorted(slices.Values(slices.Concat(kept.keep, c.keep))))
		if kept.keepAll {
			kept.keep = nil
		}
		out.capabilities = kept
	}
}
