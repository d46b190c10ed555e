// fcntl: commands, their arguments and what they answer.

package decode

import (
	"golang.org/x/sys/unix"
)

func fcntlCommands() *names {
	return &names{enum: true, unknown: "F_???", list: []name{
		{"F_DUPFD", unix.F_DUPFD}, {"F_GETFD", unix.F_GETFD}, {"F_SETFD", unix.F_SETFD}, {"F_GETFL", unix.F_GETFL}, {"F_SETFL", unix.F_SETFL},
		{"F_GETLK", 5}, {"F_SETLK", 6}, {"F_SETLKW", 7}, {"F_SETOWN", unix.F_SETOWN}, {"F_GETOWN", unix.F_GETOWN}, {"F_SETSIG", unix.F_SETSIG},
		{"F_GETSIG", unix.F_GETSIG}, {"F_SETOWN_EX", unix.F_SETOWN_EX}, {"F_GETOWN_EX", unix.F_GETOWN_EX}, {"F_GETOWNER_UIDS", 17},
		{"F_OFD_GETLK", unix.F_OFD_GETLK}, {"F_OFD_SETLK", unix.F_OFD_SETLK}, {"F_OFD_SETLKW", unix.F_OFD_SETLKW},
		{"F_SETLEASE", unix.F_SETLEASE}, {"F_GETLEASE", unix.F_GETLEASE}, {"F_NOTIFY", unix.F_NOTIFY}, {"F_DUPFD_QUERY", 1027},
		{"F_CREATED_QUERY", 1028}, {"F_CANCELLK", 1029}, {"F_DUPFD_CLOEXEC", unix.F_DUPFD_CLOEXEC}, {"F_SETPIPE_SZ", unix.F_SETPIPE_SZ},
		{"F_GETPIPE_SZ", unix.F_GETPIPE_SZ}, {"F_ADD_SEALS", unix.F_ADD_SEALS}, {"F_GET_SEALS", unix.F_GET_SEALS},
		{"F_GET_RW_HINT", unix.F_GET_RW_HINT}, {"F_SET_RW_HINT", unix.F_SET_RW_HINT}, {"F_GET_FILE_RW_HINT", unix.F_GET_FILE_RW_HINT},
		{"F_SET_FILE_RW_HINT", unix.F_SET_FILE_RW_HINT}}}
}

// fcntlNames are what the arguments of fcntl are printed with.
type fcntlNames struct{ open, fd, lock, whence, seals, notify *names }

func fcntlForms() map[string]*form {
	n := &fcntlNames{
		open:   openFlags(),
		fd:     &names{unknown: "FD_???", list: []name{{"FD_CLOEXEC", unix.FD_CLOEXEC}}},
		lock:   &names{enum: true, unknown: "F_???", list: []name{{"F_RDLCK", 0}, {"F_WRLCK", 1}, {"F_UNLCK", 2}}},
		whence: whenceNames(),
		seals: &names{unknown: "F_SEAL_???", list: []name{{"F_SEAL_SEAL", 1}, {"F_SEAL_SHRINK", 2}, {"F_SEAL_GROW", 4}, {"F_SEAL_WRITE", 8},
			{"F_SEAL_FUTURE_WRITE", 0x10}, {"F_SEAL_EXEC", 0x20}}},
		notify: &names{unknown: "DN_???", list: []name{{"DN_ACCESS", 1}, {"DN_MODIFY", 2}, {"DN_CREATE", 4}, {"DN_DELETE", 8}, {"DN_RENAME", 0x10},
			{"DN_ATTRIB", 0x20}, {"DN_MULTISHOT", 1 << 31}}},
	}
	return map[string]*form{
		"fcntl":    {kind: Enum, width: u32, set: fcntlCommands(), text: putNames},
		"fcntlarg": {kind: Unknown, width: u32, lookup: n.flagsOf, every: []*names{n.fd, n.open, n.seals, n.notify}, text: func(d *dec, a *Arg) { d.fcntlArg(a, n) }, after: func(d *dec, a *Arg) { d.fcntlExit(a, n) }},
	}
}

func (d *dec) fcntlArg(a *Arg, n *fcntlNames) {
	if set := n.flagsOf(d, a); set != nil {
		d.b = set.append(d.b, uint64(uint32(a.Raw)))
		return
	}
	switch int32(d.arg(1)) {
	case unix.F_GETFD, unix.F_GETFL, unix.F_GETOWN, unix.F_GETSIG, unix.F_GETLEASE, unix.F_GETPIPE_SZ, unix.F_GET_SEALS:
		a.Unused = true
	case unix.F_DUPFD, unix.F_DUPFD_CLOEXEC, unix.F_SETPIPE_SZ:
		d.puti(int64(int32(a.Raw)))
	case unix.F_SETSIG:
		d.signal(int64(int32(a.Raw)))
	case unix.F_SETLEASE:
		d.b = n.lock.append(d.b, uint64(uint32(a.Raw)))
	case unix.F_SETOWN:
		d.puti(int64(int32(a.Raw)))
	case 6, 7, unix.F_OFD_SETLK, unix.F_OFD_SETLKW:
		d.flock(a, n, false)
	default:
		d.putx0(a.Raw)
	}
}

// flagsOf are the flags that the argument is for some commands.
func (n *fcntlNames) flagsOf(d *dec, _ *Arg) *names {
	switch int32(d.arg(1)) {
	case unix.F_SETFD:
		return n.fd
	case unix.F_SETFL:
		return n.open
	case unix.F_ADD_SEALS:
		return n.seals
	case unix.F_NOTIFY:
		return n.notify
	}
	return nil
}

// flock prints struct flock (fcntl_locking(2)).
func (d *dec) flock(a *Arg, n *fcntlNames, pid bool) {
	b := d.structure(a, 32)
	if b == nil {
		return
	}
	d.puts("{l_type=")
	d.b = n.lock.append(d.b, uint64(b.u16(0)))
	d.puts(", l_whence=")
	d.b = n.whence.append(d.b, uint64(b.u16(2)))
	d.puts(", l_start=")
	d.puti(b.i64(8))
	d.puts(", l_len=")
	d.puti(b.i64(16))
	if pid {
		d.puts(", l_pid=")
		d.puti(int64(b.i32(24)))
	}
	d.puts("}")
}

// fcntlExit prints what F_GETLK filled in, and names the bits of an answer.
func (d *dec) fcntlExit(a *Arg, n *fcntlNames) {
	command := int32(d.arg(1))
	if command == 5 || command == unix.F_OFD_GETLK {
		d.b = d.b[:0]
		if d.failed {
			d.raw(a)
		} else {
			d.flock(a, n, true)
		}
		a.Text = string(d.b)
		return
	}
	if d.failed || d.result == 0 && command != unix.F_GETFL {
		return
	}
	bits := uint64(d.result)
	switch command {
	case unix.F_GETFD:
		d.resultNames(bits, n.fd)
	case unix.F_GETFL:
		d.resultNames(bits, n.open)
	case unix.F_GET_SEALS:
		d.hexResult = true
		d.addNote("seals " + string(n.seals.append(nil, bits)))
	case unix.F_GETLEASE:
		d.hexResult = true
		d.addNote(string(n.lock.append(nil, bits)))
	case unix.F_GETSIG:
		if s := signalName(d.result); s != "" {
			d.addNote(s)
		}
	}
}

// resultNames makes a result of bits: 0x8002 (flags O_RDWR|O_LARGEFILE).
func (d *dec) resultNames(bits uint64, set *names) {
	d.hexResult = true
	d.addNote("flags " + string(set.append(nil, bits)))
}
