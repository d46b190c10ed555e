// Merging what a policy says about files and the network with the policy that it extends.

package policy

import (
	"slices"
	"strings"
)

// filesystem merges filesystem: lists of the child replace those of the base, whose paths they must lie under; what
// either denies stays denied.
func (m *merger) filesystem() {
	base, child := m.out.files, m.child.files
	if !child.said() {
		return
	}
	out := base
	out.place = child.place
	kept := m.takePaths(base.deny, child.less.deny, "deny")
	if m.tight || !child.denyAt.said() { // what the base denies stays denied
		m.contradictions(&filesSection{read: slices.Concat(child.read, child.more.read), write: slices.Concat(child.write, child.more.write),
			exec: slices.Concat(child.exec, child.more.exec), deny: kept})
	}
	m.grants(&out, &base, &child)
	m.refusals(&out, &base, &child)
	m.places(&out, &base, &child)
	m.signedFiles(&out, kept)
	m.out.files = out
}

// grants merges the lists of what may be reached: those of the child replace those of the base.
func (m *merger) grants(out, base, child *filesSection) {
	restricted := m.tight && base.restricts()
	readable := slices.Concat(base.read, base.write, base.exec)
	if child.readAt.said() {
		out.read, out.readAt = child.read, child.readAt
		if restricted {
			out.read = m.mustLieUnder(child.read, readable, "read")
		}
	}
	if child.writeAt.said() {
		out.write, out.writeAt = child.write, child.writeAt
		if restricted {
			out.write = m.mustLieUnder(child.write, base.write, "write")
		}
	}
	if child.execAt.said() {
		out.exec, out.execAt = child.exec, child.execAt
		switch {
		case restricted && base.execAt.said():
			out.exec = m.mustLieUnder(child.exec, base.exec, "exec")
		case restricted: // what the base lets be read it lets be executed
			out.exec = m.mustLieUnder(child.exec, readable, "exec")
		}
	}
}

// refusals merges the lists of what may not be reached or changed, which only grow, and what is shown elsewhere.
func (m *merger) refusals(out, base, child *filesSection) {
	if child.denyAt.said() {
		out.deny, out.denyAt = slices.Concat(base.deny, child.deny), child.denyAt
		if !m.tight {
			out.deny = child.deny
		}
	}
	if child.protectAt.said() {
		out.protect, out.protectAt = slices.Concat(base.protect, child.protect), child.protectAt
		if !m.tight {
			out.protect = child.protect
		}
	}
	if child.redirectAt.said() {
		if m.tight { // what lies elsewhere may be what the base keeps out of reach, or has in mind where it names the first path
			m.looser(child.redirectAt, "redirect puts other files where %s means its own", m.from)
		}
		out.redirect, out.redirectAt = child.redirect, child.redirectAt
	}
}

// places merges the folders of the jail's own.
func (m *merger) places(out, base, child *filesSection) {
	if child.tmpAt.said() {
		if m.tight && base.tmp == TmpPrivate && child.tmp == TmpShared {
			m.looser(child.tmpAt, "%s has a private folder for temporary files", base.tmpAt.file)
		}
		out.tmp, out.tmpAt = child.tmp, child.tmpAt
	}
	if child.devAt.said() {
		if m.tight && base.dev == DevPrivate && child.dev == DevMachine {
			m.looser(child.devAt, "%s has devices of the jail's own", base.devAt.file)
		}
		out.dev, out.devAt = child.dev, child.devAt
	}
	if m.tight && base.dev == DevPrivate {
		m.devices(slices.Concat(child.read, child.write, child.exec), slices.Concat(base.read, base.write, base.exec))
	}
}

// devices reports paths that bring devices into a /dev of the jail's own which the base does not name.
func (m *merger) devices(child, base []placedPath) {
	isDevice := func(p placedPath) bool { return strings.HasPrefix(p.path, "/dev/") }
	base = slices.DeleteFunc(slices.Clone(base), func(p placedPath) bool { return !isDevice(p) })
	for _, c := range child {
		if isDevice(c) && coveredBy(c.path, base) == nil {
			m.looser(c.place, "%s is a device that %s does not name", quote(c.path), m.from)
		}
	}
}

// mustLieUnder reports paths that lie under none of some folders of the base, and notes for the others under which they
// must lie when symlinks have been followed.
func (m *merger) mustLieUnder(paths, folders []placedPath, what string) []placedPath {
	var out []placedPath
	for _, c := range paths {
		f := coveredBy(c.path, folders)
		if f == nil {
			m.looser(c.place, "%s in %s lies in no path that %s grants there", quote(c.path), what, m.from)
			continue
		}
		c.within = append([]string{f.path}, f.within...)
		out = append(out, c)
	}
	return out
}

// network merges network: the child's replaces the base's, of which it must be a part.
func (m *merger) network() {
	base, child := m.out.network, m.child.network
	if !child.said() {
		return
	}
	if child.more != nil && child.more.lists() {
		m.out.network = m.signedNetwork(base, child)
		return
	}
	m.out.network = child
	if !m.tight || !base.restricts() {
		return
	}
	file := base.file
	switch {
	case child.reach == NetworkAny,
		child.reach == NetworkLoopback && base.reach != NetworkLoopback,
		child.reach == NetworkListed && base.reach != NetworkListed:
		m.looser(child.place, "network reaches further than that of %s, which is %s", file, base.reach)
		return
	}
	m.endpointsWithin(child.connect, base.connect, "connect")
	m.endpointsWithin(child.bind, base.bind, "bind")
	for _, f := range child.families {
		if !slices.ContainsFunc(base.families, func(b placedName) bool { return b.name == f.name }) {
			m.looser(f.place, "the family %s is not let in by %s", f.name, file)
		}
	}
	if base.unixAny {
		return
	}
	if child.unixAny {
		m.looser(child.unixAt, "%s does not let all local sockets be connected to", file)
	}
	m.out.network.unix = m.mustLieUnder(child.unix, base.unix, "unix")
}

// endpointsWithin reports endpoints that no endpoint of the base covers.
func (m *merger) endpointsWithin(some, base []endpoint, what string) {
	var told place
	for _, e := range some {
		if e.place == told {
			continue // the other half of *
		}
		if !slices.ContainsFunc(base, func(b endpoint) bool { return b.covers(e.Endpoint) }) {
			told = e.place
			m.looser(e.place, "%s in %s is let in by no address of %s", quote(e.text), what, m.from)
		}
	}
}
