// Sealing a newborn program off from the processes outside of its jail, by an empty Landlock domain (landlock(7)).

package ptrace

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// ErrNoSeal is wrapped by Launch when Config.Seal is asked for and this kernel can't do it.
var ErrNoSeal = errors.New("this kernel can't keep a program from reaching processes outside of its jail")

// sealABI is the first Landlock ABI that scopes signals: Linux 6.12.
const sealABI = 6

// canSeal tells whether the kernel has what seal needs.
func canSeal() error {
	abi, _, errno := unix.RawSyscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	switch {
	case errno != 0:
		return fmt.Errorf("%w: it has no Landlock (%w)", ErrNoSeal, errno)
	case abi < sealABI:
		return fmt.Errorf("%w: that needs Landlock with scopes (Linux 6.12, ABI %d), this one has ABI %d", ErrNoSeal, sealABI, abi)
	}
	return nil
}

// seal puts the program, and all that comes of it, into a Landlock domain that has no rule about files. It can send signals
// only within the domain, connect only to abstract sockets made there, and, which holds for every domain and whatever the
// capabilities, not reach into other processes: ptrace(2), /proc/PID/mem, process_vm_writev(2), pidfd_getfd(2)
// (hook_ptrace_access_check in security/landlock/task.c).
func (n *newborn) seal() error {
	if err := canSeal(); err != nil {
		return err
	}
	if _, err := n.do("prctl(PR_SET_NO_NEW_PRIVS)", unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1); err != nil {
		return err
	}
	attr := make([]byte, 24) // struct landlock_ruleset_attr: handled_access_fs, handled_access_net, scoped
	binary.NativeEndian.PutUint64(attr[16:], unix.LANDLOCK_SCOPE_SIGNAL|unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET)
	at := (stackPointer(&n.regs) - redZone - uint64(len(attr))) &^ 15
	saved := make([]byte, len(attr))
	if got, err := readVM(n.tid, at, saved); err != nil || got < len(saved) {
		return fmt.Errorf("reading its stack: %w", orFault(err))
	}
	if err := writeAll(n.tid, at, attr); err != nil {
		return fmt.Errorf("writing the ruleset: %w", err)
	}
	fd, err := n.do("landlock_create_ruleset", unix.SYS_LANDLOCK_CREATE_RULESET, at, uint64(len(attr)), 0)
	if err != nil {
		return err
	}
	if _, err := n.do("landlock_restrict_self", unix.SYS_LANDLOCK_RESTRICT_SELF, fd, 0); err != nil {
		return err
	}
	if _, err := n.do("close", unix.SYS_CLOSE, fd); err != nil {
		return err
	}
	if err := writeAll(n.tid, at, saved); err != nil {
		return err
	}
	return n.dropCapabilities(at, lifting)
}

// lifting are the capabilities that lift the seal, or work on the whole machine (capabilities(7)): CAP_PERFMON and
// CAP_SYS_ADMIN read the memory of any process (may_access_mm() in kernel/fork.c), the others trace, load modules, write to
// ports, reboot, or load BPF programs.
const lifting = 1<<unix.CAP_SYS_ADMIN | 1<<unix.CAP_PERFMON | 1<<unix.CAP_SYS_PTRACE | 1<<unix.CAP_CHECKPOINT_RESTORE |
	1<<unix.CAP_SYS_MODULE | 1<<unix.CAP_SYS_RAWIO | 1<<unix.CAP_SYS_BOOT | 1<<unix.CAP_BPF

// dropCapabilities takes capabilities from the program for ever: out of its sets, and out of the bounding set so that no
// exec brings them back. at is where 48 bytes of its stack may be used for a moment.
func (n *newborn) dropCapabilities(at uint64, drop uint64) error {
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3, Pid: int32(n.tid)}
	var data [2]unix.CapUserData
	if err := unix.Capget(&hdr, &data[0]); err != nil {
		return fmt.Errorf("capget: %w", err)
	}
	held := uint64(data[0].Permitted) | uint64(data[1].Permitted)<<32
	if held&drop == 0 {
		return nil // nobody without capabilities gets them: no_new_privs
	}
	for c := range uint64(64) {
		if drop&(1<<c) == 0 {
			continue
		}
		if _, err := n.do("prctl(PR_CAPBSET_DROP)", unix.SYS_PRCTL, unix.PR_CAPBSET_DROP, c); err != nil && !errors.Is(err, unix.EINVAL) {
			return err // EINVAL: this kernel does not know it
		}
	}
	for i := range data {
		mask := ^uint32(drop >> (32 * i))
		data[i].Permitted, data[i].Effective, data[i].Inheritable = data[i].Permitted&mask, data[i].Effective&mask, data[i].Inheritable&mask
	}
	hdr.Pid = 0
	image := append(asBytes([]unix.CapUserHeader{hdr}), asBytes(data[:])...)
	at = (at - uint64(len(image))) &^ 15
	saved := make([]byte, len(image))
	if got, err := readVM(n.tid, at, saved); err != nil || got < len(saved) {
		return fmt.Errorf("reading its stack: %w", orFault(err))
	}
	if err := writeAll(n.tid, at, image); err != nil {
		return fmt.Errorf("writing the capabilities: %w", err)
	}
	if _, err := n.do("capset", unix.SYS_CAPSET, at, at+8); err != nil {
		return err
	}
	return writeAll(n.tid, at, saved)
}
