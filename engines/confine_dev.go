// Devices: a /dev of the jail's own, with few of the machine's in it.

package engines

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"jail/internal/procfile"
	"jail/policy"
	"jail/supervisor/confine"
)

const devFolder = "/dev"

// nodes are the devices that every program may have: they hold nothing (null(4), full(4), random(4), tty(4)).
func nodes() []string {
	return []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"}
}

// dev mounts a new folder on /dev, with what stays of the machine's mounted into it first. A device is the same file there:
// what the lists grant of it they grant there too.
func (c *confiner) dev() {
	if c.plan.Files.Dev != policy.DevPrivate {
		c.past()
		return
	}
	if !c.has.MountNamespaces.OK() {
		if disk := c.disk(); disk != "" {
			c.miss(c.plan.Files.DevRule, "a mount namespace: "+c.has.MountNamespaces.Missing,
				"disks such as "+disk+" can be read past what is denied", "a user who may not read them, or lists that leave /dev out")
		}
		return
	}
	c.spec.Namespaces.Mount = true
	private := c.around.Dev
	c.spec.Dev = private
	if private == "" {
		return // nobody wants to start anything
	}
	// Another user's program, such as one that root's has become, must get in.
	if err := os.Chmod(private, 0o755); err != nil {
		c.miss(c.plan.Files.DevRule, "rights over its folder: "+err.Error(), "no device is within reach of programs that change their user", "")
		c.unmet[len(c.unmet)-1].Closed = true
	}
	for _, point := range otherDevices() {
		c.mask(point)
	}
	for _, name := range c.devices() {
		c.device(name)
	}
	c.links()
	c.shmDev()
	c.spec.Mounts = append(c.spec.Mounts, confine.Mount{Kind: confine.Bind, Source: private, Target: devFolder})
	c.devGrants(private)
}

// past tells where what is denied can be read from the disk that it is on: a mask covers names, not the device. One rule says it
// for all of them.
func (c *confiner) past() {
	at := slices.IndexFunc(c.at.Files.Deny, func(d policy.PathRule) bool {
		_, err := os.Stat(d.Path)
		return err == nil || strings.ContainsAny(d.Path, "*?")
	})
	if at < 0 {
		return // nothing that a disk could hold
	}
	if disk := c.disk(); disk != "" {
		c.miss(c.at.Files.Deny[at].Rule, "a /dev without disks", "its file can be opened by no name, but disks such as "+disk+" can be read past what is denied",
			"filesystem: {dev: private}, a user who may not read them, or lists that leave /dev out")
	}
}

// devGrants gives what the lists say of /dev for the folder that stands there now, and for the terminal by its own name what they say
// of it as /dev/tty: /dev/stdout leads to that name.
func (c *confiner) devGrants(private string) {
	for _, p := range c.spec.Domain.Paths {
		if p.Name == "/dev/tty" {
			for _, t := range c.terminals() {
				c.spec.Domain.Paths = append(c.spec.Domain.Paths, confine.Path{Name: t, Rights: p.Rights})
			}
		}
		if real, err := c.real(p.Name); err == nil && real == devFolder {
			c.spec.Domain.Paths = append(c.spec.Domain.Paths, confine.Path{Name: private, Rights: p.Rights})
		}
	}
}

// devices are those that stay: paths in /dev, no symlinks among them, sorted, and none in another.
func (c *confiner) devices() []string {
	want := append(nodes(), c.terminals()...)
	for _, list := range [][]policy.PathRule{c.at.Files.Read, c.at.Files.Write, c.at.Files.Exec} {
		for _, p := range list {
			if strings.HasPrefix(p.Path, devFolder+"/") { // by its text: a link elsewhere, which may be the program's, brings none in
				want = append(want, p.Path)
			}
		}
	}
	if within(c.around.Cwd, devFolder) {
		want = append(want, c.around.Cwd)
	}
	var all []string
	for _, name := range want {
		real, err := c.real(name)
		if err != nil || !within(real, devFolder) || real == devFolder || within(real, shmFolder) {
			continue
		}
		if within(real, "/dev/pts") && !slices.Contains(c.terminals(), real) {
			real = "/dev/pts" // a terminal is made by one device, and is another
		}
		all = append(all, real)
	}
	return outermost(all)
}

// NoDevice tells whether name, absolute and without symlinks, is in /dev and will not be where dev: private is carried out; but for
// terminals, of which those that a run has are not known. It looks at files. Any goroutine.
func NoDevice(plan *policy.Plan, at *policy.Located, name string) bool {
	if plan.Files.Dev != policy.DevPrivate || name == devFolder || !within(name, devFolder) || within(name, shmFolder) || within(name, "/dev/pts") {
		return false
	}
	c := confiner{plan: plan, at: at}
	return !slices.ContainsFunc(c.devices(), func(d string) bool { return within(name, d) })
}

// outermost sorts, and leaves out what lies in another.
func outermost(all []string) []string {
	slices.Sort(all)
	var out []string
	for _, name := range all { // sorted: a folder comes before what is in it
		if !slices.ContainsFunc(out, func(o string) bool { return within(name, o) }) {
			out = append(out, name)
		}
	}
	return out
}

// terminals are those that standard input, output and error are, by their own names: the program has them anyhow, and may ask for
// the name (ttyname(3)).
func (c *confiner) terminals() []string {
	var all []string
	for _, t := range c.around.Terminals {
		if within(t, "/dev/pts") || strings.HasPrefix(t, "/dev/tty") {
			all = append(all, t)
		}
	}
	return all
}

// device mounts one device, or a folder of them, into the private folder.
func (c *confiner) device(name string) {
	m := confine.Mount{Kind: confine.Bind, Source: name, Target: c.around.Dev + strings.TrimPrefix(name, devFolder)}
	if _, err := os.Stat(name); err != nil {
		return // it is not there without jail either
	}
	if err := makePlace(m.Target, name); err != nil {
		c.miss(c.plan.Files.DevRule, "a place for "+name+" in the private folder: "+err.Error(), "it is not within reach", "")
		c.unmet[len(c.unmet)-1].Closed = true
		return
	}
	for at := filepath.Dir(m.Target); at != c.around.Dev && within(at, c.around.Dev); at = filepath.Dir(at) {
		_ = os.Chmod(at, 0o755) // as above; who made it can
	}
	c.spec.Mounts = append(c.spec.Mounts, m)
}

// links makes those of proc(5) and of devpts. There was nothing in the folder; if one can't be made a program does without.
func (c *confiner) links() {
	links := map[string]string{"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"}
	if slices.ContainsFunc(c.spec.Mounts, func(m confine.Mount) bool { return m.Source == "/dev/pts" }) {
		links["ptmx"] = "pts/ptmx"
	}
	for name, to := range links {
		_ = os.Symlink(to, filepath.Join(c.around.Dev, name))
	}
}

// shmDev brings shared memory into the private /dev: the jail's own where it has one, or the machine's.
func (c *confiner) shmDev() {
	own := c.around.Shm
	if c.plan.Files.Tmp != policy.TmpPrivate || own == "" || len(c.stays(shmFolder, own)) > 0 {
		c.device(shmFolder)
		return
	}
	target := c.around.Dev + "/shm"
	if os.Mkdir(target, 0o755) != nil {
		return // no shared memory
	}
	c.ownShm(own, target)
}

// otherDevices are where else the machine's devices are mounted as a whole, such as in a chroot (devtmpfs).
func otherDevices() []string {
	text, err := procfile.Read("/proc/self/mountinfo")
	if err != nil {
		return nil
	}
	var all []string
	for line := range strings.Lines(string(text)) {
		before, after, _ := strings.Cut(line, " - ")
		if !strings.HasPrefix(after, "devtmpfs ") {
			continue
		}
		fields := strings.Split(before, " ") // no other blanks: the kernel leaves those in names as they are
		if len(fields) < 5 || fields[4] == devFolder || strings.Contains(fields[4], `\`) {
			continue
		}
		if st, err := os.Stat(fields[4]); err == nil && st.IsDir() {
			all = append(all, fields[4])
		}
	}
	return all
}

// disk is a device by which we can read a disk, or memory, past its files, and which the lists leave within reach; "" if there is
// none in /dev.
func (c *confiner) disk() (found string) {
	_ = filepath.WalkDir(devFolder, func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil // not to be looked at: neither by the program
		case !raw(name, e) || unix.Faccessat(unix.AT_FDCWD, name, unix.R_OK, unix.AT_EACCESS) != nil || !c.readable(name):
			return nil
		}
		found = name
		return fs.SkipAll
	})
	return found
}

// raw tells of devices with what others keep in files: disks, the character devices of SCSI and NVMe disks (sg(4)), memory (mem(4)).
// It looks at what is mounted there, of which a folder's list says nothing.
func raw(name string, e fs.DirEntry) bool {
	if e.Type()&fs.ModeDevice == 0 {
		return false
	}
	var st unix.Stat_t
	if unix.Stat(name, &st) != nil || st.Mode&unix.S_IFMT == unix.S_IFBLK {
		return true
	}
	const memory, scsi = 1, 21 // majors (Documentation/admin-guide/devices.txt)
	switch unix.Major(st.Rdev) {
	case memory:
		return slices.Contains([]uint32{1, 2, 4}, unix.Minor(st.Rdev)) // mem, kmem, port
	case scsi:
		return true
	}
	return strings.HasPrefix(filepath.Base(name), "ng") // its major is given at boot
}

// readable tells whether the lists grant reading it.
func (c *confiner) readable(name string) bool {
	if !c.at.Files.Restrict {
		return true
	}
	for _, list := range [][]policy.PathRule{c.at.Files.Read, c.at.Files.Write, c.at.Files.Exec} {
		for _, p := range list {
			if real, err := c.real(p.Path); err == nil && within(name, real) {
				return true
			}
		}
	}
	return false
}
