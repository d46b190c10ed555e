// futex(2): operations, and which of its arguments count for them.

package decode

func futexOps() *names {
	return &names{enum: true, unknown: "FUTEX_???", list: []name{
		{"FUTEX_WAIT", 0}, {"FUTEX_WAKE", 1}, {"FUTEX_FD", 2}, {"FUTEX_REQUEUE", 3}, {"FUTEX_CMP_REQUEUE", 4}, {"FUTEX_WAKE_OP", 5},
		{"FUTEX_LOCK_PI", 6}, {"FUTEX_UNLOCK_PI", 7}, {"FUTEX_TRYLOCK_PI", 8}, {"FUTEX_WAIT_BITSET", 9}, {"FUTEX_WAKE_BITSET", 10},
		{"FUTEX_WAIT_REQUEUE_PI", 11}, {"FUTEX_CMP_REQUEUE_PI", 12}, {"FUTEX_LOCK_PI2", 13}}}
}

const (
	futexPrivate  = 128
	futexRealtime = 256
)

func futexForms() map[string]*form {
	ops := futexOps()
	return map[string]*form{
		"futexop":   {kind: Enum, width: i32, lookup: futexName, text: func(d *dec, a *Arg) { d.futexOp(uint32(a.Raw), ops) }},
		"futexval":  {kind: Number, width: u32, text: putFutexValue},
		"futextime": {kind: Unknown, text: putFutexTime},
		"futexaddr": {kind: Pointer, text: putFutexAddr},
		"futexval3": {kind: Number, width: u32, text: putFutexValue3},
	}
}

func (d *dec) futexOp(op uint32, ops *names) {
	name, ok := ops.find(uint64(op &^ (futexPrivate | futexRealtime)))
	if !ok {
		d.b = ops.append(d.b, uint64(op))
		return
	}
	d.puts(name)
	if op&futexPrivate != 0 {
		d.puts("_PRIVATE")
	}
	if op&futexRealtime != 0 {
		d.puts("|FUTEX_CLOCK_REALTIME")
	}
}

func (d *dec) futexCommand() uint64 {
	return uint64(uint32(d.arg(1))) &^ (futexPrivate | futexRealtime)
}

func putFutexValue(d *dec, a *Arg) {
	switch d.futexCommand() {
	case 6, 7, 8, 13: // those that lock by thread
		a.Unused = true
	default:
		d.putu(uint64(uint32(a.Raw)))
	}
}

// putFutexTime prints the fourth argument: a time, or a number of waiters.
func putFutexTime(d *dec, a *Arg) {
	switch d.futexCommand() {
	case 0, 6, 9, 11, 13:
		putTimespec(d, a)
	case 3, 4, 5, 12:
		d.putu(uint64(uint32(a.Raw)))
	case 1, 7, 8, 10:
		a.Unused = true
	default:
		d.putx0(a.Raw)
	}
}

func putFutexAddr(d *dec, a *Arg) {
	switch d.futexCommand() {
	case 0, 1, 6, 7, 8, 9, 10, 13:
		a.Unused = true
	default:
		d.raw(a)
	}
}

func putFutexValue3(d *dec, a *Arg) {
	switch d.futexCommand() {
	case 4, 12:
		d.putu(uint64(uint32(a.Raw)))
	case 5:
		d.putx0(uint64(uint32(a.Raw)))
	case 9, 10:
		if uint32(a.Raw) == 1<<32-1 {
			d.puts("FUTEX_BITSET_MATCH_ANY")
		} else {
			d.putx0(uint64(uint32(a.Raw)))
		}
	case 0, 1, 3, 6, 7, 8, 11, 13:
		a.Unused = true
	default:
		d.putx0(uint64(uint32(a.Raw)))
	}
}

// futexName is the operation for rules: its name with what it is combined with is one.
func futexName(d *dec, a *Arg) *names {
	return &names{enum: true, list: []name{{futexText(uint32(a.Raw)), uint64(uint32(a.Raw))}}}
}

func futexText(op uint32) string {
	d := dec{}
	d.futexOp(op, futexOps())
	return string(d.b)
}
