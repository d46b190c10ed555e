// Making all mounts read-only but for what may be written to (mount_setattr(2), open_tree(2), move_mount(2)).

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"jail/supervisor/confine"
)

// fix makes all that the program sees read-only, but for files and folders that are writable. over tells whether the
// folder cwd has got another mount.
//
// Nothing is made writable again: what was read-only in a writable folder before, because of jail or of the machine, stays so. Copies of
// their mounts are taken first, and put in their place when all is read-only.
func (n *newborn) fix(writable []string, cwd string) (over bool, err error) {
	names, err := n.there(writable)
	if err != nil || slices.Contains(names, "/") {
		return false, err
	}
	for _, name := range names {
		over = over || below(cwd, name)
	}
	if err := n.fixAll(names); err != nil {
		return false, err
	}
	n.points = nil
	return over, n.isFixed(names)
}

// fixAll copies, makes read-only, and puts back: in one go, if there are not too many for what the stack has room for.
func (n *newborn) fixAll(names []string) error {
	if few := batch(names); few < len(names) {
		return n.fixMany(names)
	}
	text, offsets, err := strung(append([]string{"", "/"}, names...)...)
	if err != nil {
		return err
	}
	attr := asBytes([]unix.MountAttr{{Attr_set: unix.MOUNT_ATTR_RDONLY}})
	const copying = unix.OPEN_TREE_CLONE | unix.OPEN_TREE_CLOEXEC | unix.AT_RECURSIVE
	var calls []call
	done, err := n.doAll(append(append([]byte{}, attr...), text...), func(at uint64) []call {
		base, last := at+uint64(len(attr)), len(names)+1
		calls = make([]call, 2*len(names)+1)
		for i := range names {
			name := base + offsets[2+i]
			calls[i] = call{name: "open_tree", nr: unix.SYS_OPEN_TREE, args: [6]uint64{here, name, copying}, into: &calls[last+i].args[0]}
			calls[last+i] = call{name: "move_mount", nr: unix.SYS_MOVE_MOUNT, args: [6]uint64{0, base + offsets[0], here, name, unix.MOVE_MOUNT_F_EMPTY_PATH}}
		}
		calls[last-1] = call{name: "mount_setattr", nr: unix.SYS_MOUNT_SETATTR, args: [6]uint64{here, base + offsets[1], unix.AT_RECURSIVE, at, uint64(len(attr))}}
		return calls
	})
	switch {
	case err == nil:
		return n.closeAll(calls[len(names)+1:])
	case done == len(names):
		return fmt.Errorf("making all files read-only: %w", noNamespace(notBefore512(err)))
	case done > len(names):
		done -= len(names) + 1
	}
	return fmt.Errorf("keeping %s writable: %w", names[done], noNamespace(err))
}

// fixMany is fixAll with many names, some at a time.
func (n *newborn) fixMany(names []string) error {
	const copying = unix.OPEN_TREE_CLONE | unix.OPEN_TREE_CLOEXEC | unix.AT_RECURSIVE
	trees := make([]call, len(names))
	for i := range trees { // closed in the end
		trees[i] = call{name: "close", nr: unix.SYS_CLOSE}
	}
	if err := n.overAll(names, func(i int, _, name uint64) call {
		return call{name: "open_tree", nr: unix.SYS_OPEN_TREE, args: [6]uint64{here, name, copying}, into: &trees[i].args[0]}
	}); err != nil {
		return err
	}
	if err := n.setMount("/", unix.MOUNT_ATTR_RDONLY); err != nil {
		return fmt.Errorf("making all files read-only: %w", noNamespace(err))
	}
	if err := n.overAll(names, func(i int, empty, name uint64) call {
		return call{name: "move_mount", nr: unix.SYS_MOVE_MOUNT, args: [6]uint64{trees[i].args[0], empty, here, name, unix.MOVE_MOUNT_F_EMPTY_PATH}}
	}); err != nil {
		return err
	}
	for len(trees) > 0 {
		some := min(len(trees), mostMasks)
		if err := n.closeAll(trees[:some]); err != nil {
			return err
		}
		trees = trees[some:]
	}
	return nil
}

// overAll makes a call for each name, which begins at the address name; empty is that of an empty string.
func (n *newborn) overAll(names []string, each func(i int, empty, name uint64) call) error {
	for from := 0; from < len(names); {
		some := names[from:][:batch(names[from:])]
		text, offsets, err := strung(append([]string{""}, some...)...)
		if err != nil {
			return err
		}
		done, err := n.doAll(text, func(at uint64) []call {
			var calls []call
			for i := range some {
				calls = append(calls, each(from+i, at+offsets[0], at+offsets[1+i]))
			}
			return calls
		})
		if err != nil {
			return fmt.Errorf("keeping %s writable: %w", some[done], noNamespace(err))
		}
		from += len(some)
	}
	return nil
}

// batch tells how many of the names the program's stack has room for at a time, with their calls.
func batch(names []string) int {
	n, bytes := 0, 0
	for n < min(len(names), mostMasks) && (n == 0 || bytes+len(names[n]) < mostMaskBytes) {
		bytes += len(names[n])
		n++
	}
	return n
}

// there are those of the names that exist, without symlinks, and none in another.
func (n *newborn) there(list []string) ([]string, error) {
	var all []string
	for _, name := range list {
		real, _, err := n.resolve(name)
		switch {
		case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.EACCES), errors.Is(err, unix.ELOOP):
			continue // nothing is granted by it
		case err != nil:
			return nil, fmt.Errorf("keeping %q writable: %w", name, err)
		}
		all = append(all, filepath.Clean(real))
	}
	slices.Sort(all)
	var out []string
	for _, name := range all { // sorted: a folder comes before what is in it
		if !slices.ContainsFunc(out, func(o string) bool { return below(name, o) }) {
			out = append(out, name)
		}
	}
	return out, nil
}

// closeAll closes the descriptors that calls have as their first argument.
func (n *newborn) closeAll(calls []call) error {
	_, err := n.doAll(nil, func(uint64) []call {
		var closing []call
		for _, c := range calls {
			closing = append(closing, call{name: "close", nr: unix.SYS_CLOSE, args: [6]uint64{c.args[0]}})
		}
		return closing
	})
	return err
}

// putTree mounts a copy of mounts onto a path, and closes it.
func (n *newborn) putTree(fd uint64, path string) error {
	image, _, err := strung("", path)
	if err != nil {
		return err
	}
	err = n.lend(image, func(at uint64) error {
		here := int64(unix.AT_FDCWD)
		_, err := n.do("move_mount", unix.SYS_MOVE_MOUNT, fd, at, uint64(here), at+1, unix.MOVE_MOUNT_F_EMPTY_PATH)
		return err
	})
	if err != nil {
		return err
	}
	_, err = n.do("close", unix.SYS_CLOSE, fd)
	return err
}

// pin mounts a symbolic link onto itself: it leads where it did, and its name belongs to it for as long as the mount is there.
func (n *newborn) pin(link string) error {
	image, _, err := strung(link)
	if err != nil {
		return err
	}
	var fd uint64
	err = n.lend(image, func(at uint64) error {
		here := int64(unix.AT_FDCWD)
		fd, err = n.do("open_tree", unix.SYS_OPEN_TREE, uint64(here), at, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_SYMLINK_NOFOLLOW)
		return err
	})
	if err != nil {
		return err
	}
	return n.putTree(fd, link)
}

// isFixed looks whether it is so, as mounted does.
func (n *newborn) isFixed(writable []string) error {
	list, err := n.mounts()
	if err != nil {
		return err
	}
	for _, p := range list {
		if !p.readOnly && !slices.ContainsFunc(writable, func(w string) bool { return below(p.path, w) }) {
			return fmt.Errorf("%w: %s can be written to although the kernel said that it can't", confine.ErrNoNamespace, p.path)
		}
	}
	for _, w := range writable {
		if !slices.ContainsFunc(list, func(p mountPoint) bool { return p.path == w }) {
			return fmt.Errorf("%w: %s is no mount although the kernel said so", confine.ErrNoNamespace, w)
		}
	}
	return nil
}
