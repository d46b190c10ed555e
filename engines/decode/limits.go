// Resource limits, usage, and what the system says of itself.

package decode

import (
	"math"

	"golang.org/x/sys/unix"
)

func resourceNames() *names {
	return &names{enum: true, unknown: "RLIMIT_???", list: []name{
		{"RLIMIT_CPU", 0}, {"RLIMIT_FSIZE", 1}, {"RLIMIT_DATA", 2}, {"RLIMIT_STACK", 3}, {"RLIMIT_CORE", 4}, {"RLIMIT_RSS", 5},
		{"RLIMIT_NPROC", 6}, {"RLIMIT_NOFILE", 7}, {"RLIMIT_MEMLOCK", 8}, {"RLIMIT_AS", 9}, {"RLIMIT_LOCKS", 10},
		{"RLIMIT_SIGPENDING", 11}, {"RLIMIT_MSGQUEUE", 12}, {"RLIMIT_NICE", 13}, {"RLIMIT_RTPRIO", 14}, {"RLIMIT_RTTIME", 15}}}
}

// limit prints a limit: in multiples of 1024 where it is one.
func (d *dec) limit(v uint64, infinity string) {
	switch {
	case v == math.MaxUint64:
		d.puts(infinity)
	case v > 1024 && v%1024 == 0:
		d.putu(v / 1024)
		d.puts("*1024")
	default:
		d.putu(v)
	}
}

func rlimit(infinity string) func(*dec, *Arg) {
	return func(d *dec, a *Arg) {
		b := d.structure(a, 16)
		if b == nil {
			return
		}
		d.puts("{rlim_cur=")
		d.limit(b.u64(0), infinity)
		d.puts(", rlim_max=")
		d.limit(b.u64(8), infinity)
		d.puts("}")
	}
}

func putRusage(d *dec, a *Arg) {
	b := d.structure(a, 144)
	if b == nil {
		return
	}
	d.puts("{ru_utime=")
	d.timeval(b, 0)
	d.puts(", ru_stime=")
	d.timeval(b, 16)
	d.puts(", ...}")
}

// putRusageOfWait is for wait4, which fills it in for a child that it found only.
func putRusageOfWait(d *dec, a *Arg) {
	if !d.failed && d.result == 0 {
		d.raw(a)
		return
	}
	putRusage(d, a)
}

func putUname(d *dec, a *Arg) {
	const each = 65
	b := d.structure(a, 6*each)
	if b == nil {
		return
	}
	d.puts("{sysname=")
	d.b = appendString(d.b, b.str(0, each), false)
	d.puts(", nodename=")
	d.b = appendString(d.b, b.str(each, each), false)
	d.puts(", ...}")
}

func putSysinfo(d *dec, a *Arg) {
	b := d.structure(a, 112)
	if b == nil {
		return
	}
	d.puts("{uptime=")
	d.puti(b.i64(0))
	d.puts(", loads=[")
	for i := range 3 {
		d.comma(i)
		d.putu(b.u64(8 + i*8))
	}
	d.puts("]")
	for i, n := range [...]string{", totalram=", ", freeram=", ", sharedram=", ", bufferram=", ", totalswap=", ", freeswap="} {
		d.puts(n)
		d.putu(b.u64(32 + i*8))
	}
	d.puts(", procs=")
	d.putu(uint64(b.u16(80)))
	d.puts(", totalhigh=")
	d.putu(b.u64(88))
	d.puts(", freehigh=")
	d.putu(b.u64(96))
	d.puts(", mem_unit=")
	d.putu(uint64(b.u32(104)))
	d.puts("}")
}

func limitForms() map[string]*form {
	who := &names{enum: true, unknown: "RUSAGE_???", list: []name{
		{"RUSAGE_SELF", 0}, {"RUSAGE_CHILDREN", uint64(math.MaxUint32)}, {"RUSAGE_THREAD", unix.RUSAGE_THREAD}, {"RUSAGE_BOTH", math.MaxUint32 - 1}}}
	prio := &names{enum: true, unknown: "PRIO_???", list: []name{{"PRIO_PROCESS", 0}, {"PRIO_PGRP", 1}, {"PRIO_USER", 2}}}
	return map[string]*form{
		"resource":  {kind: Enum, width: u32, set: resourceNames(), text: putNames},
		"rlimit":    {kind: Struct, text: rlimit("RLIM_INFINITY")},
		"rlimit!":   {kind: Struct, when: out, text: rlimit("RLIM_INFINITY")},
		"rlimit64":  {kind: Struct, text: rlimit("RLIM64_INFINITY")},
		"rlimit64!": {kind: Struct, when: out, text: rlimit("RLIM64_INFINITY")},
		"rusage!":   {kind: Struct, when: out, text: putRusage},
		"rusagew!":  {kind: Struct, when: out, text: putRusageOfWait},
		"rusage":    {kind: Enum, width: i32, set: who, text: putNames},
		"priowho":   {kind: Enum, width: i32, set: prio, text: putNames},
		"uname!":    {kind: Struct, when: out, text: putUname},
		"sysinfo!":  {kind: Struct, when: out, text: putSysinfo},
	}
}
