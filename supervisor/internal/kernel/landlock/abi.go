//go:build linux

// Package landlock makes Landlock rulesets (landlock(7)): descriptors that a task can restrict itself with. It makes none for
// its own process.
package landlock

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// sizeABI7 is that of struct landlock_ruleset_attr since ABI 6. An older kernel takes the longer struct as long as the members
// that it does not know are zero, else it answers E2BIG; a newer one takes what is missing as zero.
const sizeABI7 = 24

// createRuleset is landlock_create_ruleset(2). The descriptor is close-on-exec.
func createRuleset(attr unix.LandlockRulesetAttr) (int, error) {
	fd, _, errno := unix.RawSyscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), sizeABI7, 0)
	if errno != 0 {
		return -1, errno
	}
	return int(fd), nil
}

// pathBeneath is struct landlock_path_beneath_attr. That one is packed, so the kernel does not look at the padding here.
type pathBeneath struct {
	access uint64
	parent int32
}

// addPath is landlock_add_rule(2) with LANDLOCK_RULE_PATH_BENEATH. EINVAL: a right of folders on a file, or one that the
// ruleset does not handle; ENOMSG: no right; EBADFD: no descriptor of a file.
func addPath(ruleset, fd int, access uint64) error {
	return addRule(ruleset, unix.LANDLOCK_RULE_PATH_BENEATH, unsafe.Pointer(&pathBeneath{access, int32(fd)}))
}

// Rules and rights about ports, of ABI 4 (Linux 6.7).
const ruleNetPort = 2

// netPort is struct landlock_net_port_attr.
type netPort struct{ access, port uint64 }

// addPort is landlock_add_rule(2) with LANDLOCK_RULE_NET_PORT.
func addPort(ruleset int, port uint16, access uint64) error {
	return addRule(ruleset, ruleNetPort, unsafe.Pointer(&netPort{access, uint64(port)}))
}

func addRule(ruleset, kind int, attr unsafe.Pointer) error {
	_, _, errno := unix.RawSyscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(ruleset), uintptr(kind), uintptr(attr), 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}
