// Rules that can never match, because earlier ones decide all that they are about.

package policy

import (
	"slices"
	"strings"

	"jail/seccomp"
)

// shadows warns of such rules.
func (p *parser) shadows(out *Policy) {
	p.shadowedCalls(out.syscalls)
	p.shadowedSignals(out.signals)
}

// shadowedCalls warns of rules of syscalls whose calls are all decided by rules before.
func (p *parser) shadowedCalls(rules []syscallRule) {
	always := make(map[string]int) // the first rule that decides a call whatever its arguments, from 1
	for j := range rules {
		r := &rules[j]
		by, all := 0, len(r.calls) > 0
		var partial map[string]int
		for _, call := range r.calls {
			i := always[call]
			if i == 0 {
				if partial == nil {
					partial = coveredBefore(rules[:j], r)
				}
				i = partial[call]
			}
			if all = i > 0; !all {
				break
			}
			by = max(by, i)
		}
		if all {
			p.warn(r.place, "remove it, or put it first", "the rule is never reached: %s is decided by the rule in line %d", cut(shortList(r.names)), rules[by-1].line)
		}
		if len(r.when) > 0 {
			continue
		}
		for _, call := range r.calls {
			if always[call] == 0 {
				always[call] = j + 1
			}
		}
	}
}

// coveredBefore finds the calls of a rule that earlier rules decide whose conditions are all among its own.
func coveredBefore(before []syscallRule, r *syscallRule) map[string]int {
	found := make(map[string]int)
	if len(r.when) == 0 {
		return found
	}
	for i := range before {
		b := &before[i]
		if len(b.when) == 0 || !slices.ContainsFunc(b.when[:1], func(c condition) bool { return c.among(r.when) }) {
			continue
		}
		if slices.ContainsFunc(b.when, func(c condition) bool { return !c.among(r.when) }) {
			continue
		}
		for _, call := range b.calls {
			if found[call] == 0 {
				found[call] = i + 1
			}
		}
	}
	return found
}

// among tells whether the same condition is one of some.
func (c condition) among(all []condition) bool {
	return slices.ContainsFunc(all, func(o condition) bool {
		return c.arg == o.arg && c.width == o.width && c.mask == o.mask && c.masked == o.masked && c.op == o.op && c.value == o.value
	})
}

// shadowedSignals warns of rules of signals that are about nothing that rules before are not about.
func (p *parser) shadowedSignals(rules []signalRule) {
	type key struct {
		s    Signal
		from Source
	}
	decided := make(map[key]int)
	for j, r := range rules {
		by, all := 0, true
		for _, s := range r.signals {
			for _, from := range r.from {
				if decided[key{s, from}] == 0 {
					all = false
					decided[key{s, from}] = j + 1
					continue
				}
				by = max(by, decided[key{s, from}])
			}
		}
		if all && len(r.signals) > 0 {
			p.warn(r.place, "remove it, or put it first", "the rule is never reached: its signals are decided by the rule in line %d", rules[by-1].line)
		}
	}
}

// WarningsOn are [Policy.Warnings], and those of rules about calls that a machine of an ABI does not have, but others do.
func (p *Policy) WarningsOn(abi seccomp.ABI) []*Error {
	out := p.Warnings()
	abis := []seccomp.ABI{abi}
	for _, f := range p.foreign {
		abis = append(abis, f.abi)
	}
	has := func(abis []seccomp.ABI, call string) bool {
		return slices.ContainsFunc(abis, func(a seccomp.ABI) bool { _, ok := a.Number(call); return ok })
	}
	for _, r := range p.syscalls {
		if slices.ContainsFunc(r.calls, func(call string) bool { return has(abis, call) }) || len(out) >= maxErrors {
			continue
		}
		var others []string
		for _, a := range []seccomp.ABI{seccomp.X86_64, seccomp.I386, seccomp.X32, seccomp.ARM64, seccomp.ARM} {
			if has([]seccomp.ABI{a}, r.calls[0]) {
				others = append(others, a.String())
			}
		}
		out = append(out, &Error{File: r.file, Line: r.line, Column: r.column, kind: ErrNoEffect,
			Msg:  "the rule does nothing on " + abi.String() + ", which has no call " + r.calls[0],
			Hint: "it is a call of " + strings.Join(others, ", ")})
	}
	return out
}
