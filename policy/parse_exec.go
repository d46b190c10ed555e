// Reading the map exec.

package policy

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
	"gopkg.in/yaml.v3"
)

// execSection is the map exec.
type execSection struct {
	restrict   bool
	lists      []execList // a program must be in all of them; the policy's own comes first
	refuse     Action
	refuseNode *yaml.Node
	rewrites   []rewriteRule
	more       *execSection // keys with a +
}

// execList is one policy's allow.
type execList struct {
	place
	allow    []string
	programs []ExecProgram // those with conditions
}

// rewriteRule is an element of exec's rewrite.
type rewriteRule struct {
	place
	path, to string
	argv     []string
	set      []EnvVar
	remove   []string
}

// exec reads the map.
func (p *parser) exec(n *yaml.Node, out *Policy) {
	before := len(p.errs)
	x := &out.programs
	more, _ := mapping(p, n, "exec", execFields(), x)
	x.more = &more
	if len(p.errs) == before && x.refuseNode != nil && !x.restrict {
		p.errorf(x.refuseNode, ErrMissingKey, `write for example allow: ["/usr/bin/*"]`, "refuse says how other programs are refused, but allow is missing")
	}
	if x.refuse == (Action{}) {
		x.refuse = Action{Verb: Errno, Errno: ErrnoNumber(unix.EACCES)}
	}
}

// rewrites reads the list rewrite.
func (p *parser) rewrites(n *yaml.Node, out *execSection) {
	for _, e := range p.rules(n, "rewrite") {
		r := rewriteRule{place: p.at(e)}
		before := len(p.errs)
		mapping(p, e, "a rewrite", rewriteFields(), &r)
		if len(p.errs) > before {
			continue
		}
		if r.to == "" && len(r.argv) == 0 && len(r.set) == 0 && len(r.remove) == 0 {
			p.errorf(e, ErrMissingKey, "add to, argv or env", "the rewrite changes nothing")
			continue
		}
		out.rewrites = append(out.rewrites, r)
	}
}

// maxPath is the longest path that the kernel takes (PATH_MAX, limits.h).
const maxPath = 4096

// maxStars is how many ** a pattern may have.
const maxStars = 4

// pattern reads a pattern for absolute paths; "" if there was a mistake.
func (p *parser) pattern(n *yaml.Node) string {
	s := p.absolute(n)
	stars := 0
	for _, c := range strings.Split(s, "/") {
		if c == "**" {
			stars++
			continue
		}
		if strings.Contains(c, "**") {
			p.errorf(n, ErrValue, "write ** between slashes, as in /usr/**/gcc", "in %s, ** is not a whole component of the path", quote(s))
			return ""
		}
	}
	if stars > maxStars {
		p.errorf(n, ErrTooBig, "", "the pattern has %d times **; %d is the most", stars, maxStars)
		return ""
	}
	return s
}

// absolute reads an absolute path; "" if there was a mistake.
func (p *parser) absolute(n *yaml.Node) string {
	s, ok := p.text(n, "a path")
	if !ok {
		return ""
	}
	parts := strings.Split(s, "/")
	switch {
	case s[0] != '/':
		p.errorf(n, ErrValue, fmt.Sprintf("write /usr/bin/%s, or /**/%[1]s for one in any folder", parts[len(parts)-1]), "the path %s does not begin with /", quote(s))
	case len(s) >= maxPath:
		p.errorf(n, ErrTooBig, "", "the path is longer than %d bytes, the kernel's limit", maxPath-1)
	case slices.Contains(parts, "..") || slices.Contains(parts, "."):
		p.errorf(n, ErrValue, "write the path that it leads to", "the path %s has a component . or .., which no real path has", quote(s))
	case len(parts) < 2 || slices.Contains(parts[1:], ""):
		p.errorf(n, ErrValue, "remove the slash", "the path %s ends in a slash or has two of them together, so no program has it", quote(s))
	default:
		return s
	}
	return ""
}

// argv reads the arguments to run with.
func (p *parser) argv(n *yaml.Node, out *rewriteRule) {
	for i, e := range p.fullList(n, "argv", false) {
		if e.Kind != yaml.ScalarNode || e.Tag == "!!null" {
			p.errorf(e, ErrType, "", "an argument is text, not %s", kindName(e))
			continue
		}
		// A number is an argument as good as another, and may be empty.
		if e.Value == ArgsPlaceholder && i == 0 {
			p.errorf(e, ErrValue, "put the program's name before it", "the first argument cannot be {args}: a program's name is its first argument")
			continue
		}
		if e.Value == ArgsPlaceholder && slices.Contains(out.argv, ArgsPlaceholder) {
			p.errorf(e, ErrValue, "remove one of them", "{args} can stand here once")
			continue
		}
		out.argv = append(out.argv, e.Value)
	}
}

// env reads the changes to the environment.
func (p *parser) env(n *yaml.Node, out *rewriteRule) {
	before := len(p.errs)
	mapping(p, n, "env", envFields(), out)
	if len(p.errs) == before && len(out.set) == 0 && len(out.remove) == 0 {
		p.errorf(n, ErrMissingKey, "write set or remove", "env changes nothing")
	}
}

// envSet reads the variables to set.
func (p *parser) envSet(n *yaml.Node, out *rewriteRule) {
	if n.Kind != yaml.MappingNode {
		p.errorf(n, ErrType, "write it as {LANG: C}", "set is a map, not %s", kindName(n))
		return
	}
	seen := make(map[string]bool)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch {
		case seen[k.Value]:
			p.errorf(k, ErrDuplicateKey, "remove one of them", "the variable %s is set twice", quote(k.Value))
		case !variableName(k.Value):
			p.errorf(k, ErrValue, "", "%s cannot be the name of a variable", quote(k.Value))
		case v.Kind != yaml.ScalarNode || v.Tag == "!!null":
			p.errorf(v, ErrType, `the empty text is written ""`, "the value of a variable is text, not %s", kindName(v))
		default:
			seen[k.Value] = true
			out.set = append(out.set, EnvVar{k.Value, v.Value})
		}
	}
	slices.SortFunc(out.set, func(a, b EnvVar) int { return strings.Compare(a.Name, b.Name) })
}

// envRemove reads the names of the variables to leave out.
func (p *parser) envRemove(n *yaml.Node, out *rewriteRule) {
	for _, e := range p.fullList(n, "remove", true) {
		name, ok := p.text(e, "the name of a variable")
		if ok && !variableName(name) {
			ok = p.errorf(e, ErrValue, "", "%s cannot be the name of a variable", quote(name))
		}
		if ok {
			out.remove = append(out.remove, name)
		}
	}
}

// variableName tells whether an environment can hold a variable of that name
// (environ(7)); a pattern counts as one.
func variableName(s string) bool {
	return s != "" && !strings.Contains(s, "=")
}
