// Capabilities, processors, scheduling, IPC keys.

package decode

func identityForms() map[string]*form {
	version := &names{enum: true, unknown: "_LINUX_CAPABILITY_VERSION_???", list: []name{{"_LINUX_CAPABILITY_VERSION_1", 0x19980330},
		{"_LINUX_CAPABILITY_VERSION_2", 0x20071026}, {"_LINUX_CAPABILITY_VERSION_3", 0x20080522}}}
	caps := capNames()
	data := func(d *dec, a *Arg) { d.capabilities(a, caps) }
	all := map[string]*form{
		"caphdr":      {kind: Struct, text: func(d *dec, a *Arg) { d.capHeader(a, version) }},
		"capdata":     {kind: Struct, text: data},
		"capdata!":    {kind: Struct, when: out, text: data},
		"cpus":        {kind: Struct, text: func(d *dec, a *Arg) { d.cpus(a, d.arg(a.spec.at)) }},
		"cpus!":       {kind: Struct, when: out, text: putCPUsFilled},
		"sched":       {kind: Enum, width: i32, set: schedPolicies(), text: putNames},
		"schedparam":  {kind: Struct, text: putSchedParam},
		"schedparam!": {kind: Struct, when: out, text: putSchedParam},
		"key":         {kind: Number, width: u32, text: putKey},
		"ipcflags":    {kind: Flags, width: i32, set: ipcFlags(), text: putIPCFlags},
		"mbcpu":       {kind: Number, width: i32, text: putMembarrierCPU},
		"membarrier": flagForm("MEMBARRIER_CMD_???", name{"MEMBARRIER_CMD_QUERY", 0}, name{"MEMBARRIER_CMD_GLOBAL", 1},
			name{"MEMBARRIER_CMD_GLOBAL_EXPEDITED", 2}, name{"MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED", 4}, name{"MEMBARRIER_CMD_PRIVATE_EXPEDITED", 8},
			name{"MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED", 0x10}, name{"MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE", 0x20},
			name{"MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE", 0x40}, name{"MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ", 0x80},
			name{"MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ", 0x100}),
	}
	all["membarrier"].after = membarrierResult
	return all
}

func schedPolicies() *names {
	return &names{unknown: "SCHED_???", mask: 0xff, list: []name{{"SCHED_OTHER", 0}, {"SCHED_FIFO", 1}, {"SCHED_RR", 2}, {"SCHED_BATCH", 3},
		{"SCHED_ISO", 4}, {"SCHED_IDLE", 5}, {"SCHED_DEADLINE", 6}, {"SCHED_EXT", 7}, {"SCHED_RESET_ON_FORK", 0x40000000}}}
}

// putMembarrierCPU prints the processor, which counts with MEMBARRIER_CMD_FLAG_CPU only.
func putMembarrierCPU(d *dec, a *Arg) {
	if d.arg(1)&1 == 0 {
		a.Unused = true
		return
	}
	d.puti(a.Size)
}

// membarrierResult names what MEMBARRIER_CMD_QUERY answers: the commands that there are.
func membarrierResult(d *dec, a *Arg) {
	if !d.failed && uint32(a.Raw) == 0 {
		d.hexResult = true
		d.addNote(string(a.spec.form.set.append(nil, uint64(d.result))))
	}
}

func (d *dec) capHeader(a *Arg, version *names) {
	b := d.structure(a, 8)
	if b == nil {
		return
	}
	d.puts("{version=")
	d.b = version.append(d.b, uint64(b.u32(0)))
	d.puts(", pid=")
	d.puti(int64(b.i32(4)))
	d.puts("}")
}

// capabilities prints the sets of capget and capset: one word of each, or two since version 2 (capabilities(7)).
func (d *dec) capabilities(a *Arg, caps *names) {
	words := 2
	if h := block(d.bytes(d.arg(a.spec.at), 4)); h.u32(0) == 0x19980330 {
		words = 1
	}
	b := d.structure(a, 12*words)
	if b == nil {
		return
	}
	for i, label := range [...]string{"{effective=", ", permitted=", ", inheritable="} {
		d.puts(label)
		d.capSet(uint64(b.u32(i*4))|uint64(b.u32(12+i*4))<<32, caps)
	}
	d.puts("}")
}

func (d *dec) capSet(set uint64, caps *names) {
	if set == 0 {
		d.puts("0")
		return
	}
	first := true
	for i := range uint64(64) {
		if set>>i&1 == 0 {
			continue
		}
		name, ok := caps.find(i)
		if !ok {
			if !first {
				d.puts("|")
			}
			d.putx(set >> i << i)
			return
		}
		if !first {
			d.puts("|")
		}
		first = false
		d.puts("1<<")
		d.puts(name)
	}
}

// cpus prints a set of processors of n bytes.
func (d *dec) cpus(a *Arg, n uint64) {
	b := d.structure(a, int(min(n, 1024)))
	if b == nil {
		return
	}
	d.puts("[")
	first := true
	for i := range len(b) * 8 {
		if b[i/8]>>(i%8)&1 == 0 {
			continue
		}
		if !first {
			d.puts(" ")
		}
		first = false
		d.puti(int64(i))
	}
	d.puts("]")
}

func putCPUsFilled(d *dec, a *Arg) {
	if d.failed {
		d.raw(a)
		return
	}
	d.cpus(a, uint64(max(d.result, 0)))
}

func putSchedParam(d *dec, a *Arg) {
	b := d.structure(a, 4)
	if b == nil {
		return
	}
	d.puts("[")
	d.puti(int64(b.i32(0)))
	d.puts("]")
}

func putKey(d *dec, a *Arg) {
	if uint32(a.Raw) == 0 {
		d.puts("IPC_PRIVATE")
		return
	}
	d.putx(uint64(uint32(a.Raw)))
}

func ipcFlags() *names {
	return &names{ignore: 0o777, list: []name{{"IPC_CREAT", 0o1000}, {"IPC_EXCL", 0o2000}, {"SHM_HUGETLB", 0o4000}, {"SHM_NORESERVE", 0o10000}}}
}

// putIPCFlags prints flags whose last bits are permissions.
func putIPCFlags(d *dec, a *Arg) {
	flags := uint64(uint32(a.Raw))
	if rest := flags &^ 0o777; rest != 0 {
		d.b = a.spec.form.set.append(d.b, rest)
		d.puts("|")
	}
	d.b = appendOctal(d.b, flags&0o777)
}
