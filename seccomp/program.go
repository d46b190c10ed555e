// Filter programs: what can be installed, run here, and explained.

package seccomp

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/bpf"
)

// Program is a filter that the kernel takes. It does not change and can be
// used from any goroutine. The zero Program has no instructions and answers
// nothing but errors.
type Program struct {
	raw     []bpf.RawInstruction
	decider *Decider // nil: not made by Compile
	rules   []Rule
}

// NewProgram makes a Program of instructions that somebody else compiled. The
// error is [ErrProgram] if the kernel would refuse them; checked as in Linux
// 6.18.
func NewProgram(raw []bpf.RawInstruction) (*Program, error) {
	if err := verify(raw); err != nil {
		return nil, err
	}
	return &Program{raw: slices.Clone(raw)}, nil
}

// Raw is a copy of the instructions. They have the layout of struct
// sock_filter and are at most 4096, so they can be handed to seccomp(2) in a
// struct sock_fprog as they are.
func (p *Program) Raw() []bpf.RawInstruction { return slices.Clone(p.raw) }

// Disassemble writes the program down, an instruction a line.
func (p *Program) Disassemble() string {
	var b strings.Builder
	for pc, in := range p.raw {
		fmt.Fprintf(&b, "%4d  %s\n", pc, disassemble(pc, in))
	}
	return b.String()
}

// errSelfCheck means that Compile does not trust what it made.
var errSelfCheck = errors.New("seccomp: our compiler made a wrong program")

// checkAgainst runs the program once for each span of numbers, at both of its
// ends, and compares it with the rules: cheap next to installing a filter
// that says something else than the policy.
func (p *Program) checkAgainst(d *Decider) error {
	for _, a := range d.archs {
		for i, s := range a.spans {
			last := ^uint32(0)
			if i+1 < len(a.spans) {
				last = a.spans[i+1].lo - 1
			}
			for nr := s.lo; ; nr = last {
				call := Data{Nr: int32(nr), Arch: a.arch}
				want, _ := s.answer.choose(&call.Args)
				if got, err := p.Run(call); err != nil || got != want.Ret() {
					return fmt.Errorf("%w: call %d of arch %#x: %#x instead of %v", errSelfCheck, int32(nr), a.arch, got, want)
				}
				if nr == last {
					break
				}
			}
		}
	}
	return nil
}

// cloneRules copies rules so deep that nothing is shared.
func cloneRules(rules []Rule) []Rule {
	out := slices.Clone(rules)
	for i := range out {
		out[i].Names = slices.Clone(out[i].Names)
		out[i].When = slices.Clone(out[i].When)
		out[i].ABIs = slices.Clone(out[i].ABIs)
	}
	return out
}
