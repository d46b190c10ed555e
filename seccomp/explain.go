// Explaining a decision to people: which rule, why, and by which instructions.

package seccomp

import (
	"fmt"
	"slices"
	"strings"
)

// Explanation tells why a filter answers a call as it does.
type Explanation struct {
	Call    Data
	ABI     ABI    // 0: of an architecture that is not known
	Name    string // of the call; "" if the ABI's table lacks the number
	Action  Action // the answer of the instructions
	Rule    int    // the deciding rule's index, or a By… constant
	Tag     int    // the deciding rule's Tag
	Tried   []Try  // the rules that were looked at for this call, in order
	Steps   []Step // the instructions that were executed
	Foreign bool   // the program was not made by Compile: Rule, Tag and Tried say nothing
}

// Try is a rule that speaks of the call, and whether it decided.
type Try struct {
	Rule, Tag int
	Do        Action
	When      []Cond
	Failed    int // index in When of the first condition that does not hold; -1: all hold
}

// Step is one executed instruction.
type Step struct {
	PC   int    // its position in the program
	Text string // what it is, as in [Program.Disassemble]
	A    uint32 // the accumulator afterwards
}

// Explain runs the program on a call and tells all about it. It is meant for
// people and for single calls; it is slow.
func (p *Program) Explain(d Data) Explanation {
	e := Explanation{Call: d, ABI: ABIOf(d.Arch, uint32(d.Nr)), Rule: ByInvalid, Foreign: p.decider == nil}
	e.Name, _ = e.ABI.Name(int(d.Nr))
	ret, err := p.run(&d, func(pc int, a uint32) {
		e.Steps = append(e.Steps, Step{PC: pc, Text: disassemble(pc, p.raw[pc]), A: a})
	})
	if err == nil { // else there are no instructions, and Action is KillProcess
		e.Action = ActionOf(ret)
	}
	if e.Foreign {
		return e
	}
	_, e.Rule = p.decider.Decide(d)
	for i := range p.rules {
		r := &p.rules[i]
		if !r.speaksOf(e.ABI, int(d.Nr)) || e.Rule == ByForeign {
			continue
		}
		e.Tried = append(e.Tried, Try{i, r.Tag, r.Do, slices.Clone(r.When), failing(r.When, &d.Args)})
		if i == e.Rule {
			e.Tag = r.Tag
			break
		}
	}
	return e
}

// failing is the index of the first condition that does not hold, or -1.
func failing(when []Cond, args *[6]uint64) int {
	for i := range when {
		if !when[i].Holds(args) {
			return i
		}
	}
	return -1
}

// String is the explanation for people: the call, the rules that were tried,
// the decision, the instructions.
func (e Explanation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %v\n", e.call(), e.Action)
	for _, t := range e.Tried {
		fmt.Fprintf(&b, "  rule %d (tag %d) would %v: %s\n", t.Rule, t.Tag, t.Do, t.reason(&e.Call.Args))
	}
	fmt.Fprintf(&b, "  decided by %s\n", e.decidedBy())
	for _, s := range e.Steps {
		fmt.Fprintf(&b, "  %4d  %-40s A=%#x\n", s.PC, s.Text, s.A)
	}
	return b.String()
}

// call writes the call as strace would.
func (e *Explanation) call() string {
	name := e.Name
	if name == "" {
		name = fmt.Sprintf("call_%d", e.Call.Nr)
	}
	abi := e.ABI.String()
	if e.ABI == 0 {
		abi = fmt.Sprintf("arch %#x", e.Call.Arch)
	}
	var args []string
	for _, a := range e.Call.Args {
		args = append(args, fmt.Sprintf("%#x", a))
	}
	return fmt.Sprintf("%s(%s) [%s %d]", name, strings.Join(args, ", "), abi, e.Call.Nr)
}

// reason tells why a rule decided or did not.
func (t *Try) reason(args *[6]uint64) string {
	switch {
	case len(t.When) == 0:
		return "it has no conditions"
	case t.Failed < 0:
		return "all its conditions hold"
	default:
		c := &t.When[t.Failed]
		return fmt.Sprintf("not so: %v, but arg%d is %#x", c, c.Arg, args[c.Arg])
	}
}

// decidedBy names what decided.
func (e *Explanation) decidedBy() string {
	switch {
	case e.Foreign:
		return "a program whose rules are not known here"
	case e.Rule >= 0:
		return fmt.Sprintf("rule %d (tag %d)", e.Rule, e.Tag)
	case e.Rule == ByDefault:
		return "the default: no rule matches"
	case e.Rule == ByUnknown:
		return "the number: no system call of this ABI is known to have it"
	default:
		return "the ABI: it is none of the policy's"
	}
}
