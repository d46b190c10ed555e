// Calls that few programs make: message queues, landlock, fanotify, mount attributes, bpf.

package decode

import (
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"
)

func rareForms() map[string]*form {
	fs, net := landlockAccess(), &names{unknown: "LANDLOCK_ACCESS_NET_???", list: []name{{"LANDLOCK_ACCESS_NET_BIND_TCP", 1}, {"LANDLOCK_ACCESS_NET_CONNECT_TCP", 2}}}
	attrs := mountAttributes()
	mode := &names{enum: true, unknown: "MPOL_???", list: []name{{"MPOL_DEFAULT", 0}, {"MPOL_PREFERRED", 1}, {"MPOL_BIND", 2}, {"MPOL_INTERLEAVE", 3}, {"MPOL_LOCAL", 4}}}
	return map[string]*form{
		"mqattr":        {kind: Struct, text: putQueue},
		"mqattr!":       {kind: Struct, when: out, text: putQueue},
		"mqattro":       {kind: Struct, text: putQueueOfOpen},
		"landlock":      {kind: Struct, text: func(d *dec, a *Arg) { d.landlock(a, fs, net) }},
		"landlockrule":  {kind: Struct, text: func(d *dec, a *Arg) { d.landlockRule(a, fs, net) }},
		"landlocktype":  enumForm("LANDLOCK_RULE_???", name{"LANDLOCK_RULE_PATH_BENEATH", 1}, name{"LANDLOCK_RULE_NET_PORT", 2}),
		"landlockflags": flagForm("LANDLOCK_CREATE_RULESET_???", name{"LANDLOCK_CREATE_RULESET_VERSION", 1}, name{"LANDLOCK_CREATE_RULESET_ERRATA", 2}),
		"mountattr":     {kind: Struct, text: func(d *dec, a *Arg) { d.mountAttr(a, attrs) }},
		"fsvalue":       {kind: Bytes, text: putFSValue},
		"fsaux":         {kind: Number, width: i32, text: putFSAux},
		"fhandle":       {kind: Struct, when: out, text: putHandle, before: saveInt},
		"handleflags": flagForm("AT_???", name{"AT_SYMLINK_FOLLOW", unix.AT_SYMLINK_FOLLOW}, name{"AT_EMPTY_PATH", unix.AT_EMPTY_PATH}, name{"AT_HANDLE_FID", 0x200},
			name{"AT_HANDLE_MNT_ID_UNIQUE", 1}, name{"AT_HANDLE_CONNECTABLE", 2}),
		"faninit": {kind: Flags, width: i32, set: fanotifyInit(), text: putNames},
		"fanmark": {kind: Flags, width: u32, set: fanotifyMarks(), text: putNames},
		"fanmask": {kind: Flags, set: fanotifyEvents(), text: putNames},
		"bpf":     {kind: Enum, width: i32, set: bpfCommands(), text: putNames},
		"uringenter": flagForm("IORING_ENTER_???", name{"IORING_ENTER_GETEVENTS", 1}, name{"IORING_ENTER_SQ_WAKEUP", 2}, name{"IORING_ENTER_SQ_WAIT", 4},
			name{"IORING_ENTER_EXT_ARG", 8}, name{"IORING_ENTER_REGISTERED_RING", 0x10}),
		"uringop": {kind: Enum, width: u32, set: uringOps(), text: putNames},
		"perfflags": {kind: Flags, text: putNames, set: &names{unknown: "PERF_FLAG_???", list: []name{{"PERF_FLAG_FD_NO_GROUP", 1},
			{"PERF_FLAG_FD_OUTPUT", 2}, {"PERF_FLAG_PID_CGROUP", 4}, {"PERF_FLAG_FD_CLOEXEC", 8}}}},
		"mpolat!":  {kind: Struct, when: out, text: func(d *dec, a *Arg) { d.policyAt(a, mode) }},
		"sigevent": {kind: Struct, text: putSigevent},
		"ipccmd":   {kind: Enum, width: i32, set: &names{enum: true, unknown: "IPC_???", list: []name{{"IPC_RMID", 0}, {"IPC_SET", 1}, {"IPC_STAT", 2}, {"IPC_INFO", 3}}}, text: putNames},
	}
}

func (d *dec) policyAt(a *Arg, mode *names) {
	if b := d.structure(a, 4); b != nil {
		d.puts("[")
		d.b = mode.append(d.b, uint64(b.u32(0)))
		d.puts("]")
	}
}

// putQueue prints struct mq_attr (mq_getattr(3)).
func putQueue(d *dec, a *Arg) {
	b := d.structure(a, 32)
	if b == nil {
		return
	}
	d.puts("{mq_flags=")
	d.b = (&names{unknown: "O_???", list: []name{{"O_NONBLOCK", unix.O_NONBLOCK}}}).append(d.b, b.u64(0))
	for i, n := range [...]string{", mq_maxmsg=", ", mq_msgsize=", ", mq_curmsgs="} {
		d.puts(n)
		d.puti(b.i64(8 + i*8))
	}
	d.puts("}")
}

// putQueueOfOpen is for mq_open, which looks at it if it may make a queue.
func putQueueOfOpen(d *dec, a *Arg) {
	if d.arg(a.spec.at)&unix.O_CREAT == 0 {
		a.Unused = true
		return
	}
	putQueue(d, a)
}

func landlockAccess() *names {
	n := &names{unknown: "LANDLOCK_ACCESS_FS_???"}
	for i, s := range [...]string{"EXECUTE", "WRITE_FILE", "READ_FILE", "READ_DIR", "REMOVE_DIR", "REMOVE_FILE", "MAKE_CHAR", "MAKE_DIR", "MAKE_REG",
		"MAKE_SOCK", "MAKE_FIFO", "MAKE_BLOCK", "MAKE_SYM", "REFER", "TRUNCATE", "IOCTL_DEV"} {
		n.list = append(n.list, name{"LANDLOCK_ACCESS_FS_" + s, 1 << i})
	}
	return n
}

// landlock prints struct landlock_ruleset_attr (landlock_create_ruleset(2)), as much of it as argument 1 says there is.
func (d *dec) landlock(a *Arg, fs, net *names) {
	n := d.arg(a.spec.at)
	if n < 8 {
		d.raw(a)
		return
	}
	b := d.structure(a, int(min(n, 16)))
	if b == nil {
		return
	}
	d.puts("{handled_access_fs=")
	d.b = fs.append(d.b, b.u64(0))
	if n >= 16 {
		d.puts(", handled_access_net=")
		d.b = net.append(d.b, b.u64(8))
	}
	if n > 16 {
		d.puts(", ...")
	}
	d.puts("}")
}

func (d *dec) landlockRule(a *Arg, fs, net *names) {
	switch int32(d.arg(a.spec.at)) {
	case 1: // LANDLOCK_RULE_PATH_BENEATH
		if b := d.structure(a, 12); b != nil {
			d.puts("{allowed_access=")
			d.b = fs.append(d.b, b.u64(0))
			d.puts(", parent_fd=")
			d.puti(int64(b.i32(8)))
			d.puts("}")
		}
	case 2: // LANDLOCK_RULE_NET_PORT
		if b := d.structure(a, 16); b != nil {
			d.puts("{allowed_access=")
			d.b = net.append(d.b, b.u64(0))
			d.puts(", port=")
			d.putu(b.u64(8))
			d.puts("}")
		}
	default:
		d.raw(a)
	}
}

// mountAttr prints struct mount_attr (mount_setattr(2)).
func (d *dec) mountAttr(a *Arg, attrs *names) {
	if d.arg(a.spec.at) < 32 {
		d.raw(a)
		return
	}
	b := d.structure(a, 32)
	if b == nil {
		return
	}
	d.puts("{attr_set=")
	d.b = attrs.append(d.b, b.u64(0))
	d.puts(", attr_clr=")
	d.b = attrs.append(d.b, b.u64(8))
	d.puts(", propagation=")
	if v := b.u64(16); v == 0 {
		d.puts("0 /* MS_??? */")
	} else {
		d.b = (&names{enum: true, unknown: "MS_???", list: []name{{"MS_UNBINDABLE", unix.MS_UNBINDABLE}, {"MS_PRIVATE", unix.MS_PRIVATE},
			{"MS_SLAVE", unix.MS_SLAVE}, {"MS_SHARED", unix.MS_SHARED}}}).append(d.b, v)
	}
	d.puts(", userns_fd=")
	d.putu(b.u64(24))
	d.puts("}")
}

// putFSValue prints the value of fsconfig, which the command in argument 1 gives a meaning.
func putFSValue(d *dec, a *Arg) {
	switch uint32(d.arg(1)) {
	case 1: // FSCONFIG_SET_STRING
		putStr(d, a)
	case 2: // FSCONFIG_SET_BINARY
		d.data(a, uint64(uint32(d.arg(4))))
	case 3, 4: // FSCONFIG_SET_PATH, FSCONFIG_SET_PATH_EMPTY
		putWholeStr(d, a)
	default:
		d.raw(a)
	}
}

func putFSAux(d *dec, a *Arg) {
	if c := uint32(d.arg(1)); (c == 3 || c == 4) && a.Size == unix.AT_FDCWD {
		d.puts("AT_FDCWD")
		return
	}
	d.puti(a.Size)
}

// putHandle prints struct file_handle (open_by_handle_at(2)).
func putHandle(d *dec, a *Arg) {
	b := block(d.bytes(a.Raw, 8))
	if b == nil {
		d.raw(a)
		return
	}
	d.puts("{handle_bytes=" + strconv.FormatUint(uint64(uint32(a.was)), 10))
	if d.failed {
		if n := b.u32(0); n != uint32(a.was) { // EOVERFLOW: what it would take
			d.puts(" => " + strconv.FormatUint(uint64(n), 10))
		}
		d.puts("}")
		return
	}
	n := min(b.u32(0), 128) // MAX_HANDLE_SZ
	if b.u32(0) != uint32(a.was) {
		d.puts(" => " + strconv.FormatUint(uint64(b.u32(0)), 10))
	}
	d.puts(", handle_type=")
	d.putx0(uint64(b.u32(4)))
	d.puts(", f_handle=")
	d.b = fmt.Appendf(d.b, "0x%x", d.some(a.Raw+8, int(n)))
	d.puts("}")
}

// putSigevent prints struct sigevent (sigevent(3type)).
func putSigevent(d *dec, a *Arg) {
	b := d.structure(a, 64)
	if b == nil {
		return
	}
	how := &names{enum: true, unknown: "SIGEV_???", list: []name{{"SIGEV_SIGNAL", 0}, {"SIGEV_NONE", 1}, {"SIGEV_THREAD", 2}, {"SIGEV_THREAD_ID", 4}}}
	d.puts("{")
	if v := b.u64(0); v != 0 {
		d.puts("sigev_value={sival_int=" + strconv.Itoa(int(b.i32(0))) + ", sival_ptr=" + hex(v) + "}, ")
	}
	d.puts("sigev_signo=")
	d.signal(int64(b.i32(8)))
	d.puts(", sigev_notify=")
	d.b = how.append(d.b, uint64(b.u32(12)))
	if b.u32(12) == 4 {
		d.puts(", sigev_notify_thread_id=" + strconv.Itoa(int(b.i32(16))))
	}
	d.puts("}")
}
