// Package limits is the engine that bounds what neither resource limits nor cgroups do: the wall time of a run, the processor
// time of all its tasks together, and what it writes to standard output and error.
//
//	e := limits.New(limits.Settings{
//		WallTime: limits.Bound{Most: uint64(10 * time.Minute), Why: utrace.Why{Rule: "p.yaml:7:3  limits: wall-time: 10m"}},
//		Signal:   unix.SIGTERM, Grace: 5 * time.Second,
//	}, limits.System())
//	cmd := supervisor.Command{Path: "/usr/bin/make", Engines: []supervisor.Engine{{Engine: e}}}
//	jail, err := cmd.Start()
//	if err != nil {
//		return err
//	}
//	e.Begin(host{jail}) // the clock runs from here
//
// Whoever reaches a bound has the first process sent Signal, and everything killed after Grace; without a Signal everything is
// killed at once. Each run reaches one bound at most: the first.
//
// Nothing is polled. Wall time is one timer. For processor time a timer is set to the moment before which the living tasks
// can't reach the bound, even if each of them had a processor for itself from now on; then their clocks are read
// (clock_getcpuclockid(3)), and it is set anew. So that this ends, it is never set to less than a hundredth of the bound: the bound
// may be overrun by that much on each processor.
package limits

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// Bound is one bound, and what to tell when it is reached. Most 0 is no bound.
type Bound struct {
	Most uint64 // nanoseconds, or bytes
	Text string // how a person would write Most: "10m"
	Why  utrace.Why
}

// Settings of the engine.
type Settings struct {
	WallTime, CPUTime, Output Bound

	Signal unix.Signal   // 0: everything is killed at once
	Grace  time.Duration // after Signal

	// Survivors says that the run goes on when the first process has ended: then the bounds hold for the rest too.
	Survivors bool
}

// Any tells whether there is a bound.
func (s Settings) Any() bool { return s.WallTime.Most > 0 || s.CPUTime.Most > 0 || s.Output.Most > 0 }

// A Host is the jail that is bounded. Its methods are called on the jail's thread, and must not wait for it.
type Host interface {
	PID() int                   // of the first process
	Do(f func()) bool           // has f run on the jail's thread; called on any goroutine. False: the jail has ended
	Signal(sig unix.Signal)     // to the first process
	KillTree(who utrace.Killer) // everything
	// Tell has a decision reported; the zero TaskID stands for the first task.
	Tell(id utrace.TaskID, d utrace.Decision)
}

// A Machine is what the engine needs of the machine.
type Machine struct {
	// AfterFunc runs f on a goroutine of its own after d, unless stop is called before (time.AfterFunc).
	AfterFunc func(d time.Duration, f func()) (stop func())
	// Now is the time on the clock by which AfterFunc counts.
	Now func() time.Duration
	// CPUTime is what a process with all its threads has used until now, also a dead one that is not reaped.
	CPUTime func(tgid int) (time.Duration, error)
	// CPUs is how many processors can run tasks at a time.
	CPUs int
}

// An Engine bounds one jail.
type Engine struct {
	set     Settings
	machine Machine

	// What follows is the jail's thread's.
	host      Host                // nil: Begin was not called yet
	over      bool                // the first process ended, and the run with it
	firstDead bool                // the first process ended
	timers    map[string]*timer   // by name
	tasks     map[uint64]struct{} // living, by TaskID.Serial
	processes map[int]*process    // by TGID
	used      time.Duration       // of all processes, as far as was looked
	rate      int                 // how many processors the timer of processor time reckons with; 0: it is not set

	reached atomic.Pointer[utrace.Why]
}

// process is one that is not reaped.
type process struct {
	tasks int
	used  time.Duration // when it was looked at last
}

// timer is one that has not gone off.
type timer struct {
	at   time.Duration
	f    func()
	stop func()
}

// New makes the engine; machine is System but for tests.
func New(set Settings, machine Machine) *Engine {
	return &Engine{set: set, machine: machine, timers: make(map[string]*timer), tasks: make(map[uint64]struct{}), processes: make(map[int]*process)}
}

// Name is "limits".
func (*Engine) Name() string { return name }

const name = "limits"

// Events are births, deaths and reaping: stops that a jail has anyhow.
func (*Engine) Events() utrace.Mask { return utrace.On(utrace.Clone, utrace.Death, utrace.Reap) }

// Len is the number of tasks that something is kept about.
func (e *Engine) Len() int { return max(len(e.tasks), len(e.processes)) }

// Begin lets the clock of the wall time run, and bounds take effect. It is called once, when the jail was started; from any
// goroutine but the jail's. It does not block.
func (e *Engine) Begin(h Host) {
	h.Do(func() {
		e.host = h
		if e.processes[h.PID()] == nil {
			e.processes[h.PID()] = new(process) // no event has told of it yet
		}
		if w := e.set.WallTime; w.Most > 0 {
			e.timer("wall", time.Duration(w.Most), func() { e.reach(w, "wall time") })
		}
		e.look()
	})
}

// OutputReached is called when more was written than may be; from any goroutine. It does not block.
func (e *Engine) OutputReached(h Host) {
	h.Do(func() { e.reach(e.set.Output, "output") })
}

// OutputBound is how many bytes may be written to standard output and error together; 0: any number.
func (e *Engine) OutputBound() uint64 { return e.set.Output.Most }

// Reached is why the run was ended by a bound; false if it was not. Any goroutine.
func (e *Engine) Reached() (utrace.Why, bool) {
	if w := e.reached.Load(); w != nil {
		return *w, true
	}
	return utrace.Why{}, false
}

// ReportClone counts a birth: more tasks can use more processors at once.
func (e *Engine) ReportClone(s *utrace.Stopped, ev *utrace.CloneEvent) utrace.CloneVerdict {
	e.know(s.ID())
	e.know(ev.Child.ID())
	if e.rate > 0 && e.most() > e.rate {
		e.look()
	}
	return ev.Continue()
}

// ReportDeath reads the clock of the process for the last time if this was its last task. What one process alone used up the
// kernel may have killed it for (RLIMIT_CPU), before the timer came.
func (e *Engine) ReportDeath(id utrace.TaskID, ev *utrace.DeathEvent) {
	e.know(id)
	first := e.host != nil && id.TID == e.host.PID() && id.TID == id.TGID && ev.Killer.By != "exec"
	if e.set.CPUTime.Most > 0 {
		e.read(id.TGID)
		if e.host != nil && e.spent() && (!first || ev.Status.Signal != 0) {
			e.reach(e.set.CPUTime, "processor time")
		}
	}
	if first {
		e.firstDead = true
		e.over = !e.set.Survivors
	}
	if e.over {
		e.stopTimers()
	}
}

// ReportReap forgets a task. What a process used is kept in the sum.
func (e *Engine) ReportReap(id utrace.TaskID) {
	delete(e.tasks, id.Serial)
	p := e.processes[id.TGID]
	if p == nil {
		return
	}
	if p.tasks--; p.tasks <= 0 {
		delete(e.processes, id.TGID)
	}
	if len(e.processes) == 0 {
		e.stopTimers()
	}
}

// know counts a task that is seen for the first time.
func (e *Engine) know(id utrace.TaskID) {
	if _, known := e.tasks[id.Serial]; known {
		return
	}
	e.tasks[id.Serial] = struct{}{}
	p := e.processes[id.TGID]
	if p == nil {
		p = new(process)
		e.processes[id.TGID] = p
	}
	p.tasks++
}

// timer has f run on the jail's thread after d, in the place of an earlier timer of that name.
func (e *Engine) timer(name string, d time.Duration, f func()) {
	if old := e.timers[name]; old != nil {
		old.stop()
	}
	h, t := e.host, &timer{at: e.machine.Now() + d}
	t.f = func() {
		if e.timers[name] == t { // it is this one's turn, and was not before
			delete(e.timers, name)
			f()
		}
	}
	t.stop = e.machine.AfterFunc(d, func() { h.Do(t.f) })
	e.timers[name] = t
}

// Pause does what is due, and tells how long the supervisor may be stopped (SIGSTOP) from now on: in a stopped process no timer
// goes off. 0 is for ever. It may not be stopped at all when a bound was reached, until what follows from that is done. It is
// called on the jail's thread.
func (e *Engine) Pause() (d time.Duration, may bool) {
	now := e.machine.Now()
	for _, t := range e.timers {
		if t.at <= now {
			t.stop()
			t.f()
		}
	}
	if e.reached.Load() != nil {
		return 0, false
	}
	for _, t := range e.timers {
		if left := max(t.at-now, 1); d == 0 || left < d {
			d = left
		}
	}
	return d, true
}

func (e *Engine) stopTimers() {
	for _, t := range e.timers {
		t.stop()
	}
	clear(e.timers)
	e.rate = 0
}

// reach ends the run for a bound, if it has not ended, and no other bound has ended it.
func (e *Engine) reach(b Bound, what string) {
	if e.over || e.reached.Load() != nil {
		return
	}
	why := b.Why
	why.What = fmt.Sprintf("using up its %s of %s", what, b.Text)
	e.reached.Store(&why)
	e.stopTimers()
	told := why
	if gently := e.set.Signal != 0 && !e.firstDead; gently {
		told.What += fmt.Sprintf("; it gets %s first, and %v to end", unix.SignalName(e.set.Signal), short(e.set.Grace))
		e.host.Signal(e.set.Signal)
		e.timer("grace", e.set.Grace, func() { e.kill(why) })
	} else {
		e.kill(why)
	}
	e.host.Tell(utrace.TaskID{}, utrace.Decision{Engine: name, Event: utrace.Quiesce, Strictness: utrace.KillTree, Why: told})
}

// short is a time for people: "10m", not "10m0s".
func short(d time.Duration) string {
	s := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return s
}

func (e *Engine) kill(why utrace.Why) {
	e.host.KillTree(utrace.Killer{By: "policy", Engine: name, Why: why})
}
