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
	type part struct {
		first, last uint32
		abi         ABI
	}
	var parts []part
	for _, abi := range abis() {
		if abi.AuditArch() == arch {
			for _, n := range abi.numbers() {
				parts = append(parts, part{n[0], n[1], abi})
			}
		}
	}
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.first, b.first) })
	spans := make([]span, 0, len(s.ABIs[0].table())+32) // the table, and the gaps in it
	answers := make(map[ABI][]answer, len(s.ABIs))
	for _, p := range parts {
		if !slices.Contains(s.ABIs, p.abi) {
			spans = append(spans, span{p.first, foreign})
			continue
		}
		if answers[p.abi] == nil {
			answers[p.abi] = s.answers(p.abi)
		}
		spans = fill(spans, p.first, p.last, p.abi.table(), answers[p.abi], unknown)
	}
	return spans
}

// fill appends the spans of the numbers from first to last: those of a table have their answers, those between them are unknown.
func fill(spans []span, first, last uint32, table []entry, answers []answer, unknown *answer) []span {
	next := uint64(first) // the first number without a span
	for i, e := range table {
		if e.nr < first || e.nr > last || uint64(e.nr) < next { // the last: another name of the number before
			continue
		}
		if uint64(e.nr) > next {
			spans = append(spans, span{uint32(next), unknown})
		}
		spans = append(spans, span{e.nr, &answers[i]})
		next = uint64(e.nr) + 1
	}
	if next <= uint64(last) {
		spans = append(spans, span{uint32(next), unknown})
	}
	return spans
}

// answers are what is answered to each number that the ABI's table has: in the place of the number's first line.
func (s *Spec) answers(abi ABI) []answer {
	all := make([]answer, len(abi.table()))
	for i := range all {
		all[i] = answer{do: s.Default, by: ByDefault}
	}
	settled := make([]bool, len(all)) // by an unconditional rule
	seen := make([]int, len(all))     // the last rule that named it, from 1: a rule may name a call twice
	for i := range s.Rules {
		r := &s.Rules[i]
		when := slices.Clone(r.When)
		if len(r.ABIs) > 0 && !slices.Contains(r.ABIs, abi) {
			continue
		}
		for name := range r.allNames() {
			at, ok := abi.line(name)
			if !ok || settled[at] || seen[at] == i+1 {
				continue
			}
			seen[at] = i + 1
			a := &all[at]
			if len(r.When) > 0 {
				a.first = append(a.first, candidate{i, when, r.Do})
				continue
			}
			a.do, a.by = r.Do, i
			settled[at] = true
		}
	}
	return all
}
