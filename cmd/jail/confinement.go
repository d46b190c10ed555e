// What this kernel makes of a policy for one run: where its paths lie, what confines the program, what it is given.

package main

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

// confinement is all of it.
type confinement struct {
	plan  *policy.Plan
	spec  confine.Spec
	at    *policy.Located
	unmet []engines.Unmet
	env   []string
	files []*os.File

	unbounded bool // limits: output can't be held, and is not
}

// confined works it out. Its error, one line for each rule that this kernel can't hold, means that nothing may be started. The
// folders that it may have made are removed by the jail's end, or by spec.RemoveTmp. tell hears of what does not keep it from starting.
func confined(plan *policy.Plan, tell func(error)) (*confinement, error) {
	held := new(confine.Held)
	around, err := surroundings(plan, held)
	if err != nil {
		return nil, err
	}
	at, err := plan.Locate(around)
	if err != nil {
		return nil, errors.Join(err, madeFor(plan, around, held).RemoveTmp())
	}
	c := &confinement{at: at}
	c.spec, c.unmet = engines.Confine(plan, around, at, confine.ProbeOnly(parts(plan)))
	if plan.Files.Tmp == policy.TmpPrivate {
		c.spec.Tmp, c.spec.Shm = around.Tmp, around.Shm // also where neither could be mounted
	}
	c.spec.Dev, c.spec.Held = around.Dev, held
	if u, ok := outputUnmet(plan); ok {
		c.unmet, c.unbounded = append(c.unmet, u), true
	}
	for _, w := range at.Warnings {
		tell(w)
	}
	if unsound := engines.Unsound(c.unmet); len(unsound) > 0 && plan.Enforce == policy.EnforceStrict {
		return nil, errors.Join(unmetError(plan, unsound), c.spec.RemoveTmp())
	}
	for _, u := range c.unmet {
		tell(errors.New(unmetText(plan, u)))
	}
	c.plan = engines.Hold(engines.Without(plan, &c.spec), at)
	c.env = engines.Environ(plan, around, &c.spec, os.Environ())
	if c.files, err = inherited(plan.Descriptors); err == nil {
		err = holdable(c.files, plan.Network)
	}
	if err != nil {
		return nil, errors.Join(err, c.spec.RemoveTmp())
	}
	return c, nil
}

// surroundings are what this run's paths are located in. The private folders are made, after those of runs that were killed are gone.
func surroundings(plan *policy.Plan, held *confine.Held) (policy.Surroundings, error) {
	s := policy.Surroundings{Account: ownAccountHome(), Tmp: os.TempDir(), Getenv: os.Getenv}
	var err error
	if s.Cwd, err = os.Getwd(); err != nil {
		return s, fmt.Errorf("the working folder is not known: %w", err)
	}
	s.Home, _ = os.UserHomeDir() // a policy that needs it says so
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
		if s.Dev, err = held.MakeTmp(""); err != nil {
			return s, errors.Join(fmt.Errorf("a private folder for devices can't be made: %w", err), madeFor(plan, s, held).RemoveTmp())
		}
		s.Terminals = terminals()
	}
	return s, nil
}

// madeFor has what was made so far.
func madeFor(plan *policy.Plan, s policy.Surroundings, held *confine.Held) *confine.Spec {
	made := &confine.Spec{Shm: s.Shm, Dev: s.Dev, Held: held}
	if plan.Files.Tmp == policy.TmpPrivate { // else it is the machine's
		made.Tmp = s.Tmp
	}
	return made
}

// parts are what has to be found out about the kernel for a plan; asking takes time.
func parts(plan *policy.Plan) confine.Part {
	var p confine.Part
	if plan.Files.Restrict || len(plan.Files.Deny)+len(plan.Files.Protect) > 0 || plan.Files.Tmp == policy.TmpPrivate || plan.Files.Dev == policy.DevPrivate ||
		plan.Network.Reach == policy.NetworkLoopback {
		p |= confine.PartNamespaces
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

// unmetText is one rule that this kernel can't hold, as a sentence.
func unmetText(plan *policy.Plan, u engines.Unmet) string {
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
		errs = append(errs, errors.New(unmetText(plan, u)))
	}
	return errors.Join(errs...)
}

// terminals are the names of those that standard input, output and error are, if these names are not another's by now.
func terminals() []string {
	var all []string
	for fd := range 3 {
		name, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
		var at, open unix.Stat_t
		if err == nil && isTerminal(fd) && unix.Lstat(name, &at) == nil && unix.Fstat(fd, &open) == nil && at.Rdev == open.Rdev && at.Ino == open.Ino && at.Dev == open.Dev {
			all = append(all, name)
		}
	}
	return all
}
