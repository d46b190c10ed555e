// Limits, rights, and the folder for temporary files.

package engines

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/supervisor/confine"
)

// limits bounds each process by resource limits, and the whole tree by a cgroup where one is to be had. What neither can
// hold, time and output, is the supervisor's.
func (c *confiner) limits() {
	l := c.plan.Limits
	c.rlimit(unix.RLIMIT_NOFILE, l.OpenFiles)
	c.rlimit(unix.RLIMIT_FSIZE, l.FileSize)
	c.rlimit(unix.RLIMIT_CORE, l.CoreSize)
	if l.CPUTime.Set {
		// The sum is the engine's. This holds each process if the engine can't: later, so that the signal and the grace of the
		// policy come first; at a hard limit the kernel sends SIGKILL (setrlimit(2)).
		seconds := uint64((l.CPUTime.Most+l.Grace+1e9-1)/1e9) + 1
		c.spec.Rlimits = append(c.spec.Rlimits, confine.Rlimit{Resource: unix.RLIMIT_CPU, Most: seconds})
	}
	if !l.Memory.Set {
		return
	}
	if c.has.Cgroup.OK() {
		c.spec.Cgroup = &confine.Cgroup{Memory: l.Memory.Most}
		if n := c.plan.Clone.MaxTasks; n > 0 {
			c.spec.Cgroup.Tasks = uint64(n)
		}
		return
	}
	c.rlimit(unix.RLIMIT_AS, l.Memory)
	c.miss(l.Memory.Rule, "a cgroup: "+c.has.Cgroup.Missing, "each process alone is bounded, by its address space", "enforce: best-effort, or no limit on memory")
}

func (c *confiner) rlimit(resource int, l policy.Limit[uint64]) {
	if !l.Set {
		return
	}
	c.spec.Rlimits = append(c.spec.Rlimits, confine.Rlimit{Resource: resource, Most: l.Most})
	if resource != unix.RLIMIT_AS && c.raises() { // of that one more is said
		c.miss(l.Rule, "a program without CAP_SYS_RESOURCE, which the policy has it keep",
			"programs are bounded until they raise the limit (setrlimit(2))", "capabilities without CAP_SYS_RESOURCE")
	}
}

// raises tells whether the program can raise its hard limits (capabilities(7)): an ordinary user's has nothing to keep.
func (c *confiner) raises() bool {
	kept := c.has.Capabilities
	if id := c.plan.Identity; !id.KeepCapabilities {
		kept &= id.Mask()
	}
	return kept&(1<<unix.CAP_SYS_RESOURCE) != 0
}

// capabilities drops what the policy does not keep.
func (c *confiner) capabilities() {
	id := c.plan.Identity
	if id.KeepCapabilities {
		return
	}
	c.spec.Capabilities.Restrict = true
	for _, name := range id.Capabilities {
		if n, ok := policy.CapabilityNumber(name); ok {
			c.spec.Capabilities.Keep |= 1 << n
		}
	}
}

// tmpFolders are where programs put temporary files.
func tmpFolders() []string { return []string{"/tmp", "/var/tmp"} }

// tmp puts the private folder in the place of the machine's own. What the policy grants below those, such as a working folder
// in /tmp, is put into the private one first, so that it stays where it was.
func (c *confiner) tmp() {
	if c.plan.Files.Tmp != policy.TmpPrivate {
		return
	}
	private := c.around.Tmp
	c.spec.Tmp = private
	if !c.has.MountNamespaces.OK() {
		if !c.at.Files.Restrict {
			c.miss(c.plan.Files.TmpRule, "a mount namespace: "+c.has.MountNamespaces.Missing,
				"TMPDIR leads to the private folder, and the machine's own stays within reach", "filesystem: {read: […], write: […]}, which keeps it out of reach")
		}
		return
	}
	c.spec.Namespaces.Mount = true
	if private == "" {
		return // nobody wants to start anything
	}
	var covers []confine.Mount
	for _, folder := range tmpFolders() {
		real, err := c.real(folder)
		if err != nil || within(real, private) {
			continue
		}
		if cwd, err := c.real(c.around.Cwd); err == nil && cwd == real {
			c.miss(c.plan.Files.TmpRule, "a working folder other than "+folder+", which the private one covers", "what is written there is gone at the end", "cd to a folder in it, or of your own")
		}
		c.place(real)
		covers = append(covers, confine.Mount{Kind: confine.Bind, Source: private, Target: real})
	}
	c.spec.Mounts = append(c.spec.Mounts, covers...) // last: from then on the places can't be found any more
	c.shm()
}

// granted tells whether a file, without symlinks, may be read.
func (c *confiner) granted(name string) bool {
	over := func(p string) bool { return within(name, p) }
	f := &c.at.Files
	return !f.Restrict || len(c.resolved(f.Read, over))+len(c.resolved(f.Write, over))+len(c.resolved(f.Exec, over)) > 0
}

// place puts what stays of a folder for temporary files into the private one. A working folder that is not granted is an empty one
// of the jail's own there.
func (c *confiner) place(folder string) {
	if cwd, err := c.real(c.around.Cwd); err == nil && within(cwd, folder) && !c.granted(cwd) {
		if err := makePlace(c.around.Tmp+strings.TrimPrefix(cwd, folder), cwd); err != nil {
			c.miss(c.plan.Files.TmpRule, "a place for "+cwd+" in the private folder: "+err.Error(), "nothing can be started there", "another working folder")
		}
	}
	for _, name := range c.stays(folder, c.around.Tmp) {
		for _, m := range c.placed(name, folder) {
			var err error
			if slices.ContainsFunc(c.spec.Mounts, func(o confine.Mount) bool { return o.Target == m.Target }) {
				err = errors.New("something of the same name is there")
			} else if m.Source == name { // what lies in it is there then
				err = makePlace(m.Target, name)
			}
			if err != nil {
				c.miss(c.plan.Files.TmpRule, "a place for "+name+" in the private folder: "+err.Error(), "it is not within reach", "another working folder")
				break
			}
			c.spec.Mounts = append(c.spec.Mounts, m)
		}
	}
}

// placed are the mounts for one of them. Landlock looks past a mount at what lies above (landlock(7)), which is the private folder, and
// all that may be done there could be done in a file that is granted for reading only. So such a one can't be changed because of its
// mount.
func (c *confiner) placed(name, folder string) []confine.Mount {
	bind := func(kind confine.MountKind, name string) confine.Mount {
		return confine.Mount{Kind: kind, Source: name, Target: c.around.Tmp + strings.TrimPrefix(name, folder)}
	}
	writable := c.resolved(c.at.Files.Write, func(p string) bool { return within(name, p) })
	if !c.at.Files.Restrict || len(writable) > 0 {
		return []confine.Mount{bind(confine.Bind, name)}
	}
	all := []confine.Mount{bind(confine.ReadOnly, name)}
	for _, w := range outermost(c.resolved(c.at.Files.Write, func(p string) bool { return within(p, name) })) {
		all = append(all, bind(confine.Bind, w))
	}
	return all
}

// resolved are the paths of a list that are there, without symlinks, as far as want wants them.
func (c *confiner) resolved(list []policy.PathRule, want func(string) bool) []string {
	var all []string
	for _, p := range list {
		if real, err := c.real(p.Path); err == nil && want(real) {
			all = append(all, real)
		}
	}
	return all
}

// shmFolder is where POSIX shared memory and semaphores lie (shm_overview(7)).
const shmFolder = "/dev/shm"

// shm gives the jail shared memory of its own, in the place of that which all processes of the user share. Without a mount
// namespace the policy's lists hold for the machine's.
func (c *confiner) shm() {
	private := c.around.Shm
	if c.plan.Files.Dev == policy.DevPrivate || private == "" || len(c.stays(shmFolder, private)) > 0 { // what is granted there would be covered
		return
	}
	c.ownShm(private, shmFolder)
}

// ownShm mounts the jail's own folder where it is looked for.
func (c *confiner) ownShm(private, target string) {
	c.spec.Shm = private
	c.spec.Mounts = append(c.spec.Mounts, confine.Mount{Kind: confine.Bind, Source: private, Target: target})
	if c.spec.Domain.Files {
		c.spec.Domain.Paths = append(c.spec.Domain.Paths, confine.Path{Name: private, Rights: confine.Read | confine.Write})
	}
}

// stays lists what below a folder for temporary files is granted, and the working folder if it is, and none of them within another.
func (c *confiner) stays(folder, private string) []string {
	var want []string
	if cwd, err := c.real(c.around.Cwd); err == nil && c.granted(cwd) {
		want = append(want, cwd)
	}
	for _, list := range [][]policy.PathRule{c.at.Files.Write, c.at.Files.Read, c.at.Files.Exec} {
		for _, p := range list {
			want = append(want, p.Path)
		}
	}
	var all []string
	for _, name := range want {
		if real, err := c.real(name); err == nil && within(real, folder) && real != folder && !within(real, private) {
			all = append(all, real)
		}
	}
	return outermost(all)
}

// makePlace makes what name is mounted onto.
func makePlace(at, name string) error {
	st, err := os.Stat(name)
	if err != nil {
		return err
	}
	if st.IsDir() {
		return os.MkdirAll(at, 0o700)
	}
	err = emptyFile(at)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(filepath.Dir(at), 0o700); err == nil {
			err = emptyFile(at)
		}
	}
	return err
}

// emptyFile makes a file, or empties it. (os.WriteFile would look whether its file can be waited for.)
func emptyFile(name string) error {
	fd, err := unix.Open(name, unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return unix.Close(fd)
}
