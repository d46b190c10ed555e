// Package engines is the one place where a policy's plan and the engines that enforce it meet.
package engines

import (
	"jail/engines/clone"
	"jail/engines/deaths"
	"jail/engines/exec"
	"jail/engines/signals"
	"jail/engines/syscalls"
	"jail/policy"
	"jail/supervisor/utrace"
)

// Built is one engine of a plan, ready to be attached to the first task and to follow its tree.
type Built struct {
	Engine  utrace.Engine
	Observe bool // attach it as an observer
}

// Notify is told of what a rule lets pass and wants reported all the same. It is called on the jail's own thread and must
// not block.
type Notify func(id utrace.TaskID, engine string, why utrace.Why)

// Build makes the engines that a plan needs, in the order in which they are to be attached, and no others: what nobody
// decides must not stop. Engines keep state, so each jail needs its own. The error is that of the plan's filter.
func Build(plan *policy.Plan, notify Notify) ([]Built, error) {
	if notify == nil {
		notify = func(utrace.TaskID, string, utrace.Why) {}
	}
	tell := func(engine string) func(utrace.TaskID, utrace.Why) {
		return func(id utrace.TaskID, why utrace.Why) { notify(id, engine, why) }
	}
	var built []Built
	if syscalls.Needed(plan) {
		e, err := syscalls.New(plan, tell("syscalls"))
		if err != nil {
			return nil, err
		}
		built = append(built, Built{Engine: e})
	}
	if plan.Clone.MaxTasks > 0 {
		rule := plan.Rules[plan.Clone.Rule]
		built = append(built, Built{Engine: clone.New(clone.Settings{MaxTasks: plan.Clone.MaxTasks,
			Why: utrace.Why{Rule: rule.Origin + "  " + rule.Text, Allow: rule.AllowHint}})})
	}
	if plan.Exec.Restrict || len(plan.Exec.Rewrites) > 0 {
		built = append(built, Built{Engine: exec.New(plan.Exec, plan.Rules)})
	}
	if len(plan.Signals) > 0 {
		built = append(built, Built{Engine: signals.New(plan.Signals, plan.Rules, tell("signals"))})
	}
	return built, nil
}

// Deaths makes the observer that counts how the processes of a jail end.
func Deaths() (*deaths.Engine, Built) {
	e := deaths.New()
	return e, Built{Engine: e, Observe: true}
}

// Check tells whether the plan lets the program at path be the first of a jail, which is there before any engine hears of
// it. The error is an *exec.Refusal: it says which rule refuses it, and what would allow it.
func Check(plan *policy.Plan, path string) error { return exec.Check(plan.Exec, plan.Rules, path) }
