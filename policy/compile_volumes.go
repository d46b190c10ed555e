// Compiling filesystem: requests by which names are made and removed past all that decides about files.

package policy

import (
	"golang.org/x/sys/unix"

	"jail/seccomp"
)

// Requests of ioctl for files of a kind (linux/btrfs.h, fs/bcachefs/bcachefs_ioctl.h); those of btrfs that copy from one open file
// to another, which has to be open for writing, are of all file systems by now (ioctl_ficlone(2)).
const (
	ofRequests  = 0xff00 // the bits that say whose it is (_IOC_TYPE, asm-generic/ioctl.h)
	ofBtrfs     = 0x9400
	ofBcachefs  = 0xbc00
	fiClone     = 0x40049409
	fiCloneFrom = 0x4020940d // FICLONERANGE
	fiDedupe    = 0xc0189436 // FIDEDUPERANGE
)

// subvolumes refuses what makes and removes subvolumes. A snapshot shows all that lies in a folder of the user's by other names, also what
// is denied, and any folder that can be opened can be made and removed in. Landlock does not see it, and a mount that
// hides a file does not lie over the snapshot. A rule that names such a request by its number opens it.
func (c *compiler) subvolumes() {
	f := &c.policy.files
	if !f.restricts() && len(f.deny)+len(f.protect)+len(f.redirect) == 0 {
		return
	}
	for _, of := range []struct {
		name    string
		number  uint64
		example string // a request
		when    []condition
	}{{"btrfs", ofBtrfs, "0x50009417", []condition{differs(1, fiClone), differs(1, fiCloneFrom), differs(1, fiDedupe)}}, {"bcachefs", ofBcachefs, "0x4020bc10", nil}} {
		text := "filesystem: ioctl that makes or removes subvolumes of " + of.name + ": errno EPERM"
		info := filterInfo(c.origin(f.place), text, errnoAction(unix.EPERM), false)
		info.Why = "snapshots show files by other names, and no rule about files is asked"
		hint := `syscalls: [ioctl], when: ["arg1 == {request:1:` + of.example + `}"], action: allow`
		info.AllowHint = c.loosen(place{file: c.policy.File}, "under syscalls: - {"+hint+"}", "syscalls: [{"+hint+"}]")
		is := condition{arg: 1, op: seccomp.Eq, value: number{bits: of.number}, mask: ofRequests, masked: true}
		c.guard(guard{call: "ioctl", when: append([]condition{is}, of.when...), stands: true, hint: info.AllowHint, opens: func(r condition) bool {
			return r.arg == 1 && r.op == seccomp.Eq && !r.masked && r.value.bits&ofRequests == of.number
		}}, info)
	}
}
