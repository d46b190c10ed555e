// Which namespaces are to be had: they are made, in children that end at once.

package confine

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// nowhere is a program that there is not: a child that gets as far as execve(2) has its namespaces.
const nowhere = "/proc/self/jail-probe"

// tryNamespaces forks a child with new namespaces; nil when the kernel made them. In a user namespace users are mapped, as for a
// jail, and what takes capabilities of it is among flags: AppArmor lets it be made and then refuses these.
func tryNamespaces(flags uintptr) error {
	attr := &syscall.ProcAttr{Files: []uintptr{}, Env: []string{}, Sys: &syscall.SysProcAttr{Cloneflags: flags}}
	if flags&unix.CLONE_NEWUSER != 0 {
		uid, gid := os.Geteuid(), os.Getegid()
		attr.Sys.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}}
		attr.Sys.GidMappings = []syscall.SysProcIDMap{{ContainerID: gid, HostID: gid, Size: 1}}
	}
	_, err := syscall.ForkExec(nowhere, []string{nowhere}, attr)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if err == nil {
		err = unix.EEXIST // it can't be
	}
	return err
}

func (k *Kernel) probeNamespaces() {
	user := tryNamespaces(unix.CLONE_NEWUSER)
	if user != nil {
		k.UserNamespaces = Feature{WhyNoNamespace(user, true), user}
	}
	admin := k.Capabilities&(1<<unix.CAP_SYS_ADMIN) != 0
	try := func(flag uintptr) Feature {
		if !admin {
			flag |= unix.CLONE_NEWUSER
		}
		if err := tryNamespaces(flag); err != nil {
			return Feature{WhyNoNamespace(err, !admin), err}
		}
		return Feature{}
	}
	k.MountNamespaces, k.NetworkNamespaces = try(unix.CLONE_NEWNS), try(unix.CLONE_NEWNET)
}
