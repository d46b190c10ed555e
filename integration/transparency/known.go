// known.go reads the list of tests whose loss is known and lies in the kernel.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"gopkg.in/yaml.v3"
)

// A knownLoss is one entry: a test, or a pattern in which * stands for any run
// of characters, and the reason why no wrapper of this kind can keep it.
type knownLoss struct {
	pattern string
	reason  string
	line    int
	used    bool
}

// known is the list in its file's order.
type known []*knownLoss

// readKnown parses a list: a YAML mapping from pattern to reason. Aliases, and
// anything but strings, are refused with file:line:column.
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
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return nil, nil
	}
	at := func(n *yaml.Node, msg string) error {
		return fmt.Errorf("%s:%d:%d: %s", path, n.Line, n.Column, msg)
	}
	if root.Kind != yaml.MappingNode {
		return nil, at(root, "want a mapping from test to reason")
	}
	var list known
	seen := map[string]bool{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode || key.Value == "":
			return nil, at(key, "want the name of a test")
		case value.Kind != yaml.ScalarNode || strings.TrimSpace(value.Value) == "" || value.Tag == "!!null":
			return nil, at(value, "want the reason in the kernel, as text")
		case seen[key.Value]:
			return nil, at(key, key.Value+" is listed twice")
		}
		seen[key.Value] = true
		list = append(list, &knownLoss{pattern: key.Value, reason: strings.TrimSpace(value.Value), line: key.Line})
	}
	return list, nil
}

// find returns the first entry that covers test, marking it as used, or nil.
func (k known) find(test string) *knownLoss {
	for _, e := range k {
		if matches(e.pattern, test) {
			e.used = true
			return e
		}
	}
	return nil
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
