// Package engines is the one place where a policy's plan and the engines that enforce it meet.
//
//	built, err := engines.Build(plan, func(id utrace.TaskID, engine string, why utrace.Why) {
//		log.Info(why.What, "task", id, "engine", engine)
//	})
//	if err != nil {
//		return err
//	}
//	counts, observer := engines.Deaths()
//	cmd := supervisor.Command{Path: "/usr/bin/make", Filter: &plan.Filter}
//	for _, b := range append(built, observer) {
//		cmd.Engines = append(cmd.Engines, supervisor.Engine{Engine: b.Engine, Observe: b.Observe})
//	}
//	jail, err := cmd.Start()
//	...
//	fmt.Fprint(os.Stderr, counts.Summary())
package engines

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"jail/engines/clone"
	"jail/engines/deaths"
	"jail/engines/exec"
	"jail/engines/internal/reason"
	"jail/engines/limits"
	"jail/engines/network"
	"jail/engines/paths"
	"jail/engines/signals"
	"jail/engines/syscalls"
	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/confine"
	"jail/supervisor/utrace"
)

// Built is one engine of a plan, ready to be attached to the first task and to follow its tree.
type Built struct {
	Engine  utrace.Engine
	Observe bool // attach it as an observer
}

// Notify is told of what a rule lets pass and wants reported all the same: a traced call, a signal that is delivered. It is
// called on the jail's own thread and must not block.
type Notify func(id utrace.TaskID, engine string, why utrace.Why)

// of is the notifier of one engine.
func (n Notify) of(engine string) func(utrace.TaskID, utrace.Why) {
	if n == nil {
		return nil
	}
	return func(id utrace.TaskID, why utrace.Why) { n(id, engine, why) }
}

// entry is an engine that can be made.
type entry struct {
	name   string
	needed func(*policy.Plan) bool
	make   func(*policy.Plan, Notify, judge) (Built, error)
}

// judge makes a Decider of the plan's filter; the engines of a plan share one.
type judge func() (*seccomp.Decider, error)

// judgeOf is a plan's.
func judgeOf(plan *policy.Plan) judge { return sync.OnceValues(plan.Filter.Decider) }

// registry lists the engines in the order in which they are attached. Entries of calls are told in reverse: syscalls, which
// looks at registers alone, is asked before exec, which reads files and writes to memory.
func registry() []entry {
	return []entry{
		{"deaths", func(*policy.Plan) bool { return false }, func(*policy.Plan, Notify, judge) (Built, error) {
			_, b := Deaths()
			return b, nil
		}},
		{"limits", func(p *policy.Plan) bool { return limits.Of(p).Any() }, func(p *policy.Plan, _ Notify, _ judge) (Built, error) {
			return Built{Engine: limits.New(limits.Of(p), limits.System())}, nil
		}},
		{"file-size", func(p *policy.Plan) bool { return p.Limits.FileSize.Set }, func(p *policy.Plan, _ Notify, _ judge) (Built, error) {
			return Built{Engine: limits.FileSizeOf(p)}, nil
		}},
		// Asked after all that have a say about calls: it has some made in the program's place.
		{"paths", func(p *policy.Plan) bool { return paths.Needed(p.Files) }, func(p *policy.Plan, _ Notify, d judge) (Built, error) {
			lets, err := lets(p, d)
			return Built{Engine: paths.New(paths.Settings{Files: p.Files, Infos: p.Rules, Lets: lets})}, err
		}},
		{"exec", func(p *policy.Plan) bool { return exec.Needed(p.Exec) }, func(p *policy.Plan, _ Notify, _ judge) (Built, error) {
			return Built{Engine: exec.New(p.Exec, p.Rules)}, nil
		}},
		{"clone", func(p *policy.Plan) bool { return p.Clone.MaxTasks > 0 || judgesClone3(p) }, func(p *policy.Plan, _ Notify, d judge) (Built, error) {
			set := clone.Settings{MaxTasks: p.Clone.MaxTasks, Why: reason.Of(reason.Rule(p.Rules, p.Clone.Rule), "", "clone")}
			if !judgesClone3(p) {
				return Built{Engine: clone.New(set)}, nil
			}
			refuses, err := refuses(p, d)
			return Built{Engine: clone.NewJudge(set, refuses)}, err
		}},
		{"network", func(p *policy.Plan) bool { return network.Needed(p.Network) }, func(p *policy.Plan, _ Notify, d judge) (Built, error) {
			lets, err := lets(p, d)
			return Built{Engine: network.New(network.Settings{Rules: p.Network, Infos: p.Rules, Lets: lets})}, err
		}},
		{"signals", func(p *policy.Plan) bool { return len(p.Signals) > 0 }, func(p *policy.Plan, n Notify, _ judge) (Built, error) {
			return Built{Engine: signals.New(p.Signals, p.Rules, n.of("signals"))}, nil
		}},
		{"syscalls", syscalls.Needed, func(p *policy.Plan, n Notify, d judge) (Built, error) {
			decider, err := d()
			if err != nil {
				return Built{}, fmt.Errorf("engine syscalls: %w", err)
			}
			e := syscalls.With(p, decider, n.of("syscalls"))
			return Built{Engine: e}, nil
		}},
	}
}

// Build makes the engines that a plan needs, in the order in which they are to be attached, and no others: what nobody
// decides must not stop. Engines keep state, so each jail needs its own. notify may be nil. The error is that of the plan's
// filter.
func Build(plan *policy.Plan, notify Notify) ([]Built, error) {
	var built []Built
	judge := judgeOf(plan)
	for _, r := range registry() {
		if !r.needed(plan) {
			continue
		}
		b, err := r.make(plan, notify, judge)
		if err != nil {
			return nil, err
		}
		built = append(built, b)
	}
	return built, nil
}

// refuses tells which calls a plan's filter, and the engine that decides what it stops, refuse, and by which rule.
func refuses(plan *policy.Plan, made judge) (func(utrace.Call) (*policy.RuleInfo, bool), error) {
	d, err := made()
	if err != nil {
		return nil, fmt.Errorf("engines: %w", err)
	}
	return func(c utrace.Call) (*policy.RuleInfo, bool) {
		_, by := d.Decide(seccomp.Data{Nr: int32(c.Nr), Arch: c.Arch, IP: c.IP, Args: c.Args})
		info := plan.RuleOf(by)
		return info, info.Action.Refuses()
	}, nil
}

// lets tells which calls they let be made.
func lets(plan *policy.Plan, made judge) (func(utrace.Call) bool, error) {
	refuses, err := refuses(plan, made)
	return func(c utrace.Call) bool { _, bad := refuses(c); return !bad }, err
}

// judgesClone3 tells whether the policy lets clone3 be made, with some arguments at least, so that an engine has to judge its flags.
func judgesClone3(plan *policy.Plan) bool {
	for _, r := range plan.Filter.Rules {
		if k := r.Do.Kind(); slices.Contains(r.Names, "clone3") && len(r.When) > 0 && (k == seccomp.KindAllow || k == seccomp.KindLog || k == seccomp.KindTrace) {
			return true
		}
	}
	return slices.ContainsFunc(plan.Filter.ABIs, func(abi seccomp.ABI) bool {
		nr, ok := abi.Number("clone3")
		if !ok {
			return false
		}
		_, by := plan.Filter.Decide(seccomp.Data{Nr: int32(nr), Arch: abi.AuditArch()})
		return by != seccomp.ByInvalid && !plan.RuleOf(by).Action.Refuses() // of an invalid filter another engine says which error
	})
}

// A Locator is an engine that has to know where the plan's paths are in one run.
type Locator interface {
	// Locate is called once, before the program runs, from any goroutine. mounts are those of the jail's own mount namespace.
	Locate(at *policy.Located, mounts []confine.Mount)
}

// ErrUnknown is wrapped by New's error for a name that no engine has.
var ErrUnknown = errors.New("no such engine")

// New makes one engine by name, for a plan that may not need it. notify may be nil.
func New(name string, plan *policy.Plan, notify Notify) (Built, error) {
	for _, r := range registry() {
		if r.name == name {
			return r.make(plan, notify, judgeOf(plan))
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

// Deaths makes the observer that counts how the processes of a jail end.
func Deaths() (*deaths.Engine, Built) {
	e := deaths.New()
	return e, Built{Engine: e, Observe: true}
}

// Check tells whether the plan lets the program at path, with the arguments argv, its name first, be the first of a jail, which
// is there before any engine hears of it. The error is an *exec.Refusal: it says which rule refuses it, and what would allow it. It
// may block for as long as the file takes to be read. Any goroutine.
func Check(plan *policy.Plan, path string, argv ...string) error {
	return exec.Check(plan.Exec, plan.Rules, path, argv...)
}
