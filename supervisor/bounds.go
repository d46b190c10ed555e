// What is made for a jail before it starts, and removed when it has ended.

package supervisor

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"jail/supervisor/confine"
	"jail/supervisor/internal/cgroup"
	"jail/supervisor/internal/kernel/landlock"
	"jail/supervisor/internal/kernel/ptrace"
)

// bounds are the things on the supervisor's side.
type bounds struct {
	spec    confine.Spec
	ruleset *landlock.Ruleset
	group   *cgroup.Group
	skipped []string
}

// bound makes them and puts them into a launch. Failing, it leaves nothing.
func bound(spec *confine.Spec, launch *ptrace.Config) (*bounds, error) {
	b := &bounds{spec: *spec}
	if (len(spec.Mounts) > 0 || spec.Fixed != nil) && !spec.Namespaces.Mount {
		return nil, fmt.Errorf("mounts need a mount namespace: %w", unix.EINVAL)
	}
	if spec.Namespaces.Mount {
		if err := noFolders(launch.Files); err != nil {
			return nil, err
		}
	}
	var err error
	if b.ruleset, err = landlock.New(spec.Domain, spec.Namespaces.Mount); err != nil {
		return nil, err
	}
	launch.Confine, launch.Ruleset = *spec, b.ruleset
	if b.ruleset != nil {
		b.skipped = b.ruleset.Skipped
	}
	if spec.Cgroup == nil {
		return b, nil
	}
	if b.group, err = cgroup.New(spec.Cgroup.Memory, spec.Cgroup.Tasks); err != nil {
		b.launched()
		return nil, fmt.Errorf("%w: %w", confine.ErrNoCgroup, err)
	}
	launch.Cgroup = b.group.Path
	return b, nil
}

// noFolders refuses descriptors of folders for a jail with mounts of its own: what is reached from them lies outside of these.
func noFolders(files []uintptr) error {
	for i, fd := range files {
		var st unix.Stat_t
		if fd != ^uintptr(0) && unix.Fstat(int(fd), &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR {
			return fmt.Errorf("descriptor %d is a folder, and from there everything can be reached that the jail's mounts hide: give it a file, /dev/null for example (%w)", i, unix.EISDIR)
		}
	}
	return nil
}

// launched closes what only the launch needed.
func (b *bounds) launched() {
	if b.ruleset != nil {
		_ = b.ruleset.Close()
		b.ruleset = nil
	}
}

// reached counts how often the tree has come to the limits of its cgroup.
func (b *bounds) reached() (memory, tasks uint64) {
	if b.group == nil {
		return 0, 0
	}
	return b.group.Event("memory.events", "oom_kill"), b.group.Event("pids.events", "max")
}

// remove takes away what the jail leaves. It blocks for as long as the removal of the files takes.
func (b *bounds) remove() error {
	var err error
	if b.group != nil {
		err = b.group.Remove()
	}
	return errors.Join(err, b.spec.RemoveTmp())
}
