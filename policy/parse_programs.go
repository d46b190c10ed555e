// Reading the elements of exec's allow: patterns, and programs with a checksum or arguments.

package policy

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// programFields are the keys of an element of exec's allow that is a map.
func programFields() []field[ExecProgram] {
	const in = "exec.allow[]"
	return []field[ExecProgram]{
		{Key{Section: in, Name: "path", Type: "pattern", Required: true, Example: "path: /usr/bin/git", schema: absoluteForm(),
			Doc: "Which programs: the path of the real file, as in an element that is no map."},
			func(p *parser, n *yaml.Node, out *ExecProgram) { out.Path = p.pattern(n) }},
		{Key{Section: in, Name: "sha256", Default: "any", Type: "64 hexadecimal digits", Example: "sha256: " + exampleSum,
			schema: schema{"type": "string", "pattern": fmt.Sprintf("^[0-9a-f]{%d}$", sumDigits)},
			Doc:    "The SHA-256 of the file, as sha256sum prints it. A script is never allowed by it."}, (*parser).sha256},
		{Key{Section: in, Name: "argv", Default: "any", Type: "list of patterns", Example: `argv: [git, clone, "https://*", "..."]`,
			schema: schema{"type": "array", "minItems": 1, "items": scalarForm()},
			Doc:    "The arguments, the program's name first: `*` stands for any characters, `?` for one of them, and `...` at the end for any further arguments."}, (*parser).programArgv},
	}
}

const (
	sumDigits  = 64 // of a SHA-256 in hexadecimal
	exampleSum = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
)

// execAllow reads the programs that may run. None at all is a list too: nothing may run.
func (p *parser) execAllow(n *yaml.Node, out *execSection) {
	out.restrict = true
	l := execList{place: p.at(n)}
	all := []*yaml.Node{n} // one map alone is a list of it
	if n.Kind != yaml.MappingNode {
		all = p.list(n, "allow", true)
	}
	for _, e := range all {
		if e.Kind != yaml.MappingNode {
			if s := p.pattern(e); s != "" {
				l.allow = append(l.allow, s)
			}
			continue
		}
		var x ExecProgram
		before := len(p.errs)
		mapping(p, e, "a program", programFields(), &x)
		switch {
		case len(p.errs) > before:
		case x.SHA256 == "" && x.Argv == nil:
			l.allow = append(l.allow, x.Path)
		default:
			l.programs = append(l.programs, x)
		}
	}
	out.lists = []execList{l}
}

// sha256 reads a checksum.
func (p *parser) sha256(n *yaml.Node, out *ExecProgram) {
	s, ok := p.text(n, "a SHA-256")
	if !ok {
		return
	}
	odd := strings.Trim(s, "0123456789abcdef")
	switch {
	case strings.HasPrefix(s, "sha256:"):
		p.errorf(n, ErrValue, "write what follows the colon", "a SHA-256 is hexadecimal digits alone, without sha256: before them")
	case odd != "" && strings.Trim(strings.ToLower(s), "0123456789abcdef") == "":
		p.errorf(n, ErrValue, "write "+cut(strings.ToLower(s)), "the digits of a SHA-256 are written in lower case")
	case odd != "":
		p.errorf(n, ErrValue, "sha256sum FILE prints it", "%s is no SHA-256: its digits are 0 to 9 and a to f", quote(s))
	case len(s) != sumDigits:
		p.errorf(n, ErrValue, "sha256sum FILE prints it", "a SHA-256 has %d hexadecimal digits, not %d", sumDigits, len(s))
	default:
		out.SHA256 = s
	}
}

// programArgv reads the patterns for a program's arguments.
func (p *parser) programArgv(n *yaml.Node, out *ExecProgram) {
	all := p.fullList(n, "argv", false)
	for i, e := range all {
		if e.Kind != yaml.ScalarNode || e.Tag == "!!null" {
			p.errorf(e, ErrType, "", "an argument is text, not %s", kindName(e))
			continue
		}
		rest := e.Value == RestOfArgv
		switch {
		case rest && len(all) == 1:
			p.errorf(e, ErrValue, "remove argv", "argv is %s alone, which any arguments match", RestOfArgv)
		case rest && i < len(all)-1:
			p.errorf(e, ErrValue, "put it last", "%s stands for all further arguments, so nothing can follow it", RestOfArgv)
		case e.Value == ArgsPlaceholder:
			p.errorf(e, ErrValue, "write "+RestOfArgv+" for any arguments", "%s is for rewrites", ArgsPlaceholder)
		}
		out.Argv = append(out.Argv, e.Value)
	}
}

// texts are the elements of a list as people would write them, short.
func (l *execList) texts() []string {
	all := slices.Clone(l.allow)
	for _, x := range l.programs {
		text := x.Path
		if x.SHA256 != "" {
			text += " sha256 " + x.SHA256[:8] + "…"
		}
		if x.Argv != nil {
			text += " argv " + shortList(x.Argv)
		}
		all = append(all, text)
	}
	return all
}
