// Reading the rules for system calls.

package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"jail/seccomp"
)

// What one policy may have of each, so that no policy takes long to compile.
const (
	maxRules      = 512
	maxNames      = 512     // of one rule
	maxConditions = 16      // of one rule
	maxWork       = 100_000 // conditions, each counted once for each call that it is about
)

// syscallRule is an element of syscalls.
type syscallRule struct {
	rulePlace
	names     []string // system calls and groups
	calls     []string // all calls that they stand for, sorted
	when      []condition
	action    Action
	quiet     bool
	quietNode *yaml.Node
}

// syscallRules reads the list syscalls.
func (p *parser) syscallRules(n *yaml.Node, out *Policy) {
	for _, e := range p.rules(n, "syscalls") {
		r := syscallRule{rulePlace: p.ruleAt(n, e)}
		before := len(p.errs)
		mapping(p, e, "a rule of syscalls", syscallFields(), &r)
		if len(p.errs) > before {
			continue
		}
		if r.quiet && r.action.Verb != Errno {
			p.errorf(r.quietNode, ErrValue, "remove it", "only a rule with errno can be quiet, not one with %s", r.action.Verb)
		}
		r.calls = p.calls(r.names)
		if p.work += len(r.when) * len(r.calls); p.work > maxWork {
			p.errorf(e, ErrTooBig, "name calls instead of groups", "the conditions up to here are about more than %d calls, the most that a policy may have", maxWork)
			return
		}
		for _, c := range r.when {
			p.checkCondition(c, r.names)
		}
		out.syscalls = append(out.syscalls, r)
	}
}

// rules is the elements of a list of rules.
func (p *parser) rules(n *yaml.Node, what string) []*yaml.Node {
	all := p.list(n, what, false)
	if len(all) > maxRules {
		p.errorf(n, ErrTooBig, "", "%s has %d rules; %d is the most", what, len(all), maxRules)
		return nil
	}
	return all
}

// A rulePlace is where a rule stands, and how it is written: what is to stand before it must be written in the same way.
type rulePlace struct {
	place
	style ruleStyle
}

type ruleStyle int

const (
	afterDash  ruleStyle = iota // - {syscalls: [mkdir], action: allow}
	belowDash                   // the dash alone, and the rule in the next lines
	inBrackets                  // [{syscalls: [mkdir], action: allow}]
)

// ruleAt is the place of a rule in a list. A list's own line is that of its first dash.
func (p *parser) ruleAt(list, rule *yaml.Node) rulePlace {
	switch {
	case list.Style&yaml.FlowStyle != 0:
		return rulePlace{p.at(rule), inBrackets}
	case list.Content[0].Line > list.Line:
		return rulePlace{p.at(rule), belowDash}
	}
	return rulePlace{p.at(rule), afterDash}
}

// syscallNames reads names of system calls and groups.
func (p *parser) syscallNames(n *yaml.Node, out *syscallRule) {
	all := p.fullList(n, "syscalls", true)
	if len(all) > maxNames {
		p.errorf(n, ErrTooBig, "use groups", "the rule names %d calls; %d is the most", len(all), maxNames)
		return
	}
	for _, e := range all {
		name, ok := p.text(e, "the name of a system call")
		switch {
		case !ok:
		case !knownSyscall(name):
			p.unknownSyscall(e, name)
		case slices.Contains(out.names, name):
			p.errorf(e, ErrValue, "remove one of them", "%s is named twice in this rule", name)
		default:
			out.names = append(out.names, name)
		}
	}
}

// knownSyscall tells whether any ABI has the call, or there is such a group.
func knownSyscall(name string) bool {
	_, group := seccomp.Group(name)
	return group || seccomp.KnownName(name)
}

// unknownSyscall reports a name that is none.
func (p *parser) unknownSyscall(n *yaml.Node, name string) {
	if p.full() {
		return
	}
	what, hint := "system call", "syscalls(2) lists them"
	if strings.HasPrefix(name, "@") || strings.HasPrefix(name, "%") {
		what, hint = "group", "the groups are "+strings.Join(commonGroups(), ", ")+" and more"
	}
	near := seccomp.Suggest(name)
	if low := strings.ToLower(name); near == "" && knownSyscall(low) {
		near = low
	}
	if near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	p.errorf(n, ErrUnknownSyscall, hint, "there is no %s %s", what, quote(name))
}

// calls lists the calls that names stand for, sorted.
func (p *parser) calls(names []string) []string {
	all := make(map[string]bool) // groups overlap, so this is less to sort than their members
	for _, name := range names {
		for _, call := range p.members(name) {
			all[call] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// members is the calls that a name stands for: those of a group, or itself.
func (p *parser) members(name string) []string {
	if all, ok := p.groups[name]; ok {
		return all
	}
	all, ok := seccomp.Group(name)
	if !ok {
		return []string{name}
	}
	p.groups[name] = all
	return all
}

// commonGroups are examples for a message; a test sees to it that they exist.
func commonGroups() []string {
	return []string{"@file-system", "@network-io", "@process", "@mount", "%file"}
}

// conditions reads the list when.
func (p *parser) conditions(n *yaml.Node, out *syscallRule) {
	all := p.fullList(n, "when", true)
	if len(all) > maxConditions {
		p.errorf(n, ErrTooBig, "", "the rule has %d conditions; %d is the most", len(all), maxConditions)
		return
	}
	for _, e := range all {
		if p.full() {
			return
		}
		text, ok := p.text(e, "a condition")
		if !ok {
			continue
		}
		if c, ok := p.condition(e, strings.TrimSpace(text)); ok {
			out.when = append(out.when, c)
		}
	}
}
