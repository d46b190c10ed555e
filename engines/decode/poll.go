// Waiting for descriptors: poll, select, epoll.

package decode

import (
	"bytes"
	"strconv"

	"golang.org/x/sys/unix"
)

func pollEvents() *names {
	return &names{unknown: "POLL???", list: []name{
		{"POLLIN", 1}, {"POLLPRI", 2}, {"POLLOUT", 4}, {"POLLERR", 8}, {"POLLHUP", 0x10}, {"POLLNVAL", 0x20},
		{"POLLRDNORM", 0x40}, {"POLLRDBAND", 0x80}, {"POLLWRNORM", 0x100}, {"POLLWRBAND", 0x200}, {"POLLMSG", 0x400},
		{"POLLREMOVE", 0x1000}, {"POLLRDHUP", 0x2000}}}
}

func epollEvents() *names {
	return &names{unknown: "EPOLL???", list: []name{
		{"EPOLLIN", unix.EPOLLIN}, {"EPOLLPRI", unix.EPOLLPRI}, {"EPOLLOUT", unix.EPOLLOUT}, {"EPOLLRDNORM", unix.EPOLLRDNORM},
		{"EPOLLRDBAND", unix.EPOLLRDBAND}, {"EPOLLWRNORM", unix.EPOLLWRNORM}, {"EPOLLWRBAND", unix.EPOLLWRBAND}, {"EPOLLMSG", unix.EPOLLMSG},
		{"EPOLLERR", unix.EPOLLERR}, {"EPOLLHUP", unix.EPOLLHUP}, {"EPOLLRDHUP", unix.EPOLLRDHUP}, {"EPOLLEXCLUSIVE", unix.EPOLLEXCLUSIVE},
		{"EPOLLWAKEUP", unix.EPOLLWAKEUP}, {"EPOLLONESHOT", unix.EPOLLONESHOT}, {"EPOLLET", 1 << 31}}}
}

func pollForms() map[string]*form {
	events, epoll := pollEvents(), epollEvents()
	ops := &names{enum: true, unknown: "EPOLL_CTL_???", list: []name{{"EPOLL_CTL_ADD", 1}, {"EPOLL_CTL_DEL", 2}, {"EPOLL_CTL_MOD", 3}}}
	create := &names{unknown: "EPOLL_???", list: []name{{"EPOLL_CLOEXEC", unix.EPOLL_CLOEXEC}}}
	return map[string]*form{
		"revents":      {kind: Struct, text: func(d *dec, a *Arg) { d.pollfds(a, events) }, after: func(d *dec, a *Arg) { d.revents(a, events) }},
		"fdset":        {kind: Struct, text: putFDSet, after: noteFDSet},
		"polltime":     {kind: Struct, text: putTimespec, after: noteTimespec},
		"seltime":      {kind: Struct, text: putTimeval, after: noteTimeval},
		"sigmask6":     {kind: Struct, text: putSigmask6},
		"epollop":      {kind: Enum, width: i32, set: ops, text: putNames},
		"epollflags":   {kind: Flags, width: i32, set: create, text: putNames},
		"epollevent":   {kind: Struct, text: func(d *dec, a *Arg) { d.epollEvent(a, epoll) }},
		"epollevents!": {kind: Struct, when: out, text: func(d *dec, a *Arg) { d.epollEvents(a, epoll) }},
	}
}

func (d *dec) pollfds(a *Arg, events *names) {
	n := d.arg(a.spec.at) & (1<<32 - 1)
	d.array(a.Raw, n, 8, func(b block) {
		d.puts("{fd=")
		d.puti(int64(b.i32(0)))
		if b.i32(0) >= 0 {
			d.puts(", events=")
			d.b = events.append(d.b, uint64(b.u16(4)))
		}
		d.puts("}")
	})
}

// revents says behind the result which descriptors are ready.
func (d *dec) revents(a *Arg, events *names) {
	if d.failed {
		return
	}
	if d.result == 0 {
		d.addNote("Timeout")
		return
	}
	d.note += "["
	shown := 0
	for i := range min(d.arg(a.spec.at)&(1<<32-1), maxArray) {
		b := block(d.bytes(a.Raw+i*8, 8))
		if b == nil {
			break
		}
		if b.u16(6) == 0 || b.i32(0) < 0 {
			continue
		}
		if shown > 0 {
			d.note += ", "
		}
		if shown >= d.arrays() {
			d.note += "..."
			break
		}
		d.note += "{fd=" + strconv.Itoa(int(b.i32(0))) + ", revents=" + string(events.append(nil, uint64(b.u16(6)))) + "}"
		shown++
	}
	d.note += "]"
}

// fdSet reads a set of descriptors: argument 0 says how many bits count.
func (d *dec) fdSet(a *Arg) (block, int) {
	n := int(int32(d.arg(0)))
	if a.Raw == 0 || n < 0 {
		return nil, 0
	}
	n = min(n, maxArray)
	b := d.bytes(a.Raw, (n+63)/64*8)
	if b == nil {
		return nil, 0
	}
	return b, n
}

func appendFDSet(out []byte, b block, n, most int) []byte {
	out = append(out, '[')
	shown := 0
	for i := range n {
		if b[i/8]>>(i%8)&1 == 0 {
			continue
		}
		if shown > 0 {
			out = append(out, ' ')
		}
		if shown++; shown > most {
			out = append(out, "..."...)
			break
		}
		out = strconv.AppendInt(out, int64(i), 10)
	}
	return append(out, ']')
}

func putFDSet(d *dec, a *Arg) {
	b, n := d.fdSet(a)
	if b == nil {
		d.raw(a)
		return
	}
	d.b = appendFDSet(d.b, b, n, maxArray)
}

// noteFDSet says behind the result which descriptors of a set are ready.
func noteFDSet(d *dec, a *Arg) {
	if d.failed {
		return
	}
	if d.result == 0 {
		if a == d.firstSet() {
			d.addNote("Timeout")
		}
		return
	}
	b, n := d.fdSet(a)
	if bytes.Count(b, []byte{0}) == len(b) {
		return
	}
	what := map[int]string{1: "in ", 2: "out ", 3: "except "}[d.indexOf(a)]
	d.addNote(what + string(appendFDSet(nil, b, n, maxArray)))
}

// firstSet is the first of the sets of select.
func (d *dec) firstSet() *Arg { return &d.c.Args[1] }

func (d *dec) indexOf(a *Arg) int {
	for i := range d.c.Args {
		if a == &d.c.Args[i] {
			return i
		}
	}
	return -1
}

// noteTimespec says what is left of the time of ppoll and pselect6.
func noteTimespec(d *dec, a *Arg) {
	var b [16]byte
	if d.failed || d.result <= 0 || !d.read(a.Raw, b[:]) {
		return
	}
	d.left(b[:], d.timespec)
}

func noteTimeval(d *dec, a *Arg) {
	var b [16]byte
	if d.failed || d.result <= 0 || !d.read(a.Raw, b[:]) {
		return
	}
	d.left(b[:], d.timeval)
}

func (d *dec) left(b block, put func(block, int)) {
	text := d.b
	d.b = nil
	put(b, 0)
	d.addNote("left " + string(d.b))
	d.b = text
}

// putSigmask6 prints the last argument of pselect6: a pointer and a size, in memory.
func putSigmask6(d *dec, a *Arg) {
	b := d.structure(a, 16)
	if b == nil {
		return
	}
	d.puts("{sigmask=")
	if set := block(d.bytes(b.u64(0), sigsetBytes)); set != nil && b.u64(0) != 0 && b.u64(8) == sigsetBytes {
		d.sigset(set.u64(0))
	} else {
		d.putp(b.u64(0))
	}
	d.puts(", sigsetsize=")
	d.putu(b.u64(8))
	d.puts("}")
}

// epollSize is the size of struct epoll_event and where its data is: packed on x86 only (linux/eventpoll.h).
func epollSize() (size, data int) {
	if onArm64() {
		return 16, 8
	}
	return 12, 4
}

func (d *dec) epollOne(b block, events *names) {
	_, data := epollSize()
	d.puts("{events=")
	d.b = events.append(d.b, uint64(b.u32(0)))
	d.puts(", data={u32=")
	d.putu(uint64(b.u32(data)))
	d.puts(", u64=")
	d.putu(b.u64(data))
	d.puts("}}")
}

// epollEvent prints what is asked for; EPOLL_CTL_DEL asks for nothing.
func (d *dec) epollEvent(a *Arg, events *names) {
	if int32(d.arg(a.spec.at)) == unix.EPOLL_CTL_DEL {
		d.raw(a)
		return
	}
	size, _ := epollSize()
	if b := d.structure(a, size); b != nil {
		d.epollOne(b, events)
	}
}

func (d *dec) epollEvents(a *Arg, events *names) {
	if d.failed {
		d.raw(a)
		return
	}
	size, _ := epollSize()
	d.array(a.Raw, uint64(max(d.result, 0)), size, func(b block) { d.epollOne(b, events) })
}
