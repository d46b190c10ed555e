// Rules that are right but have no effect: worth a warning, no error.

package seccomp

import (
	"errors"
	"fmt"
	"slices"
)

// What [Spec.Lint] finds.
var (
	ErrAbsent = errors.New("no ABI that the rule speaks of has this system call")
	ErrShadow = errors.New("the rules before it decide all its calls")
)

// Lint lists what is no mistake for [Spec.Check] but does nothing: names that
// none of the rule's ABIs has, which is normal for a policy meant for several
// architectures, and rules that never decide because earlier ones without
// conditions do. It gives nothing for a Spec that Check refuses.
func (s *Spec) Lint() []*SpecError {
	if s.Check() != nil {
		return nil
	}
	deciding := make(map[int]bool)
	for _, a := range s.layout() {
		for _, span := range a.spans {
			deciding[span.answer.by] = true
			for _, c := range span.answer.first {
				deciding[c.rule] = true
			}
		}
	}
	var found []*SpecError
	for i := range s.Rules {
		r := &s.Rules[i]
		absent := 0
		for j, name := range r.Names {
			if !s.has(r, name) {
				absent++
				found = append(found, &SpecError{
					Rule: i, Tag: r.Tag, Field: fmt.Sprintf("Names[%d]", j), Got: fmt.Sprintf("%q", name), Err: ErrAbsent,
				})
			}
		}
		if absent < len(r.Names) && !deciding[i] {
			found = append(found, &SpecError{Rule: i, Tag: r.Tag, Field: "Names", Err: ErrShadow})
		}
	}
	return found
}

// has tells whether a rule's name, or some call of its group, is a call of an
// ABI that the rule speaks of.
func (s *Spec) has(r *Rule, name string) bool {
	calls := []string{name}
	if members, ok := Group(name); ok {
		calls = members
	}
	return slices.ContainsFunc(s.ABIs, func(abi ABI) bool {
		if len(r.ABIs) > 0 && !slices.Contains(r.ABIs, abi) {
			return false
		}
		return slices.ContainsFunc(calls, func(call string) bool {
			_, ok := abi.Number(call)
			return ok
		})
	})
}
