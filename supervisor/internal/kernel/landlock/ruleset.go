// From a domain as data to a ruleset.

//go:build linux

package landlock

import (
	"fmt"

	"golang.org/x/sys/unix"

	"jail/supervisor/confine"
)

// A Ruleset is a descriptor for landlock_restrict_self(2). It must be closed.
type Ruleset struct {
	FD      int
	ABI     int
	Skipped []string // grants whose path does not exist, or can't be reached
}

// Close closes the descriptor.
func (r *Ruleset) Close() error { return unix.Close(r.FD) }

// New makes the ruleset of d. A domain that nobody may mount in is one more kind: noMounts. A kernel without what d asks for
// answers confine.ErrNoLandlock, unless d.BestEffort; nil without an error is then no domain at all.
//
// It blocks for the look-up of d.Paths, which are opened without following the rights of their contents (O_PATH). Any goroutine.
func New(d confine.Domain, noMounts bool) (*Ruleset, error) {
	abi, why := confine.LandlockABI()
	if err := lacks(d, abi, why); err != nil && !d.BestEffort {
		return nil, err
	}
	if noMounts && abi < 2 {
		return nil, fmt.Errorf("%w: mounts are only safe from the program with ABI 2 (Linux 5.19), %s", confine.ErrNoLandlock, has(abi, why))
	}
	attr := handled(d, abi, noMounts)
	if attr == (unix.LandlockRulesetAttr{}) {
		return nil, nil
	}
	fd, err := createRuleset(attr)
	if err != nil {
		return nil, fmt.Errorf("landlock_create_ruleset: %w", err)
	}
	r := &Ruleset{FD: fd, ABI: abi}
	if err := r.fill(d, attr); err != nil {
		_ = r.Close()
		return nil, err
	}
	return r, nil
}

// lacks says what d asks for in vain.
func lacks(d confine.Domain, abi int, why error) error {
	for _, g := range d.Gaps(abi) {
		if !g.Closed {
			return fmt.Errorf("%w: %s; that takes ABI %d (Linux %s), %s", confine.ErrNoLandlock, g.What, g.ABI, g.Kernel, has(abi, why))
		}
	}
	return nil
}

func has(abi int, why error) string {
	if abi == 0 {
		return fmt.Sprintf("and this kernel has no Landlock (%v)", why)
	}
	return fmt.Sprintf("this kernel has ABI %d", abi)
}

// handled are the rights that the domain takes.
//
// noMounts without file rules handles REFER alone and grants it everywhere: whatever file right a domain handles, it refuses all
// mount calls (hook_sb_mount() and its neighbours in security/landlock/fs.c), and REFER is one that every domain refuses unasked.
func handled(d confine.Domain, abi int, noMounts bool) (attr unix.LandlockRulesetAttr) {
	if abi == 0 {
		return attr
	}
	if d.Files {
		attr.Handled_access_fs = known(abi)
		if !d.Exec {
			attr.Handled_access_fs &^= unix.LANDLOCK_ACCESS_FS_EXECUTE
		}
	} else if noMounts {
		attr.Handled_access_fs = unix.LANDLOCK_ACCESS_FS_REFER
	}
	if d.ConnectTCP && abi >= 4 {
		attr.Handled_access_net |= unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
	}
	if d.BindTCP && abi >= 4 {
		attr.Handled_access_net |= unix.LANDLOCK_ACCESS_NET_BIND_TCP
	}
	if d.Seal && abi >= 6 {
		attr.Scoped = unix.LANDLOCK_SCOPE_SIGNAL | unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET
	}
	return attr
}

// fill adds the rules.
func (r *Ruleset) fill(d confine.Domain, attr unix.LandlockRulesetAttr) error {
	paths := d.Paths
	if !d.Files {
		paths = nil
		if attr.Handled_access_fs != 0 {
			paths = []confine.Path{{Name: "/", Rights: confine.Write}}
		}
	}
	for _, p := range paths {
		if err := r.grant(p, attr.Handled_access_fs); err != nil {
			return fmt.Errorf("granting %s: %w", p.Name, err)
		}
	}
	ports := make(map[uint16]uint64)
	if attr.Handled_access_net&unix.LANDLOCK_ACCESS_NET_CONNECT_TCP != 0 {
		for _, p := range d.ConnectTCPPorts {
			ports[p] |= unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
		}
	}
	if attr.Handled_access_net&unix.LANDLOCK_ACCESS_NET_BIND_TCP != 0 {
		for _, p := range d.BindTCPPorts {
			ports[p] |= unix.LANDLOCK_ACCESS_NET_BIND_TCP
		}
	}
	for port, access := range ports {
		if err := addPort(r.FD, port, access); err != nil {
			return fmt.Errorf("granting TCP port %d: %w", port, err)
		}
	}
	return nil
}

// grant adds the rule about one path; none if that leads nowhere.
func (r *Ruleset) grant(p confine.Path, handled uint64) error {
	fd, err := unix.Open(p.Name, unix.O_PATH|unix.O_CLOEXEC, 0)
	switch err {
	case unix.ENOENT, unix.ENOTDIR, unix.EACCES, unix.ELOOP, unix.ENAMETOOLONG: // out of the program's reach as well
		r.Skipped = append(r.Skipped, p.Name)
		return nil
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	access := Access(p.Rights, r.ABI, st.Mode&unix.S_IFMT == unix.S_IFDIR) & handled
	if access == 0 {
		return nil // ENOMSG would be the answer
	}
	return addPath(r.FD, fd, access)
}
