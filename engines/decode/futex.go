// futex(2): operations, and which of its arguments count for them.

package decode

// futexOps are the operations, each with the two flags that it may be combined with as strace writes them.
func futexOps() *names {
	n := &names{enum: true, unknown: "FUTEX_???"}
	for i, s := range [...]string{"FUTEX_WAIT", "FUTEX_WAKE", "FUTEX_FD", "FUTEX_REQUEUE", "FUTEX_CMP_REQUEUE", "FUTEX_WAKE_OP", "FUTEX_LOCK_PI",
		"FUTEX_UNLOCK_PI", "FUTEX_TRYLOCK_PI", "FUTEX_WAIT_BITSET", "FUTEX_WAKE_BITSET", "FUTEX_WAIT_REQUEUE_PI", "FUTEX_CMP_REQUEUE_PI", "FUTEX_LOCK_PI2"} {
		op := uint64(i)
		n.list = append(n.list, name{s, op}, name{s + "_PRIVATE", op | futexPrivate}, name{s + "|FUTEX_CLOCK_REALTIME", op | futexRealtime},
			name{s + "_PRIVATE|FUTEX_CLOCK_REALTIME", op | futexPrivate | futexRealtime})
	}
	return n
}

const (
	futexPrivate  = 128
	futexRealtime = 256
)

func futexForms() map[string]*form {
	return map[string]*form{
		"futexop":   {kind: Enum, width: i32, set: futexOps(), text: putNames},
		"futexval":  {kind: Number, width: u32, text: putFutexValue},
		"futextime": {kind: Unknown, text: putFutexTime},
		"futexaddr": {kind: Pointer, text: putFutexAddr},
		"futexval3": {kind: Number, width: u32, text: putFutexValue3},
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
