// What a policy compiles to: plain data for the filter, the engines and the reports.

package policy

import (
	"jail/seccomp"
)

// Plan says everything that has to be done to enforce a policy. It is plain
// data: it may be copied, compared and written as JSON. A Plan does not
// change once [Policy.Compile] has returned it, so it may be read from any
// goroutine.
type Plan struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	File        string `json:"file"` // where the policy came from, for messages

	// Filter is the seccomp filter. The Tag of each of its rules, and so what
	// Spec.Decide leads to, is an index into Rules; calls that no rule matches
	// belong to DefaultRule, UnknownRule or ForeignRule.
	Filter seccomp.Spec `json:"filter"`

	// Rules are all rules, the policy's and those that are built in. Those of
	// the policy's syscalls come first and stand in its order.
	Rules       []RuleInfo `json:"rules"`
	DefaultRule int        `json:"defaultRule"` // index into Rules
	UnknownRule int        `json:"unknownRule"` // index into Rules
	ForeignRule int        `json:"foreignRule"` // index into Rules

	Signals   []SignalRule `json:"signals,omitempty"` // the first that matches decides
	Clone     CloneLimits  `json:"clone"`
	Exec      ExecRules    `json:"exec"`
	Survivors Survivors    `json:"survivors"`
	Outside   Outside      `json:"outside"`

	OutsideRule int `json:"outsideRule"` // index into Rules

	Files       FileRules    `json:"files"`
	Network     NetworkRules `json:"network"`
	Limits      Limits       `json:"limits,omitzero"`
	Environment Environment  `json:"environment,omitzero"`
	Descriptors []int        `json:"descriptors,omitempty"` // above 2, that the first program inherits
	Identity    Identity     `json:"identity"`
	Outgoing    Outgoing     `json:"outgoing,omitzero"`
	Enforce     Enforce      `json:"enforce"`
}

// RuleOf is the rule behind what Spec.Decide or Decider.Decide of
// [Plan.Filter] answered: the index of a rule of the filter, or one of
// seccomp's By… constants. What nobody can have answered is the rule for
// foreign ABIs, which kills.
func (p *Plan) RuleOf(decided int) *RuleInfo {
	switch {
	case decided == seccomp.ByDefault:
		return &p.Rules[p.DefaultRule]
	case decided == seccomp.ByUnknown:
		return &p.Rules[p.UnknownRule]
	case decided >= 0 && decided < len(p.Filter.Rules):
		return &p.Rules[p.Filter.Rules[decided].Tag]
	default:
		return &p.Rules[p.ForeignRule]
	}
}

// RuleInfo is what people are told about one rule.
type RuleInfo struct {
	// Origin is "file:line:column", or "built in" for what holds under every
	// policy.
	Origin string `json:"origin"`
	// Text is the rule as a person would write it, cut to one short line.
	Text string `json:"text"`
	// Action is what the rule does. It is the wanted one: a denial that is
	// to be reported stands in the filter as a trace. It is empty for a rule
	// of signals that does not kill: see SignalRule.Do.
	Action Action `json:"action,omitzero"`
	// Report says whether each use of the rule is reported.
	Report bool `json:"report"`
	// Layer says who decides.
	Layer Layer `json:"layer"`
	// Sound says that no program can get round the rule, however hostile.
	// If it is false the rule is advisory, and Why says how it can be got
	// round. Where it is true Why may say what it rests on.
	Sound bool   `json:"sound"`
	Why   string `json:"why,omitempty"`
	// Cost is what the rule costs the program, in words.
	Cost string `json:"cost"`
	// AllowHint is what to write to allow what the rule refuses, with
	// {syscall} in the place of the call's name; empty if the rule refuses
	// nothing or nothing can be written. See [RuleInfo.Hint]. Rules of the
	// network have {address} in it, or {path} for local sockets; those of
	// files {path} and {access}, which is read, write or exec. See
	// [RuleInfo.HintFor]. {signal:1} and the like stand for what an argument
	// of the call is: see [RuleInfo.HintForCall]; {abi} is the foreign ABI
	// of the call.
	AllowHint string `json:"allowHint,omitempty"`
	// ByAccess is AllowHint where it depends on the access; empty if the rule is not what refuses files.
	ByAccess AccessHints `json:"byAccess,omitzero"`
}

// BuiltIn is the Origin of rules that hold under every policy.
const BuiltIn = "built in"

// Layer is who decides a rule, cheapest first.
type Layer string

// The layers.
const (
	LayerBPF      Layer = "bpf"      // the kernel, in the seccomp filter: no stop
	LayerLandlock Layer = "landlock" // the kernel, in a Landlock domain: no stop
	LayerKernel   Layer = "kernel"   // the kernel, by limits, cgroups and namespaces: no stop
	LayerPtrace   Layer = "ptrace"   // an engine, at an event that ptrace(2) tells of
	LayerEngine   Layer = "engine"   // an engine, at a stop that the filter asked for
)

// Verb is what an [Action] does.
type Verb string

// The verbs, from the loosest to the strictest.
const (
	Allow       Verb = "allow"        // the call runs
	Trace       Verb = "trace"        // the call runs, and is reported
	Errno       Verb = "errno"        // the call is skipped and fails
	KillProcess Verb = "kill-process" // the caller's process dies
	KillTree    Verb = "kill-tree"    // everything in the jail dies
)

// Action is what happens to a call.
type Action struct {
	Verb  Verb        `json:"verb"`
	Errno ErrnoNumber `json:"errno,omitempty"` // what the call fails with; only if Verb is Errno
}

// Refuses tells whether the call does not run.
func (a Action) Refuses() bool { return a.Verb != Allow && a.Verb != Trace }

// String is the action as a policy writes it: "errno EPERM".
func (a Action) String() string {
	if a.Verb == Errno {
		return string(Errno) + " " + a.Errno.String()
	}
	return string(a.Verb)
}

// Survivors says what happens to what is left of the tree when the first
// program has ended.
type Survivors string

// What may happen to survivors.
const (
	SurvivorsKill Survivors = "kill" // they are killed
	SurvivorsWait Survivors = "wait" // they are waited for
)

// Outside says whether the jail may reach processes outside of it: send them
// signals, write to their memory, connect to their abstract sockets.
type Outside string

// What the outside may be.
const (
	OutsideSealed Outside = "sealed" // out of reach, by a Landlock domain (Linux 6.12)
	OutsideOpen   Outside = "open"   // within reach, as the user's rights allow
)

// CloneLimits are the limits on new tasks that an engine keeps. (Refused
// flags are in the filter.)
type CloneLimits struct {
	// MaxTasks is how many tasks, that is threads, may be alive at once in
	// the whole jail; a clone beyond that fails with EAGAIN, as it does when
	// RLIMIT_NPROC is reached (fork(2)). 0: no limit.
	MaxTasks int `json:"maxTasks,omitempty"`
	// Rule is an index into Plan.Rules; only if MaxTasks is set.
	Rule int `json:"rule,omitempty"`
}
