// What write does not grant can't be changed in any way: Landlock decides about contents and names, not about modes, owners, times.

package engines

import (
	"os"
	"slices"

	"jail/policy"
	"jail/supervisor/confine"
)

// fix makes all mounts read-only but for what may be written to: chmod(2), chown(2), utimensat(2), setxattr(2) and ioctls that
// change flags (ioctl_iflags(2)) are no matter of Landlock's (landlock(7), "Current limitations"), and look at mounts only. Where there
// are none of jail's own an engine decides about these calls.
func (c *confiner) fix() {
	f := c.at.Files
	c.at.Files.Fixed = false
	if !f.Restrict {
		c.again()
		return
	}
	var writable []string
	for _, w := range f.Write {
		real, err := c.real(w.Path)
		if real == "/" { // all may be changed
			c.again()
			return
		}
		if err == nil && !device(real) {
			writable = append(writable, real)
		}
	}
	if !c.has.MountNamespaces.OK() {
		c.at.Files.Fixed = c.has.LandlockABI > 0 // without, files themselves can be changed, and that is said
		return
	}
	if c.plan.Files.Tmp == policy.TmpPrivate {
		for _, folder := range tmpFolders() {
			if real, err := c.real(folder); err == nil {
				writable = append(writable, real)
			}
		}
		if c.around.Tmp != "" {
			writable = append(writable, c.around.Tmp) // where it is not mounted over those
		}
	}
	if c.spec.Shm != "" {
		writable = append(writable, shmFolder)
	}
	c.spec.Namespaces.Mount = true
	slices.Sort(writable)
	c.spec.Fixed = &confine.Fixed{Writable: slices.Compact(writable)}
}

// device tells of device files: they can be written to where nothing can be changed, and are the machine's in a private /dev too.
func device(name string) bool {
	st, err := os.Stat(name)
	return err == nil && st.Mode()&os.ModeDevice != 0
}
