// The model: what it is made of, and what it tells those who watch it.

package sim

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// A Watcher is told what the programs and their supervisor do, at once and on the same goroutine. Its methods
// must not call the Kernel, Fault excepted.
type Watcher interface {
	// Stopped: Wait told of a stop or a death. occurrence is never given twice.
	Stopped(stop kernel.Stop, occurrence int)
	// Resumed: the supervisor lets a task go. dying: SIGKILL is pending or it has ended.
	Resumed(tid int, how kernel.How, dying bool)
	// Begins: a task runs an instruction of its program, the one that makes the call nr.
	Begins(tid int, nr int64)
	// Made: the kernel acted on a call, for which the filter had stopped the program or not.
	Made(tid int, c utrace.Call, traced bool)
	// Used: the kernel read the byte that a Point's call points to.
	Used(tid int, value byte)
	// Born: a task was made, by the task with tid parent.
	Born(tid, tgid, parent int)
	// Saw: the program got the result of its call nr. interrupted: a handler ran since the call began, or the
	// process was stopped and continued, so that EINTR is what it would have seen without a tracer.
	Saw(tid int, nr, result int64, interrupted bool)
	// Delivered: a signal took effect.
	Delivered(tid int, sig unix.Signal)
	// Renamed: a task has the tid of its leader from now on; its old one is free.
	Renamed(from, to int)
	// Gone: a task was reaped, or vanished in another's exec.
	Gone(tid int)
}

// Config is one run of the model.
type Config struct {
	Choose func(n int) int // a number in [0,n)
	Script Script          // of the first task
	Watch  Watcher
	// Kills is how many SIGKILLs from outside may land, each before any call, on any process.
	Kills int
	// Signals are sent to the first process from outside, one after another, at any time; all of them are sent in the end.
	Signals []unix.Signal
	// Commands are what other goroutines do, one after another, each at any time: before any call, inside any
	// callback that calls Land. All of them are done in the end, if a task lives that long.
	Commands []Command
	// ReuseTIDs lets a child have a tid that was reaped before.
	ReuseTIDs bool
	// SIGCHLD is sent to a parent whose child ends.
	SIGCHLD bool
	// Init makes the first process that of a pid namespace: a fault of it does not kill it.
	Init bool
	// Idle is asked each time when Wait is called: false ends the run (its continuation is known already).
	Idle func() bool

	trace func(string, ...any)
}

// A Command is something that another goroutine does, once When says so (nil: at any time).
type Command struct {
	When func() bool
	Do   func()
}

// FirstTID is the tid of the first task. Like most tids it is no possible wait status.
const FirstTID = 1001

// ErrOver is what Wait answers when the run is to end: a rule was broken, or Idle said so.
var ErrOver = errors.New("the run is over")

// A Fault is a broken rule.
type Fault struct{ Rule, Text string }

// Error is the rule, and what broke it.
func (f *Fault) Error() string { return f.Rule + ": " + f.Text }

// Kernel is the model. It is for one goroutine.
type Kernel struct {
	cfg   Config `hash:"-"`
	tasks map[int]*task
	known map[int]bool `hash:"-"` // every tid that was ever given out
	next  int
	freed []int

	kills    int           // left
	signals  []unix.Signal // left
	commands int           // done
	landing  bool
	rung     bool
	pads     map[uint64]*pad
	places   map[uint64][]byte // of the sealed pages that are taken
	now      time.Duration
	alarms   []*alarm
	handed   map[int]int // zombies that were reaped as tracees, and their parents; 0: the supervisor
	modern   int         // SIGKILL leaves a task in its Exit stop (Linux 6.1): 0 not chosen yet, 1 yes, 2 no

	fault *Fault
	over  bool
	uid   int
	occ   int `hash:"-"`
	calls int `hash:"-"`
	waits int `hash:"-"`
}

var _ kernel.Kernel = (*Kernel)(nil)

// New makes a kernel whose first task, FirstTID, stands stopped before its first instruction.
func New(cfg Config) *Kernel {
	k := &Kernel{cfg: cfg, tasks: make(map[int]*task), known: make(map[int]bool), handed: make(map[int]int), places: make(map[uint64][]byte), pads: make(map[uint64]*pad), next: FirstTID,
		kills: cfg.Kills, signals: cfg.Signals}
	p := &process{tgid: FirstTID, actions: map[unix.Signal]utrace.Disposition{}, memory: new(memory)}
	t := k.newTask(p, cfg.Script, nil)
	t.stop = kernel.Stop{TID: t.tid, Kind: kernel.Trap}
	t.state, t.told = stopped, true
	return k
}

// Fault says that a rule was broken. The first one counts; the run ends soon.
func (k *Kernel) Fault(rule, format string, args ...any) {
	if k.fault == nil && !k.over {
		k.log("broken: %s: "+format, append([]any{rule}, args...)...)
		k.fault = &Fault{Rule: rule, Text: fmt.Sprintf(format, args...)}
	}
	k.over = true
}

// Failure is the broken rule, or nil.
func (k *Kernel) Failure() *Fault { return k.fault }

// Over tells whether the run ended before its time: by a fault, or because Idle said so.
func (k *Kernel) Over() bool { return k.over }

// Alive lists the tids that were not reaped.
func (k *Kernel) Alive() []int { return k.sorted() }

// Dying tells whether SIGKILL was sent to the task, or it ended, or it is gone.
func (k *Kernel) Dying(tid int) bool {
	t := k.tasks[tid]
	return t == nil || t.killed || t.leaving || t.state == zombie
}

// GroupStopped tells whether the process of a task is in a group-stop.
func (k *Kernel) GroupStopped(tid int) bool {
	t := k.tasks[tid]
	return t != nil && t.proc.stopSig != 0
}

// Blocked tells whether a task is in a blocking call, which was broken off or not.
func (k *Kernel) Blocked(tid int) bool {
	t := k.tasks[tid]
	return t != nil && (t.phase == inside || t.phase == broken)
}

// Limits of one run: more means that the supervisor goes round in circles.
const (
	maxCalls = 20000
	maxWaits = 2000
)

func (k *Kernel) choose(n int) int {
	if n <= 1 || k.over {
		return 0
	}
	return k.cfg.Choose(n)
}

// before is called at the begin of each command for tid: something else may happen first.
func (k *Kernel) before(tid int) {
	if k.calls++; k.calls > maxCalls {
		k.Fault("livelock", "more than %d commands", maxCalls)
		panic(k.fault)
	}
	for !k.over && !k.landing {
		var can []func()
		if k.commandable() {
			can = append(can, k.command)
		}
		if t := k.tasks[tid]; t != nil {
			if k.kills > 0 && !t.killed {
				can = append(can, func() { k.outsideKill(t) })
			}
			for _, o := range k.group(t.proc) {
				if o != t && o.aboutToEndGroup() {
					can = append(can, func() { k.run(o) })
				}
			}
		}
		if len(can) == 0 {
			return
		}
		i := k.choose(len(can) + 1)
		if i == 0 {
			return
		}
		can[i-1]()
	}
}

// Land is where a command of another goroutine may land, besides at every call. Engines' callbacks call it.
func (k *Kernel) Land() {
	for !k.over && !k.landing && k.commandable() && k.choose(2) == 1 {
		k.command()
	}
}

func (k *Kernel) commandable() bool {
	if k.commands >= len(k.cfg.Commands) {
		return false
	}
	when := k.cfg.Commands[k.commands].When
	return when == nil || when()
}

func (k *Kernel) command() {
	k.log("  command %d from another goroutine", k.commands)
	c := k.cfg.Commands[k.commands]
	k.commands++
	k.landing = true
	c.Do()
	k.landing = false
}

// outsideKill is SIGKILL from outside, in the middle of something. The task may have reached its Exit stop by the time
// that the supervisor's command arrives, which then acts on that stop; or it has not, and the command finds it running.
func (k *Kernel) outsideKill(t *task) {
	k.kills--
	k.killGroup(t.proc, utrace.ExitStatus{Signal: unix.SIGKILL})
	if t.state == running && k.choose(2) == 1 {
		k.run(t)
	}
}

// Trace has every command and status written down by f.
func (k *Kernel) Trace(f func(format string, args ...any)) { k.cfg.trace = f }

func (k *Kernel) log(format string, args ...any) {
	if k.cfg.trace != nil {
		k.cfg.trace(format, args...)
	}
}
