// Which instructions of a filter run for a call, with arguments that may be unknown.

package main

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/seccomp"
)

// word is a 32-bit value that may be unknown; then from says what it comes from.
type word struct {
	known bool
	value uint32
	from  string
	slot  int // of a word of the arguments, as it is: its number from 1
}

// words is how many words of 32 bits the arguments have.
const words = 12

// facts are what jumps have shown on the way: of each word of the arguments that it is "=0x2", or that it is not "!0x1!0x2".
type facts [words]string

// passed is what is known of one instruction that may run.
type passed struct {
	words []word // what the accumulator may be afterwards
	next  []int  // where it may go on
}

// walk follows a program from its beginning, and both ways where a jump depends on what is not known. A filter only ever jumps
// forward (bpf_check_classic() of the kernel), so it ends.
type walk struct {
	q      *question
	raw    []bpf.RawInstruction
	seen   map[walkState]bool
	passed map[int]*passed
}

type walkState struct {
	pc    int
	a     word
	facts facts
}

// maxStates is how many states tell facts apart; beyond that none are kept, and more instructions may seem to run than do.
const maxStates = 20_000

// walk goes through the whole filter.
func (q *question) walk() *walk {
	w := &walk{q: q, raw: q.installed.Raw(), seen: make(map[walkState]bool), passed: make(map[int]*passed)}
	w.from(0, word{}, facts{})
	return w
}

// instructions prints those that may run.
func (q *question) instructions(b *strings.Builder) {
	w := q.walk()
	text := strings.Split(q.installed.Disassemble(), "\n")
	fmt.Fprintf(b, "\nthe filter has %d instructions; of these run, before any that the program's own filters have:\n", len(w.raw))
	pcs := make([]int, 0, len(w.passed))
	for pc := range w.passed {
		pcs = append(pcs, pc)
	}
	slices.Sort(pcs)
	for _, pc := range pcs {
		line := fmt.Sprintf("  %-48s", text[pc])
		if note := w.note(pc); note != "" {
			line += "  " + note
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// from follows the program from pc on.
func (w *walk) from(pc int, a word, f facts) {
	for pc < len(w.raw) {
		if len(w.seen) > maxStates {
			f = facts{}
		}
		if w.seen[walkState{pc, a, f}] {
			return
		}
		w.seen[walkState{pc, a, f}] = true
		p := w.passed[pc]
		if p == nil {
			p = new(passed)
			w.passed[pc] = p
		}
		in := w.raw[pc]
		next := []branch{{pc + 1, a, f}}
		switch in.Op & 7 {
		case unix.BPF_RET:
			return
		case unix.BPF_JMP:
			next = w.jump(pc, in, a, f)
		default:
			next[0].a = w.step(in, a, &f)
		}
		if !slices.Contains(p.words, next[0].a) {
			p.words = append(p.words, next[0].a)
		}
		for _, n := range next {
			if !slices.Contains(p.next, n.pc) {
				p.next = append(p.next, n.pc)
			}
		}
		for _, n := range next[1:] {
			w.from(n.pc, n.a, n.f)
		}
		pc, a, f = next[0].pc, next[0].a, next[0].f
	}
}

// branch is one way to go on, and what is known there.
type branch struct {
	pc int
	a  word
	f  facts
}

// step is the accumulator after an instruction that is no jump.
func (w *walk) step(in bpf.RawInstruction, a word, f *facts) word {
	switch {
	case in.Op == unix.BPF_LD|unix.BPF_W|unix.BPF_ABS:
		return w.q.load(in.K, f)
	case in.Op == unix.BPF_ALU|unix.BPF_AND|unix.BPF_K && a.known:
		return word{known: true, value: a.value & in.K}
	case in.Op&7 == unix.BPF_ST, in.Op&7 == unix.BPF_STX, in.Op&7 == unix.BPF_LDX:
		return a
	}
	return word{from: a.from}
}

// load is a word of seccomp_data (seccomp(2)): the number, the architecture, the address of the call, the arguments.
func (q *question) load(offset uint32, f *facts) word {
	const args = 16
	switch {
	case offset == 0:
		return word{known: true, value: uint32(q.nr)}
	case offset == 4:
		return word{known: true, value: q.abi.AuditArch()}
	case offset < args || offset >= args+4*words:
		return word{from: "the address of the call"}
	}
	n := (offset - args) / 8
	if q.args[n].set {
		return word{known: true, value: uint32(q.args[n].value >> (8 * (offset % 8)))}
	}
	slot := int(offset-args)/4 + 1
	var v uint32
	if _, err := fmt.Sscanf(f[slot-1], "=%v", &v); err == nil {
		return word{known: true, value: v}
	}
	return word{from: fmt.Sprintf("arg%d", n), slot: slot}
}

// jump is where a jump may lead to.
func (w *walk) jump(pc int, in bpf.RawInstruction, a word, f facts) []branch {
	if in.Op&0xf0 == unix.BPF_JA {
		return []branch{{pc + 1 + int(in.K), a, f}}
	}
	then, other := branch{pc + 1 + int(in.Jt), a, f}, branch{pc + 1 + int(in.Jf), a, f}
	equal := in.Op&0xf0 == unix.BPF_JEQ && in.Op&unix.BPF_X == 0
	switch {
	case a.known && in.Op&unix.BPF_X == 0:
		if taken(in, a.value) {
			return []branch{then}
		}
		return []branch{other}
	case equal && a.slot > 0:
		fact := fmt.Sprintf("!%#x!", in.K)
		if strings.Contains(f[a.slot-1], fact) {
			return []branch{other}
		}
		then.a, then.f[a.slot-1] = word{known: true, value: in.K, from: a.from}, fmt.Sprintf("=%d", in.K)
		other.f[a.slot-1] += fact
	}
	return []branch{then, other}
}

// taken tells whether a jump that compares with its constant is taken.
func taken(in bpf.RawInstruction, a uint32) bool {
	switch in.Op & 0xf0 {
	case unix.BPF_JEQ:
		return a == in.K
	case unix.BPF_JGT:
		return a > in.K
	case unix.BPF_JGE:
		return a >= in.K
	case unix.BPF_JSET:
		return a&in.K != 0
	}
	return false
}

// note is what happens at an instruction.
func (w *walk) note(pc int) string {
	p, in := w.passed[pc], w.raw[pc]
	switch in.Op & 7 {
	case unix.BPF_RET:
		return w.returned(in)
	case unix.BPF_JMP:
		if len(p.next) == 1 {
			return fmt.Sprintf("goes to %d", p.next[0])
		}
		from := ""
		if len(p.words) > 0 && p.words[0].from != "" {
			from = ": " + p.words[0].from
		}
		return "depends" + from
	}
	if len(p.words) == 1 && p.words[0].known {
		return fmt.Sprintf("A is %#x", p.words[0].value)
	}
	return ""
}

// returned names the rule whose number a stop carries.
func (w *walk) returned(in bpf.RawInstruction) string {
	act := seccomp.ActionOf(in.K)
	if act.Kind() != seccomp.KindTrace {
		return ""
	}
	rules := w.q.plan.Rules
	for _, t := range w.q.tries() { // engines' stops carry 0
		if t.info == &rules[min(int(act.Data()), len(rules)-1)] && t.info.Action.Verb != policy.Allow {
			return t.info.Origin + "  " + t.info.Text
		}
	}
	return "for an engine"
}
