// Datagrams that name their receiver: sendto, sendmsg, sendmmsg.

package network

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/sys/unix"

	"jail/engines/internal/reason"
	"jail/supervisor/utrace"
)

// sendTo decides sendto(2): its address is argument 4.
func (r *request) sendTo() utrace.EntryVerdict {
	if r.pointer(4) == 0 {
		return r.ev.Continue() // nothing is there to be exchanged: registers are not memory
	}
	if v, over := r.read(4, 5); over {
		return v
	}
	if v, over := r.take(); over {
		return v
	}
	if r.sock != nil {
		defer r.sock.close()
	} else if !r.sealed {
		return r.deny(r.e.rules.Rule, fmt.Sprintf("sendto to %v (%v; %v)", r.to, r.hidden, r.open))
	}
	if v, bad := r.receiver(); bad {
		return v
	}
	return r.let("sendto to " + r.to.String())
}

// receiver decides about the address of a datagram.
func (r *request) receiver() (v utrace.EntryVerdict, bad bool) {
	p, inet := udp, true // also of a socket that can't be looked at
	if r.sock != nil {
		p, inet = r.sock.inet()
	}
	if r.to.kind == unspecified && inet { // IPv4 takes it for AF_INET (udp_sendmsg(), net/ipv4/udp.c)
		raw := append([]byte(nil), r.raw...)
		binary.NativeEndian.PutUint16(raw, unix.AF_INET)
		r.to = parse(raw)
	}
	if r.to.kind != internet {
		return v, false
	}
	if !inet || p == tcp { // ignored by TCP (send(2)); but another socket may be put in its place
		p = udp
	}
	if r.e.lists.allows(toConnect, r.to.to, p) {
		return v, false
	}
	return r.refuse(toConnect, p, reason.Name(r.call)+" to "+named(r.to.to, p)), true
}

// Layout of struct msghdr and struct mmsghdr, in bytes, by the size of a pointer (sendmsg(2), sendmmsg(2)).
const (
	header64, vector64 = 56, 64
	header32, vector32 = 28, 32
	mostMessages       = 1024 // UIO_MAXIOV: sendmmsg(2) sends no more at once
)

// sendMsg decides sendmsg and sendmmsg. Their addresses are at the end of two pointers, and the program may change them after
// this look: it is advisory.
func (r *request) sendMsg(count uint32) utrace.EntryVerdict {
	header, step := header64, vector64
	if r.pointers32() {
		header, step = header32, vector32
	}
	if v, over := r.take(); over {
		return v
	}
	if r.sock != nil {
		defer r.sock.close()
		if _, inet := r.sock.inet(); !inet {
			return r.ev.Continue()
		}
	}
	at := r.pointer(1)
	for i := range min(count, mostMessages) {
		head := make([]byte, header)
		if err := r.memory(at+uint64(int(i)*step), head); err != nil {
			if i > 0 {
				break // the kernel sends those before
			}
			return r.unread(err)
		}
		if v, bad := r.message(head); bad {
			return v
		}
	}
	return r.ev.Continue()
}

// message decides about one struct msghdr.
func (r *request) message(head []byte) (v utrace.EntryVerdict, bad bool) {
	name, size := binary.NativeEndian.Uint64(head), binary.NativeEndian.Uint32(head[8:])
	if len(head) == header32 {
		name, size = uint64(binary.NativeEndian.Uint32(head)), binary.NativeEndian.Uint32(head[4:])
	}
	if name == 0 || int32(size) <= 0 {
		return v, false
	}
	r.raw = make([]byte, min(size, maxAddress)) // a longer one is cut (copy_msghdr_from_user(), net/socket.c)
	if err := r.memory(name, r.raw); err != nil {
		return r.unread(err), true
	}
	r.to = parse(r.raw)
	return r.receiver()
}
