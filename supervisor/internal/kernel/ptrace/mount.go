// Mounts in a newborn program's mount namespace (mount_namespaces(7)).

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"jail/supervisor/confine"
)

// arrange makes the mounts, and what is fixed read-only. Nothing of it is seen outside of the namespace, and nothing that is mounted outside later on is
// seen within. EINVAL for a path that is not absolute, ENOENT for one that does not exist.
//
// tmp is the folder that stays a source when it is covered: it is likely to lie in one that it is mounted onto.
func (n *newborn) arrange(list []confine.Mount, fixed *confine.Fixed, tmp string) error {
	cwd, err := os.Readlink("/proc/" + strconv.Itoa(n.tid) + "/cwd")
	if err == nil {
		cwd, err = n.fromRoot(cwd)
	}
	if err != nil {
		return err
	}
	if err := n.mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making its mounts private: %w", noNamespace(err))
	}
	held := uint64(0)
	if tmp != "" {
		if held, err = n.hold(tmp); err != nil {
			return err
		}
	}
	covered, made, masks := false, []confine.Mount(nil), []confine.Mount(nil)
	for _, m := range list {
		if tmp != "" && m.Source == tmp {
			m.Source = "/proc/self/fd/" + strconv.FormatUint(held, 10)
		}
		if hidden(m, made) {
			continue
		}
		if m.Kind != confine.Mask { // masks that follow one another are made together
			if err := n.hideAll(masks); err != nil {
				return err
			}
			masks = nil
		}
		done, err := n.make(m, made)
		if err != nil {
			return err
		}
		if m.Kind == confine.Mask {
			masks = append(masks, done...)
		}
		made = append(made, done...)
		covered = covered || slices.ContainsFunc(done, func(d confine.Mount) bool { return d.Target != "/" && below(cwd, d.Target) })
	}
	if err := errors.Join(n.bindAll(), n.hideAll(masks)); err != nil {
		return err
	}
	if tmp != "" {
		if _, err := n.do("close", unix.SYS_CLOSE, held); err != nil {
			return err
		}
	}
	if err := n.mounted(made); err != nil {
		return err
	}
	if fixed != nil {
		over, err := n.fix(fixed.Writable, cwd)
		if err != nil {
			return err
		}
		covered = covered || over
	}
	if !covered {
		return nil
	}
	return n.enter(cwd)
}

// hidden tells a mask of what lies in another one already: it could not be found any more.
func hidden(m confine.Mount, made []confine.Mount) bool {
	return m.Kind == confine.Mask && slices.ContainsFunc(made, func(o confine.Mount) bool {
		return o.Kind == confine.Mask && below(filepath.Clean(m.Target), o.Target)
	})
}

// make makes one of the mounts, with a target without symlinks, and answers it. Of a mask it only says which are to be made: one
// wherever the same is seen, outside of those that there are or will be.
func (n *newborn) make(m confine.Mount, made []confine.Mount) ([]confine.Mount, error) {
	if err := sound(m); err != nil {
		return nil, err
	}
	real, err := n.placeAfter(m)
	if err != nil {
		return nil, err
	}
	m.Target = real
	if m.Kind == confine.Bind {
		n.points = nil // something is seen there, other than in a mask
		n.binds = append(n.binds, m)
		return []confine.Mount{m}, nil
	}
	if err := n.bindAll(); err != nil {
		return nil, err
	}
	if m.Kind != confine.Mask {
		n.points = nil
		return []confine.Mount{m}, n.change(m)
	}
	if hidden(m, made) {
		return nil, nil
	}
	also, err := n.alsoSeen(real)
	if err != nil {
		return nil, err
	}
	todo := []confine.Mount{m}
	for _, path := range also {
		if mask := (confine.Mount{Kind: confine.Mask, Target: path}); !hidden(mask, made) && !hidden(mask, todo) {
			todo = append(todo, mask)
		}
	}
	return todo, nil
}

// hold has the program open a folder.
func (n *newborn) hold(folder string) (fd uint64, err error) {
	image, _, err := strung(folder)
	if err != nil {
		return 0, err
	}
	err = n.lend(image, func(at uint64) error {
		here := int64(unix.AT_FDCWD)
		fd, err = n.do("openat", unix.SYS_OPENAT, uint64(here), at, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC)
		if err != nil {
			return fmt.Errorf("its private folder %s: %w", folder, err)
		}
		return nil
	})
	return fd, err
}

// mounted looks whether the mounts are there: a filter of our own parent could have made the calls seem to succeed (P14).
func (n *newborn) mounted(made []confine.Mount) error {
	list, err := n.mounts()
	if err != nil {
		return err
	}
	at := make(map[string]mountPoint, len(list))
	for _, p := range list {
		at[p.path] = p
	}
	for i, m := range made {
		p, ok := at[m.Target]
		over := slices.ContainsFunc(made[i+1:], func(o confine.Mount) bool { return o.Target == m.Target })
		if !ok || !p.readOnly && m.Kind != confine.Bind && m.Kind != confine.Link && !over {
			return fmt.Errorf("%w: what is mounted onto %s is not there although the kernel said so", confine.ErrNoNamespace, m.Target)
		}
	}
	return nil
}

// openRoot opens the program's root folder, as it sees it.
func (n *newborn) openRoot() (int, error) {
	return unix.Open("/proc/"+strconv.Itoa(n.tid)+"/root", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
}

// closed closes a descriptor, and answers that there is none.
func closed(fd int) int {
	unix.Close(fd)
	return 0
}

// resolve answers the path without symlinks of what the program sees at path. plain: it is path itself, and no symlink leads there.
func (n *newborn) resolve(path string) (real string, plain bool, err error) {
	root := n.root
	if root == 0 {
		if root, err = n.openRoot(); err != nil {
			return "", false, err
		}
		defer unix.Close(root)
	}
	if path == filepath.Clean(path) && filepath.IsAbs(path) { // most are: then there is nothing to be read of what was opened
		fd, err := unix.Openat2(root, path, &unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_SYMLINKS})
		if err == nil {
			unix.Close(fd)
			return path, true, nil
		}
		if err != unix.ELOOP {
			return "", false, err
		}
	}
	real, err = n.follow(root, path)
	return real, false, err
}

// follow is resolve where symlinks have to be followed; root is the program's.
func (n *newborn) follow(root int, path string) (string, error) {
	fd, err := unix.Openat2(root, path, &unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT})
	if err != nil {
		return "", err
	}
	defer unix.Close(fd)
	real, err := os.Readlink("/proc/thread-self/fd/" + strconv.Itoa(fd))
	if err != nil {
		return "", err
	}
	return n.fromRoot(real)
}

// fromRoot makes a path that procfs told us one of the program's: to us, who are in another mount namespace, it is told from the
// root of the program's (d_path()), and in a chroot the program itself sees it from its own root.
func (n *newborn) fromRoot(path string) (string, error) {
	root, err := os.Readlink("/proc/" + strconv.Itoa(n.tid) + "/root")
	if err != nil || root == "/" || !below(path, root) {
		return path, err
	}
	return "/" + strings.TrimPrefix(strings.TrimPrefix(path, root), "/"), nil
}

// place is where a mount is put: of a link the link itself, else where links lead. plain is resolve's.
func (n *newborn) place(m confine.Mount) (real string, plain bool, err error) {
	if m.Kind != confine.Link {
		return n.resolve(m.Target)
	}
	folder, plain, err := n.resolve(filepath.Dir(m.Target))
	return filepath.Join(folder, filepath.Base(m.Target)), plain, err
}

// sound refuses mounts that make no sense.
func sound(m confine.Mount) error {
	switch {
	case m.Kind < confine.Bind || m.Kind > confine.Link:
		return fmt.Errorf("mounting onto %s: there is no kind %d: %w", m.Target, m.Kind, unix.EINVAL)
	case !filepath.IsAbs(m.Target) || (m.Kind == confine.Bind || m.Kind == confine.ReadOnly) && !filepath.IsAbs(m.Source):
		return fmt.Errorf("mounting %q onto %q: these must be absolute paths: %w", m.Source, m.Target, unix.EINVAL)
	case filepath.Clean(m.Target) == "/" && (m.Kind != confine.ReadOnly || filepath.Clean(m.Source) != "/"):
		return fmt.Errorf("mounting %q: nothing can be mounted onto the root: %w", m.Source, unix.EINVAL)
	}
	return nil
}

// change makes one mount.
func (n *newborn) change(m confine.Mount) error {
	var err error
	switch m.Kind {
	case confine.Bind:
		err = n.bind(m.Source, m.Target)
	case confine.ReadOnly:
		if filepath.Clean(m.Target) != "/" { // there the mount itself is changed: a process does not notice what is mounted onto its root
			err = n.bind(m.Source, m.Target)
		}
		if err == nil {
			err = n.setMount(m.Target, unix.MOUNT_ATTR_RDONLY)
		}
	case confine.Mask:
		err = n.hide(m.Target)
	case confine.Link:
		err = n.pin(m.Target)
	}
	if err != nil {
		return fmt.Errorf("mounting %q onto %q: %w", m.Source, m.Target, noNamespace(err))
	}
	return nil
}

// bind is recursive: in a user namespace, parts of a tree can't be had without what is mounted over them.
func (n *newborn) bind(source, target string) error {
	return n.mount(source, target, "", unix.MS_BIND|unix.MS_REC, "")
}

// What masks are mounted with.
const (
	maskFlags      = unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	maskAttributes = unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV | unix.MOUNT_ATTR_NOEXEC
	maskOptions    = "mode=0,nr_inodes=1"
)

// hide puts an empty folder that can't be written over target, or, over a file, a device that can't be opened because
// devices have no effect there.
func (n *newborn) hide(target string) error {
	err := n.mount("jail", target, "tmpfs", maskFlags, maskOptions)
	if !errors.Is(err, unix.ENOTDIR) {
		return err
	}
	if err := n.bind("/dev/null", target); err != nil {
		return err
	}
	return n.setMount(target, maskAttributes)
}

// mount has the program call mount(2). Empty strings are null pointers.
func (n *newborn) mount(source, target, fstype string, flags uint64, data string) error {
	list := []string{source, target, fstype, data}
	image, at, err := strung(list...)
	if err != nil {
		return err
	}
	return n.lend(image, func(base uint64) error {
		for i, s := range list {
			if at[i] += base; s == "" {
				at[i] = 0
			}
		}
		_, err := n.do("mount", unix.SYS_MOUNT, at[0], at[1], at[2], flags, at[3])
		return err
	})
}

// setMount is mount_setattr(2) with AT_RECURSIVE (Linux 5.12).
func (n *newborn) setMount(target string, set uint64) error {
	attr := asBytes([]unix.MountAttr{{Attr_set: set}})
	path, _, err := strung(target)
	if err != nil {
		return err
	}
	image := append(append([]byte{}, attr...), path...)
	return n.lend(image, func(at uint64) error {
		here := int64(unix.AT_FDCWD)
		_, err := n.do("mount_setattr", unix.SYS_MOUNT_SETATTR, uint64(here), at+uint64(len(attr)), unix.AT_RECURSIVE, at, uint64(len(attr)))
		return notBefore512(err)
	})
}

// notBefore512 says what it means that there is no mount_setattr(2).
func notBefore512(err error) error {
	if errors.Is(err, unix.ENOSYS) {
		return fmt.Errorf("%w: a tree of mounts is made read-only since Linux 5.12 only: %w", confine.ErrNoNamespace, err)
	}
	return err
}

// enter moves the program into the folder that is seen at path now: it stood in one that was covered, and would still.
func (n *newborn) enter(path string) error {
	image, _, err := strung(path)
	if err != nil {
		return err
	}
	return n.lend(image, func(at uint64) error {
		if _, err := n.do("chdir", unix.SYS_CHDIR, at); err != nil {
			return fmt.Errorf("its working folder %s is covered by a mount and can't be entered there: %w", path, err)
		}
		return nil
	})
}

// below tells whether path is folder or in it. Both are absolute and clean.
func below(path, folder string) bool {
	return path == folder || folder == "/" || strings.HasPrefix(path, folder+"/")
}
