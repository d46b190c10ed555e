// Readings: clocks and random bytes, as programs see them.

package clock

import (
	"encoding/binary"
	"math/rand/v2"
	"time"

	"golang.org/x/sys/unix"

	"jail/engines/internal/place"
	"jail/seccomp"
	"jail/supervisor/utrace"
)

// name is that of a call of the native ABI that the engine has to do with.
func (e *Engine) name(c utrace.Call) string {
	if c.Arch != seccomp.Native().AuditArch() {
		return ""
	}
	return e.names[c.Nr]
}

// ReportSyscallExit writes our values over the kernel's, where the call has succeeded: errors are the kernel's own.
func (e *Engine) ReportSyscallExit(s *utrace.Stopped, ev *utrace.ExitedEvent) utrace.ExitedVerdict {
	c := ev.Call
	if ev.Result() < 0 {
		return ev.Continue()
	}
	switch e.name(c) {
	case "clock_gettime":
		if at, ok := e.clock(int32(c.Args[0]), s, c.Args[1]); ok {
			_ = write(s, c.Args[1], spec(at))
		}
	case "gettimeofday":
		if c.Args[0] != 0 {
			now := e.today()
			_ = write(s, c.Args[0], pair(now.Unix(), int64(now.Nanosecond()/1000)))
		}
	case "time":
		now := e.today().Unix()
		if c.Args[0] != 0 {
			_ = write(s, c.Args[0], binary.NativeEndian.AppendUint64(nil, uint64(now)))
		}
		return ev.SetResult(now, utrace.Why{What: "the time", Rule: "clock", Quiet: true})
	case "getrandom":
		e.fill(s, e.taskOf(s.ID()), c.Args[0], min(ev.Result(), mostRandom))
	}
	return ev.Continue()
}

// elapsed is how long the program has run by its clocks.
func (e *Engine) elapsed() time.Duration {
	return time.Duration(float64(e.now()-e.begun) * e.set.Rate)
}

// today is the time of day; each time that it is asked for counts as a reading.
func (e *Engine) today() time.Time {
	e.reads++
	return e.instant()
}

// instant is the time of day for whoever does not read it.
func (e *Engine) instant() time.Time {
	return e.set.Start.Add(e.elapsed()).Add(time.Duration(e.reads) * e.set.Step)
}

// taiAhead is by how much CLOCK_TAI is ahead of the time of day since 2017 (clock_gettime(2)).
const taiAhead = 37 * time.Second

// clock is the changed time of a clock; at is where the kernel has just written its own. false: the clock is left alone.
func (e *Engine) clock(id int32, m memory, at uint64) (time.Time, bool) {
	switch id {
	case unix.CLOCK_REALTIME, unix.CLOCK_REALTIME_COARSE, unix.CLOCK_REALTIME_ALARM:
		return e.today(), true
	case unix.CLOCK_TAI:
		return e.today().Add(taiAhead), true
	}
	var raw [16]byte
	if n, err := m.ReadMem(at, raw[:]); !e.steady(id) || err != nil || n < len(raw) {
		return time.Time{}, false
	}
	machine := time.Unix(int64(binary.NativeEndian.Uint64(raw[:])), int64(binary.NativeEndian.Uint64(raw[8:])))
	return machine.Add(e.elapsed() - (e.now() - e.begun)), true
}

// steady tells whether a clock is one of those that count from the machine's start, and is changed.
func (e *Engine) steady(id int32) bool {
	switch id {
	case unix.CLOCK_MONOTONIC, unix.CLOCK_MONOTONIC_RAW, unix.CLOCK_MONOTONIC_COARSE, unix.CLOCK_BOOTTIME, unix.CLOCK_BOOTTIME_ALARM:
		return e.monotonic()
	}
	return false
}

// spec is a struct timespec, pair two words of 64 bits.
func spec(t time.Time) []byte { return pair(t.Unix(), int64(t.Nanosecond())) }

func pair(a, b int64) []byte {
	return binary.NativeEndian.AppendUint64(binary.NativeEndian.AppendUint64(nil, uint64(a)), uint64(b))
}

// random are the task's next n random bytes.
func (e *Engine) random(t *task, n int) []byte {
	if t.random == nil {
		var seed [32]byte
		for i := range 4 {
			binary.LittleEndian.PutUint64(seed[8*i:], place.Mix(place.Mix(*e.set.Seed)^place.Mix(uint64(t.at)+uint64(i))))
		}
		t.random = rand.NewChaCha8(seed)
	}
	p := make([]byte, n)
	_, _ = t.random.Read(p) // it never fails
	return p
}

// mostRandom is how much one call gets: programs ask again for what is missing (getrandom(2)).
const mostRandom = 1 << 18

// fill overwrites n random bytes of the kernel's, piece by piece.
func (e *Engine) fill(m memory, t *task, at uint64, n int64) {
	for n > 0 {
		piece := min(n, 1<<12)
		if write(m, at, e.random(t, int(piece))) != nil {
			return
		}
		at, n = at+uint64(piece), n-piece
	}
}
