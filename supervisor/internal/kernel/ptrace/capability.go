// Taking capabilities from a newborn program (capabilities(7)).

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"jail/supervisor/confine"
)

// dropped are the capabilities that c takes away.
func dropped(c *confine.Spec) uint64 {
	var drop uint64
	if c.Capabilities.Restrict {
		drop = ^c.Capabilities.Keep
	}
	if c.Domain.Any() || c.Namespaces != (confine.Namespaces{}) {
		drop |= confine.Leaving
	}
	if c.Namespaces.Mount {
		drop |= confine.LeavingMounts
	}
	return drop
}

// dropCapabilities takes capabilities from the program for ever: out of its sets, and out of the bounding set, so that no
// exec brings them back; no_new_privs alone would do, this is the second lock.
func (n *newborn) dropCapabilities(drop, bounding uint64) error {
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3, Pid: int32(n.tid)}
	var data [2]unix.CapUserData
	if err := unix.Capget(&hdr, &data[0]); err != nil {
		return fmt.Errorf("capget: %w", err)
	}
	if held(data)&drop == 0 {
		return nil // nobody without capabilities gets them: no_new_privs
	}
	if err := n.dropBounding(bounding); err != nil {
		return err
	}
	for i := range data {
		mask := ^uint32(drop >> (32 * i))
		data[i].Permitted, data[i].Effective, data[i].Inheritable = data[i].Permitted&mask, data[i].Effective&mask, data[i].Inheritable&mask
	}
	hdr.Pid = 0
	image := append(asBytes([]unix.CapUserHeader{hdr}), asBytes(data[:])...)
	err := n.lend(image, func(at uint64) error {
		_, err := n.do("capset", unix.SYS_CAPSET, at, at+8)
		return err
	})
	if err != nil {
		return err
	}
	hdr.Pid = int32(n.tid)
	if err := unix.Capget(&hdr, &data[0]); err != nil {
		return fmt.Errorf("capget: %w", err)
	}
	if held(data)&drop != 0 {
		return fmt.Errorf("it still has capabilities (%#x) although capset said that they are gone", held(data)&drop)
	}
	return nil
}

// dropBounding takes capabilities out of the bounding set.
func (n *newborn) dropBounding(drop uint64) error {
	var calls []call
	for c := range uint64(64) {
		if drop&(1<<c) != 0 {
			calls = append(calls, call{name: "prctl(PR_CAPBSET_DROP)", nr: unix.SYS_PRCTL, args: [6]uint64{unix.PR_CAPBSET_DROP, c}})
		}
	}
	_, err := n.doAll(nil, func(uint64) []call { return calls })
	if errors.Is(err, unix.EINVAL) {
		return nil // this kernel does not know one, nor those after it
	}
	return err
}

// held is every set of a thread but the bounding one, together.
func held(data [2]unix.CapUserData) uint64 {
	low := data[0].Permitted | data[0].Effective | data[0].Inheritable
	high := data[1].Permitted | data[1].Effective | data[1].Inheritable
	return uint64(low) | uint64(high)<<32
}
