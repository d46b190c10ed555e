// From rules to numbers: for each architecture, which span of numbers gets which answer.

package seccomp

import (
	"cmp"
	"slices"
)

// candidate is a rule that decides a number if its conditions hold.
type candidate struct {
	rule int
	when []Cond
	do   Action
}

// answer is what is answered to a number: the first candidate whose
// conditions hold, else do.
type answer struct {
	first []candidate
	do    Action
	by    int // the rule that says do, or a By… constant
}

// span is the numbers from lo to below the next span.
type span struct {
	lo     uint32
	answer *answer
}

// archSpans is all numbers, from 0 on, under one AUDIT_ARCH_… word.
type archSpans struct {
	arch  uint32
	spans []span
}

// layout lists the architectures of the Spec's ABIs, in that order. The Spec
// has been checked.
func (s *Spec) layout() []archSpans {
	var archs []archSpans
	for _, abi := range s.ABIs {
		arch := abi.AuditArch()
		if !slices.ContainsFunc(archs, func(a archSpans) bool { return a.arch == arch }) {
			archs = append(archs, archSpans{arch, s.spansOf(arch)})
		}
	}
	return archs
}

// spansOf lists the spans of all ABIs that share an architecture's word.
func (s *Spec) spansOf(arch uint32) []span {
	foreign := &answer{do: s.Foreign, by: ByForeign}
	unknown := &answer{do: s.Unknown, by: ByUnknown}
	var spans []span
	for _, abi := range abis() {
		if abi.AuditArch() != arch {
			continue
		}
		rest := foreign
		if slices.Contains(s.ABIs, abi) {
			rest = unknown
		}
		for _, n := range abi.numbers() {
			spans = append(spans, span{n[0], rest})
		}
		if rest == foreign {
			continue
		}
		for nr, a := range s.answers(abi) {
			spans = append(spans, span{nr, a}, span{nr + 1, unknown})
		}
	}
	return tidy(spans, unknown)
}

// answers are what is answered to each number that the ABI's table has.
func (s *Spec) answers(abi ABI) map[uint32]*answer {
	all := make(map[uint32]*answer)
	for _, e := range abi.table() {
		all[e.nr] = &answer{do: s.Default, by: ByDefault}
	}
	settled := make(map[uint32]bool) // by an unconditional rule
	for i := range s.Rules {
		r := &s.Rules[i]
		if len(r.ABIs) > 0 && !slices.Contains(r.ABIs, abi) {
			continue
		}
		seen := make(map[uint32]bool) // a rule may name a call twice
		for _, name := range r.allNames() {
			n, ok := abi.Number(name)
			nr := uint32(n)
			if !ok || settled[nr] || seen[nr] {
				continue
			}
			seen[nr] = true
			a := all[nr]
			if len(r.When) > 0 {
				a.first = append(a.first, candidate{i, slices.Clone(r.When), r.Do})
				continue
			}
			a.do, a.by = r.Do, i
			settled[nr] = true
		}
	}
	return all
}

// tidy sorts spans, lets real answers win over unknown ones that start at the
// same number, and joins neighbours with the same answer.
func tidy(spans []span, unknown *answer) []span {
	rank := func(s span) int {
		if s.answer == unknown {
			return 1
		}
		return 0
	}
	slices.SortFunc(spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.lo, b.lo), cmp.Compare(rank(a), rank(b)))
	})
	var out []span
	for _, s := range spans {
		if len(out) > 0 {
			last := out[len(out)-1]
			if last.lo == s.lo || last.answer == s.answer {
				continue
			}
		}
		out = append(out, s)
	}
	return out
}
