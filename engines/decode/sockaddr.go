// Addresses of sockets: struct sockaddr of each family.

package decode

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"path"
	"strconv"

	"golang.org/x/sys/unix"
)

// maxSockaddr is what the kernel takes at most: sizeof(struct sockaddr_storage).
const maxSockaddr = 128

func sockaddrForms() map[string]*form {
	families := familyNames()
	put := func(d *dec, a *Arg) { d.sockaddrArg(a, families) }
	filled := func(d *dec, a *Arg) { d.sockaddrFilled(a, families) }
	return map[string]*form{
		"sockaddr":  {kind: Address, text: put, addr: func(d *dec, a *Arg) { d.address(a, families) }},
		"sockaddr!": {kind: Address, when: out, text: filled},
		"socklen!":  {kind: Struct, when: out, text: putSockLen, before: saveInt},
	}
}

// address fills in Addr, Path and Bytes of an argument whose length is another argument.
func (d *dec) address(a *Arg, families *names) {
	n := int32(d.arg(a.spec.at))
	if n < 2 || n > maxSockaddr {
		return
	}
	if b := d.bytes(a.Raw, int(n)); b != nil {
		d.named(a, b, families)
	}
}

func (d *dec) named(a *Arg, b block, families *names) {
	a.Bytes, a.Size = b, int64(len(b))
	a.Addr = addressOf(b, families)
	if b.u16(0) == unix.AF_UNIX && a.Addr != "" && a.Addr[0] != '@' {
		a.Path = d.absolute(-1, a.Addr)
		if path.IsAbs(a.Path) {
			a.Addr = a.Path
		}
	}
}

// addressOf is an address in one word.
func addressOf(b block, families *names) string {
	switch b.u16(0) {
	case unix.AF_INET:
		if len(b) >= 8 {
			return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[4:8])), port(b)).String()
		}
	case unix.AF_INET6:
		if len(b) >= 24 {
			addr := netip.AddrFrom16([16]byte(b[8:24]))
			if scope := b.u32(24); scope != 0 {
				addr = addr.WithZone(strconv.FormatUint(uint64(scope), 10))
			}
			return netip.AddrPortFrom(addr, port(b)).String()
		}
	case unix.AF_UNIX:
		if len(b) > 3 && b[2] == 0 {
			return "@" + string(b[3:])
		}
		return string(b.str(2, len(b)))
	}
	family, _ := families.find(uint64(b.u16(0)))
	return family
}

func port(b block) uint16 {
	if len(b) < 4 {
		return 0
	}
	return binary.BigEndian.Uint16(b[2:4])
}

// sockaddrArg prints an address that the program passes.
func (d *dec) sockaddrArg(a *Arg, families *names) {
	n := int64(int32(d.arg(a.spec.at)))
	if a.Raw == 0 || n < 2 {
		d.raw(a)
		return
	}
	b := d.bytes(a.Raw, int(min(n, maxSockaddr)))
	if b == nil {
		d.raw(a)
		return
	}
	d.sockaddr(b, families)
}

// sockaddrFilled prints an address that the kernel wrote: as long as it says, as far as there was room.
func (d *dec) sockaddrFilled(a *Arg, families *names) {
	var room int64
	now := int64(-1)
	if at := a.spec.at; at >= 0 && at < len(d.c.Args) {
		room = d.c.Args[at].was
		if p := d.bytes(d.arg(at), 4); p != nil {
			now = int64(block(p).i32(0))
		}
	}
	if d.failed || a.Raw == 0 || now < 0 {
		d.raw(a)
		return
	}
	n := min(now, room, maxSockaddr)
	b := d.bytes(a.Raw, int(max(n, 0)))
	if b == nil || n < 2 {
		d.raw(a)
		return
	}
	d.named(a, b, families)
	d.sockaddr(b, families)
}

// saveInt keeps the int that an argument points to at the entry.
func saveInt(d *dec, a *Arg) {
	a.was = -1
	if b := d.bytes(a.Raw, 4); b != nil {
		a.was = int64(block(b).i32(0))
	}
}

// putSockLen prints a length before and after: [128 => 16].
func putSockLen(d *dec, a *Arg) {
	b := d.bytes(a.Raw, 4)
	if a.Raw == 0 || b == nil {
		d.raw(a)
		return
	}
	now := int64(block(b).i32(0))
	d.puts("[")
	if !d.failed && now != a.was {
		d.puti(a.was)
		d.puts(" => ")
	} else if d.failed {
		now = a.was
	}
	d.puti(now)
	d.puts("]")
}

// sockaddr prints an address.
func (d *dec) sockaddr(b block, families *names) {
	family := b.u16(0)
	d.puts("{sa_family=")
	d.b = families.append(d.b, uint64(family))
	switch {
	case family == unix.AF_UNIX:
		d.sunPath(b)
	case family == unix.AF_INET && len(b) >= 16:
		d.port(", sin_port=", b)
		d.puts(", sin_addr=inet_addr(\"")
		d.puts(netip.AddrFrom4([4]byte(b[4:8])).String())
		d.puts("\")")
	case family == unix.AF_INET6 && len(b) >= 24:
		d.sockaddr6(b)
	case family == unix.AF_NETLINK && len(b) >= 12:
		d.puts(", nl_pid=")
		d.puti(int64(b.i32(4)))
		d.puts(", nl_groups=")
		if b.u32(8) == 0 {
			d.puts("00000000")
		} else {
			d.b = fmt.Appendf(d.b, "0x%06x", b.u32(8))
		}
	case len(b) > 2:
		d.puts(", sa_data=")
		d.b = appendString(d.b, b[2:], false)
	}
	d.puts("}")
}

func (d *dec) port(field string, b block) {
	d.puts(field)
	d.puts("htons(")
	d.putu(uint64(port(b)))
	d.puts(")")
}

func (d *dec) sockaddr6(b block) {
	d.port(", sin6_port=", b)
	d.puts(", sin6_flowinfo=htonl(")
	d.putu(uint64(binary.BigEndian.Uint32(b[4:8])))
	d.puts("), inet_pton(AF_INET6, \"")
	d.puts(netip.AddrFrom16([16]byte(b[8:24])).String())
	d.puts("\", &sin6_addr)")
	if len(b) >= 28 {
		d.puts(", sin6_scope_id=")
		d.putu(uint64(b.u32(24)))
	}
}

// sunPath prints the name of a socket in the file system, or after @ one of the abstract namespace (unix(7)).
func (d *dec) sunPath(b block) {
	if len(b) <= 2 {
		return
	}
	d.puts(", sun_path=")
	if b[2] == 0 && len(b) > 3 {
		d.puts("@")
		d.b = appendString(d.b, b[3:], false)
		return
	}
	d.b = appendString(d.b, b.str(2, len(b)), false)
}
