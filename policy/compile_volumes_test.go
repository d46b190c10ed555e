// Tests of requests that make and remove subvolumes, past every rule about files.

package policy

import (
	"testing"

	"jail/seccomp"
)

func TestSubvolumes(t *testing.T) {
	const (
		snapshot, create, destroy, snapshot2 = 0x50009401, 0x5000940e, 0x5000940f, 0x50009417 // BTRFS_IOC_*
		bcachefs                             = 0x4010bc10                                     // BCH_IOCTL_SUBVOLUME_CREATE
		clone, cloneRange, dedupe            = 0x40049409, 0x4020940d, 0xc0189436             // FICLONE, FICLONERANGE, FIDEDUPERANGE
	)
	for section, refused := range map[string]string{
		"filesystem: {deny: [/home/me/secret]}\n":                                                                   "errno EPERM",
		"filesystem: {protect: [/home/me/kept]}\n":                                                                  "errno EPERM",
		"filesystem: {redirect: {/etc/hosts: /srv/hosts}}\n":                                                        "errno EPERM",
		"filesystem: {read: [/usr]}\n":                                                                              "errno EPERM",
		"filesystem: {read: [/usr]}\nsyscalls:\n  - {syscalls: [ioctl], action: allow}\n":                           "errno EPERM",
		"filesystem: {read: [/usr]}\nsyscalls:\n  - {syscalls: [ioctl], action: kill-tree}\n":                       "kill-tree",
		"filesystem: {read: [/usr]}\nsyscalls:\n  - {syscalls: [ioctl], when: [arg0 == 9], action: errno EACCES}\n": "errno EPERM",
		"filesystem: {read: [/usr]}\nsyscalls:\n  - {syscalls: [ioctl], when: [arg1 == 0x94ff], action: allow}\n":   "errno EPERM",
		"filesystem: {tmp: private}\n":                                                                              "allow",
		"":                                                                                                          "allow",
	} {
		for _, abi := range []seccomp.ABI{seccomp.X86_64, seccomp.ARM64} {
			d := decider(t, head+section, abi)
			for _, request := range []uint64{snapshot, create, destroy, snapshot2, bcachefs, 5<<32 | snapshot} {
				check(t, d, []meets{{"ioctl", args(3, request), refused}})
			}
			if refused != "kill-tree" {
				check(t, d, []meets{{"ioctl", args(3, clone), "allow"}, {"ioctl", args(3, cloneRange), "allow"}, {"ioctl", args(3, dedupe), "allow"},
					{"ioctl", args(0x9401, 0x5401), "allow"}})
			}
		}
	}
	d := decider(t, head+"filesystem: {read: [/usr]}\nsyscalls:\n  - {syscalls: [ioctl], when: [arg1 == 0x50009417], action: allow}\n", seccomp.X86_64)
	check(t, d, []meets{{"ioctl", args(3, snapshot2), "allow"}, {"ioctl", args(3, snapshot), "errno EPERM"}})
}
