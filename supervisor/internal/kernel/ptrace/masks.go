// Masks in a newborn program's mount namespace: many of them between two stops.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"strconv"

	"golang.org/x/sys/unix"

	"jail/supervisor/confine"
)

// Bounds of what lies on the program's stack at a time.
const (
	mostMasks     = 64
	mostMaskBytes = 32 << 10
)

// hideAll makes masks in their order; targets are without symlinks, and none lies in another.
func (n *newborn) hideAll(masks []confine.Mount) error {
	for len(masks) > 0 {
		some := batch(targets(masks))
		done := n.hideSome(masks[:some])
		masks = masks[done:]
		if done == some {
			continue
		}
		if err := n.change(masks[0]); err != nil { // once more, alone: it has changed since it was looked at, or this is the error
			return err
		}
		masks = masks[1:]
	}
	return nil
}

// targets are the masks' paths.
func targets(masks []confine.Mount) (names []string) {
	for _, m := range masks[:min(len(masks), mostMasks)] {
		names = append(names, m.Target)
	}
	return names
}

// hideSome answers how many were made.
func (n *newborn) hideSome(masks []confine.Mount) int {
	list := []string{"jail", "tmpfs", maskOptions, "/dev/null"}
	for _, m := range masks {
		list = append(list, m.Target)
	}
	text, offsets, err := strung(list...)
	if err != nil {
		return 0 // change says so
	}
	attr := asBytes([]unix.MountAttr{{Attr_set: maskAttributes}})
	var of []int // by call: which mask it belongs to
	root := "/proc/" + strconv.Itoa(n.tid) + "/root"
	files := make([]bool, len(masks))
	for i, m := range masks {
		var st unix.Stat_t
		files[i] = unix.Lstat(root+m.Target, &st) == nil && st.Mode&unix.S_IFMT != unix.S_IFDIR
	}
	done, _ := n.doAll(append(append([]byte{}, attr...), text...), func(at uint64) []call {
		var calls []call
		of = of[:0]
		base := at + uint64(len(attr))
		source, fstype, options, null := base+offsets[0], base+offsets[1], base+offsets[2], base+offsets[3]
		for i := range masks {
			target := base + offsets[4+i]
			if !files[i] {
				calls, of = append(calls, call{name: "mount", nr: unix.SYS_MOUNT, args: [6]uint64{source, target, fstype, maskFlags, options}}), append(of, i)
				continue
			}
			calls = append(calls, call{name: "mount", nr: unix.SYS_MOUNT, args: [6]uint64{null, target, 0, unix.MS_BIND | unix.MS_REC}},
				call{name: "mount_setattr", nr: unix.SYS_MOUNT_SETATTR, args: [6]uint64{here, target, unix.AT_RECURSIVE, at, uint64(len(attr))}})
			of = append(of, i, i)
		}
		return calls
	})
	if done >= len(of) {
		return len(masks)
	}
	return of[done]
}
