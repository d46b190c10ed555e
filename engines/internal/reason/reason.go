// Package reason makes the sentences that people are told of an engine's decision.
package reason

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/utrace"
)

// A Notify is told of what a rule wants reported although it lets it happen: a traced call, a signal that is delivered.
// It is called from an engine's callback: on the owner's goroutine, and it must not block.
type Notify func(utrace.TaskID, utrace.Why)

// Of is the reason of a decision by a rule. call is the name of the system call, for the hint; it may be empty.
func Of(rule *policy.RuleInfo, what, call string) utrace.Why {
	return utrace.Why{
		What:  what,
		Rule:  rule.Origin + "  " + rule.Text,
		Allow: rule.Hint(call),
		Quiet: !rule.Report,
	}
}

// OfCall is Of for a call that was made: the hint has its arguments.
func OfCall(rule *policy.RuleInfo, what string, c utrace.Call) utrace.Why {
	return utrace.Why{
		What:  what,
		Rule:  rule.Origin + "  " + rule.Text,
		Allow: rule.HintForCall(Name(c), c.Args[:]),
		Quiet: !rule.Report,
	}
}

// Rule is the rule with an index of a plan's list. An index that the list lacks, which no compiler makes, gets a rule
// that kills.
func Rule(rules []policy.RuleInfo, index int) *policy.RuleInfo {
	if index < 0 || index >= len(rules) {
		return &policy.RuleInfo{Origin: policy.BuiltIn, Text: "a rule that the plan lacks",
			Action: policy.Action{Verb: policy.KillTree}, Report: true}
	}
	return &rules[index]
}

// Name is the name of a call, or its number and ABI if it has none.
func Name(c utrace.Call) string {
	abi := seccomp.ABIOf(c.Arch, uint32(c.Nr))
	if name, ok := abi.Name(int(int32(c.Nr))); ok {
		return name
	}
	if abi == 0 {
		return fmt.Sprintf("call %d of the architecture %#x", int32(c.Nr), c.Arch)
	}
	return fmt.Sprintf("call %d of %v", int32(c.Nr), abi)
}

// Call is a call as registers show it: "connect(3, 0x7ffe10, 16)". Pointers are not followed: what they point to may
// change before anybody reads it.
func Call(c utrace.Call) string {
	name := Name(c)
	n, known := arguments(name)
	var args []string
	for _, a := range c.Args[:n] {
		args = append(args, number(a))
	}
	if !known {
		args = append(args, "…")
	}
	text := name + "(" + strings.Join(args, ", ") + ")"
	abi := seccomp.ABIOf(c.Arch, uint32(c.Nr))
	if _, named := abi.Name(int(int32(c.Nr))); named && abi != seccomp.Native() {
		text += " of " + abi.String()
	}
	return text
}

// number is an argument: small ones in decimal, small negative ones of 32 or 64 bits as such (AT_FDCWD is -100), all else
// in hex.
func number(a uint64) string {
	const small = 1 << 16
	switch {
	case a < small:
		return fmt.Sprint(a)
	case -int64(a) > 0 && -int64(a) < small:
		return fmt.Sprint(int64(a))
	case a>>32 == 0 && -int32(a) > 0 && -int32(a) < small:
		return fmt.Sprint(int32(a))
	}
	return fmt.Sprintf("%#x", a)
}

// Signal is a signal's name.
func Signal(sig unix.Signal) string {
	if sig >= 1 && sig <= 64 {
		return policy.Signal(sig).String()
	}
	return fmt.Sprintf("signal %d", int(sig))
}

// Path is a path for a sentence: in quotes, as Go has them, if anything in it does not print, so that nothing moves a terminal's
// cursor, or could be taken for more of the sentence, or if it is empty.
func Path(path string) string {
	odd := func(r rune) bool { return !strconv.IsPrint(r) || r == ' ' || r == '"' }
	if path == "" || !utf8.ValidString(path) || strings.ContainsFunc(path, odd) {
		return strconv.Quote(path)
	}
	return path
}
