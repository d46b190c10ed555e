// Headers of messages as sendmsg(2) takes them: struct msghdr, sealed with the address and the control data that it points to.

package utrace

import (
	"encoding/binary"
	"fmt"
	"math"

	"golang.org/x/sys/unix"
)

// Layout of struct msghdr and struct cmsghdr where pointers have 8 bytes (sendmsg(2), cmsg(3)).
const (
	messageHeader = 56
	controlHeader = 16
	// maxControl is how much control data is sealed: eight times what the kernel takes by default (net.core.optmem_max).
	maxControl = 1 << 20
)

// A Message is what the kernel will read of a struct msghdr, but for the data: what is sent may change until it is.
type Message struct {
	Name    Sockaddr // the receiver, cut to 128 bytes as the kernel cuts it; empty: none is named
	Control []byte   // struct cmsghdr, one after the other; Controls takes them apart
}

// Message seals the struct msghdr that argument arg points to: header, name and control data are copied once, and the copy of
// the header points to the other copies. The vector of the data stays where the program has it. Errors are those of Seal;
// EINVAL also for a name of negative length, as the kernel answers; ErrTooLarge for control data of more than 1 MiB, to
// which the kernel answers ENOBUFS; ErrUnsealed where the program's pointers are of another size than the supervisor's, and
// for what somebody else sealed as Strings.
func (s *Stopped) Message(arg int) (Message, error) {
	if err := s.sealable(arg); err != nil {
		return Message{}, err
	}
	if s.call.Nr&x32Bit != 0 {
		return Message{}, fmt.Errorf("%w: its pointers are of another ABI", ErrUnsealed)
	}
	known, from := s.known(arg)
	if known != nil && known.message {
		return messageIn(known.value), nil
	}
	if s.sealedAs(arg, from, func(x sealing) bool { return x.strings != nil }) {
		return Message{}, fmt.Errorf("%w: it was sealed as a list of strings", ErrUnsealed)
	}
	head := make([]byte, messageHeader)
	if err := s.fillBehind(known, from, head); err != nil { // another engine may have sealed or placed the header alone
		return Message{}, err
	}
	m, err := s.readMessage(head)
	if err != nil {
		return Message{}, err
	}
	return m, s.sealMessage(sealing{arg: arg, from: from, message: true}, head, m)
}

// readMessage copies what a header points to, as far as the kernel does (copy_msghdr_from_user() and ____sys_sendmsg() in net/socket.c).
func (s *Stopped) readMessage(head []byte) (Message, error) {
	var m Message
	name, size := binary.NativeEndian.Uint64(head), int32(binary.NativeEndian.Uint32(head[8:]))
	if name == 0 {
		size = 0
	}
	if size < 0 {
		return m, unix.EINVAL
	}
	m.Name.Raw = make([]byte, min(size, maxSockaddr))
	if err := s.fill(name, m.Name.Raw); err != nil {
		return m, err
	}
	control, length := binary.NativeEndian.Uint64(head[32:]), binary.NativeEndian.Uint64(head[40:])
	if length > maxControl {
		return m, fmt.Errorf("%w: %d bytes of control data, %d are possible", ErrTooLarge, length, maxControl)
	}
	m.Control = make([]byte, length)
	return m, s.fill(control, m.Control)
}

// fill reads p whole; nothing of length 0 is read.
func (s *Stopped) fill(addr uint64, p []byte) error {
	if len(p) == 0 {
		return nil
	}
	if n, err := s.machine.ReadMem(addr, p); err != nil {
		return err
	} else if n < len(p) {
		return unix.EFAULT
	}
	return nil
}

// sealMessage writes header, name and control data into one place, in this order.
func (s *Stopped) sealMessage(x sealing, head []byte, m Message) error {
	const nameAt = messageHeader
	controlAt := nameAt + aligned(len(m.Name.Raw))
	at, place, err := s.take(controlAt + len(m.Control))
	if err != nil {
		return err
	}
	point := func(field, offset, size int) {
		to := uint64(0)
		if size > 0 {
			to = at + uint64(offset)
		}
		binary.NativeEndian.PutUint64(head[field:], to)
	}
	point(0, nameAt, len(m.Name.Raw))
	binary.NativeEndian.PutUint32(head[8:], uint32(len(m.Name.Raw)))
	point(32, controlAt, len(m.Control))
	clear(place)
	copy(place, head)
	copy(place[nameAt:], m.Name.Raw)
	copy(place[controlAt:], m.Control)
	x.value = append([]byte(nil), place...)
	s.sealedAt(x, at)
	return nil
}

// messageIn reads what sealMessage wrote.
func messageIn(value []byte) Message {
	size := int(binary.NativeEndian.Uint32(value[8:]))
	name := value[messageHeader : messageHeader+size]
	return Message{Name: Sockaddr{append([]byte(nil), name...)}, Control: append([]byte(nil), value[messageHeader+aligned(size):]...)}
}

// aligned is a length up to where the next cmsghdr begins (CMSG_ALIGN, cmsg(3)).
func aligned(n int) int { return (n + 7) &^ 7 }

// A ControlMessage is one of a message's control data.
type ControlMessage struct {
	Level, Type int32 // SOL_… or IPPROTO_…, and what that names: SCM_RIGHTS, IP_PKTINFO, …
	Data        []byte
}

// Controls takes the control data apart as the kernel does (for_each_cmsghdr() and CMSG_OK() in linux/socket.h). EINVAL: a length
// does not fit, to which the kernel answers the same wherever it looks at control data.
func (m Message) Controls() ([]ControlMessage, error) {
	var all []ControlMessage
	for rest := m.Control; len(rest) >= controlHeader; {
		length := binary.NativeEndian.Uint64(rest)
		if length < controlHeader || length > uint64(min(len(rest), math.MaxInt32)) {
			return nil, unix.EINVAL
		}
		all = append(all, ControlMessage{int32(binary.NativeEndian.Uint32(rest[8:])), int32(binary.NativeEndian.Uint32(rest[12:])),
			rest[controlHeader:length:length]})
		rest = rest[min(aligned(int(length)), len(rest)):]
	}
	return all, nil
}
