// Package clock is the engine that gives programs another time and other randomness: the same in every run.
//
//	e, err := clock.New(clock.Settings{Start: time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC), Seed: new(uint64(7))})
//	cmd := supervisor.Command{Path: "/usr/bin/date", Engines: []supervisor.Engine{{Engine: e.Attachable()}}}
//
// # What is changed
//
// The time of day: clock_gettime of CLOCK_REALTIME, its coarse and alarm kinds, and CLOCK_TAI; gettimeofday and time. At a Rate other than 0 and 1
// also CLOCK_MONOTONIC, its raw and coarse kinds, and CLOCK_BOOTTIME, which go on from what they were when the program began.
// Libraries read the clock without a system call, in a library that the kernel puts into every program (vdso(7)). So each new
// program is told that there is none: AT_SYSINFO_EHDR in its auxiliary vector (getauxval(3)) becomes AT_IGNORE before the first instruction.
//
// Randomness: what getrandom fills in, and the 16 bytes of AT_RANDOM, from which libraries make stack protectors and hash seeds. They
// depend on the seed and on the task's place in the tree, which child of which child it is, and so not on scheduling.
//
// # Waiting
//
// Relative times (nanosleep, poll, futex, …) are real ones: a second's sleep takes a second, and a clock that stands still is where
// it was. Absolute ones that are of a changed clock are translated: what is missing by the program's clock is waited for in real
// time, divided by Rate. That is done for clock_nanosleep, futex (FUTEX_WAIT_BITSET, which locks and conditions with a time-out are made
// of) and timerfd_settime, where arguments can be sealed (utrace.ErrUnsealed); elsewhere, and in timer_settime, mq_timedreceive,
// mq_timedsend, and futexes with priority inheritance, the program's deadline is taken for a real one.
//
// # What is not
//
// The time-stamps of files, processes and of what is received, /proc/uptime and the like; CPU time; the processor's own counter, which
// programs can read without the kernel (rdtsc; prctl(2), PR_SET_TSC, could make that a signal); a program that finds the kernel's
// library by itself or calls the vsyscall page; /dev/urandom and /dev/random; rdrand; addresses (personality(2), ADDR_NO_RANDOMIZE) and numbers of processes.
// Programs of other than the native ABI are left alone wholly.
package clock

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"jail/engines/internal/place"
	"jail/seccomp"
	"jail/supervisor/utrace"
)

// Settings say what time it is and what is random.
type Settings struct {
	Name  string        // in reports; "" is "clock"
	Start time.Time     // the time of day when the program begins; zero: clocks are left alone
	Rate  float64       // how much faster than real time clocks go; 0: the time of day stands still
	Step  time.Duration // what each reading of the time of day adds, by whatever task: for programs that wait for it to change
	Seed  *uint64       // of randomness; nil: it is left alone
	// Now is real time on a monotonic clock, from any beginning; nil: time.Since of New. For tests.
	Now func() time.Duration
}

// An Engine changes time and randomness in one jail. Its callbacks are called on that jail's thread.
type Engine struct {
	set   Settings
	now   func() time.Duration
	begun time.Duration
	names map[int64]string
	calls utrace.SyscallSet
	tasks map[uint64]*task // by Serial
	reads int64
}

// task is what is kept of one.
type task struct {
	at       place.Place
	children uint64
	random   *rand.ChaCha8
}

// fastest keeps sums of times within 64 bits for years.
const fastest = 1e6

// New makes an engine. The error says which setting is wrong.
func New(set Settings) (*Engine, error) {
	switch {
	case set.Start.IsZero() && (set.Rate != 0 || set.Step != 0):
		return nil, errors.New("clock: Rate and Step are of a clock that has a Start")
	case set.Start.IsZero() && set.Seed == nil:
		return nil, errors.New("clock: nothing is to be changed; give Start or Seed")
	case math.IsNaN(set.Rate) || set.Rate < 0 || set.Rate > fastest:
		return nil, fmt.Errorf("clock: a rate is from 0 to %g, not %g", fastest, set.Rate)
	case set.Step < 0:
		return nil, errors.New("clock: time does not go back: Step is negative")
	}
	if set.Name == "" {
		set.Name = "clock"
	}
	e := &Engine{set: set, now: set.Now, names: make(map[int64]string), tasks: make(map[uint64]*task)}
	if e.now == nil {
		start := time.Now()
		e.now = func() time.Duration { return time.Since(start) }
	}
	e.begun = e.now()
	e.listen()
	return e, nil
}

// listen fills in the calls, of the native ABI.
func (e *Engine) listen() {
	abi := seccomp.Native()
	add := func(name string, put func(arch uint32, nr int64)) {
		if nr, ok := abi.Number(name); ok {
			e.names[int64(nr)] = name
			put(abi.AuditArch(), int64(nr))
		}
	}
	all := func(arch uint32, nr int64) { e.calls.Add(arch, nr) }
	if e.set.Seed != nil {
		add("getrandom", all)
	}
	if e.set.Start.IsZero() {
		return
	}
	for _, name := range []string{"clock_gettime", "gettimeofday", "time"} {
		add(name, all)
	}
	flagged := func(arg int, bits uint32) func(arch uint32, nr int64) {
		return func(arch uint32, nr int64) { e.calls.AddIf(arch, nr, arg, bits, 0) }
	}
	add("clock_nanosleep", flagged(1, timerAbstime))
	add("timerfd_settime", flagged(1, timerAbstime))
	if e.monotonic() {
		add("futex", flagged(1, futexBitsets))
	} else {
		add("futex", flagged(1, futexRealtime))
	}
}

// monotonic tells whether the monotonic clocks are changed, too.
func (e *Engine) monotonic() bool { return !e.set.Start.IsZero() && e.set.Rate != 0 && e.set.Rate != 1 }

// Attachable is what is to be attached: the engine, which seals arguments too if it translates deadlines.
func (e *Engine) Attachable() utrace.Engine {
	if e.set.Start.IsZero() {
		return e
	}
	return sealing{e}
}

// sealing is an Engine that places values of its own among arguments.
type sealing struct{ *Engine }

// Seals are the calls with deadlines.
func (s sealing) Seals() *utrace.SyscallSet {
	set := new(utrace.SyscallSet)
	for nr, name := range s.names {
		if name == "futex" || name == "clock_nanosleep" || name == "timerfd_settime" {
			set.Add(seccomp.Native().AuditArch(), nr)
		}
	}
	return set
}

// Name is that of the settings.
func (e *Engine) Name() string { return e.set.Name }

// Events are calls, programs, births and reaps; and Quiesce for the first program, before its first instruction.
func (*Engine) Events() utrace.Mask {
	return utrace.On(utrace.Quiesce, utrace.SyscallEntry, utrace.SyscallExit, utrace.Exec, utrace.Clone, utrace.Reap)
}

// Syscalls are those that read clocks, wait for them, and ask for randomness.
func (e *Engine) Syscalls() *utrace.SyscallSet { return &e.calls }

// Begin is supervisor.Beginner's: the first program was executed before there was an engine to be told.
func (e *Engine) Begin(a *utrace.Attachment) { _ = a.Control(utrace.Report) } // it stands: there is no error to be had

// ReportQuiesce changes the first program's auxiliary vector. After that the engine wants no Quiesce any more.
func (e *Engine) ReportQuiesce(s *utrace.Stopped, ev *utrace.QuiesceEvent) utrace.QuiesceVerdict {
	err := s.Attachment().SetEvents(e.Events() &^ utrace.Quiesce)
	if ev.Before == 0 && err == nil {
		err = e.started(s)
	}
	if err != nil {
		return ev.KillProcess(unable(err))
	}
	return ev.Continue()
}

// ReportExec changes the auxiliary vector of the new program.
func (e *Engine) ReportExec(s *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
	if err := e.started(s); err != nil {
		return ev.KillProcess(unable(err))
	}
	return ev.Continue()
}

// unable is why a program does not run: with the machine's clock it would be another test than the one that was asked for.
func unable(err error) utrace.Why {
	return utrace.Why{What: "a program whose clock can't be changed: " + err.Error(), Rule: "clock"}
}

// ReportClone gives the child its place.
func (e *Engine) ReportClone(s *utrace.Stopped, ev *utrace.CloneEvent) utrace.CloneVerdict {
	t := e.taskOf(s.ID())
	t.children++
	e.tasks[ev.Child.ID().Serial] = &task{at: t.at.Child(t.children)}
	return ev.Continue()
}

// ReportReap forgets the task.
func (e *Engine) ReportReap(id utrace.TaskID) { delete(e.tasks, id.Serial) }

// Len is how many tasks something is kept about.
func (e *Engine) Len() int { return len(e.tasks) }

func (e *Engine) taskOf(id utrace.TaskID) *task {
	t := e.tasks[id.Serial]
	if t == nil {
		t = &task{at: place.Root()}
		e.tasks[id.Serial] = t
	}
	return t
}
