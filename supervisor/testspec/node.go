// Reading YAML with places for errors.

package testspec

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"jail/seccomp"
)

// A Problem is something in the file that means nothing. Its text says what would be right.
type Problem struct {
	File      string
	Line, Col int // from 1
	Text      string
}

// Error is the problem as file:line:column: text.
func (p *Problem) Error() string { return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Col, p.Text) }

// A reader reads one file, and collects what is wrong.
type reader struct {
	file     string
	problems []error
}

func (r *reader) wrong(n *yaml.Node, format string, a ...any) {
	r.problems = append(r.problems, &Problem{r.file, n.Line, n.Column, fmt.Sprintf(format, a...)})
}

// fails collects an error of another package; it gets the node's place.
func (r *reader) fails(n *yaml.Node, err error) {
	if err != nil {
		r.wrong(n, "%s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
}

// at is a node's place.
func (r *reader) at(n *yaml.Node) string { return fmt.Sprintf("%s:%d:%d", r.file, n.Line, n.Column) }

// object calls read for each key of a mapping, in its order, after it was found in the table; keys that must be there and are not, are
// told. It tells whether n is a mapping.
func (r *reader) object(n *yaml.Node, name string, read func(key string, v *yaml.Node)) bool {
	t := tableOf(name)
	if n.Kind != yaml.MappingNode {
		r.wrong(n, "here is %s, and there should be %s: a mapping with the keys %s", called(n), name, names(t))
		return false
	}
	seen := make(map[string]bool)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if !slices.ContainsFunc(t.keys, func(have key) bool { return have.name == k.Value }) {
			r.wrong(k, "%s has no %q%s; it has %s", name, k.Value, instead(t, k.Value), names(t))
			continue
		}
		if seen[k.Value] {
			r.wrong(k, "%s is given twice", k.Value)
			continue
		}
		seen[k.Value] = true
		read(k.Value, v)
	}
	for _, k := range t.keys {
		if k.must && !seen[k.name] {
			r.wrong(n, "%s needs %q: %s", name, k.name, k.doc)
		}
	}
	return true
}

// instead says where a key is that a table lacks, or which one was meant.
func instead(t table, word string) string {
	var have []string
	for _, k := range t.keys {
		have = append(have, k.name)
	}
	if near := seccomp.Nearest(word, have); near != "" {
		return "; did you mean " + near + "?"
	}
	for _, k := range t.keys { // one level down
		if k.kind == object && slices.ContainsFunc(tableOf(k.of).keys, func(under key) bool { return under.name == word }) {
			return ", which is a key of " + k.name
		}
	}
	return ""
}

func names(t table) string {
	var list []string
	for _, k := range t.keys {
		list = append(list, k.name)
	}
	return strings.Join(list, ", ")
}

// called says what a node is.
func called(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias (*name), which is not read here"
	}
	if n.Tag == "!!null" {
		return "nothing"
	}
	return strconv.Quote(n.Value)
}

// text reads a string. Numbers and truth values are written as they stand.
func (r *reader) text(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.wrong(n, "here is %s, and there should be a string", called(n))
		return ""
	}
	return n.Value
}

// texts reads a string, or a list of them.
func (r *reader) texts(n *yaml.Node) []string {
	if n.Kind != yaml.SequenceNode {
		return []string{r.text(n)}
	}
	list := []string{}
	for _, c := range n.Content {
		list = append(list, r.text(c))
	}
	return list
}

func (r *reader) number(n *yaml.Node, most int) int {
	v, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || v < 0 || v > most {
		r.wrong(n, "here is %s, and there should be a number from 0 to %d", called(n), most)
		return 0
	}
	return v
}

func (r *reader) bool(n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode || n.Value != "true" && n.Value != "false" {
		r.wrong(n, "here is %s, and there should be true or false", called(n))
	}
	return n.Value == "true"
}

// pairs calls read for each key of a mapping whose keys are the user's own.
func (r *reader) pairs(n *yaml.Node, what string, read func(k, v *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.wrong(n, "here is %s, and there should be a mapping: %s", called(n), what)
		return
	}
	seen := make(map[string]bool)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if seen[k.Value] {
			r.wrong(k, "%s is given twice", k.Value)
			continue
		}
		seen[k.Value] = true
		read(k, n.Content[i+1])
	}
}

// list calls read for each element.
func (r *reader) list(n *yaml.Node, read func(*yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		r.wrong(n, "here is %s, and there should be a list", called(n))
		return
	}
	for _, c := range n.Content {
		read(c)
	}
}

// since are the problems that came after there were n: a case's own.
func (r *reader) since(n int) []error {
	own := slices.Clone(r.problems[n:])
	r.problems = r.problems[:n]
	return sorted(own)
}

// sorted puts problems into the order of their places, in which people mend a file; those without a place come last.
func sorted(problems []error) []error {
	place := func(err error) (line, col int) {
		var p *Problem
		if errors.As(err, &p) {
			return p.Line, p.Col
		}
		return math.MaxInt, 0
	}
	slices.SortStableFunc(problems, func(a, b error) int {
		line, col := place(a)
		otherLine, otherCol := place(b)
		return cmp.Or(cmp.Compare(line, otherLine), cmp.Compare(col, otherCol))
	})
	return problems
}

// lineOf is one line of a text, from 1; nothing if there are not so many.
func lineOf(data []byte, n int) []byte {
	for ; n > 1; n-- {
		_, data, _ = bytes.Cut(data, []byte("\n"))
	}
	line, _, _ := bytes.Cut(data, []byte("\n"))
	return line
}

// syntax makes a Problem of an error of the YAML library, whose text begins with its line.
func (r *reader) syntax(data []byte, err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 1
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		if num, after, ok := strings.Cut(rest, ": "); ok {
			if n, err := strconv.Atoi(num); err == nil {
				line, text = n, after
			}
		}
	}
	if strings.Contains(text, "cannot start any token") && bytes.HasPrefix(lineOf(data, line), []byte("\t")) {
		text += "; YAML is indented with blanks, and not with tabs"
	}
	return errors.Join(&Problem{r.file, line, 1, "this is no YAML: " + text})
}
