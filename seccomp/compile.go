// From a Spec to BPF: answers become a graph of tests, which assemble.go writes down.

package seccomp

import (
	"fmt"
	"math"

	"golang.org/x/net/bpf"
)

// Where the fields of struct seccomp_data are (linux/seccomp.h). All
// architectures here are little-endian: the low half of a 64-bit field comes
// first.
const (
	offNr   = 0
	offArch = 4
	offArgs = 16
	dataLen = 64
)

// Compile turns a Spec into a filter program. Besides the errors of
// [Spec.Check] it fails with [ErrTooLong] if the kernel would not take a
// program of that length.
func Compile(s *Spec) (*Program, error) {
	decider, err := s.Decider()
	if err != nil {
		return nil, err
	}
	g := newGraph()
	raw := assemble(g, g.root(decider))
	if len(raw) > maxInstructions {
		return nil, fmt.Errorf("seccomp: %w: it has %d", ErrTooLong, len(raw))
	}
	p, err := NewProgram(raw)
	if err != nil {
		return nil, fmt.Errorf("seccomp: our compiler made a bad program: %w", err)
	}
	p.decider = decider
	p.rules = cloneRules(s.Rules)
	return p, p.checkAgainst(decider)
}

// node is one step of a filter: an answer, or a test of one 32-bit word of
// seccomp_data. Equal nodes are stored once.
type node struct {
	k       uint32 // the answer, or what the word is compared with
	off     uint32 // which word
	mask    uint32 // the bits of the word that count
	yes, no ref    // where to go on
	test    uint16 // a bpf.JumpTest
	answer  bool
}

// ref is a node's position in its graph.
type ref int32

// graph is a filter without an order of instructions. Nodes refer to nodes
// before them only, so it has no loops.
type graph struct {
	nodes []node
	slots []ref // where nodes are found: by hash, from 1; 0: none. A power of two, and at most half of them are taken
}

// newGraph has room for a policy of some size.
func newGraph() *graph {
	const some = 256
	return &graph{nodes: make([]node, 0, some), slots: make([]ref, 2*some)}
}

// add stores a node, or finds it if there is an equal one.
func (g *graph) add(n node) ref {
	slot := g.find(&n)
	if r := g.slots[slot]; r != 0 {
		return r - 1
	}
	g.nodes = append(g.nodes, n)
	r := ref(len(g.nodes))
	g.slots[slot] = r
	if 2*len(g.nodes) > len(g.slots) {
		g.slots = make([]ref, 2*len(g.slots))
		for i := range g.nodes {
			g.slots[g.find(&g.nodes[i])] = ref(i + 1)
		}
	}
	return r - 1
}

// find is the slot that an equal node is in, or would be.
func (g *graph) find(n *node) int {
	h := uint64(14695981039346656037) // FNV-1a, a word at a time
	for _, w := range [...]uint64{uint64(n.k) | uint64(n.off)<<32, uint64(n.mask) | uint64(n.test)<<32, uint64(uint32(n.yes)) | uint64(uint32(n.no))<<32} {
		h = (h ^ w) * 1099511628211
		h ^= h >> 29
	}
	for slot := int(h>>7) & (len(g.slots) - 1); ; slot = (slot + 1) & (len(g.slots) - 1) {
		if r := g.slots[slot]; r == 0 || g.nodes[r-1] == *n {
			return slot
		}
	}
}

// ret is the node that answers with an action.
func (g *graph) ret(a Action) ref { return g.add(node{answer: true, k: a.Ret()}) }

// when is the node that tests a word, or no node at all where the result does
// not matter.
func (g *graph) when(off, mask uint32, test bpf.JumpTest, k uint32, yes, no ref) ref {
	if yes == no {
		return yes
	}
	return g.add(node{off: off, mask: mask, test: uint16(test), k: k, yes: yes, no: no})
}

// root is the whole filter: the architecture is tested first, since a number
// means nothing without it.
func (g *graph) root(d *Decider) ref {
	next := g.ret(d.foreign)
	for i := len(d.archs) - 1; i >= 0; i-- {
		a := &d.archs[i]
		here := g.tree(g.targets(a.spans))
		next = g.add(node{off: offArch, mask: math.MaxUint32, test: uint16(bpf.JumpEqual), k: a.arch, yes: here, no: next})
	}
	return next
}

// target is where a span of numbers from lo on leads.
type target struct {
	lo uint32
	to ref
}

// targets lowers the answers of spans and joins neighbours that turn out to
// do the same.
func (g *graph) targets(spans []span) []target {
	var out []target
	for _, s := range spans {
		to := g.answer(s.answer)
		if len(out) == 0 || out[len(out)-1].to != to {
			out = append(out, target{s.lo, to})
		}
	}
	return out
}

// tree searches for the span that a number is in: by halves, and where one
// number lies alone between two spans that do the same, by one comparison.
func (g *graph) tree(t []target) ref {
	if len(t) == 1 {
		return t[0].to
	}
	if len(t) == 3 && t[0].to == t[2].to && t[2].lo == t[1].lo+1 {
		return g.when(offNr, math.MaxUint32, bpf.JumpEqual, t[1].lo, t[1].to, t[0].to)
	}
	mid := len(t) / 2
	above, below := g.tree(t[mid:]), g.tree(t[:mid])
	return g.when(offNr, math.MaxUint32, bpf.JumpGreaterOrEqual, t[mid].lo, above, below)
}

// answer tests the candidates one after the other.
func (g *graph) answer(a *answer) ref {
	next := g.ret(a.do)
	for i := len(a.first) - 1; i >= 0; i-- {
		c := &a.first[i]
		here := g.ret(c.do)
		for j := len(c.when) - 1; j >= 0; j-- {
			here = g.cond(&c.when[j], here, next)
		}
		next = here
	}
	return next
}

// cond tests one condition: 64 bits in two halves, of which those that can't
// change the result are left out.
func (g *graph) cond(c *Cond, yes, no ref) ref {
	op, mask, value := c.parts()
	switch op { // half of the comparisons are the others turned round
	case Ne:
		op, yes, no = Eq, no, yes
	case Lt:
		op, yes, no = Ge, no, yes
	case Le:
		op, yes, no = Gt, no, yes
	}
	low := uint32(offArgs + 8*c.Arg)
	high := low + 4
	test := bpf.JumpEqual
	switch op {
	case Gt:
		test = bpf.JumpGreaterThan
	case Ge:
		test = bpf.JumpGreaterOrEqual
	}
	here := yes // where the low half's mask is 0, every low half is equal
	if uint32(mask) != 0 {
		here = g.when(low, uint32(mask), test, uint32(value), yes, no)
	}
	maskHigh, valueHigh := uint32(mask>>32), uint32(value>>32)
	if maskHigh == 0 {
		return here
	}
	here = g.when(high, maskHigh, bpf.JumpEqual, valueHigh, here, no)
	if op == Eq {
		return here
	}
	return g.when(high, maskHigh, bpf.JumpGreaterThan, valueHigh, yes, here)
}
