// Calls whose socket can't be looked at: filters of containers refuse pidfd_getfd(2), as Docker's does without CAP_SYS_PTRACE.
//
// Then jail makes no calls itself. What is left is the address, which the kernel takes as it was sealed: it has to be allowed for
// every socket that there can be.

package network

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"jail/engines/internal/reason"
	"jail/supervisor/utrace"
)

// unseen decides connect and bind by the sealed address alone.
func (r *request) unseen(u use) utrace.EntryVerdict {
	what := u.String() + " to " + r.to.String()
	if r.to.kind == local && u == toConnect && (!r.e.rules.UnixAny || r.e.rules.UnixHeld) {
		return r.deny(r.e.localRule(), fmt.Sprintf("%s (%v)", what, r.hidden))
	}
	if !r.sealed {
		return r.deny(r.e.otherRule(), fmt.Sprintf("%s (%v; %v)", what, r.hidden, r.open))
	}
	to := r.to
	if to.kind == unspecified && u == toBind { // see bindUnspecified
		raw := append([]byte(nil), r.raw...)
		binary.NativeEndian.PutUint16(raw, unix.AF_INET)
		to = parse(raw)
	}
	if to.kind != internet || r.e.anywhere() {
		return r.ev.Continue()
	}
	all := r.e.lists.protocols()
	for i, p := range all {
		if r.e.lists.allows(u, to.to, p) {
			continue
		}
		if other := all[len(all)-1-i]; r.e.lists.allows(u, to.to, other) {
			return r.deny(r.e.rules.Rule, fmt.Sprintf("%s to %v, which is listed for %s only (%v)", u, to.to, strings.ToUpper(string(other)), r.hidden))
		}
		return r.refuse(u, p, u.String()+" to "+named(to.to, p))
	}
	return r.ev.Continue()
}

// unseenListen decides listen: of a socket without a port it makes one that listens on any, see listen.
func (r *request) unseenListen() utrace.EntryVerdict {
	any4, any6 := netip.AddrPortFrom(netip.IPv4Unspecified(), 0), netip.AddrPortFrom(netip.IPv6Unspecified(), 0)
	l := &r.e.lists
	switch {
	case !l.mixed() && l.protocols()[0] == udp: // there are no others, and they don't listen
	case l.allows(toBind, any4, tcp) && l.allows(toBind, any6, tcp):
	case r.private() && isLocal(r.s.ID().TID, int(int32(uint32(r.call.Args[0])))):
	default:
		return r.deny(r.e.rules.BindRule, fmt.Sprintf("%s on a port that jail can't find out (%v)", reason.Name(r.call), r.hidden))
	}
	return r.ev.Continue()
}

// isLocal tells that descriptor fd of a task is a socket of AF_UNIX, by the attribute with the name of its protocol that the kernel
// gives every socket (sockfs_xattr_get() in net/socket.c, Linux 3.7). The list in procfs (proc_pid_net(5)) would not do: names of
// sockets stand in it as they are, newlines too, so that programs can add lines to it. Nobody can set the attribute.
func isLocal(tid, fd int) bool {
	file := "/proc/" + strconv.Itoa(tid) + "/fd/" + strconv.Itoa(fd)
	link, err := os.Readlink(file)
	if err != nil || !strings.HasPrefix(link, "socket:[") { // who serves a file system could answer what it likes, and when
		return false
	}
	var name [32]byte // PROTO_NAME_LEN
	n, err := unix.Getxattr(file, "system.sockprotoname", name[:])
	if err != nil {
		return false
	}
	protocol := strings.TrimSuffix(string(name[:n]), "\x00")
	return protocol == "UNIX" || protocol == "UNIX-STREAM"
}

// protocols are those of the sockets of the internet that there can be: the filter lets none of others come to be. It is never
// empty.
func (l *lists) protocols() []protocol {
	if l.mixed() {
		return []protocol{tcp, udp}
	}
	for _, e := range append(l.connect[:len(l.connect):len(l.connect)], l.bind...) {
		return []protocol{protocol(e.Protocol)}
	}
	return []protocol{tcp}
}
