// Reading single YAML nodes: maps with known keys, lists, text, numbers.

package policy

import (
	"fmt"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxElements is how many elements a list may have.
const maxElements = 4096

// parser collects the mistakes of one policy.
type parser struct {
	file   string
	errs   Errors
	groups map[string][]string // members of the groups that were looked up
	work   int                 // conditions that were checked, one for each call
	signs  []signedKey         // keys that were written with a sign

	warnings []*Error
}

// full tells whether there are so many mistakes that further ones are not
// kept, and need not be looked for.
func (p *parser) full() bool { return len(p.errs) >= maxErrors }

// add keeps a mistake, if there were not too many before it.
func (p *parser) add(e *Error) {
	if !p.full() {
		p.errs = append(p.errs, e)
	}
}

// errorf keeps a mistake at a node. It is false, for callers that answer
// whether all is well.
func (p *parser) errorf(n *yaml.Node, kind error, hint, format string, args ...any) bool {
	p.add(&Error{File: p.file, Line: n.Line, Column: n.Column, Msg: fmt.Sprintf(format, args...), Hint: hint, kind: kind})
	return false
}

// errorAt is errorf for a place.
func (p *parser) errorAt(at place, kind error, hint, format string, args ...any) bool {
	p.add(&Error{File: at.file, Line: at.line, Column: at.column, Msg: fmt.Sprintf(format, args...), Hint: hint, kind: kind})
	return false
}

// warn keeps a warning, if there were not too many before it.
func (p *parser) warn(at place, hint, format string, args ...any) {
	if len(p.warnings) < maxErrors {
		p.warnings = append(p.warnings, &Error{File: at.file, Line: at.line, Column: at.column, Msg: fmt.Sprintf(format, args...), Hint: hint, kind: ErrNoEffect})
	}
}

// kindName says what a node is, as people would.
func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a map"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.Tag {
	case "!!null":
		return "nothing"
	case "!!int", "!!float":
		return "the number " + quote(n.Value)
	case "!!bool":
		return "the truth value " + quote(n.Value)
	case "!!timestamp":
		return "the date " + quote(n.Value)
	default:
		return "the text " + quote(n.Value)
	}
}

// mapping reads a map whose keys are those of fields. what names the map in
// messages: "a policy". What keys with a + and with a - say is in more and less, which are empty if there are none.
func mapping[T any](p *parser, n *yaml.Node, what string, fields []field[T], out *T) (more, less T) {
	if n.Kind != yaml.MappingNode {
		p.errorf(n, ErrType, "its keys are: "+strings.Join(names(fields), ", "), "%s is a map, not %s", what, kindName(n))
		return more, less
	}
	seen := make(map[string]*yaml.Node)
	for i := 0; i+1 < len(n.Content) && !p.full(); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		sign, name := cutSign(k.Value)
		f := find(fields, name)
		switch {
		case f == nil:
			p.unknownKey(k, what, signedNames(fields, sign))
		case seen[k.Value] != nil:
			p.errorf(k, ErrDuplicateKey, "remove one of them", "the key %s stands here again, after line %d", quote(k.Value), seen[k.Value].Line)
		case sign != "" && !p.signed(k, f.Key, sign) || !p.pair(k, seen):
		default:
			seen[k.Value] = k
			f.set(p, v, map[string]*T{"": out, signAdds: &more, signTakes: &less}[sign])
		}
	}
	for _, f := range fields {
		if f.Required && seen[f.Name] == nil && seen[signAdds+f.Name] == nil {
			p.errorf(n, ErrMissingKey, "write for example "+f.Example, "%s needs the key %q", what, f.Name)
		}
	}
	return more, less
}

// unknownKey reports a key that does not exist, with the nearest that does.
func (p *parser) unknownKey(k *yaml.Node, what string, right []string) {
	other := "its keys are: " + strings.Join(right, ", ")
	for _, key := range Keys() {
		if key.Name != k.Value {
			continue
		}
		// A right key in the wrong place is mostly wrongly indented.
		place := "at the top of the policy"
		if key.Section != "" {
			place = "in " + key.Section
		}
		other = fmt.Sprintf("that key stands %s; here the keys are: %s", place, strings.Join(right, ", "))
		break
	}
	p.errorf(k, ErrUnknownKey, didYouMean(k.Value, right, other), "%s has no key %s", what, quote(k.Value))
}

// names lists the names of fields.
func names[T any](fields []field[T]) []string {
	var all []string
	for _, f := range fields {
		all = append(all, f.Name)
	}
	return all
}

// find is the field of a name, and nil if there is none.
func find[T any](fields []field[T], name string) *field[T] {
	for i := range fields {
		if fields[i].Name == name {
			return &fields[i]
		}
	}
	return nil
}

// list is the elements of a list; a value that is no list is one of one
// element where single allows it.
func (p *parser) list(n *yaml.Node, what string, single bool) []*yaml.Node {
	switch {
	case p.full():
		return nil
	case n.Kind == yaml.ScalarNode && n.Tag != "!!null" && single:
		return []*yaml.Node{n}
	case n.Kind != yaml.SequenceNode:
		p.errorf(n, ErrType, "write it as [a, b]", "%s is a list, not %s", what, kindName(n))
		return nil
	case len(n.Content) > maxElements:
		p.errorf(n, ErrTooBig, "", "%s has %d elements; %d is the most", what, len(n.Content), maxElements)
		return nil
	}
	return n.Content
}

// fullList is list for lists that must not be empty.
func (p *parser) fullList(n *yaml.Node, what string, single bool) []*yaml.Node {
	before := len(p.errs)
	all := p.list(n, what, single)
	if len(all) == 0 && len(p.errs) == before {
		p.errorf(n, ErrValue, "", "%s is empty", what)
	}
	return all
}

// text reads a text, which is not empty.
func (p *parser) text(n *yaml.Node, what string) (string, bool) {
	switch {
	case n.Kind == yaml.ScalarNode && n.Tag == "!!str" && n.Value == "":
		return "", p.errorf(n, ErrValue, "", "%s is empty", what)
	case n.Kind == yaml.ScalarNode && n.Tag == "!!str":
		return n.Value, true
	case n.Kind == yaml.ScalarNode && n.Tag != "!!null":
		return "", p.errorf(n, ErrType, "put it in quotes if it is meant as text", "%s is text, not %s", what, kindName(n))
	}
	return "", p.errorf(n, ErrType, "", "%s is text, not %s", what, kindName(n))
}

// line reads one short line of text for people.
func (p *parser) line(n *yaml.Node, what string) (string, bool) {
	s, ok := p.text(n, what)
	if !ok {
		return "", false
	}
	if len(s) > 200 || strings.ContainsFunc(s, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return "", p.errorf(n, ErrValue, "", "%s is one line of at most 200 bytes, without control characters", what)
	}
	return s, true
}

// boolean reads true or false.
func (p *parser) boolean(n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" {
		return p.errorf(n, ErrType, "", "the value is true or false, not %s", kindName(n))
	}
	return n.Value[0] == 't' || n.Value[0] == 'T'
}

// number reads a whole decimal number from low to high.
func (p *parser) number(n *yaml.Node, what string, low, high int) (int, bool) {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!int" && n.Tag != "!!float" {
		return 0, p.errorf(n, ErrType, "", "%s is a number, not %s", what, kindName(n))
	}
	i, err := strconv.Atoi(n.Value)
	if err != nil || i < low || i > high {
		return 0, p.errorf(n, ErrNumber, "", "%s is a whole number from %d to %d, not %s", what, low, high, quote(n.Value))
	}
	return i, true
}

// oneOf reads one of some words.
func (p *parser) oneOf(n *yaml.Node, what string, words ...string) (string, bool) {
	s, ok := p.text(n, what)
	if !ok {
		return "", false
	}
	for _, w := range words {
		if s == w {
			return s, true
		}
	}
	return "", p.errorf(n, ErrUnknownName, didYouMean(s, words, "it is one of: "+strings.Join(words, ", ")), "%s cannot be %s", what, quote(s))
}
