// From a checked policy to a Plan for one machine.

package policy

import (
	"fmt"

	"golang.org/x/sys/unix"

	"jail/seccomp"
)

// Compile makes the plan for a machine of an ABI, seccomp.X86_64 or
// seccomp.ARM64. The error is an [Errors]; its kind is ErrUnknownABI if the
// policy lets in an ABI that such a machine does not have.
func (p *Policy) Compile(abi seccomp.ABI) (*Plan, error) {
	c := &compiler{policy: p, plan: &Plan{
		Name:        p.Name,
		Description: p.Description,
		File:        p.File,
		Survivors:   p.left.how,
		Outside:     p.outside.reach,
		Enforce:     p.enforce.how,
		Filter: seccomp.Spec{
			ABIs:    []seccomp.ABI{abi},
			Unknown: seccomp.Errno(unix.ENOSYS),
			Foreign: seccomp.KillProcess,
		},
	}}
	if err := c.foreign(abi); err != nil {
		return nil, err
	}
	c.infos()
	c.guards(alwaysGuards())
	c.clone()
	c.network()
	c.outgoing()
	c.subvolumes()
	c.guards(narrowGuards(p, c.plan.Filter.ABIs))
	c.guards(namedGuards(c.plan.Outside))
	c.syscalls()
	c.fallbacks()
	c.signals()
	c.exec()
	c.files()
	c.bounds()
	c.given()
	c.identity()
	c.outside()
	if err := c.plan.Filter.Check(); err != nil {
		// Parse let nothing through that Check refuses; a test says so.
		return nil, Errors{{File: p.File, Msg: "cannot be compiled: " + err.Error(), kind: ErrValue, cause: err}}
	}
	return c.plan, nil
}

// compiler makes one plan.
type compiler struct {
	policy *Policy
	plan   *Plan
	rules  []int // for each of the policy's rules of syscalls its index in plan.Rules
}

// foreign adds the policy's foreign ABIs to the filter.
func (c *compiler) foreign(native seccomp.ABI) error {
	var runs []seccomp.ABI
	switch native {
	case seccomp.X86_64:
		runs = []seccomp.ABI{seccomp.I386, seccomp.X32}
	case seccomp.ARM64:
		runs = []seccomp.ABI{seccomp.ARM}
	default:
		return Errors{{File: c.policy.File, kind: ErrUnknownABI,
			Msg: fmt.Sprintf("cannot be compiled for the ABI %v", native), Hint: "jail runs on x86_64 and arm64"}}
	}
	var errs Errors
	for _, f := range c.policy.foreign {
		ok := false
		for _, r := range runs {
			ok = ok || r == f.abi
		}
		if !ok {
			errs = append(errs, &Error{File: f.file, Line: f.line, Column: f.column, kind: ErrUnknownABI,
				Msg: fmt.Sprintf("no machine of %v runs programs of the ABI %v", native, f.abi), Hint: "remove it"})
			continue
		}
		c.plan.Filter.ABIs = append(c.plan.Filter.ABIs, f.abi)
	}
	if len(errs) > 0 {
		return errs
	}
	return nil
}

// info adds a rule to the plan's list and returns its index.
func (c *compiler) info(r RuleInfo) int {
	c.plan.Rules = append(c.plan.Rules, r)
	return len(c.plan.Rules) - 1
}

// origin is where something stands in the policy's file.
func (c *compiler) origin(at place) string {
	return fmt.Sprintf("%s:%d:%d", at.file, at.line, at.column)
}

// What rules of a filter cost.
const (
	costNone    = "none"
	costStop    = "one stop each time it is used"
	costRefused = "one stop each time it refuses"
)

// filterInfo is a rule that a filter decides: who carries the action out, and
// at what cost.
func filterInfo(origin, text string, a Action, quiet bool) RuleInfo {
	r := RuleInfo{Origin: origin, Text: text, Action: a, Report: true, Layer: LayerBPF, Sound: true, Cost: costNone}
	switch {
	case a.Verb == Allow, a.Verb == Errno && quiet:
		r.Report = false
	case a.Verb == Trace:
		r.Layer, r.Cost = LayerEngine, costStop
	case a.Verb == Errno, a.Verb == KillTree:
		r.Layer, r.Cost = LayerEngine, costRefused
		r.Why = "decided from the registers of a stopped task, which no other task can change"
	}
	return r
}

// filterAction is the filter's answer for a rule of the plan. What is to be
// reported, or kills more than one process, stops the task, and the engine
// syscalls does it; the trace's data is the rule's index, but only as a hint.
func filterAction(r RuleInfo, index int) seccomp.Action {
	switch {
	case r.Action.Verb == Allow:
		return seccomp.Allow
	case r.Action.Verb == KillProcess:
		return seccomp.KillProcess
	case r.Action.Verb == Errno && !r.Report:
		return seccomp.Errno(unix.Errno(r.Action.Errno))
	case r.Action.Verb == "": // never, but nothing forgotten may allow
		return seccomp.KillProcess
	default:
		return seccomp.Trace(uint16(index))
	}
}

// syscalls compiles the policy's own rules.
func (c *compiler) syscalls() {
	for i := range c.policy.syscalls {
		r := &c.policy.syscalls[i]
		index := c.rules[i]
		c.emit(r.names, r.calls, r.when, filterAction(c.plan.Rules[index], index), index)
	}
}

// infos adds the policy's own rules to the plan's list, first of all, because
// a guard may need any of them.
func (c *compiler) infos() {
	for _, r := range c.policy.syscalls {
		info := filterInfo(c.origin(r.place), r.text(), r.action, r.quiet)
		if r.action.Refuses() {
			info.AllowHint = c.before(r.rulePlace, "syscalls", "{syscalls: [{syscall}], action: allow}")
		}
		c.rules = append(c.rules, c.info(info))
	}
}

// fallbacks compiles what happens to calls that no rule names.
func (c *compiler) fallbacks() {
	// The kernel lets a task restart only a call that was allowed before
	// (restart_syscall(2)); without it a signal would break sleeping.
	restart := c.info(filterInfo(BuiltIn, "restart_syscall: allow", Action{Verb: Allow}, true))
	c.emit([]string{"restart_syscall"}, nil, nil, seccomp.Allow, restart)

	d := c.policy.byItself
	info := filterInfo(c.origin(d.place), "default: "+d.action.String(), d.action, false)
	if d.action.Refuses() {
		info.AllowHint = c.loosen(d.place, "under syscalls: - {syscalls: [{syscall}], action: allow}", "syscalls: [{syscalls: [{syscall}], action: allow}]")
	}
	c.plan.DefaultRule = c.info(info)
	c.plan.Filter.Default = filterAction(info, c.plan.DefaultRule)

	c.plan.UnknownRule = c.info(filterInfo(BuiltIn, "unknown numbers: errno ENOSYS", errnoAction(unix.ENOSYS), true))
	info = filterInfo(BuiltIn, "calls of foreign ABIs: kill-process", Action{Verb: KillProcess}, false)
	info.AllowHint = c.more(place{file: c.policy.File}, "", "abis: [{abi}]")
	c.plan.ForeignRule = c.info(info)
}

// errnoAction is the action that makes a call fail.
func errnoAction(e unix.Errno) Action { return Action{Verb: Errno, Errno: ErrnoNumber(e)} }

// outside tells of the Landlock domain. It is the last rule: no index of another depends on it.
func (c *compiler) outside() {
	origin := BuiltIn
	if r := c.policy.outside; r.said() {
		origin = c.origin(r.place)
	}
	info := RuleInfo{Origin: origin, Text: "outside: " + string(c.plan.Outside), Layer: LayerLandlock, Sound: true, Cost: "none"}
	if c.plan.Outside == OutsideSealed {
		info.Why = "signals, memory and abstract sockets of other processes; needs Linux 6.12, else nothing is started"
		info.AllowHint = c.loosen(c.policy.outside.place, "outside: open", "outside: open")
	}
	c.plan.OutsideRule = c.info(info)
}
