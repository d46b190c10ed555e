// A world: the real loop and protocol over the model kernel, with everything that is checked while they run.

package sim_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/internal/kernel/sim"
	"jail/supervisor/internal/loop"
	"jail/supervisor/utrace"

	"golang.org/x/sys/unix"
)

// chooser is what drives a world.
type chooser interface{ Choose(n int) int }

// scenario is one situation that is searched.
type scenario struct {
	name    string
	script  sim.Script
	kills   int
	signals []unix.Signal
	reuse   bool
	sigchld bool
	init    bool
	wait    bool                   // survivors: wait
	storm   int                    // signals in a row that are a storm; 0: none are
	deaf    utrace.Mask            // events that the engine on every task does not ask for
	policy  func(w *world)         // attaches engines, before the loop runs
	others  []other                // what other goroutines do, one after another
	end     func(w *world)         // more to be checked in the end
	quick   bool                   // small enough to be searched without merging states too
	claimed func(utrace.Call) bool `hash:"-"` // of loop.Config; nil: every traced call runs
}

// other is something that another goroutine does, as soon as when says so or later (nil: at any time).
type other struct {
	do   func(*world)
	when func(*world) bool
}

// key names what is told once: an engine, a task, and an event of the present stop.
type key struct {
	engine  string
	tid     int
	event   utrace.Mask
	child   uint64 // of Clone: whose birth; of Death and Reap: whose
	entry   bool   // of Clone: before the call
	stopped bool   // of Jctl
	before  bool   // Quiesce before this event
	again   bool   // once more, because another engine rewrote it
}

// life is what is known of one task of the kernel.
type life struct {
	tid, tgid int
	policed   bool // base was told of its birth, and of its exec
	dead      bool // the loop was told, and has to reap it
	stopped   bool // Wait told of a stop, and it was not resumed
}

// world is one run. Everything that decides how it goes on is in its fields, because they are hashed.
type world struct {
	ch    chooser   `hash:"-"`
	sc    *scenario `hash:"-"`
	k     *sim.Kernel
	l     *loop.Loop
	first *utrace.Task

	owner     bool
	returning bool          // a callback has just returned
	checking  int           // a rule is being checked, in which nothing may land
	clock     time.Duration `hash:"-"`
	base      *engine       // follows everybody, hears everything, never detaches
	engines   []*engine
	vars      map[string]int
	lives     map[int]*life
	told      map[key]bool
	inside    []key // callbacks under way
	tags      map[int]tag
	doomed    bool // an engine failed, or killed the tree: nothing may run any more
	sink      map[string]int
	at        map[uint64]*record // by task serial
	handle    map[string]*utrace.Task
}

// tag is what engines decided at a task's present stop.
type tag struct {
	strict  utrace.Strictness
	call    utrace.Call
	sig     unix.Signal
	wrote   string // names of the engines that have rewritten it
	failed  bool   // an engine's callback failed
	results bool   // of a call: engines made it result
	result  int64
}

// record is what was told of one task by the sink.
type record struct{ births, deaths, reaps int }

const budget = time.Second

// onWorld is told of every world before it runs.
var onWorld = func(*world) {}

// newWorld makes the world of a scenario, ready to run.
func newWorld(sc *scenario, ch chooser, idle func(*world) bool) *world {
	w := &world{ch: ch, sc: sc, owner: true, vars: map[string]int{}, lives: map[int]*life{}, told: map[key]bool{},
		tags: map[int]tag{}, sink: map[string]int{}, at: map[uint64]*record{},
		handle: map[string]*utrace.Task{}}
	cfg := sim.Config{Choose: ch.Choose, Script: sc.script, Watch: w, Kills: sc.kills, Signals: sc.signals,
		ReuseTIDs: sc.reuse, SIGCHLD: sc.sigchld, Init: sc.init, Idle: func() bool { w.settled(); return idle == nil || idle(w) }}
	for _, f := range sc.others {
		c := sim.Command{Do: func() { w.elsewhere(func() { f.do(w) }) }}
		if f.when != nil {
			c.When = func() bool {
				w.checking++
				defer func() { w.checking-- }()
				return f.when(w)
			}
		}
		cfg.Commands = append(cfg.Commands, c)
	}
	w.k = sim.New(cfg)
	unclaimed := func(c utrace.Call) bool { return sc.claimed == nil || !sc.claimed(c) }
	w.l = loop.New(loop.Config{Kernel: w.k, Sink: (*sink)(w), Budget: budget,
		Now: func() time.Duration { return w.clock + w.k.Now() }, After: w.k.After, OnOwner: func() bool { return w.owner }, CloneNr: sim.NrClone,
		IsClone:   func(_ uint32, nr int64) bool { return nr == sim.NrClone },
		Unclaimed: unclaimed, Killed: func(utrace.Call) (utrace.Why, bool) { return utrace.Why{}, false },
		StormAt: cmp.Or(sc.storm, -1), WaitSurvivors: sc.wait})
	w.first = w.l.First(sim.FirstTID)
	w.base = w.engine("base", behaviour{})
	w.lives[sim.FirstTID].policed = true
	w.lives[sim.FirstTID].stopped = true
	w.attach(w.first, w.base, utrace.All&^sc.deaf, utrace.Follow())
	if sc.policy != nil {
		sc.policy(w)
	}
	onWorld(w)
	return w
}

// run drives the loop until all tasks are gone, and checks what must hold in the end.
func (w *world) run() error {
	err := w.l.Run()
	if w.k.Over() {
		if f := w.k.Failure(); f != nil {
			return f
		}
		return nil // the rest is known
	}
	if err != nil {
		return &sim.Fault{Rule: "run", Text: err.Error()}
	}
	w.atEnd()
	if f := w.k.Failure(); f != nil {
		return f
	}
	return nil
}

func (w *world) atEnd() {
	if alive := w.k.Alive(); len(alive) > 0 {
		w.fault("left-alive", "the loop ended, and these tasks were not reaped: %v", alive)
		return
	}
	if n := w.k.Zombies(); n > 0 {
		w.fault("zombie-left", "the loop ended, and %d zombies whose parents have ended were not collected", n)
	}
	if n := w.k.Alarms(); n > 0 {
		w.fault("timer-left", "the loop ended, and %d of its timers run on", n)
	}
	for serial, r := range w.at {
		if r.births != 1 || r.deaths != 1 || r.reaps != 1 {
			w.fault("end-once", "the sink heard of task #%d: %d births, %d deaths, %d reaps", serial, r.births, r.deaths, r.reaps)
		}
	}
	for _, e := range w.engines {
		for serial, s := range e.on {
			if !s.silent && !s.late && s.mask.Has(utrace.Death|utrace.Reap) && s.cleared == 0 && (s.deaths != 1 || s.reaps != 1) {
				w.fault("end-once", "engine %s heard of task #%d: Death %d times, Reap %d times", e.name, serial, s.deaths, s.reaps)
			}
		}
	}
	if w.sc.end != nil {
		w.sc.end(w)
	}
}

func (w *world) fault(rule, format string, args ...any) { w.k.Fault(rule, format, args...) }

// elsewhere runs f as another goroutine would: at this moment, but not as the owner.
func (w *world) elsewhere(f func()) {
	owner := w.owner
	w.owner = false
	f()
	w.owner = owner
}

// cancelled makes a Barrier answer at once.
var cancelled = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// settled is called whenever the loop waits: nothing is under way, so nobody may have to wait for anything.
func (w *world) settled() {
	w.checking++
	defer func() { w.checking-- }()
	for _, e := range w.engines {
		for _, s := range e.on {
			s.unsettled, s.notYet = false, 0
			if w.k.Over() {
				continue
			}
			w.elsewhere(func() {
				if err := s.link.Barrier(cancelled); err != nil {
					w.fault("barrier-stuck", "the loop waits, and a Barrier of %s on task %v would wait too", e.name, s.link.Task().ID())
				}
			})
		}
	}
	w.mustHold()
	w.doomed = w.doomed || w.vars["kill"] != 0
}

// engine makes an engine of the scenario.
func (w *world) engine(name string, b behaviour) *engine {
	e := &engine{w: w, name: name, do: b, on: map[uint64]*watch{}}
	w.engines = append(w.engines, e)
	return e
}

// attach puts e on a task, and follows it there.
func (w *world) attach(t *utrace.Task, e *engine, m utrace.Mask, opts ...utrace.AttachOption) *utrace.Attachment {
	a, err := t.Attach(e, append(opts, utrace.WithEvents(m))...)
	if err != nil {
		if !errors.Is(err, unix.ESRCH) {
			w.fault("attach", "%s: %v", e.name, err)
		}
		return nil
	}
	e.mask = m
	s := e.watch(a, m)
	s.late = w.lives[t.ID().TID] == nil || w.lives[t.ID().TID].dead
	for _, k := range w.inside {
		if k.tid == t.ID().TID {
			s.notYet |= k.event
			if k.before {
				s.notYet |= utrace.All &^ utrace.Quiesce
			}
		}
	}
	return a
}

// later is the choice of a behaviour.
func (w *world) later(n int) int {
	if w.k.Over() {
		return 0
	}
	return w.ch.Choose(n)
}

// sink is the world as the loop's Sink.
type sink world

func (s *sink) of(id utrace.TaskID) *record {
	r := s.at[id.Serial]
	if r == nil {
		r = &record{}
		s.at[id.Serial] = r
	}
	return r
}

func (s *sink) Birth(child, _ utrace.TaskID, _ bool) { s.of(child).births++ }
func (s *sink) Exec(_, _ utrace.TaskID)              {}
func (s *sink) Decided(_ utrace.TaskID, d utrace.Decision) {
	s.sink[fmt.Sprint(d.Engine, " ", d.Strictness)] = 1
}
func (s *sink) Stopped(utrace.TaskID, unix.Signal) { s.sink["stopped"] = 1 }
func (s *sink) Continued(utrace.TaskID)            { s.sink["continued"] = 1 }
func (s *sink) Death(id utrace.TaskID, ev utrace.DeathEvent, _ utrace.Usage) {
	if ev.Status.Signal != 0 {
		s.sink["died"] = 1
	}
	r := s.of(id)
	if r.deaths++; r.deaths > 1 || r.reaps > 0 {
		(*world)(s).fault("end-once", "the sink heard of the death of %v twice, or after its Reap", id)
	}
}
func (s *sink) Reap(id utrace.TaskID) {
	r := s.of(id)
	if r.reaps++; r.reaps > 1 || r.deaths != 1 {
		(*world)(s).fault("end-once", "the sink heard of the Reap of %v twice, or before its Death", id)
	}
}
func (s *sink) Detached(utrace.TaskID, string, string) {}

var _ kernel.Kernel = (*sim.Kernel)(nil)
