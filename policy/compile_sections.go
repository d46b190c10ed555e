// Compiling what engines decide: clone, signals and exec.

package policy

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// clone compiles the map clone: flags into guards of the filter, the number
// of tasks for an engine.
func (c *compiler) clone() {
	l := c.policy.limits
	for _, f := range l.flags {
		c.guardFlags(f)
	}
	if l.maxTasks == 0 {
		return
	}
	c.plan.Clone.MaxTasks = l.maxTasks
	tasks := fmt.Sprintf("%s: %d}", strings.Replace(l.tasksKey, ": ", ": {", 1), min(2*l.maxTasks, maxTaskLimit))
	c.plan.Clone.Rule = c.info(RuleInfo{
		Origin:    c.origin(l.tasksAt),
		Text:      fmt.Sprintf("%s: %d", l.tasksKey, l.maxTasks),
		Action:    errnoAction(unix.EAGAIN),
		Report:    true,
		Layer:     LayerEngine,
		Sound:     true,
		Why:       "counted by the supervisor, which sees every birth and death",
		Cost:      "one stop at the entry of each clone, fork and vfork",
		AllowHint: c.loosen(l.tasksAt, tasks, tasks),
	})
}

// guardFlags compiles refuse-flags. unshare and setns get a process into the
// same namespaces, and vfork is clone with two flags, so they are refused
// with it.
func (c *compiler) guardFlags(l flagRule) {
	add := func(call string, arg int, when ...condition) {
		flags := fmt.Sprintf("{flags:%d:%s}", arg, strings.Join(l.names, "|"))
		info := filterInfo(c.origin(l.place), cut(fmt.Sprintf("clone: refuse-flags for %s: %s: %v", call, shortList(l.names), l.refuse)), l.refuse, false)
		info.AllowHint = c.loosen(l.place, "remove "+flags+" from refuse-flags of clone", "clone: {-refuse-flags: ["+flags+"]}")
		c.guard(guard{call: call, when: when, stands: true}, info)
	}
	var bits, unshare, setns uint64
	for _, flag := range l.names {
		bit := constants()[flag]
		bits |= bit
		if unsharable(flag) {
			unshare |= bit
		}
		if strings.HasPrefix(flag, "CLONE_NEW") {
			setns |= bit
		}
	}
	if clone := bits &^ unix.CSIGNAL; clone != 0 { // these bits of clone are the signal at the child's death
		add("clone", 0, hasAny(0, clone))
	}
	if bits&(unix.CLONE_VM|unix.CLONE_VFORK) != 0 {
		add("vfork", 0)
	}
	if unshare != 0 {
		add("unshare", 0, hasAny(0, unshare))
	}
	if setns != 0 {
		add("setns", 1, hasAny(1, setns))
		add("setns", 1, equal(1, 0)) // a namespace of any kind (setns(2))
	}
}

// unsharable tells whether unshare(2) takes the flag.
func unsharable(flag string) bool {
	switch flag {
	case "CLONE_FILES", "CLONE_FS", "CLONE_SYSVSEM", "CLONE_THREAD", "CLONE_SIGHAND", "CLONE_VM":
		return true
	default:
		return strings.HasPrefix(flag, "CLONE_NEW")
	}
}

// signals compiles the rules for signals.
func (c *compiler) signals() {
	for _, r := range c.policy.signals {
		out := SignalRule{Signals: r.signals, From: r.from, Do: r.do, Replace: r.replace, Report: !r.quiet}
		info := RuleInfo{
			Origin: c.origin(r.place),
			Text:   r.text(),
			Report: out.Report,
			Layer:  LayerPtrace,
			Sound:  true,
			Cost:   "none: every signal to a traced task stops it anyhow",
		}
		if len(r.from) < len(allSources()) && r.do != Deliver {
			info.Sound = false
			info.Why = "who sent a signal is told from si_code and si_pid, which the sender may have made up (rt_sigqueueinfo(2)); from: any is sound"
		}
		if r.do != Deliver {
			info.AllowHint = c.before(r.rulePlace, "signals", fmt.Sprintf("{signal: %s, action: deliver}", r.signalText()))
		}
		switch r.do {
		case SignalKill:
			info.Action = Action{Verb: KillProcess}
		case SignalKillTree:
			info.Action = Action{Verb: KillTree}
		}
		out.Rule = c.info(info)
		c.plan.Signals = append(c.plan.Signals, out)
	}
}

// text is the rule as a person would write it, short.
func (r signalRule) text() string {
	from := ""
	if len(r.from) < len(allSources()) {
		words := make([]string, len(r.from))
		for i, s := range r.from {
			words[i] = string(s)
		}
		from = " from " + strings.Join(words, " or ")
	}
	do := string(r.do)
	if r.do == ReplaceSignal {
		do += " " + r.replace.String()
	}
	return cut(fmt.Sprintf("signals: %s%s: %s", r.signalText(), from, do))
}

// signalText is the signals of a rule as YAML writes them.
func (r signalRule) signalText() string {
	if r.every {
		return "any"
	}
	words := make([]string, len(r.signals))
	for i, s := range r.signals {
		words[i] = s.String()
	}
	return shortList(words)
}
