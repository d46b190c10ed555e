// The engine: its settings, and what it is told.

package fault

import (
	"fmt"
	"sync/atomic"

	"jail/seccomp"
	"jail/supervisor/utrace"
)

// Settings are about an engine as a whole.
type Settings struct {
	Name   string        // in reports, and for utrace.Task.Match; "" is "fault"
	Filter *seccomp.Spec // of the policy, to find rules that it makes impossible; nil: none are
	// Once detaches the engine from a task as soon as no rule can fire for it any more: for a fault of the length of one call
	// (Nth(1)) that is attached while the program runs.
	Once bool
	// Tell is told of what is no verdict and so in no report: delays, signals, changed memory. On the jail's own thread; it must
	// not block. It may be nil.
	Tell func(utrace.TaskID, utrace.Why)
}

// An Engine carries rules out in one jail. Its callbacks are called on that jail's thread; Counts on any goroutine.
type Engine struct {
	set   Settings
	rules []*rule
	calls utrace.SyscallSet
	by    map[number][]*rule

	tasks  map[uint64]*task // by Serial
	procs  map[int]*process // by TGID
	counts map[counter]uint64
	files  map[stored]int64 // After: bytes written so far
}

// number is a system call of an ABI.
type number struct {
	arch uint32
	nr   int64
}

// A Count is what became of a rule.
type Count struct {
	Rule    Rule
	Matched uint64 // calls that were of its kind, made again or not
	Fired   uint64 // those to which something was done
}

// New makes an engine of rules. Errors are those of Check.
func New(rules []Rule, set Settings) (*Engine, error) {
	if set.Name == "" {
		set.Name = "fault"
	}
	e := &Engine{set: set, by: make(map[number][]*rule), tasks: make(map[uint64]*task), procs: make(map[int]*process),
		counts: make(map[counter]uint64), files: make(map[stored]int64)}
	for i := range rules {
		r, err := compile(rules[i], set.Filter)
		if err != nil {
			return nil, err
		}
		r.index = i
		e.rules = append(e.rules, r)
		e.listen(r)
	}
	return e, nil
}

// Check tells the first thing that is wrong with a rule: what is misspelt, and what can never happen, on any machine or, if
// filter is not nil, because the policy's filter refuses the call. The error begins with the rule's Origin.
func Check(r Rule, filter *seccomp.Spec) error {
	_, err := compile(r, filter)
	return err
}

// listen makes the engine hear of a rule's calls, of all ABIs.
func (e *Engine) listen(r *rule) {
	for _, abi := range abis() {
		for _, name := range r.names {
			if nr, ok := abi.Number(name); ok {
				key := number{abi.AuditArch(), int64(nr)}
				e.calls.Add(key.arch, key.nr)
				e.by[key] = append(e.by[key], r)
			}
		}
	}
}

// Attachable is what is to be attached: the engine, which can seal arguments too if a rule needs that. What sealing needs is only
// made ready for engines that ask for it.
func (e *Engine) Attachable() utrace.Engine {
	for _, r := range e.rules {
		if r.seals() {
			return sealing{e}
		}
	}
	return e
}

// sealing is an Engine that places values of its own among arguments.
type sealing struct{ *Engine }

// Seals are the calls whose arguments may be placed.
func (s sealing) Seals() *utrace.SyscallSet {
	set := new(utrace.SyscallSet)
	for key, rules := range s.by {
		for _, r := range rules {
			if r.seals() {
				set.Add(key.arch, key.nr)
			}
		}
	}
	return set
}

// Name is that of the settings.
func (e *Engine) Name() string { return e.set.Name }

// Events are calls with their ends, births, programs, handlers of signals, and reaps.
func (*Engine) Events() utrace.Mask {
	return utrace.On(utrace.SyscallEntry, utrace.SyscallExit, utrace.Clone, utrace.Exec, utrace.Signal, utrace.Reap)
}

// Syscalls are those of the rules.
func (e *Engine) Syscalls() *utrace.SyscallSet { return &e.calls }

// Counts tells of each rule, in their order. Any goroutine, also while the program runs.
func (e *Engine) Counts() []Count {
	out := make([]Count, len(e.rules))
	for i, r := range e.rules {
		out[i] = Count{Rule: r.Rule, Matched: r.matched.Load(), Fired: r.fired.Load()}
	}
	return out
}

// tally counts for Counts.
type tally struct{ matched, fired atomic.Uint64 }

// at puts a rule's origin before an error.
func (r *Rule) at(err error) error {
	if err == nil || r.Origin == "" {
		return err
	}
	return fmt.Errorf("%s: %w", r.Origin, err)
}
