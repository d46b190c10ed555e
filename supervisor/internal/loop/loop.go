// Package loop owns a jail: it alone waits, decodes and resumes. stop := Wait → event → report → resume.
package loop

import (
	"cmp"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// A Sink hears what happens, on the owner's goroutine except where it says otherwise. It must not block for long:
// the task it is told about waits.
type Sink interface {
	Birth(child, parent utrace.TaskID, thread bool)
	Exec(id, former utrace.TaskID) // the task is stopped: /proc tells of the new program
	Decided(id utrace.TaskID, d utrace.Decision)
	Stopped(id utrace.TaskID, sig unix.Signal) // the first process is in a group stop
	Continued(id utrace.TaskID)
	Death(id utrace.TaskID, ev utrace.DeathEvent, u utrace.Usage)
	Reap(id utrace.TaskID)
	Detached(id utrace.TaskID, engine, why string) // from any goroutine
}

// Config is what a Loop is made of.
type Config struct {
	Kernel kernel.Kernel
	Sink   Sink
	Budget time.Duration        // of one callback; 0: none
	Now    func() time.Duration // monotonic
	// After has f called once when d has passed, on any goroutine, unless stop was called before. nil: time.AfterFunc.
	After   func(d time.Duration, f func()) (stop func())
	OnOwner func() bool // is the caller on the goroutine that called Run?
	// CloneNr and Clone3Nr are the numbers of clone and clone3 in the native table. Clone3Nr 0: there is none.
	CloneNr, Clone3Nr int64
	// IsClone tells the calls that make a child: clone, fork, vfork, clone3.
	IsClone func(arch uint32, nr int64) bool
	// Unclaimed decides a traced call that no engine asks for at this moment: true lets it run, else it is answered ENOSYS,
	// as the kernel does when there is no tracer.
	Unclaimed func(utrace.Call) bool
	// Stops is for utrace.Host. nil: every call stops.
	Stops func(calls *utrace.SyscallSet, clones bool) error
	// Killed explains a death by the filter's RET_KILL from the call that was made.
	Killed func(utrace.Call) (utrace.Why, bool)
	// StormAt is how many signals in a row are a storm (storm.go). 0: 32; negative: none are.
	StormAt int
	// WaitSurvivors: when the first process has ended, wait for the rest instead of killing it.
	WaitSurvivors bool
}

// A Loop supervises one tree of tasks. All methods are for the owner's goroutine, except Do and Space's.
type Loop struct {
	cfg   Config
	k     kernel.Kernel
	sink  Sink
	space *utrace.Space

	tasks     map[int]*task
	crowds    map[int]crowd         // by process
	limbo     map[int]kernel.Stop   // stopped before anybody told of their birth (P18)
	stillborn map[int]bool          // reaped before anybody told of their birth
	unwaited  map[int][]int         // by process: its children that are dead, and that it may not have waited for
	first     int                   // tgid of the first process
	killing   *utrace.Killer        // everything is being killed, and why
	spaces    map[int]*addressSpace // by process

	mu     sync.Mutex
	todo   []func()
	closed bool
}

// New makes a loop; Run starts it.
func New(cfg Config) *Loop {
	l := &Loop{cfg: cfg, k: cfg.Kernel, sink: cfg.Sink, tasks: make(map[int]*task), crowds: make(map[int]crowd), limbo: make(map[int]kernel.Stop),
		stillborn: make(map[int]bool), unwaited: make(map[int][]int), spaces: make(map[int]*addressSpace)}
	if cfg.After == nil {
		l.cfg.After = func(d time.Duration, f func()) func() {
			timer := time.AfterFunc(d, f)
			return func() { timer.Stop() }
		}
	}
	if cfg.StormAt == 0 {
		l.cfg.StormAt = stormAt
	}
	l.space = utrace.New(host{l}, cfg.Budget)
	return l
}

// Space is the loop's tasks and engines.
func (l *Loop) Space() *utrace.Space { return l.space }

// First makes the handle of the first task, which stands stopped before its first instruction, so that engines can be
// attached to it before Run.
func (l *Loop) First(tid int) *utrace.Task {
	t := l.enter(l.space.Add(tid, tid), tid, tid)
	t.at = kernel.Trap
	l.first = tid
	l.sink.Birth(t.u.ID(), utrace.TaskID{}, false)
	return t.u
}

// Run lets the first task go and returns when every task has been reaped. It must be called on the owner's goroutine.
func (l *Loop) Run() error {
	defer l.close()
	for _, t := range l.tasks {
		l.begin(t)
	}
	for { // not only until all known tasks are gone: a child may live whose parent was killed before it told of it
		stop, err := l.k.Wait()
		if errors.Is(err, unix.ECHILD) {
			return nil
		}
		if err != nil {
			return err
		}
		l.handle(stop)
		if len(l.tasks) == 0 {
			l.killLimbo()
		}
	}
}

// handle is the whole of the loop: one status, decoded already, goes to the one place that knows what to do.
func (l *Loop) handle(stop kernel.Stop) {
	if stop.Kind == kernel.Ring {
		l.ring()
		return
	}
	if stop.Kind == kernel.Death {
		l.death(stop)
		return
	}
	if stop.Kind == kernel.Exec {
		l.exec(stop)
		return
	}
	t := l.tasks[stop.TID]
	if t == nil {
		l.unknown(stop)
		return
	}
	t.at, t.parked = stop.Kind, false
	l.space.Unpark(t.u)
	if stop.Kind != kernel.Seccomp && !l.offPad(t) { // there it is seen from where the call was made
		return
	}
	switch stop.Kind {
	case kernel.Seccomp:
		l.entry(t)
	case kernel.SyscallExit:
		l.exited(t)
	case kernel.Clone:
		l.clone(t, stop.Flavor)
	case kernel.Exit:
		l.exit(t)
	case kernel.Trap:
		l.trap(t)
	case kernel.Group:
		l.group(t, stop.Signal)
	case kernel.Signal:
		l.signal(t, stop.Signal)
	default:
		l.resume(t, kernel.Cont, 0)
	}
}

// Do has f run on the owner's goroutine soon; false if the loop has ended. Any goroutine; never blocks.
func (l *Loop) Do(f func()) bool {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return false
	}
	l.todo = append(l.todo, f)
	l.mu.Unlock()
	l.k.Ring()
	return true
}

func (l *Loop) ring() {
	l.mu.Lock()
	todo := l.todo
	l.todo = nil
	l.mu.Unlock()
	for _, f := range todo {
		f()
	}
	for _, u := range l.space.Serve() {
		if t := l.find(u); t != nil {
			l.attend(t)
		}
	}
}

// close runs what was asked for too late, so that nobody waits for ever.
func (l *Loop) close() {
	if l.space.Lost() { // nothing is told or asked any more: the thread ends
		return
	}
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	for _, t := range l.tasks { // if Wait failed
		t.forget()
	}
	l.ring()
}

// host is what the protocol needs of the loop.
type host struct{ l *Loop }

func (h host) Ring()              { h.l.k.Ring() }
func (h host) OnOwner() bool      { return h.l.cfg.OnOwner() }
func (h host) Now() time.Duration { return h.l.cfg.Now() }
func (h host) Machine(id utrace.TaskID) utrace.Machine {
	t := h.l.tasks[id.TID]
	if t == nil || t.u.ID().Serial != id.Serial || t.at == 0 {
		return nil
	}
	return t
}
func (h host) Stops(calls *utrace.SyscallSet, clones bool) error {
	if h.l.cfg.Stops == nil {
		return nil
	}
	return h.l.cfg.Stops(calls, clones)
}

func (h host) Detached(id utrace.TaskID, engine, why string) { h.l.sink.Detached(id, engine, why) }

// Tasks are those that live, by age.
func (l *Loop) Tasks() []*utrace.Task {
	all := make([]*utrace.Task, 0, len(l.tasks))
	for _, t := range l.tasks {
		all = append(all, t.u)
	}
	slices.SortFunc(all, func(a, b *utrace.Task) int { return cmp.Compare(a.ID().Serial, b.ID().Serial) })
	return all
}

// Abandon waits for the first task, which was killed before Run, to be gone.
func (l *Loop) Abandon() {
	l.killing = &utrace.Killer{By: "supervisor"}
	_ = l.Run()
}

// Signal sends sig to a process of the jail; ESRCH if it was reaped already.
func (l *Loop) Signal(tgid int, sig unix.Signal) error {
	if !l.living(tgid) {
		return unix.ESRCH
	}
	return l.k.Kill(tgid, sig)
}
