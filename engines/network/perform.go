// Datagrams that jail sends in a task's place, where their receiver can't be sealed: of programs of another ABI or with filters of
// their own, and on kernels before Linux 6.11.

package network

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"jail/engines/internal/reason"
	"jail/supervisor/utrace"
)

// Layout of struct msghdr, in bytes, by the size of a pointer (sendmsg(2)); msg_len of struct mmsghdr comes after it.
const (
	header64 = 56
	header32 = 28

	mostParts    = 1024  // UIO_MAXIOV
	mostDatagram = 65535 // the length field of UDP (RFC 768)
)

// datagram is a copy of what is to be sent.
type datagram struct {
	message utrace.Message
	data    []byte
	flags   int
	length  uint64 // where msg_len is to be written; 0: nowhere
}

// addressedDatagram copies what sendto sends; its address has been read and decided about.
func (r *request) addressedDatagram() (*datagram, error) {
	d := &datagram{flags: int(int32(uint32(r.call.Args[3])))}
	d.message.Name.Raw = r.raw
	err := r.part(d, r.pointer(1), r.pointer(2))
	return d, err
}

// readDatagram copies what sendmsg sends, or sendmmsg first.
func (r *request) readDatagram() (*datagram, error) {
	size, header, flags := 8, header64, 2
	if r.pointers32() {
		size, header = 4, header32
	}
	if reason.Name(r.call) == "sendmmsg" {
		flags = 3
	}
	d := &datagram{flags: int(int32(uint32(r.call.Args[flags])))}
	if flags == 3 {
		d.length = r.pointer(1) + uint64(header)
	}
	head := make([]byte, header)
	if err := r.memory(r.pointer(1), head); err != nil {
		return nil, err
	}
	word := func(i int) uint64 { return wordAt(head, i*size, size) }
	name, length := word(0), int32(binary.NativeEndian.Uint32(head[size:]))
	if name != 0 && length < 0 {
		return nil, unix.EINVAL
	}
	if name != 0 {
		d.message.Name.Raw = make([]byte, min(length, maxAddress))
	}
	if word(5) != 0 {
		return nil, fmt.Errorf("%w: control data", errUnsent)
	}
	if err := r.memory(name, d.message.Name.Raw); err != nil {
		return nil, err
	}
	return d, r.parts(d, word(2), word(3), size)
}

// errUnsent says that jail does not send this in a task's place.
var errUnsent = errors.New("jail does not send it in the program's place")

// wordAt is a pointer, or a number as large.
func wordAt(b []byte, at, size int) uint64 {
	if size == 4 {
		return uint64(binary.NativeEndian.Uint32(b[at:]))
	}
	return binary.NativeEndian.Uint64(b[at:])
}

// parts copies the data that a vector names.
func (r *request) parts(d *datagram, at, count uint64, size int) error {
	if count > mostParts {
		return unix.EMSGSIZE
	}
	vector := make([]byte, int(count)*2*size)
	if err := r.memory(at, vector); err != nil {
		return err
	}
	for i := 0; i < len(vector); i += 2 * size {
		if err := r.part(d, wordAt(vector, i, size), wordAt(vector, i+size, size)); err != nil {
			return err
		}
	}
	return nil
}

// part copies one part of the data.
func (r *request) part(d *datagram, at, size uint64) error {
	if size > mostDatagram-uint64(len(d.data)) {
		return unix.EMSGSIZE
	}
	data := make([]byte, size)
	if err := r.memory(at, data); err != nil {
		return err
	}
	d.data = append(d.data, data...)
	return nil
}

// perform sends a datagram on the socket that was taken. It never waits: where there is no room it answers ENOBUFS, as a full
// queue of a device does (send(2)), if the program would have waited.
func (r *request) perform(read func() (*datagram, error)) utrace.EntryVerdict {
	d, err := read()
	var errno unix.Errno
	switch {
	case err == nil:
	case errors.Is(err, errUnsent):
		return r.deny(r.e.rules.Rule, fmt.Sprintf("%s (%v; %v)", reason.Name(r.call), err, r.open))
	case errors.As(err, &errno) && errno != unix.EFAULT:
		return r.natural(errno)
	default:
		return r.unread(err)
	}
	if v, bad := r.message(d.message); bad {
		return v
	}
	var to unix.Sockaddr
	if raw := d.message.Name.Raw; len(raw) > 0 {
		if v, bad := r.reachable(raw, &to); bad {
			return v
		}
	}
	var sent int
	err = as(r.s.ID().TID, func() (err error) {
		sent, err = unix.SendmsgN(r.sock.fd, d.data, nil, to, d.flags|unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL)
		return err
	})
	if waits, _ := r.sock.waits(); waits && errors.Is(err, unix.EAGAIN) && d.flags&unix.MSG_DONTWAIT == 0 {
		err = unix.ENOBUFS
	}
	what := "a datagram"
	if err != nil {
		return r.made(what, resultOf(err))
	}
	if d.length == 0 {
		return r.made(what, int64(sent))
	}
	if !putLength(r.s, d.length, int64(sent)) {
		return r.made(what, -int64(unix.EFAULT))
	}
	return r.made(what, 1)
}

// reachable makes of a raw address one for jail's own call, or says what the kernel answers to it (udp_sendmsg(), net/ipv4/udp.c;
// udpv6_sendmsg(), net/ipv6/udp.c).
func (r *request) reachable(raw []byte, to *unix.Sockaddr) (v utrace.EntryVerdict, bad bool) {
	a := parse(raw)
	four := r.sock.domain == unix.AF_INET
	switch {
	case a.kind == internet && (!four || a.family == unix.AF_INET):
		*to = sockaddr(raw)
		return v, false
	case a.kind == unspecified && four && len(raw) >= inet4Size:
		raw = append([]byte(nil), raw...)
		binary.NativeEndian.PutUint16(raw, unix.AF_INET)
		*to = sockaddr(raw)
		return v, false
	case a.kind == unspecified && !four:
		return v, false // to whom the socket is connected
	case four && len(raw) >= inet4Size:
		return r.natural(unix.EAFNOSUPPORT), true
	}
	return r.natural(unix.EINVAL), true
}
