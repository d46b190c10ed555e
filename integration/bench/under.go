// What real work runs under: nothing, the floor, jail with each policy, and the peers.

package main

import (
	"slices"
	"strings"

	"jail/policies"
)

// A wrapper puts words before a program.
type wrapper struct {
	name   string
	words  func(dir string) []string // dir is the folder that the program works in
	absent string
	may    func(work) bool // which work it can do at all; nil: all
	peer   bool            // it is not ours: if it fails, it is absent
}

// readers are the policies that let nothing be written, so that builds fail under them, as they should.
var readers = []string{"read-only", "strict"}

// wrappers are all of them. The first is what the others are compared with.
func (b *bench) wrappers() []wrapper {
	all := []wrapper{{name: native, words: func(string) []string { return nil }}}
	if words := strings.Fields(b.wrap); len(words) > 0 {
		return append(all, wrapper{name: words[0], words: func(string) []string { return words }})
	}
	if !b.quick {
		all = append(all, wrapper{name: floor, words: func(string) []string { return b.floor("-l")() }})
	}
	names := policies.Names()
	switch {
	case b.policies != "":
		names = strings.Split(b.policies, ",")
	case b.quick:
		names = []string{strict}
	}
	for _, name := range names {
		w := wrapper{name: name, words: func(string) []string { return b.jail(name)() }}
		if slices.Contains(readers, name) {
			w.may = func(w work) bool { return !w.writes }
		}
		all = append(all, w)
	}
	if b.peers {
		all = append(all, b.peerWrappers()...)
	}
	return all
}
