// Reading the maps and lists about what the first program is given: environment, descriptors.

package policy

import (
	"slices"

	"gopkg.in/yaml.v3"
)

// environmentSection is the map environment.
type environmentSection struct {
	place
	keepAll      bool
	keepAt       place // said if keep is
	keep, remove []string
	set          []EnvVar
	removeAt     place               // said if remove is
	more, less   *environmentSection // keys with a sign
}

// environment reads the map.
func (p *parser) environment(n *yaml.Node, out *Policy) {
	before := len(p.errs)
	e := &out.environment
	e.place = p.at(n)
	more, less := mapping(p, n, "environment", environmentFields(), e)
	e.more, e.less = &more, &less
	if len(p.errs) > before {
		return
	}
	if len(n.Content) == 0 {
		p.errorf(n, ErrMissingKey, `write for example remove: ["*_TOKEN"]`, "environment is empty")
	}
	for _, name := range e.keep {
		if slices.Contains(e.remove, name) {
			p.errorAt(e.place, ErrContradiction, "remove it from one of the lists", "%s is in the list keep and in the list remove", quote(name))
		}
	}
}

// environmentKeep reads all, or a list of names.
func (p *parser) environmentKeep(n *yaml.Node, out *environmentSection) {
	out.keepAt = p.at(n)
	if n.Kind == yaml.ScalarNode && n.Value == "all" {
		out.keepAll = true
		return
	}
	out.keep = p.variableNames(p.list(n, "keep", true), "keep")
}

// variableNames reads names of variables, or patterns for them.
func (p *parser) variableNames(nodes []*yaml.Node, what string) []string {
	var out []string
	for _, e := range nodes {
		name, ok := p.text(e, "the name of a variable")
		switch {
		case !ok:
		case !variableName(name):
			p.errorf(e, ErrValue, "", "%s cannot be the name of a variable", quote(name))
		case slices.Contains(out, name):
			p.errorf(e, ErrValue, "remove one of them", "%s names %s twice", what, quote(name))
		default:
			out = append(out, name)
		}
		if p.full() {
			break
		}
	}
	if len(out) > maxRules {
		p.errorf(nodes[0], ErrTooBig, "use patterns, as AWS_*", "%s has %d names; %d is the most", what, len(out), maxRules)
	}
	return out
}

// environmentFields are the keys of the map environment.
func environmentFields() []field[environmentSection] {
	const in = "environment"
	name := schema{"type": "string", "pattern": "^[^=]+$"}
	return []field[environmentSection]{
		{Key{Section: in, Name: "keep", Signs: signAdds, Default: "all", Type: "list of names, or all", Example: `keep: [PATH, HOME, LANG, "LC_*"]`,
			schema: schema{"anyOf": []schema{{"const": "all"}, listOf(name, 0)}},
			Doc:    "The variables that the program inherits; * stands for any characters. Without it: all."}, (*parser).environmentKeep},
		{Key{Section: in, Name: "remove", Signs: signsOfRefusing, Default: "none", Type: "list of names", Example: `remove: ["AWS_*", "*_TOKEN"]`, schema: listOf(name, 1),
			Doc: "Variables to leave out. Done after keep."},
			func(p *parser, n *yaml.Node, out *environmentSection) {
				out.remove, out.removeAt = p.variableNames(p.fullList(n, "remove", true), "remove"), p.at(n)
			}},
		{Key{Section: in, Name: "set", Default: "none", Type: "map of text", Example: "set: {LANG: C, CI: \"true\"}", schema: textMap(),
			Doc: "Variables to set; a value may begin with {cwd} or {tmp}. Done last."},
			func(p *parser, n *yaml.Node, out *environmentSection) {
				r := &rewriteRule{}
				p.envSet(n, r)
				out.set = r.set
			}},
	}
}

// descriptorsSection is the list descriptors.
type descriptorsSection struct {
	place
	fds []int
}

// descriptors reads the numbers of the descriptors that are inherited.
func (p *parser) descriptors(n *yaml.Node, out *Policy) {
	out.descriptors = descriptorsSection{place: p.at(n)}
	for _, e := range p.list(n, "descriptors", true) {
		if p.full() {
			return
		}
		if e.Kind == yaml.ScalarNode && slices.Contains([]string{"0", "1", "2"}, e.Value) {
			p.errorf(e, ErrNumber, "remove it", "descriptor %s is always inherited", e.Value)
			continue
		}
		// The kernel's own limit is fs.nr_open, 2^20 if nobody raised it (proc_sys_fs(5)).
		fd, ok := p.number(e, "a descriptor", 3, 1<<20-1)
		switch {
		case !ok:
		case slices.Contains(out.descriptors.fds, fd):
			p.errorf(e, ErrValue, "remove one of them", "descriptor %d is named twice", fd)
		default:
			out.descriptors.fds = append(out.descriptors.fds, fd)
		}
	}
	slices.Sort(out.descriptors.fds)
}
