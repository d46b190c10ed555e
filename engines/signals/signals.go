// Package signals is the engine for a policy's rules about signals: which signal, from whom, and whether it is delivered,
// ignored, replaced, or kills.
//
//	rules := []policy.RuleInfo{{Origin: "p.yaml:4:3", Text: "signals: [SIGTERM] from inside: ignore"}}
//	e := signals.New([]policy.SignalRule{{
//		Signals: []policy.Signal{policy.Signal(unix.SIGTERM)},
//		From:    []policy.Source{policy.FromInside},
//		Do:      policy.Ignore,
//		Rule:    0,
//	}}, rules, nil)
//	cmd := supervisor.Command{
//		Path:    "/usr/bin/make",
//		Engines: []supervisor.Engine{{Engine: e}},
//	}
//	// A task of the jail that sends SIGTERM to another is not heard; Ctrl-C and `kill` from a shell outside are.
//
// # Who sent it
//
// The siginfo tells (sigaction(2), si_code and si_pid). The kernel fills it in for kill(2), tkill(2) and tgkill(2), and
// for its own signals, and nobody can forge that. With rt_sigqueueinfo(2) a program chooses code and pid itself, except
// for the codes of the kernel and of kill: a signal with such a code (SI_QUEUE, SI_TIMER, SI_MESGQ, SI_ASYNCIO, …) may
// come from whom it says or from any task of the jail. For it the strictest is done of what the rules say for each of
// the two: forging helps nobody, and a timer's signal is treated as one from inside if a rule is stricter on those.
//
// The engine follows the tree to know who is inside. A process of the jail may be dead when its signal is delivered, so
// its number counts as inside ever after: one bit for each number that the jail has had.
package signals

import (
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"jail/engines/internal/reason"
	"jail/policy"
	"jail/supervisor/utrace"
)

// An Engine decides about signals in one jail.
type Engine struct {
	rules  []policy.SignalRule
	infos  []policy.RuleInfo
	whys   []*utrace.Why // of each rule, without What; nil: it has decided nothing yet
	notify reason.Notify
	inside members
}

// New makes the engine. rules are tried in their order; their field Rule is an index into infos (Plan.Signals and
// Plan.Rules). notify is told of signals that are delivered by a rule that wants it reported; it may be nil.
func New(rules []policy.SignalRule, infos []policy.RuleInfo, notify func(utrace.TaskID, utrace.Why)) *Engine {
	if notify == nil {
		notify = func(utrace.TaskID, utrace.Why) {}
	}
	return &Engine{rules: rules, infos: infos, whys: make([]*utrace.Why, len(rules)), notify: notify, inside: newMembers()}
}

// Name is "signals".
func (*Engine) Name() string { return "signals" }

// Events are all events about signals, and births and deaths.
func (*Engine) Events() utrace.Mask { return utrace.On(utrace.Signals, utrace.Clone, utrace.Reap) }

// Len is the number of living tasks that the engine knows.
func (e *Engine) Len() int { return len(e.inside.live) }

// ReportClone learns of a new task.
func (e *Engine) ReportClone(s *utrace.Stopped, ev *utrace.CloneEvent) utrace.CloneVerdict {
	e.inside.add(s.ID())
	e.inside.add(ev.Child.ID())
	return ev.Continue()
}

// ReportReap forgets a task, but not its process's number.
func (e *Engine) ReportReap(id utrace.TaskID) { e.inside.remove(id) }

// ReportSignal decides about a signal.
func (e *Engine) ReportSignal(s *utrace.Stopped, ev *utrace.SignalEvent) utrace.SignalVerdict {
	e.inside.add(s.ID())
	si := ev.Info()
	claimed, forgeable := e.sources(&si)
	rule, from := e.find(si.Signo, claimed), claimed
	if forgeable {
		if r := e.find(si.Signo, policy.FromInside); rule < 0 || e.strictness(r) > e.strictness(rule) {
			rule, from = r, policy.FromInside
		}
	}
	if rule < 0 {
		return ev.Deliver()
	}
	return e.carryOut(s, ev, rule, from)
}

// find is the rule that decides, -1 if none does.
func (e *Engine) find(sig unix.Signal, from policy.Source) int {
	if sig < 1 || sig > 64 {
		return -1
	}
	return slices.IndexFunc(e.rules, func(r policy.SignalRule) bool { return r.Matches(policy.Signal(sig), from) })
}

// strictness orders what may be done by a rule, -1 for none, as utrace.Strictness does for verdicts.
func (e *Engine) strictness(rule int) utrace.Strictness {
	if rule < 0 {
		return utrace.AsIs
	}
	switch e.rules[rule].Do {
	case policy.Deliver:
		return utrace.AsIs
	case policy.ReplaceSignal:
		return utrace.Rewritten
	case policy.Ignore:
		return utrace.Answered
	case policy.SignalKill:
		return utrace.KillProcess
	}
	return utrace.KillTree
}

// carryOut makes the verdict.
func (e *Engine) carryOut(s *utrace.Stopped, ev *utrace.SignalEvent, index int, from policy.Source) utrace.SignalVerdict {
	rule := &e.rules[index]
	if rule.Do == policy.Deliver && !rule.Report { // nobody is told
		return ev.Deliver()
	}
	si := ev.Info()
	why := e.why(index)
	why.What = describe(&si, from)
	switch rule.Do {
	case policy.Deliver:
		e.notify(s.ID(), why)
		return ev.Deliver()
	case policy.Ignore:
		return ev.Ignore(why)
	case policy.ReplaceSignal:
		why.What += ", replaced by " + rule.Replace.String()
		si.Signo = unix.Signal(rule.Replace)
		if si.Signo < 1 || si.Signo > 64 {
			why.What += ", which is no signal"
			return ev.KillProcess(why)
		}
		return ev.Replace(si, why)
	case policy.SignalKill:
		return ev.KillProcess(why)
	}
	return ev.KillTree(why)
}

// why is the reason of a rule's decisions, made at the first of them: What is still to be said.
func (e *Engine) why(index int) utrace.Why {
	if e.whys[index] == nil {
		info := *reason.Rule(e.infos, e.rules[index].Rule)
		info.Report = e.rules[index].Report
		why := reason.Of(&info, "", "")
		e.whys[index] = &why
	}
	return *e.whys[index]
}

// describe says which signal from whom.
func describe(si *utrace.Siginfo, from policy.Source) string {
	text := reason.Signal(si.Signo) + " from " + string(from)
	if pid, ok := si.Sender(); ok && from != policy.FromKernel {
		text += " (pid " + strconv.Itoa(pid) + ")"
	}
	return text
}
