// Names of bits and values, and how sets of them are printed.

package decode

import (
	"slices"
	"strings"
)

// A name is a constant of the kernel's headers.
type name struct {
	name  string
	value uint64
}

// names is a set of bits, or of values of which one holds.
type names struct {
	list    []name
	unknown string // O_???: what strace says beside a number that has no name
	enum    bool   // one of several
	mask    uint64 // of bits: a part that is one of several, first in the list (O_ACCMODE)
	ignore  uint64 // bits that mean something else
	always  bool   // unknown is said behind names too
}

// find is the name of a value of an enumeration.
func (n *names) find(v uint64) (string, bool) {
	for _, e := range n.list {
		if e.value == v {
			return e.name, true
		}
	}
	return "", false
}

// split takes a value apart: the names, and the bits that have none.
func (n *names) split(v uint64) (found []string, rest uint64) {
	if n.enum {
		if s, ok := n.find(v); ok {
			return []string{s}, 0
		}
		return nil, v
	}
	rest = v
	if n.mask != 0 {
		if s, ok := n.find(v & n.mask); ok {
			found = append(found, s)
			rest &^= n.mask
		}
	}
	for _, e := range n.list {
		if e.value != 0 && e.value&n.mask == 0 && rest&e.value == e.value {
			found = append(found, e.name)
			rest &^= e.value
		}
	}
	return found, rest
}

// names are those of a value, for matching: of a name that stands for several bits the shorter ones too.
func (n *names) names(v uint64) []string {
	v &^= n.ignore
	found, _ := n.split(v)
	if n.enum {
		return found
	}
	for _, e := range n.list {
		if e.value != 0 && e.value&n.mask == 0 && v&e.value == e.value && !slices.Contains(found, e.name) {
			found = append(found, e.name)
		}
	}
	return found
}

// all are the names that there are.
func (n *names) all() []string {
	var list []string
	for _, e := range n.list {
		list = append(list, e.name)
	}
	return list
}

// append appends a value.
func (n *names) append(b []byte, v uint64) []byte {
	found, rest := n.split(v)
	switch {
	case len(found) == 0 && rest == 0:
		if s, ok := n.find(0); ok {
			return append(b, s...)
		}
		return append(b, '0')
	case len(found) == 0:
		b = appendHex(b, rest)
		if n.unknown != "" {
			b = append(append(append(b, " /* "...), n.unknown...), " */"...)
		}
		return b
	}
	b = append(b, strings.Join(found, "|")...)
	if rest != 0 {
		b = appendHex(append(b, '|'), rest)
		if n.always {
			b = append(append(append(b, " /* "...), n.unknown...), " */"...)
		}
	}
	return b
}
