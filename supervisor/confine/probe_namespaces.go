// Which namespaces are to be had: they are made, in children that end at once.

package confine

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// nowhere is a program that there is not: a child that gets as far as execve(2) has its namespaces.
const nowhere = "/proc/self/jail-probe"

// tryNamespaces forks a child with new namespaces; nil when the kernel made them. AppArmor may let a user namespace be made
// and then refuse what takes its capabilities: so the other namespaces are asked for in the same call. Users are not mapped:
// package syscall forgets the pipe for that when the fork fails.
func tryNamespaces(flags uintptr) error {
	attr := &syscall.ProcAttr{Files: []uintptr{}, Env: []string{}, Sys: &syscall.SysProcAttr{Cloneflags: flags}}
	_, err := syscall.ForkExec(nowhere, []string{nowhere}, attr)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if err == nil {
		err = unix.EEXIST // it can't be
	}
	return err
}

// probeNamespaces makes those that the parts ask for, each in a child of its own.
func (k *Kernel) probeNamespaces(parts Part) {
	admin := k.Capabilities&(1<<unix.CAP_SYS_ADMIN) != 0
	for _, kind := range []struct {
		part    Part
		feature *Feature
		flag    uintptr
		user    bool
	}{
		{PartUserNamespaces, &k.UserNamespaces, 0, true},
		{PartMountNamespaces, &k.MountNamespaces, unix.CLONE_NEWNS, !admin},
		{PartNetworkNamespaces, &k.NetworkNamespaces, unix.CLONE_NEWNET, !admin},
	} {
		if parts&kind.part == 0 {
			continue
		}
		if kind.user {
			kind.flag |= unix.CLONE_NEWUSER
		}
		if err := tryNamespaces(kind.flag); err != nil {
			*kind.feature = Feature{WhyNoNamespace(err, kind.user), err}
		} else {
			*kind.feature = Feature{}
		}
	}
	if k.MountNamespaces.OK() && !rootIsMount() {
		k.MountNamespaces.Missing = "the root folder is no mount, as in a chroot, and only mounts can be parted from those outside; mount --bind makes it one"
	}
	if k.MountNamespaces.OK() && k.LandlockABI < 2 {
		k.MountNamespaces.Missing = "what is mounted there is only safe from the program with Landlock's ABI 2 (Linux 5.19)"
	}
}

// rootIsMount tells whether something is mounted at the root (STATX_ATTR_MOUNT_ROOT, Linux 5.8); true where the kernel does not say.
func rootIsMount() bool {
	var st unix.Statx_t
	if err := unix.Statx(unix.AT_FDCWD, "/", 0, 0, &st); err != nil || st.Attributes_mask&unix.STATX_ATTR_MOUNT_ROOT == 0 {
		return true
	}
	return st.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0
}
