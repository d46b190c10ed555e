// Processor time: what was used, and when to look again.

package limits

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// least is the part of the bound that a timer is never set below.
const least = 100

// look reads the clocks of all processes, and reaches the bound or sets the timer.
func (e *Engine) look() {
	if e.set.CPUTime.Most == 0 || e.host == nil || e.over || e.reached.Load() != nil {
		return
	}
	for tgid := range e.processes {
		e.read(tgid)
	}
	if e.spent() {
		e.reach(e.set.CPUTime, "processor time")
		return
	}
	bound := time.Duration(e.set.CPUTime.Most)
	e.rate = e.most()
	e.timer("cpu", max((bound-e.used)/time.Duration(e.rate), bound/least), e.look)
}

// spent tells whether as much as may be was used, as far as was looked.
func (e *Engine) spent() bool { return uint64(e.used) >= e.set.CPUTime.Most }

// most is how many processors the living tasks can use at a time.
func (e *Engine) most() int { return max(1, min(e.machine.CPUs, len(e.tasks))) }

// read reads the clock of one process. One that can't be read counts as it was.
func (e *Engine) read(tgid int) {
	p := e.processes[tgid]
	if p == nil {
		return
	}
	if used, err := e.machine.CPUTime(tgid); err == nil && used > p.used {
		e.used += used - p.used
		p.used = used
	}
}

// System is this machine. It counts processors that could be switched on too, since a task may be moved to any.
func System() Machine {
	began := time.Now()
	return Machine{
		Now: func() time.Duration { return time.Since(began) },
		AfterFunc: func(d time.Duration, f func()) func() {
			t := time.AfterFunc(d, f)
			return func() { t.Stop() }
		},
		CPUTime: cpuTime,
		CPUs:    processors(),
	}
}

// processors is how many processors the machine has: what jail itself may use (runtime.NumCPU) may be fewer.
func processors() int {
	var set unix.CPUSet
	n := runtime.NumCPU()
	if err := unix.SchedGetaffinity(1, &set); err == nil { // what the first process may use is nearly always all of them
		n = max(n, set.Count())
	}
	return n
}

// cpuTime reads the clock of a process. Its number is made as clock_getcpuclockid(3) does: the complement of the pid, and
// CPUCLOCK_SCHED (include/linux/posix-timers.h). Unlike the rusage of wait4(2) it has no part of the children's. The kernel
// keeps it until a zombie is reaped, and lets everybody read it (pid_for_clock() in kernel/time/posix-cpu-timers.c, Linux 6.18).
func cpuTime(tgid int) (time.Duration, error) {
	const sched = 2
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^tgid<<3|sched), &ts); err != nil {
		return 0, err
	}
	return time.Duration(ts.Nano()), nil
}
