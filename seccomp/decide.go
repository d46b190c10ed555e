// What a Spec answers to a call: once straight from the rules, once prepared for speed.

package seccomp

import (
	"fmt"
	"iter"
	"slices"
	"sort"
)

// Decide says what the Spec answers to a call, and which rule: its index, or
// one of the By… constants. It looks at the rules one by one and is the
// meaning that [Decider] and [Program] are tested against; for a call of
// every stop of a traced program use a Decider. The answer of a Spec that
// Check refuses is KillProcess, [ByInvalid].
func (s *Spec) Decide(d Data) (Action, int) {
	if s.Check() != nil {
		return KillProcess, ByInvalid
	}
	return s.decide(d)
}

func (s *Spec) decide(d Data) (Action, int) {
	abi := ABIOf(d.Arch, uint32(d.Nr))
	if !slices.Contains(s.ABIs, abi) {
		return s.Foreign, ByForeign
	}
	if _, known := abi.Name(int(d.Nr)); !known {
		return s.Unknown, ByUnknown
	}
	for i := range s.Rules {
		if s.Rules[i].matches(abi, d) {
			return s.Rules[i].Do, i
		}
	}
	return s.Default, ByDefault
}

// matches tells whether the rule decides a call of an ABI.
func (r *Rule) matches(abi ABI, d Data) bool {
	if !r.speaksOf(abi, int(d.Nr)) {
		return false
	}
	for i := range r.When {
		if !r.When[i].Holds(&d.Args) {
			return false
		}
	}
	return true
}

// speaksOf tells whether the rule names a call of an ABI.
func (r *Rule) speaksOf(abi ABI, nr int) bool {
	if len(r.ABIs) > 0 && !slices.Contains(r.ABIs, abi) {
		return false
	}
	return slices.ContainsFunc(abi.named(nr), func(e entry) bool { return r.names(e.name) })
}

// names tells whether the rule names a system call, itself or by a group.
func (r *Rule) names(call string) bool {
	return slices.ContainsFunc(r.Names, func(name string) bool {
		return name == call || inGroup(name, call)
	})
}

// allNames are the rule's system calls, those of its groups too.
func (r *Rule) allNames() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, name := range r.Names {
			members, ok := membersOf(name)
			if !ok {
				members = []string{name}
			}
			for _, m := range members {
				if !yield(m) {
					return
				}
			}
		}
	}
}

// Decider answers as its Spec did when it was made, fast and without
// allocating. It does not change and can be used from any goroutine.
type Decider struct {
	archs   []archSpans
	foreign Action
}

// Decider prepares fast answers. Its error is that of [Spec.Check].
func (s *Spec) Decider() (*Decider, error) {
	if err := s.Check(); err != nil {
		return nil, fmt.Errorf("seccomp: %w", err)
	}
	return &Decider{archs: s.layout(), foreign: s.Foreign}, nil
}

// Decide says what the Spec answers to a call, and which rule: its index, or
// one of the By… constants. It is short enough for every stop of a traced
// program.
func (d *Decider) Decide(call Data) (Action, int) {
	for i := range d.archs {
		if d.archs[i].arch == call.Arch {
			return d.archs[i].find(uint32(call.Nr)).choose(&call.Args)
		}
	}
	return d.foreign, ByForeign
}

// find is the answer for a number.
func (a *archSpans) find(nr uint32) *answer {
	after := sort.Search(len(a.spans), func(i int) bool { return a.spans[i].lo > nr })
	return a.spans[after-1].answer // the first span starts at 0
}

// choose is the action for a call with these arguments.
func (a *answer) choose(args *[6]uint64) (Action, int) {
next:
	for i := range a.first {
		c := &a.first[i]
		for j := range c.when {
			if !c.when[j].Holds(args) {
				continue next
			}
		}
		return c.do, c.rule
	}
	return a.do, a.by
}
