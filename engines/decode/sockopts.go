// Options of sockets (socket(7), tcp(7), ip(7), ipv6(7)).

package decode

import (
	"maps"
	"slices"

	"golang.org/x/sys/unix"
)

func socketOptions() *names {
	return &names{enum: true, unknown: "SO_???", list: []name{
		{"SO_DEBUG", unix.SO_DEBUG}, {"SO_REUSEADDR", unix.SO_REUSEADDR}, {"SO_TYPE", unix.SO_TYPE}, {"SO_ERROR", unix.SO_ERROR},
		{"SO_DONTROUTE", unix.SO_DONTROUTE}, {"SO_BROADCAST", unix.SO_BROADCAST}, {"SO_SNDBUF", unix.SO_SNDBUF}, {"SO_RCVBUF", unix.SO_RCVBUF},
		{"SO_KEEPALIVE", unix.SO_KEEPALIVE}, {"SO_OOBINLINE", unix.SO_OOBINLINE}, {"SO_NO_CHECK", unix.SO_NO_CHECK},
		{"SO_PRIORITY", unix.SO_PRIORITY}, {"SO_LINGER", unix.SO_LINGER}, {"SO_BSDCOMPAT", unix.SO_BSDCOMPAT}, {"SO_REUSEPORT", unix.SO_REUSEPORT},
		{"SO_PASSCRED", unix.SO_PASSCRED}, {"SO_PEERCRED", unix.SO_PEERCRED}, {"SO_RCVLOWAT", unix.SO_RCVLOWAT}, {"SO_SNDLOWAT", unix.SO_SNDLOWAT},
		{"SO_RCVTIMEO_OLD", 20}, {"SO_SNDTIMEO_OLD", 21}, {"SO_BINDTODEVICE", unix.SO_BINDTODEVICE},
		{"SO_ATTACH_FILTER", unix.SO_ATTACH_FILTER}, {"SO_DETACH_FILTER", unix.SO_DETACH_FILTER}, {"SO_PEERNAME", unix.SO_PEERNAME},
		{"SO_TIMESTAMP_OLD", 29}, {"SO_ACCEPTCONN", unix.SO_ACCEPTCONN}, {"SO_PEERSEC", unix.SO_PEERSEC}, {"SO_SNDBUFFORCE", unix.SO_SNDBUFFORCE},
		{"SO_RCVBUFFORCE", unix.SO_RCVBUFFORCE}, {"SO_PASSSEC", unix.SO_PASSSEC}, {"SO_TIMESTAMPNS_OLD", 35}, {"SO_MARK", unix.SO_MARK},
		{"SO_TIMESTAMPING_OLD", 37}, {"SO_PROTOCOL", unix.SO_PROTOCOL}, {"SO_DOMAIN", unix.SO_DOMAIN}, {"SO_RXQ_OVFL", unix.SO_RXQ_OVFL},
		{"SO_PEEK_OFF", unix.SO_PEEK_OFF}, {"SO_NOFCS", unix.SO_NOFCS}, {"SO_LOCK_FILTER", unix.SO_LOCK_FILTER},
		{"SO_BUSY_POLL", unix.SO_BUSY_POLL}, {"SO_INCOMING_CPU", unix.SO_INCOMING_CPU}, {"SO_ATTACH_BPF", unix.SO_ATTACH_BPF},
		{"SO_COOKIE", unix.SO_COOKIE}, {"SO_PEERGROUPS", unix.SO_PEERGROUPS}, {"SO_ZEROCOPY", unix.SO_ZEROCOPY}, {"SO_TXTIME", unix.SO_TXTIME},
		{"SO_BINDTOIFINDEX", unix.SO_BINDTOIFINDEX}, {"SO_PREFER_BUSY_POLL", unix.SO_PREFER_BUSY_POLL}, {"SO_PASSPIDFD", unix.SO_PASSPIDFD},
		{"SO_PEERPIDFD", unix.SO_PEERPIDFD}}}
}

func tcpOptions() *names {
	return &names{enum: true, unknown: "TCP_???", list: []name{
		{"TCP_NODELAY", unix.TCP_NODELAY}, {"TCP_MAXSEG", unix.TCP_MAXSEG}, {"TCP_CORK", unix.TCP_CORK}, {"TCP_KEEPIDLE", unix.TCP_KEEPIDLE},
		{"TCP_KEEPINTVL", unix.TCP_KEEPINTVL}, {"TCP_KEEPCNT", unix.TCP_KEEPCNT}, {"TCP_SYNCNT", unix.TCP_SYNCNT}, {"TCP_LINGER2", unix.TCP_LINGER2},
		{"TCP_DEFER_ACCEPT", unix.TCP_DEFER_ACCEPT}, {"TCP_WINDOW_CLAMP", unix.TCP_WINDOW_CLAMP}, {"TCP_INFO", unix.TCP_INFO},
		{"TCP_QUICKACK", unix.TCP_QUICKACK}, {"TCP_CONGESTION", unix.TCP_CONGESTION}, {"TCP_MD5SIG", unix.TCP_MD5SIG},
		{"TCP_USER_TIMEOUT", unix.TCP_USER_TIMEOUT}, {"TCP_REPAIR", unix.TCP_REPAIR}, {"TCP_FASTOPEN", unix.TCP_FASTOPEN},
		{"TCP_TIMESTAMP", unix.TCP_TIMESTAMP}, {"TCP_NOTSENT_LOWAT", unix.TCP_NOTSENT_LOWAT}, {"TCP_ULP", unix.TCP_ULP},
		{"TCP_FASTOPEN_CONNECT", unix.TCP_FASTOPEN_CONNECT}, {"TCP_INQ", unix.TCP_INQ}}}
}

func ipOptions() *names {
	return &names{enum: true, unknown: "IP_???", list: []name{
		{"IP_TOS", unix.IP_TOS}, {"IP_TTL", unix.IP_TTL}, {"IP_HDRINCL", unix.IP_HDRINCL}, {"IP_OPTIONS", unix.IP_OPTIONS},
		{"IP_RECVOPTS", unix.IP_RECVOPTS}, {"IP_RETOPTS", unix.IP_RETOPTS}, {"IP_PKTINFO", unix.IP_PKTINFO},
		{"IP_MTU_DISCOVER", unix.IP_MTU_DISCOVER}, {"IP_RECVERR", unix.IP_RECVERR}, {"IP_RECVTTL", unix.IP_RECVTTL}, {"IP_RECVTOS", unix.IP_RECVTOS},
		{"IP_MTU", unix.IP_MTU}, {"IP_FREEBIND", unix.IP_FREEBIND}, {"IP_TRANSPARENT", unix.IP_TRANSPARENT}, {"IP_MULTICAST_IF", unix.IP_MULTICAST_IF},
		{"IP_MULTICAST_TTL", unix.IP_MULTICAST_TTL}, {"IP_MULTICAST_LOOP", unix.IP_MULTICAST_LOOP}, {"IP_ADD_MEMBERSHIP", unix.IP_ADD_MEMBERSHIP},
		{"IP_DROP_MEMBERSHIP", unix.IP_DROP_MEMBERSHIP}, {"IP_BIND_ADDRESS_NO_PORT", unix.IP_BIND_ADDRESS_NO_PORT}}}
}

func ip6Options() *names {
	return &names{enum: true, unknown: "IPV6_???", list: []name{
		{"IPV6_UNICAST_HOPS", unix.IPV6_UNICAST_HOPS}, {"IPV6_MULTICAST_IF", unix.IPV6_MULTICAST_IF},
		{"IPV6_MULTICAST_HOPS", unix.IPV6_MULTICAST_HOPS}, {"IPV6_MULTICAST_LOOP", unix.IPV6_MULTICAST_LOOP},
		{"IPV6_ADD_MEMBERSHIP", unix.IPV6_JOIN_GROUP}, {"IPV6_DROP_MEMBERSHIP", unix.IPV6_LEAVE_GROUP},
		{"IPV6_MTU_DISCOVER", unix.IPV6_MTU_DISCOVER}, {"IPV6_MTU", unix.IPV6_MTU}, {"IPV6_RECVERR", unix.IPV6_RECVERR},
		{"IPV6_V6ONLY", unix.IPV6_V6ONLY}, {"IPV6_RECVPKTINFO", unix.IPV6_RECVPKTINFO}, {"IPV6_PKTINFO", unix.IPV6_PKTINFO},
		{"IPV6_RECVHOPLIMIT", unix.IPV6_RECVHOPLIMIT}, {"IPV6_RECVTCLASS", unix.IPV6_RECVTCLASS}, {"IPV6_TCLASS", unix.IPV6_TCLASS}}}
}

func netlinkOptions() *names {
	return &names{enum: true, unknown: "NETLINK_???", list: []name{
		{"NETLINK_ADD_MEMBERSHIP", 1}, {"NETLINK_DROP_MEMBERSHIP", 2}, {"NETLINK_PKTINFO", 3}, {"NETLINK_BROADCAST_ERROR", 4},
		{"NETLINK_NO_ENOBUFS", 5}, {"NETLINK_LISTEN_ALL_NSID", 8}, {"NETLINK_LIST_MEMBERSHIPS", 9}, {"NETLINK_CAP_ACK", 10},
		{"NETLINK_EXT_ACK", 11}, {"NETLINK_GET_STRICT_CHK", 12}}}
}

// optionNames are the options by level.
func optionNames() map[int32]*names {
	return map[int32]*names{unix.SOL_SOCKET: socketOptions(), unix.SOL_TCP: tcpOptions(), unix.SOL_IP: ipOptions(),
		unix.SOL_IPV6: ip6Options(), unix.SOL_NETLINK: netlinkOptions()}
}

func optionForms() map[string]*form {
	options := optionNames()
	name := func(d *dec, a *Arg) {
		if set := options[int32(d.arg(a.spec.at))]; set != nil {
			d.b = set.append(d.b, uint64(uint32(a.Raw)))
			return
		}
		d.putu(uint64(uint32(a.Raw)))
	}
	return map[string]*form{
		"level":   {kind: Enum, width: i32, set: levelNames(), text: putNames},
		"sockopt": {kind: Enum, width: i32, text: name, every: slices.Collect(maps.Values(options)), lookup: func(d *dec, a *Arg) *names { return options[int32(d.arg(a.spec.at))] }},
		"optval":  {kind: Struct, text: func(d *dec, a *Arg) { d.optionValue(a, int64(int32(d.arg(4)))) }},
		"optval!": {kind: Struct, when: out, text: putOptionFilled},
	}
}

func putOptionFilled(d *dec, a *Arg) {
	b := d.bytes(d.arg(4), 4)
	if d.failed || b == nil {
		d.raw(a)
		return
	}
	d.optionValue(a, min(int64(block(b).i32(0)), d.c.Args[4].was))
}

// optionValue prints the value of an option: arguments 1 and 2 of setsockopt and getsockopt say which.
func (d *dec) optionValue(a *Arg, n int64) {
	level, option := int32(d.arg(1)), int32(d.arg(2))
	if a.Raw == 0 || n <= 0 || n > 4096 || n < 4 && !isString(level, option) {
		d.raw(a)
		return
	}
	b := block(d.bytes(a.Raw, int(n)))
	switch {
	case b == nil:
		d.raw(a)
	case level == unix.SOL_SOCKET && option == unix.SO_LINGER && n >= 8:
		d.puts("{l_onoff=")
		d.puti(int64(b.i32(0)))
		d.puts(", l_linger=")
		d.puti(int64(b.i32(4)))
		d.puts("}")
	case level == unix.SOL_SOCKET && option == unix.SO_PEERCRED && n >= 12:
		d.puts("{pid=")
		d.puti(int64(b.i32(0)))
		d.puts(", uid=")
		d.putID(b.u32(4))
		d.puts(", gid=")
		d.putID(b.u32(8))
		d.puts("}")
	case level == unix.SOL_SOCKET && (option == 20 || option == 21) && n >= 16:
		d.timeval(b, 0)
	case isString(level, option):
		d.b = appendString(d.b, b, false)
	case n == 4:
		d.puts("[")
		d.optionInt(level, option, b.i32(0))
		d.puts("]")
	default:
		d.b = appendString(d.b, b[:min(len(b), d.strings())], len(b) > d.strings())
	}
}

func isString(level, option int32) bool {
	return level == unix.SOL_SOCKET && option == unix.SO_BINDTODEVICE ||
		level == unix.SOL_TCP && (option == unix.TCP_CONGESTION || option == unix.TCP_ULP)
}

// optionInt prints an int, of SO_ERROR the name of the error.
func (d *dec) optionInt(level, option, v int32) {
	if level == unix.SOL_SOCKET && option == unix.SO_ERROR && v > 0 && unix.ErrnoName(unix.Errno(v)) != "" {
		d.puts(unix.ErrnoName(unix.Errno(v)))
		return
	}
	d.puti(int64(v))
}
