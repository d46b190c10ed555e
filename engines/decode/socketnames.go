// Names of socket families, types, protocols, levels and flags.

package decode

import "golang.org/x/sys/unix"

func familyNames() *names {
	return &names{enum: true, unknown: "AF_???", list: []name{
		{"AF_UNSPEC", unix.AF_UNSPEC}, {"AF_UNIX", unix.AF_UNIX}, {"AF_INET", unix.AF_INET}, {"AF_AX25", unix.AF_AX25},
		{"AF_IPX", unix.AF_IPX}, {"AF_APPLETALK", unix.AF_APPLETALK}, {"AF_NETROM", unix.AF_NETROM}, {"AF_BRIDGE", unix.AF_BRIDGE},
		{"AF_ATMPVC", unix.AF_ATMPVC}, {"AF_X25", unix.AF_X25}, {"AF_INET6", unix.AF_INET6}, {"AF_ROSE", unix.AF_ROSE},
		{"AF_DECnet", unix.AF_DECnet}, {"AF_NETBEUI", unix.AF_NETBEUI}, {"AF_SECURITY", unix.AF_SECURITY}, {"AF_KEY", unix.AF_KEY},
		{"AF_NETLINK", unix.AF_NETLINK}, {"AF_PACKET", unix.AF_PACKET}, {"AF_ASH", unix.AF_ASH}, {"AF_ECONET", unix.AF_ECONET},
		{"AF_ATMSVC", unix.AF_ATMSVC}, {"AF_RDS", unix.AF_RDS}, {"AF_SNA", unix.AF_SNA}, {"AF_IRDA", unix.AF_IRDA},
		{"AF_PPPOX", unix.AF_PPPOX}, {"AF_WANPIPE", unix.AF_WANPIPE}, {"AF_LLC", unix.AF_LLC}, {"AF_IB", unix.AF_IB},
		{"AF_MPLS", unix.AF_MPLS}, {"AF_CAN", unix.AF_CAN}, {"AF_TIPC", unix.AF_TIPC}, {"AF_BLUETOOTH", unix.AF_BLUETOOTH},
		{"AF_IUCV", unix.AF_IUCV}, {"AF_RXRPC", unix.AF_RXRPC}, {"AF_ISDN", unix.AF_ISDN}, {"AF_PHONET", unix.AF_PHONET},
		{"AF_IEEE802154", unix.AF_IEEE802154}, {"AF_CAIF", unix.AF_CAIF}, {"AF_ALG", unix.AF_ALG}, {"AF_NFC", unix.AF_NFC},
		{"AF_VSOCK", unix.AF_VSOCK}, {"AF_KCM", unix.AF_KCM}, {"AF_QIPCRTR", unix.AF_QIPCRTR}, {"AF_SMC", unix.AF_SMC},
		{"AF_XDP", unix.AF_XDP}, {"AF_MCTP", unix.AF_MCTP}}}
}

// socketTypes are what socket(2) takes as a type: one of several, and two flags.
func socketTypes() *names {
	return &names{unknown: "SOCK_???", mask: 0xf, always: true, list: []name{
		{"SOCK_STREAM", unix.SOCK_STREAM}, {"SOCK_DGRAM", unix.SOCK_DGRAM}, {"SOCK_RAW", unix.SOCK_RAW}, {"SOCK_RDM", unix.SOCK_RDM},
		{"SOCK_SEQPACKET", unix.SOCK_SEQPACKET}, {"SOCK_DCCP", unix.SOCK_DCCP}, {"SOCK_PACKET", unix.SOCK_PACKET},
		{"SOCK_CLOEXEC", unix.SOCK_CLOEXEC}, {"SOCK_NONBLOCK", unix.SOCK_NONBLOCK}}}
}

func protocolNames() *names {
	return &names{enum: true, unknown: "IPPROTO_???", list: []name{
		{"IPPROTO_IP", unix.IPPROTO_IP}, {"IPPROTO_ICMP", unix.IPPROTO_ICMP}, {"IPPROTO_IGMP", unix.IPPROTO_IGMP},
		{"IPPROTO_IPIP", unix.IPPROTO_IPIP}, {"IPPROTO_TCP", unix.IPPROTO_TCP}, {"IPPROTO_EGP", unix.IPPROTO_EGP},
		{"IPPROTO_PUP", unix.IPPROTO_PUP}, {"IPPROTO_UDP", unix.IPPROTO_UDP}, {"IPPROTO_IDP", unix.IPPROTO_IDP},
		{"IPPROTO_DCCP", unix.IPPROTO_DCCP}, {"IPPROTO_IPV6", unix.IPPROTO_IPV6}, {"IPPROTO_RSVP", unix.IPPROTO_RSVP},
		{"IPPROTO_GRE", unix.IPPROTO_GRE}, {"IPPROTO_ESP", unix.IPPROTO_ESP}, {"IPPROTO_AH", unix.IPPROTO_AH},
		{"IPPROTO_ICMPV6", unix.IPPROTO_ICMPV6}, {"IPPROTO_SCTP", unix.IPPROTO_SCTP}, {"IPPROTO_UDPLITE", unix.IPPROTO_UDPLITE},
		{"IPPROTO_MPLS", unix.IPPROTO_MPLS}, {"IPPROTO_RAW", unix.IPPROTO_RAW}, {"IPPROTO_MPTCP", unix.IPPROTO_MPTCP}}}
}

func netlinkNames() *names {
	return &names{enum: true, unknown: "NETLINK_???", list: []name{
		{"NETLINK_ROUTE", unix.NETLINK_ROUTE}, {"NETLINK_USERSOCK", unix.NETLINK_USERSOCK}, {"NETLINK_FIREWALL", unix.NETLINK_FIREWALL},
		{"NETLINK_SOCK_DIAG", unix.NETLINK_SOCK_DIAG}, {"NETLINK_NFLOG", unix.NETLINK_NFLOG}, {"NETLINK_XFRM", unix.NETLINK_XFRM},
		{"NETLINK_SELINUX", unix.NETLINK_SELINUX}, {"NETLINK_ISCSI", unix.NETLINK_ISCSI}, {"NETLINK_AUDIT", unix.NETLINK_AUDIT},
		{"NETLINK_FIB_LOOKUP", unix.NETLINK_FIB_LOOKUP}, {"NETLINK_CONNECTOR", unix.NETLINK_CONNECTOR},
		{"NETLINK_NETFILTER", unix.NETLINK_NETFILTER}, {"NETLINK_IP6_FW", unix.NETLINK_IP6_FW}, {"NETLINK_DNRTMSG", unix.NETLINK_DNRTMSG},
		{"NETLINK_KOBJECT_UEVENT", unix.NETLINK_KOBJECT_UEVENT}, {"NETLINK_GENERIC", unix.NETLINK_GENERIC},
		{"NETLINK_SCSITRANSPORT", unix.NETLINK_SCSITRANSPORT}, {"NETLINK_RDMA", unix.NETLINK_RDMA}, {"NETLINK_CRYPTO", unix.NETLINK_CRYPTO}}}
}

func levelNames() *names {
	return &names{enum: true, unknown: "SOL_??", list: []name{
		{"SOL_IP", unix.SOL_IP}, {"SOL_SOCKET", unix.SOL_SOCKET}, {"SOL_TCP", unix.SOL_TCP}, {"SOL_UDP", 17}, {"SOL_IPV6", unix.SOL_IPV6},
		{"SOL_ICMPV6", unix.SOL_ICMPV6}, {"SOL_RAW", unix.SOL_RAW}, {"SOL_PACKET", unix.SOL_PACKET}, {"SOL_NETLINK", unix.SOL_NETLINK},
		{"SOL_ALG", unix.SOL_ALG}, {"SOL_XDP", unix.SOL_XDP}, {"SOL_TLS", 282}, {"SOL_BLUETOOTH", 274}, {"SOL_TIPC", unix.SOL_TIPC}}}
}

func messageFlags() *names {
	return &names{unknown: "MSG_???", list: []name{
		{"MSG_OOB", unix.MSG_OOB}, {"MSG_PEEK", unix.MSG_PEEK}, {"MSG_DONTROUTE", unix.MSG_DONTROUTE}, {"MSG_CTRUNC", unix.MSG_CTRUNC},
		{"MSG_PROBE", 0x10}, {"MSG_TRUNC", unix.MSG_TRUNC}, {"MSG_DONTWAIT", unix.MSG_DONTWAIT}, {"MSG_EOR", unix.MSG_EOR},
		{"MSG_WAITALL", unix.MSG_WAITALL}, {"MSG_FIN", unix.MSG_FIN}, {"MSG_SYN", unix.MSG_SYN}, {"MSG_CONFIRM", unix.MSG_CONFIRM},
		{"MSG_RST", unix.MSG_RST}, {"MSG_ERRQUEUE", unix.MSG_ERRQUEUE}, {"MSG_NOSIGNAL", unix.MSG_NOSIGNAL}, {"MSG_MORE", unix.MSG_MORE},
		{"MSG_WAITFORONE", unix.MSG_WAITFORONE}, {"MSG_BATCH", unix.MSG_BATCH}, {"MSG_ZEROCOPY", unix.MSG_ZEROCOPY},
		{"MSG_FASTOPEN", unix.MSG_FASTOPEN}, {"MSG_CMSG_CLOEXEC", unix.MSG_CMSG_CLOEXEC}}}
}
