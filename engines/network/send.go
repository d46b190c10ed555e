// Messages that name their receiver: sendto, sendmsg, sendmmsg.
//
// Whatever socket they are made on, another thread may put another one in its place before the kernel looks. So an address of the
// internet has to be one that a datagram may go to, also where the socket, as it was seen, would not heed it.

package network

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"golang.org/x/sys/unix"

	"jail/engines/internal/reason"
	"jail/seccomp"
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
	if v, bad := r.receiver(); bad {
		return v
	}
	if r.sealed {
		return r.ev.Continue()
	}
	return r.unsealed(func() (*datagram, error) { return r.addressedDatagram() })
}

// sendMsg decides sendmsg, and sendmmsg by its first message.
func (r *request) sendMsg() utrace.EntryVerdict {
	many := reason.Name(r.call) == "sendmmsg"
	if many && uint32(r.call.Args[2]) == 0 {
		return r.ev.Continue() // it reads nothing
	}
	m, err := r.s.Message(1)
	switch {
	case err == nil:
	case errors.Is(err, utrace.ErrUnsealed):
		r.open = err
		return r.unsealed(func() (*datagram, error) { return r.readDatagram() })
	default:
		return r.unreadMessage(err)
	}
	if v, bad := r.message(m); bad {
		return v
	}
	if many {
		return r.first()
	}
	return r.ev.Continue()
}

// unreadMessage is the verdict on a header that can't be read. The kernel looks at the descriptor before.
func (r *request) unreadMessage(err error) utrace.EntryVerdict {
	if v, over := r.take(); over {
		return v
	}
	if r.sock != nil {
		r.sock.close()
	}
	switch {
	case errors.Is(err, utrace.ErrTooLarge):
		return r.natural(unix.ENOBUFS)
	case errors.Is(err, unix.EINVAL):
		return r.natural(unix.EINVAL)
	}
	return r.unread(err)
}

// message decides about receiver and control data.
func (r *request) message(m utrace.Message) (v utrace.EntryVerdict, bad bool) {
	if len(m.Name.Raw) > 0 {
		r.raw = m.Name.Raw
		r.to = parse(r.raw)
		if v, bad := r.receiver(); bad {
			return v, true
		}
	}
	controls, err := m.Controls()
	if err != nil {
		return r.natural(unix.EINVAL), true
	}
	for _, c := range controls {
		if what := r.e.lists.diverts(c); what != "" {
			return r.deny(r.e.rules.Rule, reason.Name(r.call)+" with "+what), true
		}
	}
	return v, false
}

// receiver decides about the address of a message.
func (r *request) receiver() (v utrace.EntryVerdict, bad bool) {
	to := r.to
	if to.kind == unspecified { // IPv4 takes it for AF_INET (udp_sendmsg(), net/ipv4/udp.c); to local sockets it is an error
		raw := append([]byte(nil), r.raw...)
		binary.NativeEndian.PutUint16(raw, unix.AF_INET)
		to = parse(raw)
	}
	switch {
	case to.kind == local && !r.e.rules.UnixAny: // of a socket that was handed over: the filter lets none be made
		return r.deny(r.e.rules.UnixRule, reason.Name(r.call)+" to "+reason.Path(to.path), "path", to.path), true
	case to.kind != internet || r.e.lists.allows(toConnect, to.to, udp): // TCP ignores it (send(2))
		return v, false
	}
	return r.refuse(toConnect, udp, reason.Name(r.call)+" to "+named(to.to, udp)), true
}

// first has the kernel send the first of sendmmsg's messages, by sendmsg: the vector can't be taken out of the program's reach,
// the kernel writes into it. That fewer are sent than were asked for is what programs of sendmmsg(2) are prepared for.
func (r *request) first() utrace.EntryVerdict {
	nr, ok := seccomp.ABIOf(r.call.Arch, uint32(r.call.Nr)).Number("sendmsg")
	one := r.call
	one.Nr, one.Args = int64(nr), [6]uint64{r.call.Args[0], r.call.Args[1], r.call.Args[3]}
	if !ok || !r.e.lets(one) {
		return r.deny(r.e.rules.Rule, "sendmmsg, which jail makes as sendmsg, which the policy refuses")
	}
	r.e.firsts[r.s.ID().Serial] = r.pointer(1) + header64
	return r.ev.Rewrite(one, utrace.Why{What: "sendmmsg, of which the first message is sent", Quiet: true})
}

// sentFirst makes of sendmsg's result that of sendmmsg, and puts into the vector how much was sent.
func sentFirst(s *utrace.Stopped, ev *utrace.ExitedEvent, at uint64) utrace.ExitedVerdict {
	sent := ev.Result()
	if sent < 0 { // an error, or it is made again
		return ev.Continue()
	}
	result := int64(1)
	if !putLength(s, at, sent) {
		result = -int64(unix.EFAULT) // it was sent; so it is with the kernel's own
	}
	return ev.SetResult(result, utrace.Why{What: "the number of messages that were sent", Quiet: true})
}

// putLength writes msg_len of a struct mmsghdr.
func putLength(s *utrace.Stopped, at uint64, sent int64) bool {
	length := binary.NativeEndian.AppendUint32(nil, uint32(min(sent, math.MaxUint32)))
	n, err := s.WriteMem(at, length)
	return err == nil && n == len(length)
}

// unsealed decides where the kernel would read what the program can change. It may, if it is no datagram that goes anywhere:
// the socket heeds no address, and nobody can put another in its place. A datagram of UDP jail sends itself.
func (r *request) unsealed(read func() (*datagram, error)) utrace.EntryVerdict {
	if v, over := r.take(); over {
		return v
	}
	name := reason.Name(r.call)
	if r.sock == nil {
		return r.deny(r.e.rules.Rule, fmt.Sprintf("%s (%v; %v)", name, r.hidden, r.open))
	}
	defer r.sock.close()
	p, inet := r.sock.inet()
	if inet && p == udp {
		return r.perform(read)
	}
	names := r.sock.domain == unix.AF_UNIX && (r.sock.kind == unix.SOCK_DGRAM || r.sock.kind == unix.SOCK_RAW) && !r.e.rules.UnixAny
	if (!inet || p == tcp) && !names && r.private() {
		return r.ev.Continue()
	}
	return r.exchanged(name)
}
