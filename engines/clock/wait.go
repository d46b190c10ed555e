// Deadlines: absolute times of a changed clock become real ones.

package clock

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// Flags of calls that take deadlines (clock_nanosleep(2), timerfd_create(2), futex(2)). The numbers of the futex operations that
// have absolute ones and bit sets all have the bit 8; those of 9 and 11 wait.
const (
	timerAbstime  = 1
	futexRealtime = 256
	futexBitsets  = 8
	futexCommand  = 127
	futexWaitBits = 9
	futexRequeue  = 11
)

// ReportSyscallEntry translates the deadline of a call that has one, and bounds what is asked for of randomness.
func (e *Engine) ReportSyscallEntry(s *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	if ev.Again() {
		return ev.Continue()
	}
	c := ev.Call()
	id, arg, size := int32(-1), 0, 16
	switch e.name(c) {
	case "getrandom":
		if c.Args[1] <= mostRandom {
			return ev.Continue()
		}
		c.Args[1] = mostRandom
		return ev.Rewrite(c, utrace.Why{What: "a part of many random bytes", Rule: "clock", Quiet: true})
	case "clock_nanosleep":
		id, arg = int32(c.Args[0]), 2
	case "futex":
		if op := c.Args[1] & futexCommand; op != futexWaitBits && op != futexRequeue {
			return ev.Continue()
		}
		id, arg = unix.CLOCK_MONOTONIC, 3
		if c.Args[1]&futexRealtime != 0 {
			id = unix.CLOCK_REALTIME
		}
	case "timerfd_settime":
		id, arg, size = timerClock(s.ID().TID, int32(c.Args[0])), 2, 32 // struct itimerspec: the interval, then the deadline
	default:
		return ev.Continue()
	}
	value := make([]byte, size)
	if n, err := s.ReadMem(c.Args[arg], value); c.Args[arg] == 0 || err != nil || n < size {
		return ev.Continue() // no deadline, or one that the kernel can't read either
	}
	deadline := value[size-16:]
	at, ok := e.translate(id, deadline)
	if !ok {
		return ev.Continue()
	}
	copy(deadline, spec(at))
	where, err := s.Place(value)
	if err != nil {
		return ev.Continue() // see the package's documentation
	}
	c.Args[arg] = where
	return ev.Rewrite(c, utrace.Why{What: "a deadline by the program's clock", Rule: "clock", Quiet: true})
}

// translate is a deadline in real time. A value that is no time is the kernel's to refuse, and one of zero switches a timer off.
func (e *Engine) translate(id int32, raw []byte) (time.Time, bool) {
	sec, nsec := int64(binary.NativeEndian.Uint64(raw)), int64(binary.NativeEndian.Uint64(raw[8:]))
	if sec < 0 || sec > farthest || nsec < 0 || nsec > 999_999_999 || sec == 0 && nsec == 0 {
		return time.Time{}, false
	}
	deadline := time.Unix(sec, nsec)
	var now unix.Timespec
	if err := unix.ClockGettime(id, &now); err != nil {
		return time.Time{}, false
	}
	machine := time.Unix(now.Unix())
	var missing time.Duration
	switch {
	case id == unix.CLOCK_REALTIME || id == unix.CLOCK_REALTIME_ALARM:
		missing = deadline.Sub(e.instant())
	case id == unix.CLOCK_TAI:
		missing = deadline.Sub(e.instant().Add(taiAhead))
	case e.steady(id):
		missing = deadline.Sub(machine.Add(e.elapsed() - (e.now() - e.begun)))
	default:
		return time.Time{}, false
	}
	if rate := e.set.Rate; rate > 0 {
		missing = time.Duration(min(float64(missing)/rate, float64(longest)))
	}
	if at := machine.Add(missing); at.Unix() > 0 {
		return at, true
	}
	return time.Unix(0, 1), true // it is over
}

const (
	farthest = 1 << 40                    // seconds, beyond which all is never
	longest  = 100 * 365 * 24 * time.Hour // what is waited for at most
)

// timerClock is the clock of a timer's descriptor (proc_pid_fdinfo(5)); -1 if it is none.
func timerClock(tid int, fd int32) int32 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(tid) + "/fdinfo/" + strconv.Itoa(int(fd)))
	if err != nil {
		return -1
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), "clockid:"); ok {
			if id, err := strconv.ParseInt(strings.TrimSpace(value), 10, 32); err == nil {
				return int32(id)
			}
		}
	}
	return -1
}
