// What rules for programs take of the kernel, and of the rest of the policy.

package engines

import (
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/seccomp"
)

// exec tells of rules for programs that do not hold here against a hostile one.
func (c *confiner) exec() {
	x := c.plan.Exec
	if sealing := c.has.Sealing(); !sealing.OK() {
		for _, r := range x.Rewrites {
			c.miss(r.Rule, "sealed arguments: "+sealing.Missing, "what would be rewritten is refused, but a script that another thread puts there is not seen",
				"a kernel from 6.11 on; or enforce: best-effort")
		}
	}
	for _, l := range execLists(x) {
		sums, argv := policy.ExecRules{Programs: l.Programs}.Conditions()
		if sums && !c.has.TextBusy.OK() {
			c.miss(l.Rule, "ETXTBSY for programs that run: "+c.has.TextBusy.Missing, "a program is compared with its sha256 before it runs, but may be changed afterwards",
				"a kernel from 6.13 on, or without sha256")
		}
		if argv {
			if way := c.writesMemory(); way != "" {
				c.miss(l.Rule, "what keeps the jail's processes from writing to each other's memory: "+way, "arguments are compared before a program runs, but whoever may write to it can change them afterwards",
					"lists of filesystem in which write has no folder above /proc, and syscalls: [{syscalls: [process_vm_writev], action: errno EPERM}]")
			}
		}
	}
}

// execLists are all lists of programs.
func execLists(x policy.ExecRules) []policy.ExecList {
	return append([]policy.ExecList{{Allow: x.Allow, Programs: x.Programs, Rule: x.Rule}}, x.Also...)
}

// writesMemory tells how a process of the jail can write to another's memory; "" if it can't: by process_vm_writev(2), by
// ptrace(2), by /proc/PID/mem (proc(5)).
func (c *confiner) writesMemory() string {
	d, err := c.plan.Filter.Decider()
	if err != nil {
		return "its filter can't be read"
	}
	ways := []struct {
		name  string
		first uint64 // argument
	}{{"process_vm_writev", 0}, {"ptrace", unix.PTRACE_TRACEME}, {"ptrace", unix.PTRACE_ATTACH}, {"ptrace", unix.PTRACE_SEIZE}}
	for _, abi := range c.plan.Filter.ABIs {
		for _, way := range ways {
			nr, ok := abi.Number(way.name)
			if !ok {
				continue
			}
			_, by := d.Decide(seccomp.Data{Arch: abi.AuditArch(), Nr: int32(nr), Args: [6]uint64{way.first}})
			if !c.plan.RuleOf(by).Action.Refuses() {
				return way.name
			}
		}
	}
	f := c.at.Files
	above := func(r policy.PathRule) bool {
		return r.Path == "/" || r.Path == "/proc" || strings.HasPrefix(r.Path, "/proc/")
	}
	if !f.Restrict || slices.ContainsFunc(f.Write, above) {
		return "/proc/PID/mem"
	}
	return ""
}
