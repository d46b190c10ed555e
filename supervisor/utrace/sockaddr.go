// Socket addresses as calls pass them: struct sockaddr, sealed.

package utrace

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"
)

// maxSockaddr is sizeof(struct sockaddr_storage), the most that the kernel takes (move_addr_to_kernel() in net/socket.c).
const maxSockaddr = 128

// A Sockaddr is a struct sockaddr as the kernel will read it.
type Sockaddr struct {
	Raw []byte // as long as the call says; may be empty
}

// Sockaddr seals the address that argument arg points to, as Seal does; lenArg is the argument that has its length in bytes,
// an int. ErrTooLarge: longer than 128 bytes, which the kernel takes no address to be. EINVAL: a negative length.
// A length of 0 is an address without a family.
func (s *Stopped) Sockaddr(arg, lenArg int) (Sockaddr, error) {
	if err := s.usable(); err != nil {
		return Sockaddr{}, err
	}
	if s.call == nil || lenArg < 0 || lenArg >= len(s.call.Args) {
		return Sockaddr{}, unix.EINVAL
	}
	size := int(int32(s.call.Args[lenArg]))
	if size < 0 {
		return Sockaddr{}, unix.EINVAL
	}
	if size > maxSockaddr {
		return Sockaddr{}, fmt.Errorf("%w: an address of %d bytes, the kernel takes %d", ErrTooLarge, size, maxSockaddr)
	}
	raw, err := s.Seal(arg, size)
	return Sockaddr{raw}, err
}

// Family is AF_INET, AF_UNIX and so on; false if the address is too short to have one.
func (a Sockaddr) Family() (family int, ok bool) {
	if len(a.Raw) < 2 {
		return 0, false
	}
	return int(binary.NativeEndian.Uint16(a.Raw)), true
}

// AddrPort is the address and port of AF_INET and AF_INET6 (ip(7), ipv6(7)). An IPv4 address in IPv6 stays one of IPv6: Unmap
// it before it is compared. A scope is given by its number. False for other families, and for one too short for the kernel.
func (a Sockaddr) AddrPort() (netip.AddrPort, bool) {
	family, ok := a.Family()
	switch {
	case ok && family == unix.AF_INET && len(a.Raw) >= 16:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(a.Raw[4:8])), a.port()), true
	case ok && family == unix.AF_INET6 && len(a.Raw) >= 24: // SIN6_LEN_RFC2133
		addr := netip.AddrFrom16([16]byte(a.Raw[8:24]))
		if len(a.Raw) >= 28 {
			if scope := binary.NativeEndian.Uint32(a.Raw[24:28]); scope != 0 {
				addr = addr.WithZone(strconv.FormatUint(uint64(scope), 10))
			}
		}
		return netip.AddrPortFrom(addr, a.port()), true
	}
	return netip.AddrPort{}, false
}

func (a Sockaddr) port() uint16 { return binary.BigEndian.Uint16(a.Raw[2:4]) }
