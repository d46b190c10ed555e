// Bind mounts in a newborn program's mount namespace: many of them between two stops.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"fmt"
	"slices"

	"golang.org/x/sys/unix"

	"jail/supervisor/confine"
)

// placeAfter is where a mount is put when those are made that are still to be made. If they can make no difference to that, they are not
// made for it: no symlink leads there, and none of them is mounted above.
func (n *newborn) placeAfter(m confine.Mount) (string, error) {
	real, plain, err := n.place(m)
	if len(n.binds) > 0 && (err != nil || !plain || slices.ContainsFunc(n.binds, func(b confine.Mount) bool { return below(real, b.Target) })) {
		if err := n.bindAll(); err != nil {
			return "", err
		}
		real, _, err = n.place(m)
	}
	if err != nil {
		return "", fmt.Errorf("mounting onto %q: %w", m.Target, err)
	}
	return real, nil
}

// bindAll makes the bind mounts that are still to be made, in their order.
func (n *newborn) bindAll() error {
	binds := n.binds
	n.binds = nil
	for len(binds) > 0 {
		some := batch(sourcesAndTargets(binds)) / 2
		if some == 0 {
			some = 1
		}
		done := n.bindSome(binds[:some])
		binds = binds[done:]
		if done == some {
			continue
		}
		if err := n.change(binds[0]); err != nil { // once more, alone: this is the error
			return err
		}
		binds = binds[1:]
	}
	return nil
}

// sourcesAndTargets are their paths, one after the other.
func sourcesAndTargets(binds []confine.Mount) (names []string) {
	for _, m := range binds {
		names = append(names, m.Source, m.Target)
	}
	return names
}

// bindSome answers how many were made.
func (n *newborn) bindSome(binds []confine.Mount) int {
	text, offsets, err := strung(sourcesAndTargets(binds)...)
	if err != nil {
		return 0 // change says so
	}
	done, _ := n.doAll(text, func(at uint64) []call {
		calls := make([]call, len(binds))
		for i := range binds {
			calls[i] = call{name: "mount", nr: unix.SYS_MOUNT, args: [6]uint64{at + offsets[2*i], at + offsets[2*i+1], 0, unix.MS_BIND | unix.MS_REC}}
		}
		return calls
	})
	return done
}
