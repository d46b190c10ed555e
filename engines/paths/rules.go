// Rules about names, and what they say of one.

package paths

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"jail/policy"
	"jail/supervisor/confine"
)

// kind is what a rule does with the names that it matches, and with all that lies below them.
type kind uint8

const (
	deny    kind = iota // out of reach
	protect             // cannot be changed
)

// access is what is to be done with a name.
type access uint8

const (
	look   access = iota // open for reading, execute
	change               // open for writing, make, remove, rename, link
	adjust               // change mode, owner, times or attributes
)

// rule is one rule, with symbolic links followed in what no wildcard stands for.
type rule struct {
	kind    kind
	pattern string
	index   int // into Plan.Rules
}

// rules decide about names without symbolic links, as the jail's tasks see them. They never change: what they say of a name they
// say for ever.
type rules struct {
	list  []rule
	binds []confine.Mount // what the jail's own mount namespace shows elsewhere
	fixed *rule           // metadata is adjusted only in writable; nil: wherever it may be

	writable []string
}

// newRules locates what a plan says. It follows symbolic links, which may block; what they lead to now is what counts.
func newRules(at *policy.Located, mounts []confine.Mount) rules {
	var s rules
	for _, d := range at.Files.Deny {
		s.list = append(s.list, rule{deny, fixedReal(d.Path), d.Rule})
		for _, name := range linked(d.Path) {
			s.list = append(s.list, rule{deny, name, d.Rule})
		}
	}
	for _, p := range at.Files.Protect {
		s.list = append(s.list, rule{protect, fixedReal(p.Path), p.Rule})
	}
	for _, r := range slices.Concat(at.Files.Deny, at.Files.Protect) { // the names by which people call it stay, too
		for _, link := range policy.LinksOn(r.Path) {
			s.list = append(s.list, rule{protect, link, r.Rule})
		}
	}
	if at.Files.Fixed {
		s.fixed = &rule{kind: protect, index: at.Files.Rule}
		for _, w := range at.Files.Write {
			if name := real(w.Path); !isDevice(name) {
				s.writable = append(s.writable, name)
			}
		}
	}
	for _, m := range mounts {
		if (m.Kind == confine.Bind || m.Kind == confine.ReadOnly) && m.Source != m.Target {
			s.binds = append(s.binds, m)
		}
	}
	return s
}

// isDevice tells of device files: write lets them be written to, and no more.
func isDevice(name string) bool {
	st, err := os.Stat(name)
	return err == nil && st.Mode()&os.ModeDevice != 0
}

// mostMatches is how many files of one pattern are looked at (engines.Confine says if there are more).
const mostMatches = 1000

// linked is what links lead to that a pattern names: that is denied by all its names. No task can make another such link.
func linked(pattern string) (names []string) {
	if !strings.ContainsAny(pattern, "*?") {
		return nil
	}
	found, _ := policy.Find(pattern, mostMatches)
	for _, name := range found {
		if r := real(name); r != name && !covers(fixedReal(pattern), r) {
			names = append(names, r)
		}
	}
	return names
}

// Decide is the rule, an index into Plan.Rules, by which an engine for located paths refuses to look at what lies at name, or to change it;
// -1: none does. name is absolute, cleaned, and has no symbolic links. It looks at files, which may block. Any goroutine.
func Decide(at *policy.Located, mounts []confine.Mount, name string, write bool) int {
	s, a := newRules(at, mounts), look
	if write {
		a = change
	}
	if by := s.refuses(name, a); by != nil {
		return by.index
	}
	return -1
}

// fixedReal is a pattern with the symbolic links followed in the folders that stand before the first wildcard.
func fixedReal(pattern string) string {
	i := strings.IndexAny(pattern, "*?")
	if i < 0 {
		return real(pattern)
	}
	folder := path.Dir(pattern[:i] + "x")
	return path.Join(real(folder), strings.TrimPrefix(pattern, folder))
}

// real is a path with its symbolic links followed, as far as it exists.
func real(name string) string {
	if r, err := filepath.EvalSymlinks(name); err == nil {
		return r
	}
	folder, last := filepath.Split(filepath.Clean(name))
	if folder == name || last == "" {
		return name
	}
	return filepath.Join(real(filepath.Clean(folder)), last)
}

// names are the names that a rule may have for what the tasks call name: that one, and those of where it is mounted from.
func (s *rules) names(name string) []string {
	all := []string{name}
	for _, m := range s.binds {
		for _, n := range all[:len(all):len(all)] {
			if within(n, m.Target) {
				all = append(all, path.Join(m.Source, strings.TrimPrefix(n, m.Target)))
			}
		}
	}
	return all
}

// within tells whether name is folder or lies in it, by their text.
func within(name, folder string) bool {
	return name == folder || folder == "/" || strings.HasPrefix(name, folder+"/")
}

// refuses is the rule that keeps a task from doing something with a name, nil if none does: absolute, cleaned, without symbolic
// links.
func (s *rules) refuses(name string, a access) *rule {
	for _, n := range s.names(name) {
		for i := range s.list {
			r := &s.list[i]
			if (r.kind == deny || a != look) && covers(r.pattern, n) {
				return r
			}
		}
	}
	if a == adjust && !slices.ContainsFunc(s.writable, func(w string) bool { return within(name, w) }) {
		return s.fixed
	}
	return nil
}

// covers tells whether a pattern matches name, or a folder above it.
func covers(pattern, name string) bool {
	at := start(pattern)
	if at.over() {
		return true
	}
	for part := range strings.SplitSeq(strings.Trim(name, "/"), "/") {
		if part == "" {
			continue
		}
		if at = at.next(part); at.over() {
			return true
		}
		if len(at.places) == 0 {
			return false
		}
	}
	return false
}

// moved is a rule that would say something else of what lies below a folder if that were renamed from one name to the other; nil
// if whatever lies there now, or later, is under the same rules before and after. Neither name is one that is refused.
func (s *rules) moved(from, to string) *rule {
	before, after := s.names(from), s.names(to)
	for i := range s.list {
		if r := &s.list[i]; !slices.Equal(r.below(before), r.below(after)) {
			return r
		}
	}
	return nil
}

// below is what of the pattern is left to be matched by names below any of some folders: equal lists mean equal decisions.
func (r *rule) below(folders []string) []int {
	var all []int
	for _, f := range folders {
		at := start(r.pattern)
		for part := range strings.SplitSeq(strings.Trim(f, "/"), "/") {
			if part != "" {
				at = at.next(part)
			}
		}
		all = append(all, at.places...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// matching is how far a pattern has come: the places in it where the next component of a name may be matched, in rising order.
// It says what policy.MatchPath says, component by component.
type matching struct {
	parts  []string
	places []int
}

// start is a pattern before the root's first component.
func start(pattern string) matching {
	var parts []string
	if text := strings.Trim(pattern, "/"); text != "" {
		parts = strings.Split(text, "/")
	}
	m := matching{parts: parts}
	return matching{parts, m.reach(nil, 0)}
}

// reach adds a place, and those that a `**` there leads to by matching nothing.
func (m *matching) reach(places []int, at int) []int {
	for {
		if !slices.Contains(places, at) {
			places = append(places, at)
		}
		if at >= len(m.parts) || m.parts[at] != "**" {
			return places
		}
		at++
	}
}

// over tells whether the whole pattern has been matched.
func (m *matching) over() bool { return slices.Contains(m.places, len(m.parts)) }

// next goes on by one component.
func (m *matching) next(part string) matching {
	var places []int
	for _, at := range m.places {
		switch {
		case at >= len(m.parts):
		case m.parts[at] == "**":
			places = m.reach(places, at)
		case policy.MatchPath(m.parts[at], part):
			places = m.reach(places, at+1)
		}
	}
	slices.Sort(places)
	return matching{m.parts, places}
}

// any is a rule to name where it can't be told which one a call would get round.
func (s *rules) any() *rule {
	switch {
	case len(s.list) > 0:
		return &s.list[0]
	case s.fixed != nil:
		return s.fixed
	}
	return &rule{index: -1}
}

// first is the first rule of a kind; nil if there is none.
func (s *rules) first(k kind) *rule {
	for i := range s.list {
		if s.list[i].kind == k {
			return &s.list[i]
		}
	}
	return nil
}
