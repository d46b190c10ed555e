// Compiling network: which sockets can be made is decided in the filter, whom they reach by an engine.

package policy

import (
	"fmt"
	"slices"

	"golang.org/x/sys/unix"

	"jail/seccomp"
)

// network compiles the key network.
func (c *compiler) network() {
	n := c.policy.network
	out := &c.plan.Network
	if out.Reach = n.reach; n.reach == "" || n.reach == NetworkAny {
		out.Reach = NetworkAny
		return
	}
	out.Rule = c.info(c.reachInfo(n))
	if n.reach == NetworkListed {
		c.endpoints(n)
	}
	for _, f := range n.families {
		out.Families = append(out.Families, f.name)
	}
	c.localSockets(n)
	c.socketGuards(n)
	c.sendGuards(n)
	c.optionGuards(n)
}

// orElse is where something stands, or else something about it.
func orElse(at, other place) place {
	if at.said() {
		return at
	}
	return other
}

// connectAt is where the list connect stands, or the key if there is none.
func connectAt(n networkSection) place { return orElse(n.connectAt, n.place) }

// reachInfo is the rule of the key itself.
func (c *compiler) reachInfo(n networkSection) RuleInfo {
	info := RuleInfo{Origin: c.origin(n.place), Text: "network: " + string(n.reach), Action: errnoAction(unix.EACCES), Report: true,
		Layer: LayerBPF, Sound: true, Cost: costRefused,
		Why:       "sockets of families that reach the network cannot be made",
		AllowHint: c.more(connectAt(n), "network", `connect: ["{address}"]`)}
	switch n.reach {
	case NetworkLoopback:
		info.Layer, info.Cost = LayerKernel, costNone
		info.Why = "a network namespace of the jail's own has a loopback interface and no other"
	case NetworkListed:
		info.Text = "network: connect to what is not listed"
		info.Layer, info.Cost = LayerEngine, costOf("connect")
		info.Why = "the address is copied out of the program's reach before it is decided, and jail connects to the copy itself"
		if right := c.policy.reroutes(); right != "" {
			info.Sound = false
			info.Why = "with " + right + ", which the program keeps if jail has it, packets for an address are sent elsewhere; capabilities: none is sound"
		}
	}
	return info
}

// endpoints compiles the lists connect and bind.
func (c *compiler) endpoints(n networkSection) {
	out := &c.plan.Network
	bindAt := orElse(n.bindAt, n.place)
	out.BindRule = c.info(RuleInfo{Origin: c.origin(bindAt), Text: "network: bind to what is not listed", Action: errnoAction(unix.EACCES), Report: true,
		Layer: LayerEngine, Sound: true, Cost: costOf("bind and listen"),
		Why:       "the address is copied out of the program's reach before it is decided, and jail binds to the copy itself",
		AllowHint: c.more(bindAt, "network", `bind: ["{address}"]`)})
	list := func(what string, all []endpoint) (rules []Endpoint) {
		rule := 0
		for i, e := range all {
			if i == 0 || all[i-1].place != e.place { // `*` is two
				rule = c.info(endpointInfo(c.origin(e.place), what, e))
			}
			e.Rule = rule
			rules = append(rules, e.Endpoint)
		}
		return rules
	}
	out.Connect = list("connect", n.connect)
	out.Bind = list("bind", n.bind)
}

// endpointInfo is the rule of one address.
func endpointInfo(origin, what string, e endpoint) RuleInfo {
	info := RuleInfo{Origin: origin, Text: cut("network: " + what + ": " + e.text), Action: Action{Verb: Allow},
		Layer: LayerEngine, Sound: true, Cost: costOf(what)}
	if e.Protocol == protocolUDP { // for bind too: there is no socket for datagrams then that only receives
		info.Cost += ", sendmsg and sendmmsg, one or two for each sendto"
	}
	return info
}

// costOf is what a call costs that jail makes in the program's place: the task stops before it, and when it has been made.
func costOf(call string) string { return "two stops for each " + call }

// localSockets compiles unix.
func (c *compiler) localSockets(n networkSection) {
	out := &c.plan.Network
	out.UnixAny = n.unixAny
	if n.unixAny {
		return
	}
	at := orElse(n.unixAt, n.place)
	info := RuleInfo{Origin: c.origin(at), Text: "network: connect to other local sockets", Action: errnoAction(unix.EACCES), Report: true,
		Layer: LayerEngine, Sound: true, Cost: costOf("connect"),
		Why:       "the socket is found once, by its object, and jail connects to that one itself",
		AllowHint: c.more(at, "network", `unix: ["{path}"]`)}
	f := c.policy.files
	if !f.restricts() {
		info.AllowHint = c.moreAdvisory(at, "network", `unix: ["{path}"]`)
	}
	if !f.restricts() && (len(n.unix) > 0 || f.tmp == TmpPrivate) {
		info.Sound = false
		info.Why = "where files are not restricted the program can link or rename another socket to a place whose sockets may be connected to (link(2)); filesystem: {read: [/], write: [...]} is sound"
	}
	out.UnixRule = c.info(info)
	for _, u := range n.unix {
		out.Unix = append(out.Unix, PathRule{Path: u.path, Within: u.within, Rule: c.info(RuleInfo{
			Origin: c.origin(u.place), Text: cut("network: unix: " + u.path), Action: Action{Verb: Allow},
			Layer: LayerEngine, Sound: true, Cost: costOf("connect")})})
	}
}

// inet lists the families of the internet that the endpoints need, with the protocols of each.
func inet(n networkSection) map[uint64][]string {
	all := make(map[uint64][]string)
	for _, e := range slices.Concat(n.connect, n.bind) {
		family := uint64(unix.AF_INET)
		if e.Prefix.Addr().Is6() {
			family = unix.AF_INET6
		}
		if !slices.Contains(all[family], e.Protocol) {
			all[family] = append(all[family], e.Protocol)
		}
	}
	return all
}

// sockTypeMask is what of the type of a socket is the type, and not a flag (SOCK_TYPE_MASK in linux/net.h).
const sockTypeMask = 0xf

// typeIs is the condition that a socket's type, argument 1, is one.
func typeIs(kind uint64) condition {
	return condition{arg: 1, op: seccomp.Eq, value: number{bits: kind}, mask: sockTypeMask, masked: true}
}

// typeIsNot is the opposite.
func typeIsNot(kind uint64) condition {
	return condition{arg: 1, op: seccomp.Ne, value: number{bits: kind}, mask: sockTypeMask, masked: true}
}

// socketGuards refuse sockets that the policy lets nobody have. They stand before the policy's rules: no rule of
// syscalls opens what network closes.
func (c *compiler) socketGuards(n networkSection) {
	let := []condition{differs(0, unix.AF_UNIX)}
	named := []condition{}
	for _, f := range n.families {
		named = append(named, differs(0, constants()[f.name]))
	}
	let = append(let, named...)
	inetRefused := errnoAction(unix.EACCES)
	switch n.reach {
	case NetworkLoopback:
		let = append(let, differs(0, unix.AF_INET), differs(0, unix.AF_INET6))
		// By netlink programs list the interfaces, here the jail's own.
		c.refuse(n.place, "socket", unix.EAFNOSUPPORT, "netlink sockets but NETLINK_ROUTE", "",
			[]condition{equal(0, unix.AF_NETLINK), differs(2, unix.NETLINK_ROUTE)})
		let = append(let, differs(0, unix.AF_NETLINK))
	case NetworkNone, NetworkListed:
		protocols := inet(n)
		for _, family := range []uint64{unix.AF_INET, unix.AF_INET6} {
			let = append(let, differs(0, family))
			c.inetGuards(n, family, protocols[family], inetRefused)
		}
	}
	hint := c.more(orElse(n.familiesAt, n.place), "network", "families: [{family:0}]")
	c.refuse(n.place, "socket", unix.EAFNOSUPPORT, "sockets of other families", hint, let)
	c.refuse(n.place, "socketpair", unix.EAFNOSUPPORT, "pairs of sockets of other families", hint, append([]condition{differs(0, unix.AF_UNIX)}, named...))
	if !n.unixAny {
		// A datagram names its receiver in sendmsg(2), in memory; for AF_UNIX SOCK_RAW is the same (net/unix/af_unix.c).
		hint := c.more(orElse(n.unixAt, n.place), "network", "unix: any")
		for _, call := range []string{"socket", "socketpair"} {
			for _, kind := range []uint64{unix.SOCK_DGRAM, unix.SOCK_RAW} {
				c.refuse(n.place, call, unix.EACCES, "local datagrams by "+call, hint, []condition{equal(0, unix.AF_UNIX), typeIs(kind)})
			}
		}
	}
	if c.has("socketcall") {
		c.refuse(n.place, "socketcall", unix.ENOSYS, "socketcall, whose arguments are in memory", "", nil)
	}
}

// inetGuards refuse sockets of one family of the internet: all, or those of other types and protocols.
func (c *compiler) inetGuards(n networkSection, family uint64, protocols []string, refused Action) {
	name := "IPv4"
	if family == unix.AF_INET6 {
		name = "IPv6"
	}
	hint := c.more(connectAt(n), "network", `connect: ["ADDRESS:PORT"]`)
	is := equal(0, family)
	if len(protocols) == 0 {
		c.refuse(n.place, "socket", unix.Errno(refused.Errno), "sockets of "+name, hint, []condition{is})
		return
	}
	c.refuse(n.place, "socket", unix.EPROTONOSUPPORT, "protocols of "+name+" other than TCP and UDP", "",
		[]condition{is, differs(2, 0), differs(2, unix.IPPROTO_TCP), differs(2, unix.IPPROTO_UDP)})
	c.refuse(n.place, "socket", unix.EACCES, "sockets of "+name+" for other than TCP and UDP", "",
		[]condition{is, typeIsNot(unix.SOCK_STREAM), typeIsNot(unix.SOCK_DGRAM)})
	if !slices.Contains(protocols, protocolUDP) {
		c.refuse(n.place, "socket", unix.EACCES, "UDP of "+name, c.more(connectAt(n), "network", `connect: ["ADDRESS:PORT/udp"]`), []condition{is, typeIs(unix.SOCK_DGRAM)})
	}
	if !slices.Contains(protocols, protocolTCP) {
		c.refuse(n.place, "socket", unix.EACCES, "TCP of "+name, hint, []condition{is, typeIs(unix.SOCK_STREAM)})
	}
}

// sendGuards refuse the ways round connect(2): TCP fast open, which connects and sends at once (tcp(7)), and datagrams
// that name their receiver.
func (c *compiler) sendGuards(n networkSection) {
	for _, s := range []struct {
		call  string
		flags int
	}{{"sendto", 3}, {"sendmsg", 2}, {"sendmmsg", 3}} {
		c.refuse(n.place, s.call, unix.EOPNOTSUPP, s.call+" with MSG_FASTOPEN", "", []condition{hasAny(s.flags, unix.MSG_FASTOPEN)})
	}
	if (n.reach == NetworkNone || n.reach == NetworkListed && !n.datagrams()) && len(n.families) == 0 && !n.unixAny {
		// It is about sockets that somebody else made and handed over. With other families, such as netlink, programs name the kernel
		// as receiver; where there are sockets of UDP an engine looks.
		c.refuse(n.place, "sendto", unix.EACCES, "sendto with an address; connect the socket", "", []condition{differs(4, 0)})
	}
}

// refuse adds a guard that the key network asks for.
func (c *compiler) refuse(at place, call string, errno unix.Errno, what, hint string, when []condition) {
	key := "network"
	if reach := c.policy.network.reach; reach != NetworkListed {
		key = "network: " + string(reach)
	}
	info := filterInfo(c.origin(at), cut(fmt.Sprintf("%s: %s: errno %s", key, what, ErrnoNumber(errno))), errnoAction(errno), false)
	if info.AllowHint = hint; hint == "" {
		info.AllowHint = c.loosen(at, "network: any", "network: any")
	}
	c.guard(guard{call: call, when: when, stands: true}, info)
}

// has tells whether an ABI of the filter has a call.
func (c *compiler) has(call string) bool {
	return slices.ContainsFunc(c.plan.Filter.ABIs, func(a seccomp.ABI) bool { _, ok := a.Number(call); return ok })
}
