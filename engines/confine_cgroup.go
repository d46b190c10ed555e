// The hierarchy of cgroups, which must not be the program's to write to.

package engines

import (
	"errors"
	"io/fs"

	"jail/policy"
	"jail/supervisor/confine"
)

// keepCgroups keeps the program from lifting the bounds of its cgroup and leaving it, and from killing and freezing processes
// outside of the jail by theirs (cgroup.kill, cgroup.freeze), which no right to send signals is asked for: the files belong to the
// same user. Where no list of files keeps it from writing to the hierarchy that is mounted read-only. Nothing can be mounted in
// the jail then, the hierarchy once more neither: the domain refuses it. A domain with lists of files does that, too.
func (c *confiner) keepCgroups() {
	memory := c.plan.Limits.Memory.Set && c.has.Cgroup.OK()
	sealed := c.plan.Outside == policy.OutsideSealed
	if !memory && !sealed {
		return
	}
	for _, name := range c.has.CgroupMounts {
		real, err := c.real(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue // covered by another mount
		case c.at.Files.Restrict && c.has.LandlockABI > 0 && c.writableUnder(real) == "":
			continue
		case err == nil && c.has.MountNamespaces.OK():
			c.cover(confine.Mount{Kind: confine.ReadOnly, Source: real, Target: real})
			continue
		}
		missing, instead := "a mount namespace: "+c.has.MountNamespaces.Missing, "filesystem: {read: […], write: […]}, which keeps "+name+" out of reach"
		if memory {
			c.miss(c.plan.Limits.Memory.Rule, missing, "the program can lift the limit where it may write to "+name, instead)
		}
		if sealed {
			c.miss(c.plan.OutsideRule, missing, "the program can kill and freeze others by their cgroups where it may write to "+name, instead)
		}
		return
	}
}
