// Vectors of data, and struct msghdr with what travels beside data.

package decode

import "golang.org/x/sys/unix"

func messageForms() map[string]*form {
	m := &messages{families: familyNames(), levels: levelNames(), flags: messageFlags()}
	scm := &names{enum: true, unknown: "SCM_???", list: []name{
		{"SCM_RIGHTS", unix.SCM_RIGHTS}, {"SCM_CREDENTIALS", unix.SCM_CREDENTIALS}, {"SCM_SECURITY", 3}, {"SCM_PIDFD", 4}, {"SO_TIMESTAMP_OLD", 29}}}
	m.scm = scm
	return map[string]*form{
		"iov":      {kind: Struct, text: putIovec, before: nil, addr: sumIovec},
		"iov!":     {kind: Struct, when: out, text: putIovecFilled, addr: sumIovec},
		"msghdr":   {kind: Struct, text: func(d *dec, a *Arg) { d.msghdr(a, m, false) }, addr: m.address},
		"msghdr!":  {kind: Struct, when: out, text: func(d *dec, a *Arg) { d.msghdr(a, m, true) }, addr: m.room, before: saveNameLength},
		"mmsghdr":  {kind: Struct, when: out, text: func(d *dec, a *Arg) { d.mmsghdr(a, m, false) }},
		"mmsghdr!": {kind: Struct, when: out, text: func(d *dec, a *Arg) { d.mmsghdr(a, m, true) }},
		"msgflags": {kind: Flags, width: i32, set: m.flags, text: putNames},
	}
}

// messages are the names that messages are printed with.
type messages struct{ families, levels, flags, scm *names }

// sumIovec adds the lengths of a vector up.
func sumIovec(d *dec, a *Arg) {
	d.sum(a, a.Raw, d.arg(a.spec.at))
}

func (d *dec) sum(a *Arg, addr, n uint64) {
	if n > maxArray { // the kernel answers EINVAL
		return
	}
	a.Size = 0
	for b := block(d.some(addr, int(n)*16)); len(b) >= 16; b = b[16:] {
		a.Size += max(0, min(b.i64(8), 1<<40))
	}
}

func putIovec(d *dec, a *Arg) { d.iovec(a.Raw, d.arg(a.spec.at), 1<<62) }

func putIovecFilled(d *dec, a *Arg) {
	left := int64(-1)
	if !d.failed {
		left = d.result
	}
	d.iovec(a.Raw, d.arg(a.spec.at), left)
}

// iovec prints n vectors, as much of the data as left says; -1: where it would stand only.
func (d *dec) iovec(addr, n uint64, left int64) {
	if n > maxArray { // the kernel answers EINVAL
		d.putp(addr)
		return
	}
	d.array(addr, n, 16, func(b block) {
		base, size := b.u64(0), b.u64(8)
		d.puts("{iov_base=")
		if left < 0 {
			d.putp(base)
		} else {
			take := min(size, uint64(left))
			left -= int64(take)
			d.data(&Arg{Raw: base}, take)
		}
		d.puts(", iov_len=")
		d.putu(size)
		d.puts("}")
	})
}

// address fills in Addr of a message that names a receiver.
func (m *messages) address(d *dec, a *Arg) {
	h := block(d.bytes(a.Raw, 56))
	n := h.u32(8)
	d.sum(a, h.u64(16), h.u64(24))
	if h == nil || h.u64(0) == 0 || n < 2 || n > maxSockaddr {
		return
	}
	if b := d.bytes(h.u64(0), int(n)); b != nil {
		d.named(a, b, m.families)
	}
}

// room adds up how much may be received.
func (m *messages) room(d *dec, a *Arg) {
	h := block(d.bytes(a.Raw, 56))
	d.sum(a, h.u64(16), h.u64(24))
}

// saveNameLength keeps how much room there was for an address.
func saveNameLength(d *dec, a *Arg) {
	if b := d.bytes(a.Raw, 56); b != nil {
		a.was = int64(block(b).u32(8))
	}
}

func (d *dec) msghdr(a *Arg, m *messages, received bool) {
	b := block(d.bytes(a.Raw, 56))
	if a.Raw == 0 || b == nil {
		d.raw(a)
		return
	}
	left := int64(1 << 62)
	if received {
		if left = -1; !d.failed {
			left = d.result
		}
	}
	d.message(b, m, a.was, left)
}

// message prints struct msghdr (recvmsg(2)). room is the length of the name before it was received; left is as in iovec.
func (d *dec) message(b block, m *messages, room, left int64) {
	received := left != 1<<62
	namelen := int64(b.i32(8))
	if left < 0 { // nothing was received, and nothing written but perhaps the length
		d.puts("{msg_namelen=")
		d.puti(namelen)
		d.puts("}")
		return
	}
	d.puts("{msg_name=")
	show := namelen
	if received {
		show = min(namelen, room)
	}
	var name block
	if b.u64(0) != 0 && show >= 2 && show <= maxSockaddr {
		name = d.bytes(b.u64(0), int(show))
	}
	if name != nil {
		d.sockaddr(name, m.families)
	} else {
		d.putp(b.u64(0))
	}
	d.puts(", msg_namelen=")
	if received && room != namelen {
		d.puti(room)
		d.puts(" => ")
	}
	d.puti(namelen)
	d.puts(", msg_iov=")
	d.iovec(b.u64(16), b.u64(24), left)
	d.puts(", msg_iovlen=")
	d.putu(b.u64(24))
	if control, n := b.u64(32), b.u64(40); n != 0 {
		d.puts(", msg_control=")
		d.control(control, n, m)
	}
	d.puts(", msg_controllen=")
	d.putu(b.u64(40))
	d.puts(", msg_flags=")
	d.b = m.flags.append(d.b, uint64(b.u32(48)))
	d.puts("}")
}

// control prints ancillary data (cmsg(3)).
func (d *dec) control(addr, n uint64, m *messages) {
	b := block(d.bytes(addr, int(min(n, 4096))))
	if len(b) < 16 {
		d.putp(addr)
		return
	}
	d.puts("[")
	for i := 0; len(b) >= 16; i++ {
		size := b.u64(0)
		if size < 16 || size > uint64(len(b)) {
			break
		}
		d.comma(i)
		d.cmsg(b[:size], m)
		b = b[min(uint64(len(b)), (size+7)&^7):]
	}
	d.puts("]")
}

func (d *dec) cmsg(b block, m *messages) {
	level, kind, data := b.i32(8), b.i32(12), b[16:]
	d.puts("{cmsg_len=")
	d.puti(int64(len(b)))
	d.puts(", cmsg_level=")
	d.b = m.levels.append(d.b, uint64(uint32(level)))
	d.puts(", cmsg_type=")
	if level != unix.SOL_SOCKET {
		d.putx(uint64(uint32(kind)))
	} else {
		d.b = m.scm.append(d.b, uint64(uint32(kind)))
	}
	switch {
	case len(data) == 0:
	case level == unix.SOL_SOCKET && kind == unix.SCM_RIGHTS:
		d.puts(", cmsg_data=[")
		for i := 0; i+4 <= len(data); i += 4 {
			d.comma(i)
			d.puti(int64(data.i32(i)))
		}
		d.puts("]")
	case level == unix.SOL_SOCKET && kind == unix.SCM_CREDENTIALS && len(data) >= 12:
		d.puts(", cmsg_data={pid=")
		d.puti(int64(data.i32(0)))
		d.puts(", uid=")
		d.putID(data.u32(4))
		d.puts(", gid=")
		d.putID(data.u32(8))
		d.puts("}")
	default:
		d.puts(", cmsg_data=")
		d.b = appendString(d.b, data[:min(len(data), d.strings())], len(data) > d.strings())
	}
	d.puts("}")
}

// mmsghdr prints the messages of sendmmsg and recvmmsg that were dealt with: argument 2 is how many there are.
func (d *dec) mmsghdr(a *Arg, m *messages, received bool) {
	n := uint64(uint32(d.arg(a.spec.at)))
	if d.failed && received {
		d.raw(a)
		return
	}
	if !d.failed {
		n = min(n, uint64(max(d.result, 0)))
	}
	d.array(a.Raw, n, 64, func(b block) {
		left := int64(1 << 62)
		if received {
			left = int64(b.u32(56))
		}
		d.puts("{msg_hdr=")
		d.message(b, m, int64(b.i32(8)), left)
		if !d.failed {
			d.puts(", msg_len=")
			d.putu(uint64(b.u32(56)))
		}
		d.puts("}")
	})
}
