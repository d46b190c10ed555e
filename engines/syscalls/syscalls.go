// Package syscalls is the engine that carries out a policy's rules for system calls as far as the kernel's filter does
// not do it alone: denials that are reported, kill-tree, trace.
//
// The filter stops a task for such a call. The engine decides it once more, from the registers alone; what the filter
// says with the stop it does not look at, because a filter that the program installed can forge it. Calls that the rules
// allow, and that stopped for another engine, run. Memory is looked at only to say what was decided: Why.What shows names and strings
// as they were then, of the first hundred alike of a process, and Why.Raw the registers.
//
//	plan, err := p.Compile(seccomp.Native())
//	...
//	e, err := syscalls.New(plan, func(id utrace.TaskID, why utrace.Why) {
//		log.Info("traced", "task", id, "call", why.What, "rule", why.Rule)
//	})
//	if err != nil {
//		return err
//	}
//	cmd := supervisor.Command{
//		Path:    "/usr/bin/make",
//		Filter:  &plan.Filter,
//		Engines: []supervisor.Engine{{Engine: e}},
//	}
//
// With the rule {syscalls: [connect], action: errno EPERM} a program that calls connect gets EPERM, and the report says:
// connect(3, {sa_family=AF_UNIX, sun_path="/run/x"}, 110), ci-build.yaml:12:5  syscalls: [connect]: errno EPERM.
package syscalls

import (
	"fmt"

	"golang.org/x/sys/unix"

	"jail/engines/internal/reason"
	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/utrace"
)

// An Engine decides calls, each by itself: it remembers only how often it has looked at what to say. So one may serve any number of
// jails at a time.
type Engine struct {
	plan    *policy.Plan
	decider *seccomp.Decider
	notify  reason.Notify
	often   counts
}

// New makes the engine for a plan, which must not be changed any more. notify is told of calls that a rule traces; it may
// be nil. The error is that of the plan's filter, if it has mistakes.
func New(plan *policy.Plan, notify func(utrace.TaskID, utrace.Why)) (*Engine, error) {
	d, err := plan.Filter.Decider()
	if err != nil {
		return nil, fmt.Errorf("engine syscalls: %w", err)
	}
	return With(plan, d, notify), nil
}

// With is New with the Decider of the plan's filter, where the caller has one.
func With(plan *policy.Plan, d *seccomp.Decider, notify func(utrace.TaskID, utrace.Why)) *Engine {
	if notify == nil {
		notify = func(utrace.TaskID, utrace.Why) {}
	}
	return &Engine{plan: plan, decider: d, notify: notify}
}

// Needed tells whether a plan has rules that only this engine can carry out.
func Needed(plan *policy.Plan) bool {
	stops := func(a seccomp.Action) bool { return a.Kind() == seccomp.KindTrace }
	for i := range plan.Filter.Rules {
		if stops(plan.Filter.Rules[i].Do) {
			return true
		}
	}
	return stops(plan.Filter.Default) || stops(plan.Filter.Unknown) || stops(plan.Filter.Foreign)
}

// Name is "syscalls".
func (*Engine) Name() string { return "syscalls" }

// Events is SyscallEntry.
func (*Engine) Events() utrace.Mask { return utrace.SyscallEntry }

// Syscalls is every call that the filter stops.
func (*Engine) Syscalls() *utrace.SyscallSet { return new(utrace.SyscallSet).AddAll() }

// ReportSyscallEntry decides a call.
func (e *Engine) ReportSyscallEntry(s *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	c := ev.Call()
	// The kernel takes the number for an int, as seccomp does.
	act, by := e.decider.Decide(seccomp.Data{Nr: int32(c.Nr), Arch: c.Arch, IP: c.IP, Args: c.Args})
	if k := act.Kind(); k == seccomp.KindAllow || k == seccomp.KindLog {
		return ev.Continue()
	}
	rule := e.plan.RuleOf(by)
	why := reason.OfCall(rule, reason.Call(c), c)
	if rule.Report && e.often.tells(often{s.TGID(), by, c.Arch, int32(c.Nr)}) { // for people: the decision is made
		if text, ok := reason.Decoded(s, c); ok {
			why.What, why.Raw = text, why.What
		}
	}
	switch rule.Action.Verb {
	case policy.Trace:
		if act.Kind() == seccomp.KindTrace {
			e.notify(s.ID(), why)
			return ev.Continue()
		}
	case policy.Errno:
		return ev.Abort(unix.Errno(rule.Action.Errno), why)
	case policy.KillProcess:
		return ev.KillProcess(why)
	}
	// kill-tree; and what can't be: the filter stops or refuses what the rule allows, or the rule says nothing.
	return ev.KillTree(why)
}
