// Explaining what becomes of a system call.

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"jail/engines"
	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/utrace"
)

// truth is whether a rule matches, as far as the arguments are known.
type truth int

const (
	never truth = iota // whatever the arguments are
	no                 // with those that are known
	maybe
	yes
)

// tried is a rule that speaks of the call.
type tried struct {
	info    *policy.RuleInfo
	do      seccomp.Action
	matches truth
	because string // the condition that fails; or those that are left open, or hold
}

// look keeps an engine that asks for the call at a stop. The engine syscalls only carries out what the filter says.
func (q *question) look(b engines.Built) {
	if b.Engine.Name() == "syscalls" || q.name == "" {
		return
	}
	wants, when := false, ""
	if s, ok := b.Engine.(utrace.Syscaller); ok {
		set := s.Syscalls()
		if wants = set.Has(q.abi.AuditArch(), int64(q.nr)); wants {
			if arg, some, without := set.When(q.abi.AuditArch(), int64(q.nr)); some != 0 {
				when = fmt.Sprintf(" when arg%d & %#x is not 0", arg, some)
				if without != 0 {
					when += fmt.Sprintf(" and arg%d & %#x is", arg, without)
				}
				if a := q.args[arg]; a.set && (a.value&uint64(some) == 0 || a.value&uint64(without) != 0) {
					wants = false
				}
			}
		}
	}
	if _, ok := b.Engine.(utrace.CloneEntryReporter); ok && slices.Contains([]string{"clone", "clone3", "fork", "vfork"}, q.name) {
		wants, when = true, ""
	}
	if wants {
		q.lookers = append(q.lookers, looker{b.Engine.Name(), when})
	}
}

// tries lists the rules that speak of the call, up to the one that decides in any case; that is the last.
func (q *question) tries() []tried {
	p := q.plan
	last := func(rule int, do seccomp.Action) tried { return tried{info: &p.Rules[rule], do: do, matches: yes} }
	switch {
	case !slices.Contains(p.Filter.ABIs, q.abi):
		return []tried{last(p.ForeignRule, p.Filter.Foreign)}
	case q.name == "":
		return []tried{last(p.UnknownRule, p.Filter.Unknown)}
	}
	var all []tried
	for i := range p.Filter.Rules {
		r := &p.Filter.Rules[i]
		if !q.speaksOf(r) {
			continue
		}
		t := tried{info: &p.Rules[r.Tag], do: r.Do}
		t.matches, t.because = q.matches(r.When)
		all = append(all, t)
		if t.matches == yes {
			return all
		}
	}
	return append(all, last(p.DefaultRule, p.Filter.Default))
}

// speaksOf tells whether a rule of the filter names the call.
func (q *question) speaksOf(r *seccomp.Rule) bool {
	if len(r.ABIs) > 0 && !slices.Contains(r.ABIs, q.abi) {
		return false
	}
	return slices.ContainsFunc(r.Names, func(name string) bool {
		members, _ := seccomp.Group(name)
		return name == q.name || slices.Contains(members, q.name)
	})
}

// matches tells whether conditions hold, and why. A rule that asks for one argument to be two things at once matches nothing.
func (q *question) matches(when []seccomp.Cond) (truth, string) {
	args, set := q.pinned(when)
	var open, hold []string
	for i := range when {
		c := &when[i]
		to := &hold
		switch {
		case !set[c.Arg]:
			to = &open
		case !c.Holds(&args):
			if !q.args[c.Arg].set {
				return never, ""
			}
			return no, c.String()
		case !q.args[c.Arg].set:
			if c.Op != seccomp.Eq {
				continue // follows from another
			}
			to = &open
		}
		if !slices.Contains(*to, c.String()) {
			*to = append(*to, c.String())
		}
	}
	if len(open) > 0 {
		return maybe, strings.Join(open, " and ")
	}
	return yes, strings.Join(hold, " and ")
}

// pinned are the arguments that are known, or must have one value if all conditions hold.
func (q *question) pinned(when []seccomp.Cond) (args [6]uint64, set [6]bool) {
	for i, a := range q.args {
		args[i], set[i] = a.value, a.set
	}
	for _, c := range when {
		if c.Op == seccomp.Eq && !set[c.Arg] {
			args[c.Arg], set[c.Arg] = c.Value, true
		}
	}
	return args, set
}

// answer prints all of it.
func (q *question) answer(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: number %d of %v\n", q.callText(), q.nr, q.abi)
	b.WriteString("\nwhat happens, by the first rule that matches:\n")
	all := q.tries()
	runs, open := false, slices.ContainsFunc(all, func(t tried) bool { return t.matches == maybe })
	for i, t := range all {
		same := func(o tried) bool { return o.info == t.info && o.because == t.because && o.matches == t.matches }
		if t.matches == never || t.matches == no && slices.ContainsFunc(all[:i], same) {
			continue // a rule stands in the filter once for each way round it
		}
		fmt.Fprintf(&b, "  %s  %s\n", t.info.Origin, t.info.Text)
		switch {
		case t.matches == no:
			fmt.Fprintf(&b, "      does not match: not %s\n", t.because)
			continue
		case t.matches == maybe:
			fmt.Fprintf(&b, "      if %s:\n", t.because)
		case open:
			b.WriteString("      else:\n")
		case t.because != "":
			fmt.Fprintf(&b, "      matches: %s\n", t.because)
		}
		fmt.Fprintf(&b, "      %s\n", outcome(t))
		if hint := t.info.HintForCall(q.hintName(), q.values()); hint != "" && t.info.Action.Refuses() {
			fmt.Fprintf(&b, "      to allow it:  %s\n", hint)
		}
		runs = runs || !t.info.Action.Refuses()
	}
	if runs {
		q.after(&b)
	}
	q.instructions(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// values are the arguments, 0 where they are not known.
func (q *question) values() []uint64 {
	values := make([]uint64, len(q.args))
	for i, a := range q.args {
		values[i] = a.value
	}
	return values
}

func (q *question) hintName() string {
	if q.name == "" {
		return fmt.Sprint(q.nr)
	}
	return q.name
}

// callText is the call as it was asked for: openat(*, *, O_WRONLY, …).
func (q *question) callText() string {
	last := -1
	for i, a := range q.args {
		if a.set {
			last = i
		}
	}
	var args []string
	for i := range last + 1 {
		if a := q.args[i]; a.set {
			args = append(args, a.text)
		} else {
			args = append(args, "*")
		}
	}
	name := q.name
	if name == "" {
		name = "a call that is not known"
	}
	return name + "(" + strings.Join(append(args, "…"), ", ") + ")"
}

// outcome is what a rule does to the call.
func outcome(t tried) string {
	act := t.info.Action
	switch act.Verb {
	case policy.Allow:
		return "allow: the kernel runs it"
	case policy.Trace:
		return "trace: the filter stops it, jail tells it, and the kernel runs it"
	case policy.Errno:
		if t.do.Kind() == seccomp.KindErrno {
			return fmt.Sprintf("%v: the filter makes it fail, at no cost and untold", act)
		}
		return fmt.Sprintf("%v: the filter stops it, jail makes it fail and tells it", act)
	case policy.KillTree:
		return "kill-tree: the filter stops it, and jail kills everything"
	}
	return "kill-process: the kernel kills the process, and jail tells it"
}

// after says who looks at a call that the filter lets run.
func (q *question) after(b *strings.Builder) {
	var lines []string
	for _, l := range q.lookers {
		lines = append(lines, fmt.Sprintf("engine %s: decides it at a stop%s", l.engine, l.when))
	}
	p := q.plan
	switch kindOfCall(q.name) {
	case "file":
		if p.Files.Restrict {
			lines = append(lines, "landlock: decides by the file; ask --path FILE")
		} else if len(p.Files.Deny) > 0 {
			lines = append(lines, "mounts: hide what deny of filesystem lists; ask --path FILE")
		}
	case "network":
		if p.Network.Reach != policy.NetworkAny {
			lines = append(lines, fmt.Sprintf("network: %s: decides by the address; ask --connect ADDRESS:PORT", p.Network.Reach))
		}
	case "signal":
		if p.Outside == policy.OutsideSealed {
			lines = append(lines, "landlock: refuses signals to processes outside of the jail (EPERM)")
		}
	}
	if len(lines) == 0 {
		lines = []string{"nobody looks at it but the kernel"}
	}
	b.WriteString("\nafter the filter:\n")
	for _, l := range lines {
		fmt.Fprintf(b, "  %s\n", l)
	}
}

// kindOfCall sorts the calls that another layer decides by what they are about.
func kindOfCall(name string) string {
	for kind, calls := range map[string]string{
		"file": "open openat openat2 creat truncate truncate64 mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 link linkat " +
			"symlink symlinkat mknod mknodat execve execveat chroot",
		"network": "connect bind listen sendto sendmsg sendmmsg",
		"signal":  "kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_send_signal",
	} {
		if slices.Contains(strings.Fields(calls), name) {
			return kind
		}
	}
	return ""
}
