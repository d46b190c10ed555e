// Package engines makes the engines that a policy's plan needs: the one place where plans and engines meet.
//
//	built, err := engines.Build(plan, engines.Notify(func(id utrace.TaskID, why utrace.Why) { log.Info(why.What) }))
//	if err != nil {
//		return err
//	}
//	cmd := supervisor.Command{Path: "/usr/bin/make", Filter: &plan.Filter}
//	for _, b := range built {
//		cmd.Engines = append(cmd.Engines, supervisor.Engine{Engine: b.Engine, Observe: b.Observe})
//	}
//	jail, err := cmd.Start()
//	...
//	if sum, ok := engines.Summary(built); ok {
//		fmt.Fprint(os.Stderr, sum)
//	}
package engines

import (
	"errors"
	"fmt"
	"strings"

	"jail/engines/clone"
	"jail/engines/deaths"
	"jail/engines/exec"
	"jail/engines/internal/reason"
	"jail/engines/signals"
	"jail/engines/syscalls"
	"jail/policy"
	"jail/supervisor/utrace"
)

// Built is an engine, and how to attach it.
type Built struct {
	Engine  utrace.Engine
	Observe bool // attach it with utrace.Observe
}

// An Option changes what Build and New make.
type Option func(*settings)

type settings struct{ notify reason.Notify }

// Notify has f told of what a rule wants reported although it lets it happen: a traced call, a signal that is delivered.
// (What is not let happen, or changed, stands in the reports of the supervisor.) f is called from callbacks: on the owner's
// goroutine; it must not block.
func Notify(f func(utrace.TaskID, utrace.Why)) Option {
	return func(s *settings) { s.notify = f }
}

// entry is an engine that can be made.
type entry struct {
	name    string
	observe bool
	needed  func(*policy.Plan) bool
	make    func(*policy.Plan, settings) (utrace.Engine, error)
}

// registry lists the engines in the order in which they are attached. Entries of calls are told in reverse: syscalls, which
// looks at registers alone, is asked before exec, which reads files and writes to memory.
func registry() []entry {
	return []entry{
		{"deaths", true, func(*policy.Plan) bool { return true },
			func(*policy.Plan, settings) (utrace.Engine, error) { return deaths.New(), nil }},
		{"exec", false, func(p *policy.Plan) bool { return exec.Needed(p.Exec) },
			func(p *policy.Plan, _ settings) (utrace.Engine, error) { return exec.New(p.Exec, p.Rules), nil }},
		{"clone", false, func(p *policy.Plan) bool { return p.Clone.MaxTasks > 0 }, newClone},
		{"signals", false, func(p *policy.Plan) bool { return len(p.Signals) > 0 },
			func(p *policy.Plan, s settings) (utrace.Engine, error) {
				return signals.New(p.Signals, p.Rules, s.notify), nil
			}},
		{"syscalls", false, syscalls.Needed,
			func(p *policy.Plan, s settings) (utrace.Engine, error) { return syscalls.New(p, s.notify) }},
	}
}

func newClone(p *policy.Plan, _ settings) (utrace.Engine, error) {
	return clone.New(clone.Settings{
		MaxTasks: p.Clone.MaxTasks,
		Why:      reason.Of(reason.Rule(p.Rules, p.Clone.Rule), "", "clone"),
	}), nil
}

// Build makes the engines that a plan needs, in the order in which they are to be attached. Engines that stop nothing by
// themselves observe under every plan. Each serves one jail. The error is about a plan that no policy compiles to.
func Build(plan *policy.Plan, options ...Option) ([]Built, error) {
	var all []Built
	for _, r := range registry() {
		if !r.needed(plan) {
			continue
		}
		e, err := r.build(plan, options)
		if err != nil {
			return nil, err
		}
		all = append(all, Built{Engine: e, Observe: r.observe})
	}
	return all, nil
}

func (r *entry) build(plan *policy.Plan, options []Option) (utrace.Engine, error) {
	var s settings
	for _, o := range options {
		o(&s)
	}
	e, err := r.make(plan, s)
	if err != nil {
		return nil, fmt.Errorf("build engine %s: %w", r.name, err)
	}
	return e, nil
}

// ErrUnknown is wrapped by New's error for a name that no engine has.
var ErrUnknown = errors.New("no such engine")

// New makes one engine by name, for a plan that may not need it.
func New(name string, plan *policy.Plan, options ...Option) (Built, error) {
	for _, r := range registry() {
		if r.name == name {
			e, err := r.build(plan, options)
			return Built{Engine: e, Observe: r.observe}, err
		}
	}
	return Built{}, fmt.Errorf("%w: %q; there are %s", ErrUnknown, name, strings.Join(Names(), ", "))
}

// Names are the engines that New makes, in the order of attachment.
func Names() []string {
	var names []string
	for _, r := range registry() {
		names = append(names, r.name)
	}
	return names
}

// Summary is that of the engine deaths among those built; false if it is not among them. See deaths.Engine for when it may
// be called.
func Summary(built []Built) (deaths.Summary, bool) {
	for _, b := range built {
		if d, ok := b.Engine.(*deaths.Engine); ok {
			return d.Summary(), true
		}
	}
	return deaths.Summary{}, false
}
