// prctl, arch_prctl, seccomp, ptrace: operations by name.

package decode

import "golang.org/x/sys/unix"

func prctlNames() *names {
	return &names{enum: true, unknown: "PR_???", list: []name{
		{"PR_SET_PDEATHSIG", 1}, {"PR_GET_PDEATHSIG", 2}, {"PR_GET_DUMPABLE", 3}, {"PR_SET_DUMPABLE", 4}, {"PR_GET_UNALIGN", 5},
		{"PR_SET_UNALIGN", 6}, {"PR_GET_KEEPCAPS", 7}, {"PR_SET_KEEPCAPS", 8}, {"PR_GET_FPEMU", 9}, {"PR_SET_FPEMU", 10}, {"PR_GET_FPEXC", 11},
		{"PR_SET_FPEXC", 12}, {"PR_GET_TIMING", 13}, {"PR_SET_TIMING", 14}, {"PR_SET_NAME", 15}, {"PR_GET_NAME", 16}, {"PR_GET_ENDIAN", 19},
		{"PR_SET_ENDIAN", 20}, {"PR_GET_SECCOMP", 21}, {"PR_SET_SECCOMP", 22}, {"PR_CAPBSET_READ", 23}, {"PR_CAPBSET_DROP", 24},
		{"PR_GET_TSC", 25}, {"PR_SET_TSC", 26}, {"PR_GET_SECUREBITS", 27}, {"PR_SET_SECUREBITS", 28}, {"PR_SET_TIMERSLACK", 29},
		{"PR_GET_TIMERSLACK", 30}, {"PR_TASK_PERF_EVENTS_DISABLE", 31}, {"PR_TASK_PERF_EVENTS_ENABLE", 32}, {"PR_MCE_KILL", 33},
		{"PR_MCE_KILL_GET", 34}, {"PR_SET_MM", 35}, {"PR_SET_CHILD_SUBREAPER", 36}, {"PR_GET_CHILD_SUBREAPER", 37}, {"PR_SET_NO_NEW_PRIVS", 38},
		{"PR_GET_NO_NEW_PRIVS", 39}, {"PR_GET_TID_ADDRESS", 40}, {"PR_SET_THP_DISABLE", 41}, {"PR_GET_THP_DISABLE", 42}, {"PR_CAP_AMBIENT", 47},
		{"PR_GET_SPECULATION_CTRL", 52}, {"PR_SET_SPECULATION_CTRL", 53}, {"PR_SET_IO_FLUSHER", 57}, {"PR_GET_IO_FLUSHER", 58},
		{"PR_SET_SYSCALL_USER_DISPATCH", 59}, {"PR_SCHED_CORE", 62}, {"PR_SET_MDWE", 65}, {"PR_GET_MDWE", 66}, {"PR_SET_VMA", 0x53564d41},
		{"PR_GET_AUXV", 0x41555856}, {"PR_SET_MEMORY_MERGE", 67}, {"PR_GET_MEMORY_MERGE", 68}, {"PR_SET_PTRACER", 0x59616d61}}}
}

func capNames() *names {
	n := &names{enum: true, unknown: "CAP_???"}
	for i, s := range [...]string{"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
		"LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO",
		"SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD",
		"LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ",
		"PERFMON", "BPF", "CHECKPOINT_RESTORE"} {
		n.list = append(n.list, name{"CAP_" + s, uint64(i)})
	}
	return n
}

func prctlForms() map[string]*form {
	caps := capNames()
	arch := enumForm("ARCH_???", name{"ARCH_SET_GS", 0x1001}, name{"ARCH_SET_FS", 0x1002}, name{"ARCH_GET_FS", 0x1003}, name{"ARCH_GET_GS", 0x1004},
		name{"ARCH_GET_CPUID", 0x1011}, name{"ARCH_SET_CPUID", 0x1012}, name{"ARCH_GET_XCOMP_SUPP", 0x1021}, name{"ARCH_GET_XCOMP_PERM", 0x1022},
		name{"ARCH_REQ_XCOMP_PERM", 0x1023}, name{"ARCH_SHSTK_ENABLE", 0x5001}, name{"ARCH_SHSTK_DISABLE", 0x5002}, name{"ARCH_SHSTK_STATUS", 0x5005})
	return map[string]*form{
		"prctl":     {kind: Enum, width: i32, set: prctlNames(), text: putNames, after: prctlResult},
		"prctl2":    {kind: Unknown, when: out, text: func(d *dec, a *Arg) { d.prctl2(a, caps) }, before: beforePrctl2},
		"prctl3":    {kind: Unknown, text: func(d *dec, a *Arg) { d.prctlRest(a, 3) }},
		"prctl4":    {kind: Unknown, text: func(d *dec, a *Arg) { d.prctlRest(a, 4) }},
		"prctl5":    {kind: Unknown, text: func(d *dec, a *Arg) { d.prctlRest(a, 5) }},
		"archprctl": arch,
		"archaddr":  {kind: Pointer, when: out, text: putArchAddress},
		"seccompop": enumForm("SECCOMP_SET_MODE_???", name{"SECCOMP_SET_MODE_STRICT", 0}, name{"SECCOMP_SET_MODE_FILTER", 1},
			name{"SECCOMP_GET_ACTION_AVAIL", 2}, name{"SECCOMP_GET_NOTIF_SIZES", 3}),
		"seccompflags": flagForm("SECCOMP_FILTER_FLAG_???", name{"SECCOMP_FILTER_FLAG_TSYNC", 1}, name{"SECCOMP_FILTER_FLAG_LOG", 2},
			name{"SECCOMP_FILTER_FLAG_SPEC_ALLOW", 4}, name{"SECCOMP_FILTER_FLAG_NEW_LISTENER", 8}, name{"SECCOMP_FILTER_FLAG_TSYNC_ESRCH", 0x10},
			name{"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", 0x20}),
		"ptrace": {kind: Enum, width: i64, set: ptraceNames(), text: putNames},
	}
}

// countOf is how many arguments behind the operation count, and -1 where that is not known here.
func countOf(op uint32) int {
	switch op {
	case 3, 7, 21, 27, 30, 31, 32: // PR_GET_DUMPABLE, PR_GET_KEEPCAPS, …
		return 0
	case 1, 2, 4, 8, 15, 16, 23, 24, 25, 26, 28, 29, 36, 37, 0x59616d61:
		return 1
	}
	return 4
}

// beforePrctl2 reads the name that PR_SET_NAME sets, while it stands there.
func beforePrctl2(d *dec, a *Arg) {
	if uint32(d.arg(0)) != unix.PR_SET_NAME {
		return
	}
	if s, cut, ok := d.cstring(a.Raw, 15); ok {
		a.Bytes, a.Cut = s, cut
		a.Text = string(appendString(nil, s, cut))
	}
}

func dumpableNames() *names {
	return &names{enum: true, list: []name{{"SUID_DUMP_DISABLE", 0}, {"SUID_DUMP_USER", 1}, {"SUID_DUMP_ROOT", 2}}}
}

// prctlResult names what is answered in the result itself.
func prctlResult(d *dec, a *Arg) {
	if !d.failed && uint32(a.Raw) == unix.PR_GET_DUMPABLE {
		d.addNote(string(dumpableNames().append(nil, uint64(d.result))))
	}
}

func (d *dec) prctl2(a *Arg, caps *names) {
	op := uint32(d.arg(0))
	switch op {
	case unix.PR_SET_NAME:
		if a.Text != "" {
			d.puts(a.Text)
			return
		}
		d.raw(a)
	case unix.PR_GET_NAME:
		if s, cut, ok := d.cstring(a.Raw, 15); ok && !d.failed {
			d.b = appendString(d.b, s, cut)
			return
		}
		d.raw(a)
	case unix.PR_CAPBSET_READ, unix.PR_CAPBSET_DROP:
		d.b = caps.append(d.b, a.Raw)
	case unix.PR_SET_PDEATHSIG:
		d.signal(int64(int32(a.Raw)))
	case unix.PR_GET_PDEATHSIG:
		if b := d.structure(a, 4); b != nil {
			d.puts("[")
			d.signal(int64(b.i32(0)))
			d.puts("]")
		}
	case unix.PR_GET_CHILD_SUBREAPER:
		putIntAt(d, a)
	case unix.PR_SET_DUMPABLE:
		d.b = dumpableNames().append(d.b, a.Raw)
	case unix.PR_SET_KEEPCAPS, unix.PR_SET_CHILD_SUBREAPER, unix.PR_SET_TIMERSLACK, unix.PR_SET_NO_NEW_PRIVS:
		d.putu(a.Raw)
	default:
		if countOf(op) == 0 {
			a.Unused = true
			return
		}
		d.putx0(a.Raw)
	}
}

func (d *dec) prctlRest(a *Arg, number int) {
	if countOf(uint32(d.arg(0))) < number-1 {
		a.Unused = true
		return
	}
	if uint32(d.arg(0)) == unix.PR_SET_NO_NEW_PRIVS {
		d.putu(a.Raw)
		return
	}
	d.putx0(a.Raw)
}

func putArchAddress(d *dec, a *Arg) {
	switch uint32(d.arg(0)) {
	case 0x1003, 0x1004: // ARCH_GET_FS, ARCH_GET_GS
		if b := d.structure(a, 8); b != nil {
			d.puts("[")
			d.putx0(b.u64(0))
			d.puts("]")
		}
	case 0x1002, 0x1001:
		d.putx0(a.Raw)
	default:
		d.putx0(a.Raw)
	}
}

func ptraceNames() *names {
	return &names{enum: true, unknown: "PTRACE_???", list: []name{
		{"PTRACE_TRACEME", 0}, {"PTRACE_PEEKTEXT", 1}, {"PTRACE_PEEKDATA", 2}, {"PTRACE_PEEKUSER", 3}, {"PTRACE_POKETEXT", 4},
		{"PTRACE_POKEDATA", 5}, {"PTRACE_POKEUSER", 6}, {"PTRACE_CONT", 7}, {"PTRACE_KILL", 8}, {"PTRACE_SINGLESTEP", 9},
		{"PTRACE_GETREGS", 12}, {"PTRACE_SETREGS", 13}, {"PTRACE_GETFPREGS", 14}, {"PTRACE_SETFPREGS", 15}, {"PTRACE_ATTACH", 16},
		{"PTRACE_DETACH", 17}, {"PTRACE_SYSCALL", 24}, {"PTRACE_SETOPTIONS", 0x4200}, {"PTRACE_GETEVENTMSG", 0x4201},
		{"PTRACE_GETSIGINFO", 0x4202}, {"PTRACE_SETSIGINFO", 0x4203}, {"PTRACE_GETREGSET", 0x4204}, {"PTRACE_SETREGSET", 0x4205},
		{"PTRACE_SEIZE", 0x4206}, {"PTRACE_INTERRUPT", 0x4207}, {"PTRACE_LISTEN", 0x4208}, {"PTRACE_PEEKSIGINFO", 0x4209},
		{"PTRACE_GETSIGMASK", 0x420a}, {"PTRACE_SETSIGMASK", 0x420b}, {"PTRACE_SECCOMP_GET_FILTER", 0x420c},
		{"PTRACE_GET_SYSCALL_INFO", 0x420e}, {"PTRACE_SET_SYSCALL_INFO", 0x4212}}}
}
