// What this kernel makes of a policy for one run: where its paths lie, what confines the program, what it is given.

package launch

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"jail/engines"
	"jail/policy"
	"jail/supervisor/confine"
)

// A World is what a program is started in.
type World struct {
	Dir     string     // its working folder, absolute; "": the caller's
	Environ []string   // NAME=value, before the policy's rules about them; policies find their variables here, too
	Files   []*os.File // its descriptors
	// Unmet are rules that the caller can't hold, beside those that the kernel can't.
	Unmet []engines.Unmet
	Tell  func(error) // hears of what does not keep the program from starting; nil: nobody
}

// A Confinement is what this kernel makes of a policy for one run.
type Confinement struct {
	Plan  *policy.Plan // as this run has it
	Spec  confine.Spec
	At    *policy.Located // where the plan's paths are
	Unmet []engines.Unmet // rules that are not held as they are written
	Env   []string        // the program's environment
	world World
}

// Confine works it out. Its error, one line for each rule that this kernel can't hold, means that nothing may be started. The
// folders that it may have made are removed by the jail's end, or by Spec.RemoveTmp. It looks at files, and asks the kernel what it
// can do by trying it, some milliseconds. Any goroutine.
func Confine(plan *policy.Plan, w World) (*Confinement, error) {
	tell := w.Tell
	if tell == nil {
		tell = func(error) {}
	}
	held := new(confine.Held)
	around, err := w.surroundings(plan, held)
	if err != nil {
		return nil, err
	}
	at, err := plan.Locate(around)
	if err != nil {
		return nil, errors.Join(err, madeFor(plan, around, held).RemoveTmp())
	}
	c := &Confinement{At: at, world: w}
	c.Spec, c.Unmet = engines.Confine(plan, around, at, confine.ProbeOnly(Parts(plan)))
	if plan.Files.Tmp == policy.TmpPrivate {
		c.Spec.Tmp, c.Spec.Shm = around.Tmp, around.Shm // also where neither could be mounted
	}
	c.Spec.Dev, c.Spec.Held = around.Dev, held
	c.Unmet = append(c.Unmet, w.Unmet...)
	for _, warning := range at.Warnings {
		tell(warning)
	}
	if unsound := engines.Unsound(c.Unmet); len(unsound) > 0 && plan.Enforce == policy.EnforceStrict {
		return nil, errors.Join(unmetError(plan, unsound), c.Spec.RemoveTmp())
	}
	for _, u := range c.Unmet {
		tell(errors.New(UnmetText(plan, u)))
	}
	c.Plan = engines.Hold(engines.Without(plan, &c.Spec), at)
	c.Env = engines.Environ(plan, around, &c.Spec, w.Environ)
	if err := holdable(w.Files, plan.Network); err != nil {
		return nil, errors.Join(err, c.Spec.RemoveTmp())
	}
	return c, nil
}

// surroundings are what this run's paths are located in. The private folders are made, after those of runs that were killed are gone.
func (w *World) surroundings(plan *policy.Plan, held *confine.Held) (policy.Surroundings, error) {
	s := policy.Surroundings{Account: AccountHome(), Tmp: os.TempDir(), Cwd: w.Dir}
	s.Getenv = func(name string) string { value, _ := getenv(w.Environ, name); return value }
	s.Home = s.Getenv("HOME") // a policy that needs it says so
	var err error
	if s.Cwd == "" {
		if s.Cwd, err = os.Getwd(); err != nil {
			return s, fmt.Errorf("the working folder is not known: %w", err)
		}
	}
	if plan.Files.Tmp == policy.TmpPrivate || plan.Files.Dev == policy.DevPrivate {
		// What can't be removed keeps nothing from running.
		_, _ = confine.RemoveStale(""), confine.RemoveStale(shmFolder)
	}
	if plan.Files.Tmp == policy.TmpPrivate {
		if s.Tmp, err = held.MakeTmp(""); err != nil {
			return s, fmt.Errorf("a private folder for temporary files can't be made: %w", err)
		}
		s.Shm, _ = held.MakeTmp(shmFolder) // without one there is no shared memory
	}
	if plan.Files.Dev == policy.DevPrivate {
		if s.Dev, err = makeDev(plan, held); err != nil {
			return s, errors.Join(fmt.Errorf("a private folder for devices can't be made: %w", err), madeFor(plan, s, held).RemoveTmp())
		}
		s.Terminals = w.terminals()
	}
	return s, nil
}

// makeDev makes the folder that becomes /dev: of memory, where some dozen files are made and removed faster than on a disk. Who may write to
// the machine's shared memory, and not to its folder for temporary files, finds it in neither.
func makeDev(plan *policy.Plan, held *confine.Held) (string, error) {
	if plan.Files.Tmp == policy.TmpPrivate || !plan.Files.Restrict {
		if folder, err := held.MakeTmp(shmFolder); err == nil {
			return folder, nil
		}
	}
	return held.MakeTmp("")
}

// madeFor has what was made so far.
func madeFor(plan *policy.Plan, s policy.Surroundings, held *confine.Held) *confine.Spec {
	made := &confine.Spec{Shm: s.Shm, Dev: s.Dev, Held: held}
	if plan.Files.Tmp == policy.TmpPrivate { // else it is the machine's
		made.Tmp = s.Tmp
	}
	return made
}

// Parts are what has to be found out about the kernel for a plan; asking takes time (confine.ProbeOnly).
func Parts(plan *policy.Plan) confine.Part {
	var p confine.Part
	if plan.Files.Restrict || len(plan.Files.Deny)+len(plan.Files.Protect)+len(plan.Files.Redirect) > 0 || plan.Files.Tmp == policy.TmpPrivate || plan.Files.Dev == policy.DevPrivate {
		p |= confine.PartMountNamespaces
	}
	if plan.Network.Reach == policy.NetworkLoopback {
		p |= confine.PartNetworkNamespaces
	}
	if plan.Limits.Memory.Set {
		p |= confine.PartCgroup | confine.PartOutside
	}
	if plan.Outside == policy.OutsideSealed {
		p |= confine.PartOutside
	}
	if plan.Network.Reach != policy.NetworkAny || len(plan.Exec.Rewrites) > 0 || len(plan.Files.Deny)+len(plan.Files.Protect) > 0 {
		p |= confine.PartTracing
	}
	return p
}

// UnmetText is one rule that this kernel can't hold, as a sentence.
func UnmetText(plan *policy.Plan, u engines.Unmet) string {
	origin, rule := u.Of(plan)
	var b strings.Builder
	switch {
	case u.Closed:
		fmt.Fprintf(&b, "%s: %s: %s here, more than it says; to do just that takes %s", origin, rule, u.Holds, u.Missing)
	case u.Holds != "":
		fmt.Fprintf(&b, "%s: %s: can't be enforced soundly here; it needs %s; without it %s", origin, rule, u.Missing, u.Holds)
	default:
		fmt.Fprintf(&b, "%s: %s: can't be enforced soundly here; it needs %s", origin, rule, u.Missing)
	}
	if u.Instead != "" {
		b.WriteString("; instead: " + u.Instead)
	}
	return b.String()
}

func unmetError(plan *policy.Plan, unmet []engines.Unmet) error {
	var errs []error
	for _, u := range unmet {
		errs = append(errs, errors.New(UnmetText(plan, u)))
	}
	return errors.Join(errs...)
}

// terminals are the names of those that standard input, output and error are, if these names are not another's by now.
func (w *World) terminals() []string {
	var all []string
	for _, f := range w.Files[:min(3, len(w.Files))] {
		with(f, func(fd int) {
			name, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
			_, no := unix.IoctlGetTermios(fd, unix.TCGETS)
			var at, open unix.Stat_t
			if err == nil && no == nil && unix.Lstat(name, &at) == nil && unix.Fstat(fd, &open) == nil && at.Rdev == open.Rdev && at.Ino == open.Ino && at.Dev == open.Dev {
				all = append(all, name)
			}
		})
	}
	return all
}

// with runs f with the number of an open file. Unlike os.File.Fd it leaves the file as it is.
func with(file *os.File, f func(fd int)) {
	if file == nil {
		return
	}
	if raw, err := file.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { f(int(fd)) }) // of a closed one there is nothing to say
	}
}

const shmFolder = "/dev/shm" // shm_overview(7)
