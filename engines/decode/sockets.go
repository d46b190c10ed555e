// Forms of sockets' arguments that are names.

package decode

import "golang.org/x/sys/unix"

func socketForms() map[string]*form {
	protocols, netlink := protocolNames(), netlinkNames()
	protocolOf := func(d *dec, a *Arg) *names {
		switch uint32(d.arg(a.spec.at)) {
		case unix.AF_INET, unix.AF_INET6:
			return protocols
		case unix.AF_NETLINK:
			return netlink
		}
		return nil
	}
	return map[string]*form{
		"family":    {kind: Enum, width: i32, set: familyNames(), text: putNames},
		"socktype":  {kind: Flags, width: i32, set: socketTypes(), text: putNames},
		"sockflags": flagForm("SOCK_???", name{"SOCK_CLOEXEC", unix.SOCK_CLOEXEC}, name{"SOCK_NONBLOCK", unix.SOCK_NONBLOCK}),
		"shut":      enumForm("SHUT_???", name{"SHUT_RD", 0}, name{"SHUT_WR", 1}, name{"SHUT_RDWR", 2}),
		"protocol": {kind: Enum, width: i32, lookup: protocolOf, every: []*names{protocols, netlink}, text: func(d *dec, a *Arg) {
			if set := protocolOf(d, a); set != nil {
				d.b = set.append(d.b, uint64(uint32(a.Raw)))
				return
			}
			d.putu(uint64(uint32(a.Raw)))
		}},
	}
}
