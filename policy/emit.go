// From rules with conditions to the filter's rules.

package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"jail/seccomp"
)

// emit adds rules to the filter: names, which stand for calls, when all
// conditions hold → do. How wide an argument is depends on the call and the
// ABI, so a rule with conditions may become several, one for each way to
// compare.
func (c *compiler) emit(names, calls []string, when []condition, do seccomp.Action, tag int) {
	if len(when) == 0 {
		c.plan.Filter.Rules = append(c.plan.Filter.Rules, seccomp.Rule{Names: names, Do: do, Tag: tag})
		return
	}
	first := len(c.plan.Filter.Rules)
	for _, abi := range c.plan.Filter.ABIs {
		c.emitFor(abi, calls, when, do, tag, first)
	}
	for i := first; i < len(c.plan.Filter.Rules); i++ {
		if r := &c.plan.Filter.Rules[i]; len(r.ABIs) == len(c.plan.Filter.ABIs) {
			r.ABIs = nil // all of them
		}
	}
}

// emitFor adds the rules for one ABI, where it can to those for other ABIs,
// which begin at first.
func (c *compiler) emitFor(abi seccomp.ABI, calls []string, when []condition, do seccomp.Action, tag, first int) {
	var mine []seccomp.Rule
	for _, call := range calls {
		if _, ok := abi.Number(call); !ok {
			continue
		}
		conds := make([]seccomp.Cond, len(when))
		for i, w := range when {
			conds[i] = w.on(call, abi)
		}
		same := slices.IndexFunc(mine, func(r seccomp.Rule) bool { return slices.Equal(r.When, conds) })
		if same < 0 {
			mine = append(mine, seccomp.Rule{When: conds, Do: do, ABIs: []seccomp.ABI{abi}, Tag: tag})
			same = len(mine) - 1
		}
		mine[same].Names = append(mine[same].Names, call)
	}
	rules := &c.plan.Filter.Rules
	for _, m := range mine {
		same := slices.IndexFunc((*rules)[first:], func(r seccomp.Rule) bool {
			return slices.Equal(r.When, m.When) && slices.Equal(r.Names, m.Names)
		})
		if same >= 0 {
			(*rules)[first+same].ABIs = append((*rules)[first+same].ABIs, abi)
			continue
		}
		*rules = append(*rules, m)
	}
}

// text is the rule as a person would write it, short.
func (r *syscallRule) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "syscalls: %s", shortList(r.names))
	for i, w := range r.when {
		if i == 0 {
			b.WriteString(" when ")
		} else {
			b.WriteString(" and ")
		}
		b.WriteString(strings.Join(strings.Fields(w.text), " "))
	}
	fmt.Fprintf(&b, ": %v", r.action)
	return cut(b.String())
}

// maxText is how long the text of a rule may be, in characters.
const maxText = 100

// cut is s, or its beginning if it is too long for a message, on one line: what does not print is escaped.
func cut(s string) string {
	if strings.ContainsFunc(s, unprintable) {
		var b strings.Builder
		for _, r := range s {
			if unprintable(r) {
				b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
			} else {
				b.WriteRune(r)
			}
		}
		s = b.String()
	}
	if r := []rune(s); len(r) > maxText {
		return string(r[:maxText-1]) + "…"
	}
	return s
}

func unprintable(r rune) bool { return !strconv.IsPrint(r) }

// shortList is the first elements of a list, as YAML writes it.
func shortList(all []string) string {
	const most = 4
	if len(all) <= most {
		return "[" + strings.Join(all, ", ") + "]"
	}
	return fmt.Sprintf("[%s, … %d more]", strings.Join(all[:most], ", "), len(all)-most)
}
