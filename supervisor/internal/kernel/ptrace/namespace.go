// Namespaces for a newborn program: it is made to leave those of its starter (namespaces(7)).

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"jail/supervisor/confine"
)

// isolate gives the program namespaces of its own. Without CAP_SYS_ADMIN they belong to a user namespace, made in the same
// call: user says so. In it the program has all capabilities, until dropCapabilities.
func (n *newborn) isolate(ns confine.Namespaces) (user bool, err error) {
	if ns == (confine.Namespaces{}) {
		return false, nil
	}
	admin, err := n.capable(unix.CAP_SYS_ADMIN)
	if err != nil {
		return false, err
	}
	flags, kinds := uint64(0), []string(nil)
	for _, k := range []struct {
		wanted bool
		flag   uint64
		name   string
	}{{!admin, unix.CLONE_NEWUSER, "user"}, {ns.Mount, unix.CLONE_NEWNS, "mnt"}, {ns.Network, unix.CLONE_NEWNET, "net"},
		{ns.IPC, unix.CLONE_NEWIPC, "ipc"}} {
		if k.wanted {
			flags, kinds = flags|k.flag, append(kinds, k.name)
		}
	}
	if _, err := n.do("unshare", unix.SYS_UNSHARE, flags); err != nil {
		return false, fmt.Errorf("%w: %s: %w", confine.ErrNoNamespace, confine.WhyNoNamespace(err, !admin), err)
	}
	if err := n.left(kinds); err != nil {
		return false, err
	}
	if !admin {
		if err := n.mapSelf(); err != nil {
			return false, fmt.Errorf("%w: %w", confine.ErrNoNamespace, err)
		}
	}
	if ns.Network {
		err = n.loopback()
	}
	return !admin, err
}

// capable tells whether the program has a capability.
func (n *newborn) capable(capability int) (bool, error) {
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3, Pid: int32(n.tid)}
	var data [2]unix.CapUserData
	if err := unix.Capget(&hdr, &data[0]); err != nil {
		return false, fmt.Errorf("capget: %w", err)
	}
	return data[capability/32].Effective&(1<<(capability%32)) != 0, nil
}

// left looks whether the namespaces are others than ours: a filter of our own parent could have made unshare seem to succeed.
func (n *newborn) left(kinds []string) error {
	for _, k := range kinds {
		ours, err := os.Readlink("/proc/thread-self/ns/" + k)
		if err != nil {
			return err
		}
		its, err := os.Readlink("/proc/" + strconv.Itoa(n.tid) + "/ns/" + k)
		if err != nil {
			return err
		}
		if ours == its {
			return fmt.Errorf("%w: it is in our %s namespace although unshare said that it left", confine.ErrNoNamespace, k)
		}
	}
	return nil
}

// mapSelf keeps the program's user and group what they are; all others look like nobody (user_namespaces(7), "Defining user
// and group ID mappings"). We write from the parent namespace, with the user that made this one.
func (n *newborn) mapSelf() error {
	status, err := readStatus(n.tid, make([]byte, 4096))
	if err != nil {
		return err
	}
	proc := "/proc/" + strconv.Itoa(n.tid) + "/"
	uid, gid, err := n.effectiveIDs(status)
	if err != nil {
		return err
	}
	for _, f := range []struct{ name, text string }{
		{"setgroups", "deny"}, // before the groups may be mapped without privileges
		{"uid_map", fmt.Sprintf("%d %d 1\n", uid, uid)},
		{"gid_map", fmt.Sprintf("%d %d 1\n", gid, gid)},
	} {
		if err := os.WriteFile(proc+f.name, []byte(f.text), 0); err != nil {
			return fmt.Errorf("mapping users: %w", err)
		}
	}
	return nil
}

// effectiveIDs picks user and group from a status file: real, effective, saved, of the file system. The numbers are those of
// the reader's namespace, ours.
func (n *newborn) effectiveIDs(status []byte) (uid, gid int, err error) {
	var r, s, f int
	if _, err = fmt.Sscan(string(line(status, "Uid:")), &r, &uid, &s, &f); err == nil {
		_, err = fmt.Sscan(string(line(status, "Gid:")), &r, &gid, &s, &f)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("reading its user from /proc: %w", err)
	}
	return uid, gid, nil
}

// loopback brings the loopback interface up, which a new network namespace has and is down (netdevice(7)). Addresses
// come by themselves.
func (n *newborn) loopback() error {
	fd, err := n.do("socket", unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("bringing the loopback interface up: %w", err)
	}
	ifreq := make([]byte, 40)
	copy(ifreq, "lo")
	binary.NativeEndian.PutUint16(ifreq[unix.IFNAMSIZ:], unix.IFF_UP|unix.IFF_RUNNING)
	err = n.lend(ifreq, func(at uint64) error {
		_, err := n.do("ioctl(SIOCSIFFLAGS)", unix.SYS_IOCTL, fd, unix.SIOCSIFFLAGS, at)
		return err
	})
	if err != nil {
		return fmt.Errorf("bringing the loopback interface up: %w", err)
	}
	_, err = n.do("close", unix.SYS_CLOSE, fd)
	return err
}

// noNamespace marks refusals of what a namespace ought to allow: AppArmor, say, takes the capabilities from a user
// namespace only when they are used.
func noNamespace(err error) error {
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		return fmt.Errorf("%w: %w", confine.ErrNoNamespace, err)
	}
	return err
}
