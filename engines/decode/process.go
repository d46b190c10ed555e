// Processes: clone's flags, wait's status, resource limits and usage.

package decode

import (
	"strconv"

	"golang.org/x/sys/unix"
)

func cloneFlags() *names {
	return &names{unknown: "CLONE_???", list: []name{
		{"CLONE_VM", unix.CLONE_VM}, {"CLONE_FS", unix.CLONE_FS}, {"CLONE_FILES", unix.CLONE_FILES}, {"CLONE_SIGHAND", unix.CLONE_SIGHAND},
		{"CLONE_PIDFD", unix.CLONE_PIDFD}, {"CLONE_PTRACE", unix.CLONE_PTRACE}, {"CLONE_VFORK", unix.CLONE_VFORK},
		{"CLONE_PARENT", unix.CLONE_PARENT}, {"CLONE_THREAD", unix.CLONE_THREAD}, {"CLONE_NEWNS", unix.CLONE_NEWNS},
		{"CLONE_SYSVSEM", unix.CLONE_SYSVSEM}, {"CLONE_SETTLS", unix.CLONE_SETTLS}, {"CLONE_PARENT_SETTID", unix.CLONE_PARENT_SETTID},
		{"CLONE_CHILD_CLEARTID", unix.CLONE_CHILD_CLEARTID}, {"CLONE_UNTRACED", unix.CLONE_UNTRACED},
		{"CLONE_CHILD_SETTID", unix.CLONE_CHILD_SETTID}, {"CLONE_NEWCGROUP", unix.CLONE_NEWCGROUP}, {"CLONE_NEWUTS", unix.CLONE_NEWUTS},
		{"CLONE_NEWIPC", unix.CLONE_NEWIPC}, {"CLONE_NEWUSER", unix.CLONE_NEWUSER}, {"CLONE_NEWPID", unix.CLONE_NEWPID},
		{"CLONE_NEWNET", unix.CLONE_NEWNET}, {"CLONE_IO", unix.CLONE_IO}, {"CLONE_CLEAR_SIGHAND", unix.CLONE_CLEAR_SIGHAND},
		{"CLONE_INTO_CGROUP", unix.CLONE_INTO_CGROUP}}}
}

// namespaceFlags are those of unshare and setns: the bit of CLONE_NEWTIME is one of the signal in clone.
func namespaceFlags() *names {
	n := cloneFlags()
	n.list = append(n.list, name{"CLONE_NEWTIME", unix.CLONE_NEWTIME})
	return n
}

// cloneCall prints clone's flags: the lowest byte is the signal that the parent is told with.
func (d *dec) cloneArg(a *Arg, flags *names) {
	d.puts("flags=")
	d.cloneBits(uint64(uint32(a.Raw)), flags) // lower_32_bits() in kernel_clone(), kernel/fork.c
}

func (d *dec) cloneBits(v uint64, flags *names) {
	sig := int64(v & 0xff)
	if v &^= 0xff; v != 0 {
		d.b = flags.append(d.b, v)
		if sig == 0 {
			return
		}
		d.puts("|")
	}
	d.signal(sig)
}

// cloneOnly prints an argument of clone that only counts with a flag.
func cloneOnly(label string, bits uint64) func(*dec, *Arg) {
	return func(d *dec, a *Arg) {
		if d.arg(0)&bits == 0 {
			a.Unused = true
			return
		}
		d.puts(label)
		d.raw(a)
	}
}

// parentTID prints where the child's ID was written, and at the exit what.
func parentTID(d *dec, a *Arg) {
	if d.arg(0)&(unix.CLONE_PARENT_SETTID|unix.CLONE_PIDFD) == 0 {
		a.Unused = true
		return
	}
	d.puts("parent_tid=")
	putIntAt(d, a)
}

// putIntAt prints the int that an argument points to: [3].
func putIntAt(d *dec, a *Arg) {
	if b := d.structure(a, 4); b != nil {
		d.puts("[")
		d.puti(int64(b.i32(0)))
		d.puts("]")
	}
}

func putLongAt(d *dec, a *Arg) {
	if b := d.structure(a, 8); b != nil {
		d.puts("[")
		d.puti(b.i64(0))
		d.puts("]")
	}
}

// putUIntAt is for IDs of users and groups.
func putUIntAt(d *dec, a *Arg) {
	if b := d.structure(a, 4); b != nil {
		d.puts("[")
		d.putu(uint64(b.u32(0)))
		d.puts("]")
	}
}

func putFDPair(d *dec, a *Arg) {
	if b := d.structure(a, 8); b != nil {
		d.puts("[")
		d.puti(int64(b.i32(0)))
		d.puts(", ")
		d.puti(int64(b.i32(4)))
		d.puts("]")
	}
}

// waitStatus prints a status as wait4(2)'s macros take it apart.
func (d *dec) waitStatus(s unix.WaitStatus) {
	switch {
	case s.Exited():
		d.puts("{WIFEXITED(s) && WEXITSTATUS(s) == ")
		d.puti(int64(s.ExitStatus()))
	case s.Continued():
		d.puts("{WIFCONTINUED(s)")
	case s.Stopped():
		d.puts("{WIFSTOPPED(s) && WSTOPSIG(s) == ")
		d.signal(int64(uint32(s) >> 8 & 0x7f))
		if uint32(s)>>8&0x80 != 0 {
			d.puts(" | 0x80")
		}
	default:
		d.puts("{WIFSIGNALED(s) && WTERMSIG(s) == ")
		d.signal(int64(uint32(s) & 0x7f))
		if s.CoreDump() {
			d.puts(" && WCOREDUMP(s)")
		}
	}
	if event := uint32(s) >> 16; event != 0 && !s.Continued() {
		d.puts(" | ")
		d.putx(uint64(event) << 16)
	}
	d.puts("}")
}

func putWaitStatus(d *dec, a *Arg) {
	if !d.failed && d.result == 0 { // WNOHANG: nobody was there, nothing was written
		d.raw(a)
		return
	}
	if b := d.structure(a, 4); b != nil {
		d.puts("[")
		d.waitStatus(unix.WaitStatus(b.u32(0)))
		d.puts("]")
	}
}

func processForms() map[string]*form {
	flags, ns := cloneFlags(), namespaceFlags()
	wait := &names{unknown: "W???", list: []name{{"WNOHANG", unix.WNOHANG}, {"WEXITED", unix.WEXITED}, {"WSTOPPED", unix.WSTOPPED},
		{"WCONTINUED", unix.WCONTINUED}, {"WNOWAIT", unix.WNOWAIT}, {"__WCLONE", unix.WCLONE}, {"__WALL", unix.WALL}, {"__WNOTHREAD", 0x20000000},
		{"WUNTRACED", unix.WUNTRACED}}} // another name of WSTOPPED, for rules
	idtype := &names{enum: true, unknown: "P_???", list: []name{{"P_ALL", 0}, {"P_PID", 1}, {"P_PGID", 2}, {"P_PIDFD", 3}}}
	settid := &form{kind: Pointer, text: cloneOnly("child_tidptr=", unix.CLONE_CHILD_SETTID|unix.CLONE_CHILD_CLEARTID)}
	return map[string]*form{
		"clone":   {kind: Flags, width: u32, set: cloneNames(), text: func(d *dec, a *Arg) { d.cloneArg(a, flags) }},
		"cstack":  {kind: Pointer, text: func(d *dec, a *Arg) { d.puts("child_stack="); d.raw(a) }},
		"cptid":   {kind: Pointer, when: out, text: parentTID},
		"cctid":   settid,
		"ctls":    {kind: Pointer, text: cloneOnly("tls=", unix.CLONE_SETTLS)},
		"clone3":  {kind: Struct, set: cloneFlags(), value: firstLong, when: out, text: func(d *dec, a *Arg) { d.clone3(a, flags) }},
		"unshare": {kind: Flags, set: ns, text: putNames},
		"nstype":  {kind: Flags, width: i32, set: ns, text: putNames},
		"pid":     {kind: PID, width: i32, text: putNumber},
		"status!": {kind: Struct, when: out, text: putWaitStatus},
		"wait":    {kind: Flags, width: i32, set: wait, text: putNames},
		"idtype":  {kind: Enum, width: i32, set: idtype, text: putNames},
		"int!":    {kind: Struct, when: out, text: putIntAt},
		"uint!":   {kind: Struct, when: out, text: putUIntAt},
		"fds!":    {kind: Struct, when: out, text: putFDPair},
		"inoff":   {kind: Struct, text: putLongAt},
		"inoff!":  {kind: Struct, when: out, text: putOffset, before: saveLong},
	}
}

// cloneNames are clone's flags for rules, where the signal is none of them.
func cloneNames() *names {
	n := cloneFlags()
	n.ignore = 0xff
	return n
}

func saveLong(d *dec, a *Arg) {
	if b := d.bytes(a.Raw, 8); b != nil {
		a.was = block(b).i64(0)
	}
}

// putOffset prints a place in a file before and after: [0] => [512].
func putOffset(d *dec, a *Arg) {
	b := block(d.bytes(a.Raw, 8))
	if a.Raw == 0 || b == nil {
		d.raw(a)
		return
	}
	d.puts("[" + strconv.FormatInt(a.was, 10) + "]")
	if !d.failed && b.i64(0) != a.was {
		d.puts(" => [" + strconv.FormatInt(b.i64(0), 10) + "]")
	}
}

// clone3 prints struct clone_args (clone(2)), whose size is argument 1.
func (d *dec) clone3(a *Arg, flags *names) {
	n := d.arg(1)
	if n < 64 || n > 4096 {
		d.raw(a)
		return
	}
	b := block(d.bytes(a.Raw, int(n)))
	if a.Raw == 0 || b == nil {
		d.raw(a)
		return
	}
	bits := b.u64(0)
	field := func(mask uint64, label string, at int) {
		if bits&mask != 0 {
			d.puts(label)
			d.putp(b.u64(at))
		}
	}
	d.puts("{flags=")
	d.b = flags.append(d.b, bits)
	field(unix.CLONE_PIDFD, ", pidfd=", 8)
	field(unix.CLONE_CHILD_SETTID|unix.CLONE_CHILD_CLEARTID, ", child_tid=", 16)
	field(unix.CLONE_PARENT_SETTID, ", parent_tid=", 24)
	d.puts(", exit_signal=")
	d.signal(b.i64(32))
	d.puts(", stack=")
	d.putp(b.u64(40))
	d.puts(", stack_size=")
	d.putx0(b.u64(48))
	field(unix.CLONE_SETTLS, ", tls=", 56)
	d.puts("}")
	if d.failed || bits&unix.CLONE_PARENT_SETTID == 0 {
		return
	}
	if tid := block(d.bytes(b.u64(24), 4)); tid != nil {
		d.puts(" => {parent_tid=[")
		d.puti(int64(tid.i32(0)))
		d.puts("]}")
	}
}
