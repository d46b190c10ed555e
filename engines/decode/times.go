// Times: struct timespec, timeval, itimerval, itimerspec, utimbuf, and clocks.

package decode

import (
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

func clockNames() *names {
	return &names{enum: true, unknown: "CLOCK_???", list: []name{
		{"CLOCK_REALTIME", unix.CLOCK_REALTIME}, {"CLOCK_MONOTONIC", unix.CLOCK_MONOTONIC},
		{"CLOCK_PROCESS_CPUTIME_ID", unix.CLOCK_PROCESS_CPUTIME_ID}, {"CLOCK_THREAD_CPUTIME_ID", unix.CLOCK_THREAD_CPUTIME_ID},
		{"CLOCK_MONOTONIC_RAW", unix.CLOCK_MONOTONIC_RAW}, {"CLOCK_REALTIME_COARSE", unix.CLOCK_REALTIME_COARSE},
		{"CLOCK_MONOTONIC_COARSE", unix.CLOCK_MONOTONIC_COARSE}, {"CLOCK_BOOTTIME", unix.CLOCK_BOOTTIME},
		{"CLOCK_REALTIME_ALARM", unix.CLOCK_REALTIME_ALARM}, {"CLOCK_BOOTTIME_ALARM", unix.CLOCK_BOOTTIME_ALARM},
		{"CLOCK_TAI", unix.CLOCK_TAI},
	}}
}

func itimerNames() *names {
	return &names{enum: true, unknown: "ITIMER_???", list: []name{
		{"ITIMER_REAL", unix.ITIMER_REAL}, {"ITIMER_VIRTUAL", unix.ITIMER_VIRTUAL}, {"ITIMER_PROF", unix.ITIMER_PROF}}}
}

func timeForms() map[string]*form {
	timerFlags := &names{unknown: "TIMER_???", list: []name{{"TIMER_ABSTIME", unix.TIMER_ABSTIME}}}
	return map[string]*form{
		"clock":       {kind: Enum, width: i32, set: clockNames(), text: putNames},
		"itimer":      {kind: Enum, width: i32, set: itimerNames(), text: putNames},
		"timerflags":  {kind: Flags, width: i32, set: timerFlags, text: putNames},
		"timespec":    {kind: Struct, text: putTimespec},
		"timespec!":   {kind: Struct, when: out, text: putTimespec},
		"timeval":     {kind: Struct, text: putTimeval},
		"timeval!":    {kind: Struct, when: out, text: putTimeval},
		"itimerval":   {kind: Struct, text: putITimerval},
		"itimerval!":  {kind: Struct, when: out, text: putITimerval},
		"itimerspec":  {kind: Struct, text: putITimerspec},
		"itimerspec!": {kind: Struct, when: out, text: putITimerspec},
		"remain":      {kind: Struct, when: out, text: putRemain},
		"utimes":      {kind: Struct, text: putUtimes},
		"utimbuf":     {kind: Struct, text: putUtimbuf},
		"times2":      {kind: Struct, text: putTimevals},
		"time!":       {kind: Struct, when: out, text: putTimeT},
		"timezone":    {kind: Struct, text: putTimezone},
		"timezone!":   {kind: Struct, when: out, text: putTimezone},
		"tms!":        {kind: Struct, when: out, text: putTms},
		"timerid!":    {kind: Struct, when: out, text: putIntAt},
	}
}

func (d *dec) timespec(b block, at int) { d.time(b, at, ", tv_nsec=") }
func (d *dec) timeval(b block, at int)  { d.time(b, at, ", tv_usec=") }

// time prints seconds, and what stands beside them.
func (d *dec) time(b block, at int, beside string) {
	d.puts("{tv_sec=")
	d.puti(b.i64(at))
	d.puts(beside)
	d.puti(b.i64(at + 8))
	d.puts("}")
}

func putTimespec(d *dec, a *Arg) { d.single(a, d.timespec) }
func putTimeval(d *dec, a *Arg)  { d.single(a, d.timeval) }

func (d *dec) single(a *Arg, one func(block, int)) {
	if b := d.structure(a, 16); b != nil {
		one(b, 0)
	}
}

// pair prints two times, the interval of a timer and what is left of it.
func (d *dec) pair(a *Arg, one func(block, int)) {
	b := d.structure(a, 32)
	if b == nil {
		return
	}
	d.puts("{it_interval=")
	one(b, 0)
	d.puts(", it_value=")
	one(b, 16)
	d.puts("}")
}

func putITimerval(d *dec, a *Arg)  { d.pair(a, d.timeval) }
func putITimerspec(d *dec, a *Arg) { d.pair(a, d.timespec) }

// putRemain prints what is left of a sleep: the kernel writes it only when a signal ended it.
func putRemain(d *dec, a *Arg) {
	interrupted := d.result == -int64(unix.EINTR) || d.result == -int64(eRestartBlock) || d.result == -int64(eRestartNoHand)
	var b [16]byte
	if !d.failed || !interrupted || !d.read(a.Raw, b[:]) {
		d.raw(a)
		return
	}
	d.timespec(b[:], 0)
}

// stamp is a time of the calendar, in a comment.
func (d *dec) stamp(sec, frac int64, digits int) {
	if sec == 0 && frac == 0 {
		return
	}
	if sec < -1<<37 || sec > 1<<37 || frac < 0 {
		return
	}
	d.puts(" /* ")
	t := time.Unix(sec, 0)
	d.puts(t.Format("2006-01-02T15:04:05"))
	if frac > 0 {
		s := strconv.FormatInt(frac, 10)
		d.puts(".")
		for range digits - len(s) {
			d.puts("0")
		}
		d.puts(s)
	}
	d.puts(t.Format("-0700"))
	d.puts(" */")
}

// putUtimes prints the two times of utimensat, either of which may be a command.
func putUtimes(d *dec, a *Arg) {
	d.both(a, func(b block, at int) {
		switch b.i64(at + 8) {
		case unix.UTIME_NOW:
			d.puts("UTIME_NOW")
		case unix.UTIME_OMIT:
			d.puts("UTIME_OMIT")
		default:
			d.timespec(b, at)
			d.stamp(b.i64(at), b.i64(at+8), 9)
		}
	})
}

func putTimevals(d *dec, a *Arg) {
	d.both(a, func(b block, at int) {
		d.timeval(b, at)
		d.stamp(b.i64(at), b.i64(at+8), 6)
	})
}

// both prints two times, those of the last use and of the last change.
func (d *dec) both(a *Arg, one func(block, int)) {
	b := d.structure(a, 32)
	if b == nil {
		return
	}
	d.puts("[")
	for i := range 2 {
		d.comma(i)
		one(b, i*16)
	}
	d.puts("]")
}

func putUtimbuf(d *dec, a *Arg) {
	b := d.structure(a, 16)
	if b == nil {
		return
	}
	d.puts("{actime=")
	d.seconds(b.i64(0))
	d.puts(", modtime=")
	d.seconds(b.i64(8))
	d.puts("}")
}

func putTimeT(d *dec, a *Arg) {
	if b := d.structure(a, 8); b != nil {
		d.puts("[")
		d.seconds(b.i64(0))
		d.puts("]")
	}
}

func (d *dec) seconds(v int64) {
	d.puti(v)
	d.stamp(v, 0, 0)
}

func putTimezone(d *dec, a *Arg) {
	b := d.structure(a, 8)
	if b == nil {
		return
	}
	d.puts("{tz_minuteswest=")
	d.puti(int64(b.i32(0)))
	d.puts(", tz_dsttime=")
	d.puti(int64(b.i32(4)))
	d.puts("}")
}

func putTms(d *dec, a *Arg) {
	b := d.structure(a, 32)
	if b == nil {
		return
	}
	for i, n := range [...]string{"{tms_utime=", ", tms_stime=", ", tms_cutime=", ", tms_cstime="} {
		d.puts(n)
		d.ticks(b.i64(i * 8))
	}
	d.puts("}")
}

// ticks prints a time in hundredths of a second (times(2)), and in seconds if there are any.
func (d *dec) ticks(v int64) {
	d.puti(v)
	if v != 0 {
		d.puts(" /* ")
		d.b = strconv.AppendFloat(d.b, float64(v)/100, 'f', 2, 64)
		d.puts(" s */")
	}
}
