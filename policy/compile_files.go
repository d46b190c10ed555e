// Compiling filesystem: Landlock and mounts decide it.

package policy

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// files compiles the map filesystem.
func (c *compiler) files() {
	f := c.policy.files
	out := &c.plan.Files
	if out.Tmp = f.tmp; f.tmp == "" {
		out.Tmp = TmpShared
	}
	if out.Tmp == TmpPrivate {
		out.TmpRule = c.info(RuleInfo{Origin: c.origin(f.tmpAt), Text: "filesystem: tmp: private", Layer: LayerKernel, Sound: true, Cost: costNone,
			Why: "a new folder is mounted on /tmp in the jail's own mount namespace; without one TMPDIR names it"})
	}
	if out.Dev = f.dev; f.dev == "" {
		out.Dev = DevMachine
	}
	if out.Dev == DevPrivate {
		out.DevRule = c.info(RuleInfo{Origin: c.origin(f.devAt), Text: "filesystem: dev: private", Layer: LayerKernel, Sound: true, Cost: costNone,
			Why: "a new folder with few of the machine's devices is mounted on /dev in the jail's own mount namespace"})
	}
	c.denied(f.deny)
	for _, r := range f.protect {
		out.Protect = append(out.Protect, PathRule{Path: r.path, Rule: c.info(RuleInfo{
			Origin: c.origin(r.place), Text: cut("filesystem: protect: " + r.path), Action: errnoAction(unix.EROFS), Report: true,
			Layer: LayerKernel, Sound: true, Cost: costNone, AllowHint: c.less(r.place, "filesystem", "protect", r.path),
			Why: "mounted on itself, read-only, in the jail's own mount namespace"})})
	}
	c.redirected(f)
	if !f.restricts() {
		return
	}
	out.Restrict, out.ExecRestrict = true, f.execAt.said()
	out.Rule = c.info(RuleInfo{Origin: c.origin(f.place), Text: "filesystem: what is not listed", Action: errnoAction(unix.EACCES), Report: true,
		Layer: LayerLandlock, Sound: true, Cost: costOpen, AllowHint: c.more(f.place, "filesystem", `{access}: ["{path}"]`), ByAccess: c.accessHints(f),
		Why: "Landlock decides on the file itself, so no change of paths gets round it; it keeps nobody from looking at names, sizes and times (stat(2)), and from changing modes, owners and times"})
	out.Read = c.paths("read", f.read)
	out.Write = c.paths("write", f.write)
	out.Exec = c.paths("exec", f.exec)
}

// accessHints are what to write for each of the lists.
func (c *compiler) accessHints(f filesSection) AccessHints {
	return AccessHints{
		Read:  c.more(f.readAt, "filesystem", `read: ["{path}"]`),
		Write: c.more(f.writeAt, "filesystem", `write: ["{path}"]`),
		Exec:  c.more(f.execAt, "filesystem", `exec: ["{path}"]`),
	}
}

// denied compiles the list deny, which holds whether the other lists are there or not.
func (c *compiler) denied(all []placedPath) {
	out := &c.plan.Files
	why := "masked in the jail's own mount namespace; without one Landlock leaves it out, where what lies beside it can be listed"
	if out.Dev != DevPrivate {
		why += "; who may read the disk's device, as root may, reads it there: dev: private takes that out of reach"
	}
	for _, d := range all {
		out.Deny = append(out.Deny, PathRule{Path: d.path, Rule: c.info(RuleInfo{
			Origin: c.origin(d.place), Text: cut("filesystem: deny: " + d.path), Action: errnoAction(unix.EACCES), Report: true,
			Layer: LayerKernel, Sound: true, Cost: costNone, AllowHint: c.less(d.place, "filesystem", "deny", d.path),
			Why: why})})
	}
}

// redirected compiles the map redirect.
func (c *compiler) redirected(f filesSection) {
	at := f.writeAt
	if !at.said() {
		at = f.place
	}
	for _, r := range f.redirect {
		c.plan.Files.Redirect = append(c.plan.Files.Redirect, Redirect{Path: r.path, To: r.to, Rule: c.info(RuleInfo{
			Origin: c.origin(r.place), Text: cut("filesystem: redirect: " + r.path + ": " + r.to), Action: errnoAction(unix.EROFS), Report: true,
			Layer: LayerKernel, Sound: true, Cost: costNone, AllowHint: c.more(at, "filesystem", fmt.Sprintf("write: [%q]", r.path)),
			Why: "mounted there in the jail's own mount namespace, which no program of the jail can undo"})})
	}
}

// costOpen is what Landlock costs.
const costOpen = "open a little slower"

// paths compiles a list of granted paths.
func (c *compiler) paths(list string, all []placedPath) []PathRule {
	var out []PathRule
	for _, g := range all {
		out = append(out, PathRule{Path: g.path, Within: g.within, Rule: c.info(RuleInfo{
			Origin: c.origin(g.place), Text: cut("filesystem: " + list + ": " + g.path), Action: Action{Verb: Allow},
			Layer: LayerLandlock, Sound: true, Cost: costOpen})})
	}
	return out
}
