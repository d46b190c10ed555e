// Reading a policy, and those that it extends.

package policy

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxExtends is how many policies may be built one on another.
const maxExtends = 8

// extendsRule is the value of extends.
type extendsRule struct {
	place
	name string
}

// overrideRule is the value of override.
type overrideRule struct {
	place
	on bool
}

// A Loader reads policies and the ones that they extend. The zero Loader knows no built-in policies. It may be used from
// any goroutine if BuiltIn may.
type Loader struct {
	// BuiltIn finds a built-in policy by its name, and gives its text and a name for it in messages. It may be nil.
	BuiltIn func(name string) (data []byte, file string, ok bool)
}

// Load reads the policy in a regular file of at most 1 MiB, and those that it extends, and parses them. The error is an
// [Errors]; when a file could not be read, errors.Is finds the system's error in it too. Load does not block on a FIFO,
// and opens no device.
func (l Loader) Load(path string) (*Policy, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, Errors{err}
	}
	return l.Parse(path, data)
}

// Named reads a built-in policy by its name. What its rules say to write goes into a policy that extends it, because nobody can
// change it. ok is false if there is none of that name.
func (l Loader) Named(name string) (p *Policy, ok bool, err error) {
	if l.BuiltIn == nil {
		return nil, false, nil
	}
	data, file, ok := l.BuiltIn(name)
	if !ok {
		return nil, false, nil
	}
	if p, err = l.Parse(file, data); err == nil {
		p.builtIn = name
	}
	return p, true, err
}

// Parse checks a policy and everything in it. file is its name for messages, and where the files that it extends are
// looked for. The error is an [Errors] with all mistakes, up to 20. Time and memory are bounded whatever the data are.
func (l Loader) Parse(file string, data []byte) (*Policy, error) {
	c := &chain{loader: l, files: true, groups: make(map[string][]string)}
	return c.load(file, data)
}

// Load is [Loader.Load] of the zero Loader.
func Load(path string) (*Policy, error) { return Loader{}.Load(path) }

// Parse is [Loader.Parse], but reads nothing but data: a policy that extends another is a mistake.
func Parse(file string, data []byte) (*Policy, error) {
	c := &chain{groups: make(map[string][]string)}
	return c.load(file, data)
}

// chain is a policy and those that it extends, while they are read.
type chain struct {
	loader Loader
	files  bool // extends may be followed
	depth  int
	size   int      // bytes read so far
	marks  int      // as in checkText
	seen   []string // what was read, from the first on, to find cycles

	groups map[string][]string
	work   int
}

// load parses one policy and, if it extends one, that one, and merges them.
func (c *chain) load(file string, data []byte) (*Policy, error) {
	marks, err := checkText(file, data)
	if err != nil {
		return nil, Errors{err}
	}
	if c.marks, c.size = c.marks+marks, c.size+len(data); c.marks > maxMarks || c.size > maxFile {
		return nil, Errors{{File: file, kind: ErrTooBig, Msg: "is too big together with the policies that extend it: 1 MiB and 100000 lines, elements and keys are the most for all of them"}}
	}
	p := &parser{file: file, groups: c.groups, work: c.work}
	out := &Policy{File: file, left: leftRule{how: SurvivorsKill}, outside: outsideRule{reach: OutsideSealed}, enforce: enforceRule{how: EnforceStrict}}
	out.Name = strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	root := p.document(data)
	if root != nil {
		more, _ := mapping(p, root, "a policy", policyFields(), out)
		out.more = &more
		p.topLevel(root, out)
	}
	c.work = p.work
	p.shadows(out)
	if len(p.errs) > 0 {
		return nil, sorted(p.errs)
	}
	if out.base.said() {
		base, err := c.extended(out)
		if err != nil {
			return nil, err
		}
		if out = p.merge(base, out); len(p.errs) > 0 {
			return nil, sorted(p.errs)
		}
	}
	if p.whole(out); len(p.errs) > 0 {
		return nil, sorted(p.errs)
	}
	out.warnings = append(out.warnings, sorted(p.warnings)...)
	return out, nil
}

// sorted is mistakes in the order of their places.
func sorted(errs Errors) Errors {
	slices.SortStableFunc(errs, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return errs
}

// topLevel checks keys of the policy that need each other.
func (p *parser) topLevel(root *yaml.Node, out *Policy) {
	if root.Kind != yaml.MappingNode {
		return
	}
	if out.override.said() && !out.base.said() {
		p.errorAt(out.override.place, ErrMissingKey, "add extends, or remove it", "override says how another policy is extended, but extends is missing")
	}
	p.checkSigns(out)
	p.tasks(out)
	hasDefault := false
	for i := 0; i+1 < len(root.Content); i += 2 {
		hasDefault = hasDefault || root.Content[i].Value == "default"
	}
	if !hasDefault && !out.base.said() {
		f := find(policyFields(), "default")
		p.errorf(root, ErrMissingKey, "write for example "+f.Example, "a policy needs the key %q", "default")
	}
}

// extends reads the name of the policy that is extended.
func (p *parser) extends(n *yaml.Node, out *Policy) {
	if n.Kind == yaml.SequenceNode {
		p.errorf(n, ErrType, "a policy extends one; that one may extend another", "extends is the name of a policy, not a list")
		return
	}
	if s, ok := p.text(n, "extends"); ok {
		out.base = extendsRule{p.at(n), s}
	}
}

// isFile tells the name of a file from that of a built-in policy, as the command line does.
func isFile(name string) bool {
	return strings.Contains(name, "/") || strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
}

// extended reads the policy that a policy extends.
func (c *chain) extended(child *Policy) (*Policy, error) {
	at := child.base
	fail := func(kind, cause error, msg, hint string) Errors {
		return Errors{{File: at.file, Line: at.line, Column: at.column, Msg: msg, Hint: hint, kind: kind, cause: cause}}
	}
	if c.depth++; c.depth > maxExtends {
		return nil, fail(ErrExtends, nil, fmt.Sprintf("more than %d policies extend each other", maxExtends), "")
	}
	if !c.files {
		return nil, fail(ErrExtends, nil, "the policy "+quote(at.name)+" cannot be looked up here", "")
	}
	data, file, key, err := c.find(at)
	if err != nil {
		return nil, err
	}
	if len(c.seen) == 0 {
		c.seen = append(c.seen, filepath.Clean(child.File))
	}
	if slices.Contains(c.seen, key) {
		return nil, fail(ErrExtends, nil, "the policy extends itself: "+cut(strings.Join(append(c.seen, key), " → ")), "")
	}
	c.seen = append(c.seen, key)
	return c.load(file, data)
}

// find is the text of the policy that extends names, its name for messages, and one that no other policy has.
func (c *chain) find(at extendsRule) (data []byte, file, key string, err error) {
	fail := func(kind, cause error, msg, hint string) error {
		return Errors{{File: at.file, Line: at.line, Column: at.column, Msg: msg, Hint: hint, kind: kind, cause: cause}}
	}
	if !isFile(at.name) {
		if c.loader.BuiltIn != nil {
			if data, file, ok := c.loader.BuiltIn(at.name); ok {
				return data, file, "built-in " + at.name, nil
			}
		}
		return nil, "", "", fail(ErrExtends, nil, "there is no built-in policy "+quote(at.name), "jail policy list names them; the name of a file has a / in it or ends in .yaml")
	}
	file = at.name
	if !filepath.IsAbs(file) {
		file = filepath.Join(filepath.Dir(at.file), file)
	}
	data, rerr := readFile(file)
	if rerr != nil {
		return nil, "", "", fail(rerr.kind, rerr.cause, "the policy "+quote(file)+" "+rerr.Msg, rerr.Hint)
	}
	return data, file, filepath.Clean(file), nil
}
