// Confining a newborn program: what a confine.Spec says, in the order in which one thing does not hinder the next.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"jail/supervisor/confine"
	"jail/supervisor/internal/kernel/landlock"
)

// confine carries cfg.Confine out. Namespaces come first, since they need capabilities; then mounts, which a domain
// refuses; then the domain, and then what the calls before could have needed. The filter, which may refuse any of these calls,
// is left to be put on last.
func (n *newborn) confine(cfg *Config, ruleset int) error {
	if cfg.Cgroup != "" {
		if err := n.join(cfg.Cgroup); err != nil {
			return err
		}
	}
	c := &cfg.Confine
	user, err := n.isolate(c.Namespaces)
	if err != nil {
		return err
	}
	if c.Namespaces.Mount {
		if err := n.mountAll(cfg); err != nil {
			return err
		}
	}
	if cfg.Ruleset != nil {
		if err := n.restrict(cfg.Ruleset, ruleset); err != nil {
			return err
		}
	}
	for _, l := range c.Rlimits {
		if err := n.limit(l); err != nil {
			return err
		}
	}
	if user { // all of that namespace. The bounding set is full there, and worth nothing outside
		return n.dropCapabilities(^uint64(0), 0)
	}
	return n.dropCapabilities(dropped(c), dropped(c))
}

// mountAll makes the mounts. Where they are fixed the program keeps nothing of those that it was started in.
func (n *newborn) mountAll(cfg *Config) error {
	var err error
	if n.root, err = n.openRoot(); err != nil {
		return err
	}
	defer func() { n.root = closed(n.root) }()
	c := &cfg.Confine
	if c.Fixed == nil {
		return n.arrange(c.Mounts, nil, c.Tmp)
	}
	own, err := n.holdProgram(cfg)
	if err != nil {
		return err
	}
	if err := n.arrange(c.Mounts, c.Fixed, c.Tmp); err != nil {
		return err
	}
	if err := n.openAgain(len(cfg.Files)); err != nil {
		return err
	}
	return n.execAgain(own)
}

// restrict puts the program, and all that comes of it, into the Landlock domain whose ruleset it has inherited as descriptor fd.
// Whatever its rules are, the domain can't reach into processes outside of it, with any capabilities: ptrace(2), /proc/PID/mem,
// process_vm_writev(2), pidfd_getfd(2), /proc/PID/root (hook_ptrace_access_check() in security/landlock/task.c).
//
// That takes no_new_privs, which the program was born with. What it refuses is not written to the machine's audit log, which a program could flood (flags of ABI 7, Linux 6.15).
func (n *newborn) restrict(r *landlock.Ruleset, fd int) error {
	flags := uint64(0)
	if r.ABI >= 7 {
		flags = unix.LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF | unix.LANDLOCK_RESTRICT_SELF_LOG_SUBDOMAINS_OFF
	}
	// Nothing in /proc tells of a domain. A filter of our own parent that fakes success (P14) fakes it for nonsense as well.
	none := int64(-1)
	if _, err := n.do("landlock_restrict_self", unix.SYS_LANDLOCK_RESTRICT_SELF, uint64(none), 0); errors.Is(err, unix.ESRCH) || errors.Is(err, errDied) {
		return err
	} else if !errors.Is(err, unix.EBADF) {
		return fmt.Errorf("%w: landlock_restrict_self(2) of no ruleset answers %v, want EBADF", confine.ErrNoLandlock, err)
	}
	_, err := n.doAll(nil, func(uint64) []call {
		return []call{
			{name: "landlock_restrict_self", nr: unix.SYS_LANDLOCK_RESTRICT_SELF, args: [6]uint64{uint64(fd), flags}},
			{name: "close", nr: unix.SYS_CLOSE, args: [6]uint64{uint64(fd)}},
		}
	})
	return err
}

// join moves the program into a cgroup, of version 2, before it has made a child (cgroups(7)).
func (n *newborn) join(cgroup string) error {
	if err := os.WriteFile(cgroup+"/cgroup.procs", []byte(strconv.Itoa(n.tid)), 0); err != nil {
		return fmt.Errorf("%w: moving it there: %w", confine.ErrNoCgroup, err)
	}
	return nil
}
