// From text to a tree of YAML nodes that holds nothing but maps, lists and plain values.

package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxDepth is how deeply maps and lists may be nested: twice what the language
// has any use for.
const maxDepth = 16

// document decodes the one document that the text has, and nil if there are
// mistakes. Decoding stops at nodes: the library's decoding into Go values
// can panic, and takes no notice of duplicate keys in some places.
func (p *parser) document(data []byte) *yaml.Node {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	doc, err := decode(dec)
	if errors.Is(err, io.EOF) { // nothing but comments
		p.add(&Error{File: p.file, Msg: "holds no policy, only comments", Hint: `a policy begins with "version: 1"`, kind: ErrEmpty})
		return nil
	}
	if err != nil {
		p.add(syntaxError(p.file, data, err))
		return nil
	}
	next, err := decode(dec)
	switch {
	case err == nil:
		p.errorf(next, ErrDocuments, "a policy is one document; remove the line --- and what follows", "a second document begins here")
		return nil
	case !errors.Is(err, io.EOF):
		p.add(syntaxError(p.file, data, err))
		return nil
	}
	if len(doc.Content) != 1 {
		p.errorf(doc, ErrEmpty, "", "holds no policy")
		return nil
	}
	root := doc.Content[0]
	if !p.plain(root, 0) {
		return nil
	}
	return root
}

// decode reads one document. The library has panicked on hostile input
// before; should it again, that is an error like any other.
func decode(dec *yaml.Decoder) (doc *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			doc, err = nil, fmt.Errorf("yaml: %v", r)
		}
	}()
	doc = new(yaml.Node)
	err = dec.Decode(doc)
	return doc, err
}

// plain reports everything in the tree below n that makes YAML hard to read
// for people: anchors, aliases, merge keys, tags, keys that are no text, and
// nesting beyond use. It tells whether there was none of it.
func (p *parser) plain(n *yaml.Node, depth int) bool {
	switch {
	case depth > maxDepth:
		return p.errorf(n, ErrTooBig, "", "lists and maps are nested more than %d deep", maxDepth)
	case n.Kind == yaml.AliasNode:
		return p.errorf(n, ErrAlias, "write the value out", "the alias %s stands here", quote("*"+n.Value))
	case n.Anchor != "":
		return p.errorf(n, ErrAlias, "remove it", "the anchor %s stands here", quote("&"+n.Anchor))
	case strings.Contains(n.Value, "\x00"): // in a C string it would end what is written here
		return p.errorf(n, ErrValue, "", "the text has a zero byte in it")
	case n.Style&yaml.TaggedStyle != 0:
		return p.errorf(n, ErrTag, "remove it; a text that looks like a number is put in quotes", "the tag %s stands here", quote(n.Tag))
	}
	ok := true
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && !p.plainKey(c) {
			ok = false
			continue
		}
		ok = p.plain(c, depth+1) && ok
	}
	return ok
}

// plainKey reports a key that cannot be one.
func (p *parser) plainKey(k *yaml.Node) bool {
	switch {
	case k.Kind == yaml.ScalarNode && k.Tag == "!!merge":
		return p.errorf(k, ErrMergeKey, "write the keys out", "the merge key << stands here")
	case k.Kind == yaml.MappingNode || k.Kind == yaml.SequenceNode:
		return p.errorf(k, ErrType, "", "a key must be a word, not %s", kindName(k))
	}
	return true
}

// syntaxError makes an Error of what the YAML library said. The library knows
// no columns and not always the line; then the place is found in the text if
// that is possible.
func syntaxError(file string, data []byte, err error) *Error {
	msg := strings.TrimPrefix(err.Error(), "yaml: ")
	e := &Error{File: file, kind: ErrSyntax}
	if m := regexp.MustCompile(`^line (\d+): `).FindStringSubmatch(msg); m != nil {
		e.Line, _ = strconv.Atoi(m[1])
		msg = msg[len(m[0]):]
	}
	if m := regexp.MustCompile(`^unknown anchor '(.*)' referenced$`).FindStringSubmatch(msg); m != nil {
		e.kind = ErrAlias
		e.Msg, e.Hint = "the alias "+quote("*"+m[1])+" stands here", "write the value out"
		e.Line, e.Column = placeOf(data, "*"+m[1])
		return e
	}
	if line, col := tabIndent(data); line > 0 && (e.Line == 0 || line <= e.Line+1) {
		e.Line, e.Column = line, col
		e.Msg, e.Hint = "a tab stands in the indentation", "YAML is indented with blanks"
		return e
	}
	if line, col := bareSign(data, e.Line); line > 0 && strings.Contains(msg, "cannot start any token") {
		e.Line, e.Column = line, col
		e.Msg, e.Hint = "in YAML nothing can begin with @, % or `", `put it in quotes, as "@mount"`
		return e
	}
	e.Line = max(e.Line, 1)
	e.Column = indentOf(data, e.Line)
	e.Msg = "is not valid YAML: " + msg
	if strings.Contains(msg, "unexpected end of stream") { // the scanner says it of quotes alone
		e.Hint = "the end of a text in quotes is missing"
	}
	if strings.Contains(msg, "max depth") {
		e.kind = ErrTooBig
		e.Msg = fmt.Sprintf("lists and maps are nested more than %d deep", maxDepth)
	}
	return e
}

// placeOf finds the first line and column of a text.
func placeOf(data []byte, text string) (line, col int) {
	i := bytes.Index(data, []byte(text))
	if i < 0 {
		return 1, 1
	}
	before := string(data[:i])
	return strings.Count(before, "\n") + 1, len([]rune(before[strings.LastIndex(before, "\n")+1:])) + 1
}

// tabIndent finds the first line that is indented with a tab, and 0 if there
// is none.
func tabIndent(data []byte) (line, col int) {
	for i, l := range strings.Split(string(data), "\n") {
		blanks := len(l) - len(strings.TrimLeft(l, " "))
		if strings.HasPrefix(l[blanks:], "\t") && strings.TrimSpace(l) != "" {
			return i + 1, blanks + 1
		}
	}
	return 0, 0
}

// bareSign finds, from a line on, the first word that begins with a sign that
// YAML keeps for itself. The library's lines may be one too low.
func bareSign(data []byte, from int) (line, col int) {
	bare := regexp.MustCompile("(^|[\\[{,:-]) *([@%`])")
	for i, l := range strings.Split(string(data), "\n") {
		if i+1 < from {
			continue
		}
		if m := bare.FindStringSubmatchIndex(l); m != nil {
			return i + 1, len([]rune(l[:m[4]])) + 1
		}
	}
	return 0, 0
}

// indentOf is the column in which the text of a line begins.
func indentOf(data []byte, line int) int {
	lines := strings.Split(string(data), "\n")
	if line > len(lines) {
		return 1
	}
	l := lines[line-1]
	return len(l) - len(strings.TrimLeft(l, " ")) + 1
}

// quote is a text out of a policy, fit for a message: quoted and cut.
func quote(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return strconv.Quote(s)
}
