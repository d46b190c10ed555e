// What a kernel has and lacks, what that means, and what to do about it.

package main

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"jail/supervisor/confine"
)

// findings are in the order of their weight: first what everything needs.
func findings(k confine.Kernel) []finding {
	all := []finding{
		found("seccomp filters", k.Seccomp, "every policy", "nothing can be started", "a kernel from 4.8 on with CONFIG_SECCOMP_FILTER"),
		found("ptrace of children", k.Ptrace, "every policy", "nothing can be started",
			"as root: sysctl kernel.yama.ptrace_scope=1; in a container: --cap-add SYS_PTRACE, or a kernel from 4.8 on, where Docker's filter lets it pass"),
		landlock(k),
		found("mount namespaces", k.MountNamespaces, "filesystem: modes, owners and times, deny, redirect, tmp: private, dev: private",
			"what is denied can only be left out of the grants, which can't be where a folder above it is writable; nothing can be redirected; /tmp stays the machine's, and only TMPDIR leads to the private one; root finds the disks in /dev", doNamespaces(k)),
		found("network namespaces", k.NetworkNamespaces, "network: loopback", "use network: none, or a list of addresses", doNamespaces(k)),
		userNamespaces(k),
		found("cgroup of our own", k.Cgroup, "limits: memory",
			"memory can only be bounded for each process (address space), not for all together", doCgroup(k)),
		found("pidfd_getfd", k.PidfdGetfd, "network: unix and bind lists, connect lists of TCP and UDP together",
			"local sockets can't be connected to, TCP ports not listened on, and what is listed for one of TCP and UDP only is refused", "a kernel from 5.6 on; in a container: a filter that allows it (--cap-add SYS_PTRACE with Docker's)"),
		found("mseal", k.Mseal, "exec: rewrite; filesystem: deny by pattern; network: addresses with /udp", "arguments can't be sealed: another thread may change what was looked at, so these rules can't be held or take another way", "a kernel from 6.11 on"),
		found("ETXTBSY", k.TextBusy, "exec: allow with sha256", "they are advisory: a program may be changed while it runs", "a kernel that is not 6.11 or 6.12"),
		found("cgroup.kill", k.CgroupKill, "limits: memory", "the end of a run takes a little longer", "a kernel from 5.14 on"),
		found("PTRACE_SET_SYSCALL_INFO", k.SetSyscallInfo, "speed of calls that are rewritten or refused", "they take two calls of the kernel instead of one", "a kernel from 6.16 on"),
	}
	return all
}

// found is a finding about one feature.
func found(name string, f confine.Feature, needs, lost, do string) finding {
	if f.OK() {
		return finding{Name: name, OK: true, For: needs}
	}
	return finding{Name: name, Missing: f.Missing, For: needs, Lost: lost, Do: do}
}

// landlock is the finding about Landlock, of which there are versions.
func landlock(k confine.Kernel) finding {
	f := finding{Name: fmt.Sprintf("landlock (ABI %d)", k.LandlockABI), For: "filesystem; outside: sealed (the default); ports of network lists", OK: true}
	var lost []string
	needed := ""
	for _, g := range (confine.Domain{Files: true, Exec: true, ConnectTCP: true, BindTCP: true, Seal: true}).Gaps(k.LandlockABI) {
		lost = append(lost, g.What)
		needed = fmt.Sprintf("a kernel from %s on (Landlock's ABI %d)", g.Kernel, g.ABI)
	}
	if len(lost) == 0 {
		return f
	}
	f.OK, f.Lost, f.Do = false, strings.Join(lost, "; "), needed
	if k.LandlockABI > 0 {
		f.Missing = fmt.Sprintf("it is there in an older version, ABI %d", k.LandlockABI)
		return f
	}
	f.Name, f.Missing = "landlock", k.Landlock.Missing
	switch {
	case f.Missing == "":
		f.Missing = "it is not there"
	case k.Landlock.Err == unix.EOPNOTSUPP:
		f.Do = "boot with lsm=landlock before the others that /sys/kernel/security/lsm lists"
	case k.Landlock.Err == unix.EPERM:
		f.Do = "let the container's filter pass landlock_create_ruleset, landlock_add_rule and landlock_restrict_self, as Docker's does from 20.10.10 on"
	}
	return f
}

// userNamespaces are only needed by who lacks CAP_SYS_ADMIN.
func userNamespaces(k confine.Kernel) finding {
	f := found("user namespaces", k.UserNamespaces, "mount and network namespaces, without CAP_SYS_ADMIN", "", doNamespaces(k))
	if !f.OK && k.Capabilities&(1<<unix.CAP_SYS_ADMIN) != 0 {
		f.OK, f.Missing, f.Lost, f.Do, f.For = true, "", "", "", "not there, and not needed: we have CAP_SYS_ADMIN"
	}
	return f
}

// doNamespaces is how to get namespaces, as far as the kernel told why there are none.
func doNamespaces(k confine.Kernel) string {
	why := k.MountNamespaces.Missing + k.UserNamespaces.Missing
	switch {
	case strings.Contains(why, "unprivileged_userns_clone"):
		return "as root: sysctl kernel.unprivileged_userns_clone=1; or run jail as root"
	case strings.Contains(why, "apparmor_restrict"):
		return "as root: an AppArmor profile for jail with the rule userns, or sysctl kernel.apparmor_restrict_unprivileged_userns=0; or run jail as root"
	case strings.Contains(why, "max_user_namespaces"):
		return "as root: sysctl user.max_user_namespaces=15000; or run jail as root"
	case strings.Contains(why, "container"):
		return "in a container: --cap-add SYS_ADMIN as root, or a filter of your own that lets clone and unshare make user namespaces (--security-opt seccomp=FILE)"
	case strings.Contains(why, "Landlock"):
		return "a kernel from 5.19 on"
	}
	return "a kernel that was built with them (CONFIG_USER_NS, CONFIG_NET_NS), and nothing that refuses them"
}

// doCgroup is how to get a cgroup.
func doCgroup(k confine.Kernel) string {
	if strings.Contains(k.Cgroup.Missing, "version 1") || strings.Contains(k.Cgroup.Missing, "v1") {
		return "boot with systemd.unified_cgroup_hierarchy=1, which mounts version 2"
	}
	return "under systemd: systemd-run --user --scope -p Delegate=yes jail run …; as root in a container: one with a cgroup of its own that is mounted writable"
}
