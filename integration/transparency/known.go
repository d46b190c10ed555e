// known.go reads the list of tests whose loss is known, and says which entries
// of it are stale.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// places are where the reason of a known loss can lie; known.yaml has one
// section for each, and says what they mean.
var places = []string{"kernel", "policy", "parent"}

// A knownLoss is one entry: a test, or a pattern in which * stands for any run
// of characters, and the reason why it is lost.
type knownLoss struct {
	pattern string
	place   string // one of places
	reason  string
	line    int
	used    bool // something was lost to it
	moot    bool // it covers a test that did not pass natively either
}

// known is the list in its file's order.
type known []*knownLoss

// readKnown parses a list: a YAML mapping from place to a mapping from pattern
// to reason. Aliases, repeated patterns, and anything but strings, are refused
// with file:line:column.
func readKnown(path string) (known, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("known losses: %w", err)
	}
	defer f.Close()
	var doc yaml.Node
	if err := yaml.NewDecoder(f).Decode(&doc); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("known losses: %s: %w", path, err)
	}
	root := doc.Content[0]
	if isNull(root) {
		return nil, nil
	}
	if root.Kind != yaml.MappingNode {
		return nil, nodeError(path, root, "want a mapping from place to tests")
	}
	p := knownParser{path: path, seen: map[string]bool{}}
	for i := 0; i+1 < len(root.Content); i += 2 {
		if err := p.section(root.Content[i], root.Content[i+1]); err != nil {
			return nil, err
		}
	}
	return p.list, nil
}

// A knownParser gathers the entries of one file.
type knownParser struct {
	path string
	list known
	seen map[string]bool // places and patterns so far
}

func (p *knownParser) section(place, tests *yaml.Node) error {
	switch {
	case place.Kind != yaml.ScalarNode || !slices.Contains(places, place.Value):
		return nodeError(p.path, place, "want one of the places "+strings.Join(places, ", "))
	case p.seen[place.Value]:
		return nodeError(p.path, place, place.Value+" is there twice")
	case isNull(tests):
		return nil
	case tests.Kind != yaml.MappingNode:
		return nodeError(p.path, tests, "want a mapping from test to reason")
	}
	p.seen[place.Value] = true
	for i := 0; i+1 < len(tests.Content); i += 2 {
		key, value := tests.Content[i], tests.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode || !strings.Contains(key.Value, "/"):
			return nodeError(p.path, key, "want the name of a test, as suite/test")
		case value.Kind != yaml.ScalarNode || strings.TrimSpace(value.Value) == "" || isNull(value):
			return nodeError(p.path, value, "want the reason, as text")
		case p.seen[key.Value]:
			return nodeError(p.path, key, key.Value+" is listed twice")
		}
		p.seen[key.Value] = true
		p.list = append(p.list, &knownLoss{
			pattern: key.Value,
			place:   place.Value,
			reason:  strings.TrimSpace(value.Value),
			line:    key.Line,
		})
	}
	return nil
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

func nodeError(path string, n *yaml.Node, msg string) error {
	return fmt.Errorf("%s:%d:%d: %s", path, n.Line, n.Column, msg)
}

// find returns the first entry that covers test, or nil.
func (k known) find(test string) *knownLoss {
	for _, e := range k {
		if matches(e.pattern, test) {
			return e
		}
	}
	return nil
}

// unlisted reports whether a test is lost that no entry covers.
func (k known) unlisted(findings []finding) bool {
	return slices.ContainsFunc(findings, func(f finding) bool {
		return f.class == lost && k.find(f.test) == nil
	})
}

// stale returns the entries that cover nothing that was lost, although the suite
// that they name has run as a whole and there was something to lose: where gdb is
// missing, say, its tests are skipped on both sides, which says nothing. Call it
// when all findings have been told.
func (k known) stale(whole []string) known {
	var out known
	for _, e := range k {
		suite, _, _ := strings.Cut(e.pattern, "/")
		if !e.used && !e.moot && slices.Contains(whole, suite) {
			out = append(out, e)
		}
	}
	return out
}

// matches reports whether pattern, in which * stands for any run of characters
// including '/', covers all of name.
func matches(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	rest, ok := strings.CutPrefix(name, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		_, after, ok := strings.Cut(rest, part)
		if !ok {
			return false
		}
		rest = after
	}
	return strings.HasSuffix(rest, parts[len(parts)-1])
}
