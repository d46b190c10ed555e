// Conditions of a profile in jail's words, as tight as the original or tighter.

package oci

import (
	"fmt"
	"math"
	"strings"

	"jail/policy"
	"jail/seccomp"
)

// translator says conditions in jail's language. What the language takes for a
// call depends on the types of its arguments, and the language is asked.
type translator struct {
	foreign bool // ABIs are let in for which the original compares 32 bits
	asked   map[[2]string]bool
	tired   bool // more was asked than may be, and the answers were no
}

// maxAsked bounds what a hostile profile can make us ask, about 50 µs each.
const maxAsked = 5_000

// clause is the conditions of one of jail's rules; empty: always.
type clause []string

// lost is a condition that cannot be said.
type lost struct {
	arg  arg
	call string
}

// accepts tells whether jail's language takes a condition on a call.
func (t *translator) accepts(call, cond string) bool {
	k := [2]string{call, cond}
	if ok, known := t.asked[k]; known {
		return ok
	}
	if len(t.asked) >= maxAsked {
		t.tired = true
		return false
	}
	_, err := policy.Parse("probe", fmt.Appendf(nil, "version: 1\ndefault: allow\nsyscalls: [{syscalls: [%s], when: [%q], action: allow}]\n", call, cond))
	t.asked[k] = err == nil
	return err == nil
}

// clauses translates the conditions of a rule for one call. A rule that lets
// the call run becomes at most one clause, which holds only if the original
// does; none if it cannot be said. A rule that refuses becomes clauses of which
// one holds if the original does; what cannot be said is left out of them.
func (t *translator) clauses(call string, args []arg, refuses bool) (all []clause, missed []lost) {
	var full, low clause
	for _, a := range args {
		if a.op == seccomp.MaskedEq && a.mask == 0 {
			continue // always true
		}
		text, ok := t.full(call, a)
		if !ok {
			missed = append(missed, lost{a, call})
			if !refuses {
				return nil, missed
			}
			continue
		}
		full = append(full, text)
		half, differs := t.low(call, a)
		switch {
		case !differs || !refuses && a.narrowHolds():
			low = append(low, text)
		case refuses && half == "":
		default:
			low = append(low, half)
		}
	}
	if strings.Join(full, ";") == strings.Join(low, ";") {
		return []clause{full}, missed
	}
	if refuses {
		return []clause{full, low}, missed
	}
	return []clause{both(full, low)}, missed
}

// both is the conditions of two clauses, each once.
func both(a, b clause) clause {
	all := a
next:
	for _, text := range b {
		for _, have := range all {
			if have == text {
				continue next
			}
		}
		if text != "" {
			all = append(all, text)
		}
	}
	return all
}

// narrowHolds tells whether the condition on 64 bits implies that on the low 32.
func (a arg) narrowHolds() bool {
	switch a.op {
	case seccomp.Eq, seccomp.MaskedEq:
		return true
	case seccomp.Lt, seccomp.Le:
		return a.value <= math.MaxUint32
	default:
		return false
	}
}

// full is the condition on the argument as jail compares it.
func (t *translator) full(call string, a arg) (string, bool) {
	const high = math.MaxUint64 &^ math.MaxUint32
	forms := []string{a.form("", a.mask, a.value), a.form(":64", a.mask, a.value)}
	if a.op == seccomp.MaskedEq && a.mask&high != 0 && a.mask&math.MaxUint32 != 0 {
		// Of an int the high half counts as what C leaves there: zeros, or a sign.
		if a.value&high == 0 || a.value&high == high && a.value&(1<<31) != 0 {
			forms = append(forms, a.form("", a.mask&math.MaxUint32, a.value&math.MaxUint32))
		}
	}
	for _, text := range forms {
		if t.accepts(call, text) {
			return text, true
		}
	}
	return "", false
}

// low is the condition on the low 32 bits, where that is another one: of a
// wide argument, with an ABI for which the original compares no more. It is ""
// if it always holds.
func (t *translator) low(call string, a arg) (text string, differs bool) {
	if !t.foreign || !t.accepts(call, fmt.Sprintf("arg%d:64 == 0", a.index)) {
		return "", false
	}
	if a.op == seccomp.MaskedEq && a.mask&math.MaxUint32 == 0 {
		return "", true
	}
	return a.form(":32", a.mask&math.MaxUint32, a.value&math.MaxUint32), true
}

// form writes the condition.
func (a arg) form(width string, mask, value uint64) string {
	number := fmt.Sprint(value)
	if value > 0xffff {
		number = fmt.Sprintf("%#x", value)
	}
	switch {
	case a.op == seccomp.MaskedEq:
		return fmt.Sprintf("arg%d%s & %#x == %#x", a.index, width, mask, value)
	case (a.op == seccomp.Eq || a.op == seccomp.Ne) && value >= math.MaxUint64-math.MaxInt32:
		number = fmt.Sprint(int64(value)) // the sign of an int
	}
	return fmt.Sprintf("arg%d%s %v %s", a.index, width, a.op, number)
}
