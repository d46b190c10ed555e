// From a graph of tests to instructions in order, with jumps that reach.

package seccomp

import (
	"math"
	"slices"

	"golang.org/x/net/bpf"
)

// maxSkip is how far a conditional jump reaches: its offsets have 8 bits.
const maxSkip = math.MaxUint8

// label is a place that can be jumped to: a node, or the part of it behind
// its load, for jumps from where the word is in the accumulator already.
type label struct {
	to     ref
	loaded bool
}

// assembler writes a program from its end to its start. Classic BPF only
// jumps forward, so whenever a jump is written its targets have their final
// distance: nothing is ever patched.
type assembler struct {
	graph    *graph
	needLoad []bool // by ref: some way leads here with another word loaded
	out      []bpf.RawInstruction
	at       [][2]int // by ref, and for labels behind the load: index in out of the nearest instruction that gets there
}

// assemble writes the program that starts at a node.
func assemble(g *graph, root ref) []bpf.RawInstruction {
	a := assembler{graph: g, needLoad: make([]bool, len(g.nodes)), at: make([][2]int, len(g.nodes)), out: make([]bpf.RawInstruction, 0, 2*len(g.nodes))}
	order := a.order(root)
	a.needLoad[root] = true
	for _, r := range order {
		n := &g.nodes[r]
		if n.answer {
			continue
		}
		for _, next := range []ref{n.yes, n.no} {
			if !a.carries(r, next) {
				a.needLoad[next] = true
			}
		}
	}
	for _, r := range order {
		a.place(r)
	}
	slices.Reverse(a.out)
	return a.out
}

// order lists what can be reached from root, targets before what jumps to
// them.
func (a *assembler) order(root ref) []ref {
	order := make([]ref, 0, len(a.graph.nodes))
	seen := make([]bool, len(a.graph.nodes))
	var visit func(r ref)
	visit = func(r ref) {
		if seen[r] {
			return
		}
		seen[r] = true
		if n := &a.graph.nodes[r]; !n.answer {
			visit(n.yes)
			visit(n.no)
		}
		order = append(order, r)
	}
	visit(root)
	return order
}

// carries tells whether a jump from one node to another finds the word that
// the latter tests in the accumulator. A mask spoils it.
func (a *assembler) carries(from, to ref) bool {
	f, t := &a.graph.nodes[from], &a.graph.nodes[to]
	return !t.answer && f.off == t.off && f.mask == math.MaxUint32
}

// place writes one node.
func (a *assembler) place(r ref) {
	n := &a.graph.nodes[r]
	if n.answer {
		a.put(label{r, false}, a.emit(bpf.RetConstant{Val: n.k}))
		return
	}
	at := a.jump(n, label{n.yes, a.carries(r, n.yes)}, label{n.no, a.carries(r, n.no)})
	if n.mask != math.MaxUint32 {
		at = a.emit(bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: n.mask})
	}
	a.put(label{r, true}, at)
	if a.needLoad[r] {
		a.put(label{r, false}, a.emit(bpf.LoadAbsolute{Off: n.off, Size: 4}))
	}
}

// jump writes a conditional jump, and stepping stones for targets out of its
// reach.
func (a *assembler) jump(n *node, yes, no label) int {
	for {
		switch {
		case a.distance(yes) > maxSkip:
			a.bringNear(yes)
		case a.distance(no) > maxSkip:
			a.bringNear(no)
		default:
			return a.emit(bpf.JumpIf{
				Cond: bpf.JumpTest(n.test), Val: n.k,
				SkipTrue: uint8(a.distance(yes)), SkipFalse: uint8(a.distance(no)),
			})
		}
	}
}

// bringNear writes an instruction that does what the one at a label does: a
// copy of an answer, or a jump of any length.
func (a *assembler) bringNear(l label) {
	if n := &a.graph.nodes[l.to]; n.answer {
		a.put(l, a.emit(bpf.RetConstant{Val: n.k}))
		return
	}
	a.put(l, a.emit(bpf.Jump{Skip: uint32(a.distance(l))}))
}

// distance is how many instructions lie between the one that is written next
// and a label.
func (a *assembler) distance(l label) int { return len(a.out) - *a.where(l) - 1 }

// put says where a label is now.
func (a *assembler) put(l label, at int) { *a.where(l) = at }

func (a *assembler) where(l label) *int {
	if l.loaded {
		return &a.at[l.to][1]
	}
	return &a.at[l.to][0]
}

// emit writes an instruction in front of all others and tells its index in
// out. The instructions made here are always well-formed.
func (a *assembler) emit(i bpf.Instruction) int {
	raw, err := i.Assemble()
	if err != nil {
		panic("seccomp: " + err.Error()) // a bug: no input reaches this
	}
	a.out = append(a.out, raw)
	return len(a.out) - 1
}
