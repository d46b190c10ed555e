// What neither mounts nor Landlock can hold of the rules about files, an engine holds by name: who decides which.

package engines

import (
	"slices"

	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/inside"
)

// An Insider is an engine that does something in a program's place, and has to be within the program's bounds for that.
type Insider interface {
	// Inside is called once, before the program runs, from any goroutine.
	Inside(d *inside.Domain)
}

// held gives a rule to the engine paths, or says what is missing for that as miss does.
func (c *confiner) held(rule int, missing, holds, instead string) {
	if sealing := c.has.Sealing(); !sealing.OK() {
		c.miss(rule, missing+"; or sealed arguments: "+sealing.Missing, holds, instead)
		return
	}
	if !slices.Contains(c.at.Held, rule) {
		c.at.Held = append(c.at.Held, rule)
	}
}

// pathChangers are the calls that change what paths mean, open files without their names, or get at files where no filter sees it.
func pathChangers() []string {
	return []string{"chroot", "pivot_root", "mount", "umount", "umount2", "fsopen", "fspick", "fsmount", "fsconfig", "move_mount", "open_tree", "open_tree_attr",
		"mount_setattr", "setns", "name_to_handle_at", "open_by_handle_at", "fanotify_init", "io_uring_setup", "io_uring_enter", "io_uring_register",
		"uselib", "acct", "swapon", "swapoff", "quotactl"}
}

// Hold is plan for a run in which an engine holds the rules that Confine has named in at.Held: they are said to be decided by it, at
// its cost, and what would change the meaning of names is refused. Without rules that an engine holds it is plan itself, which is not changed.
func Hold(plan *policy.Plan, at *policy.Located) *policy.Plan {
	if at.Files.Fixed {
		plan = holdFixed(plan)
	}
	if at.Shown {
		plan = holdSockets(plan, at)
	}
	if len(at.Held) == 0 {
		return plan
	}
	out := *plan
	out.Files.Held = slices.Clone(at.Held)
	out.Rules = slices.Clone(plan.Rules)
	for _, i := range at.Held {
		if i < 0 || i >= len(out.Rules) {
			continue
		}
		r := &out.Rules[i]
		r.Layer, r.Cost = policy.LayerEngine, "every open stops"
		r.Why = "held by name, with symbolic links followed; another name of the same file (a hard link made before the start) is another matter, and names, sizes and times are seen (stat(2))"
	}
	first := plan.Rules[at.Held[0]]
	letOpen(&out, first)
	info := policy.RuleInfo{Origin: first.Origin, Text: first.Text + ": what changes the meaning of paths",
		Why: "the rule is about names, and holds as long as they mean what they did", AllowHint: first.AllowHint}
	next := out.Refusing(pathChangers(), nil, unix.EPERM, info)
	info.Text, info.Why = first.Text+": Landlock of the program's own", "jail makes, removes and renames in the program's place, and would not be bound by it"
	next = next.Refusing([]string{"landlock_create_ruleset", "landlock_restrict_self"}, nil, unix.EOPNOTSUPP, info)
	info.Text, info.Why = first.Text+": leases", "jail opens files in the program's place, and would wait for who has a lease on them"
	lease := seccomp.Cond{Arg: 1, Op: seccomp.Eq, Value: unix.F_SETLEASE, Width: 32}
	next = next.Refusing([]string{"fcntl", "fcntl64"}, []seccomp.Cond{lease}, unix.EPERM, info)
	if !out.Files.Fixed {
		requests := slices.ContainsFunc(at.Files.Protect, func(p policy.PathRule) bool { return slices.Contains(at.Held, p.Rule) })
		next = refuseAttributes(next, requests, first, "metadata of what the rule names could be changed by it")
	}
	info.Text, info.Why = first.Text+": mount namespaces", "the rule is about names, and holds as long as they mean what they did"
	newNS := seccomp.Cond{Arg: 0, Op: seccomp.MaskedNe, Mask: unix.CLONE_NEWNS, Width: 32} // clone3 is refused
	return next.Refusing([]string{"unshare", "clone"}, []seccomp.Cond{newNS}, unix.EPERM, info)
}

// holdFixed is plan for a run in which an engine decides about modes, owners, times and attributes: those ways to change them that it
// does not look at are refused.
func holdFixed(plan *policy.Plan) *policy.Plan {
	out := *plan
	out.Files.Fixed = true
	files := plan.Rules[plan.Files.Rule]
	files.AllowHint = "" // it lists a file more, which would not let these calls be made
	why := "metadata could be changed by it, and there is no mount namespace here, which would keep it"
	info := policy.RuleInfo{Origin: files.Origin, Text: files.Text + ": io_uring", Why: why}
	next := out.Refusing([]string{"io_uring_setup", "io_uring_enter", "io_uring_register"}, nil, unix.EPERM, info)
	return refuseAttributes(next, true, files, why)
}

// refuseAttributes refuses ways to change metadata that no engine looks at. What is denied nobody has open, so that requests matter for what
// may be opened only. Requests of file systems have numbers with f, v or X in the middle, f2fs 0xf5 and vfat r; those that only ask are let
// through: FS_IOC_GETFLAGS, FS_IOC_FIEMAP, FS_IOC_GETVERSION, FS_IOC_FSGETXATTR (linux/fs.h), FAT_IOCTL_GET_ATTRIBUTES,
// FAT_IOCTL_GET_VOLUME_ID, VFAT_IOCTL_READDIR_BOTH and _SHORT (linux/msdos_fs.h).
func refuseAttributes(plan *policy.Plan, requests bool, of policy.RuleInfo, why string) *policy.Plan {
	info := func(what string) policy.RuleInfo {
		return policy.RuleInfo{Origin: of.Origin, Text: of.Text + ": " + what, Why: why, AllowHint: of.AllowHint}
	}
	out := plan.Refusing([]string{"setxattrat", "removexattrat", "file_setattr"}, nil, unix.ENOSYS, info("the newest calls for attributes"))
	if !requests {
		return out
	}
	var whens [][]seccomp.Cond
	for _, family := range [][]uint64{{0x6600, 0x80086601, 0xc020660b}, {0x7600, 0x80087601}, {0x5800, 0x801c581f}, {0xf500},
		{0x7200, 0x80047210, 0x80047213, 0x82187201, 0x82187202}} {
		when := []seccomp.Cond{{Arg: 1, Op: seccomp.MaskedEq, Mask: 0xff00, Value: family[0], Width: 32}}
		for _, asks := range family[1:] {
			when = append(when, seccomp.Cond{Arg: 1, Op: seccomp.Ne, Value: asks, Width: 32})
		}
		whens = append(whens, when)
	}
	return out.RefusingAny([]string{"ioctl"}, whens, unix.EPERM, info("requests of file systems"))
}

// letOpen has the filter let openat2 be made, which the engine makes of other calls that open, where the policy refuses it to programs.
func letOpen(plan *policy.Plan, first policy.RuleInfo) {
	d, err := plan.Filter.Decider()
	native := seccomp.Native()
	nr, ok := native.Number("openat2")
	if err != nil || !ok {
		return // the start says so
	}
	_, by := d.Decide(seccomp.Data{Nr: int32(nr), Arch: native.AuditArch()})
	if !plan.RuleOf(by).Action.Refuses() {
		return
	}
	plan.Files.OpenRefused, plan.Files.OpenRule = true, plan.DefaultRule
	if by >= 0 {
		plan.Files.OpenRule = plan.Filter.Rules[by].Tag
	}
	index := len(plan.Rules)
	plan.Rules = append(plan.Rules, policy.RuleInfo{Origin: first.Origin, Text: first.Text + ": openat2, which jail makes of other calls that open",
		Action: policy.Action{Verb: policy.Allow}, Layer: policy.LayerEngine, Sound: true, Cost: "every open stops"})
	plan.Filter.Rules = append([]seccomp.Rule{{Names: []string{"openat2"}, ABIs: []seccomp.ABI{native}, Do: seccomp.Allow, Tag: index}}, plan.Filter.Rules...)
}
