// The engine: what it hears, and what it makes of it.

package trace

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"jail/engines/decode"
	"jail/supervisor/report"
	"jail/supervisor/utrace"
)

// Config says what is told, and to whom.
type Config struct {
	// Sink is told of each event, on the jail's own thread and while the task waits: it must not block, and not call the engine.
	Sink func(Event)
	// Select says what is told of. The zero Select is everything.
	Select Select
	// Decoder says how much of the program's data is shown.
	Decoder decode.Decoder
	// Want is what of a call is looked up; 0 is decode.All. Formats for people need decode.Text only, which saves a look at /proc for
	// each descriptor.
	Want decode.Want
	// Full is asked after each system call's entry and exit that was told of, on the jail's own thread: true stops the task until
	// Engine.Resume. It is how a Sink whose reader is slow keeps its memory bounded without losing anything, and without keeping
	// the jail's thread. nil: never.
	Full func() bool
	// Name is the engine's; "": trace. Engines on one task are told apart by their names (utrace.Task.Match).
	Name string

	Now   func() time.Duration // a monotonic clock; nil: the time since New
	Probe report.Prober        // who reads of new programs; nil: report.Proc
}

// An Engine tells what the tasks that it is attached to do. It serves one jail. It is made to observe (supervisor.Engine.Observe):
// all its verdicts let things be as they are. Attach it with utrace.Follow, or as one of supervisor.Command's engines, and as the
// last of them: see the package's documentation.
type Engine struct {
	cfg   Config
	sel   *selection
	now   func() time.Duration
	probe report.Prober
	want  decode.Want

	seq   uint64
	tasks map[uint64]*task // by TaskID.Serial, until they are reaped
	procs map[int]*process // by TGID, until their last task is reaped
	held  []*utrace.Attachment
}

// task is what is kept of one task.
type task struct {
	proc   *process
	inside *inside // the call that it is in; nil: none that is told of
	at     *utrace.Attachment
}

// inside is a call that has begun.
type inside struct {
	as    utrace.Call
	call  decode.Call
	at    time.Duration
	after uint64
}

// New makes an engine. The error names the words of cfg.Select that mean nothing, and what may have been meant; it is also for a
// Config without a Sink.
func New(cfg Config) (*Engine, error) {
	if cfg.Sink == nil {
		return nil, errors.New("engine trace: nobody to tell: Config.Sink is nil")
	}
	sel, err := cfg.Select.compile()
	if err != nil {
		return nil, err
	}
	e := &Engine{cfg: cfg, sel: sel, now: cfg.Now, probe: cfg.Probe, tasks: make(map[uint64]*task), procs: make(map[int]*process)}
	if e.now == nil {
		start := time.Now()
		e.now = func() time.Duration { return time.Since(start) }
	}
	if e.want = cfg.Want; e.want == 0 {
		e.want = decode.All
	}
	if e.probe == nil {
		e.probe = report.Proc{}
	}
	return e, nil
}

// Name is "trace", or Config.Name.
func (e *Engine) Name() string {
	if e.cfg.Name == "" {
		return "trace"
	}
	return e.cfg.Name
}

// Events is everything but Quiesce and Exit.
func (e *Engine) Events() utrace.Mask {
	return utrace.On(utrace.Clone, utrace.Exec, utrace.SyscallEntry, utrace.SyscallExit, utrace.Signals, utrace.Jctl, utrace.Death, utrace.Reap)
}

// Syscalls are the calls that Select names, on every ABI.
func (e *Engine) Syscalls() *utrace.SyscallSet { return e.sel.calls() }

// Len is the number of tasks, or of processes, that something is kept about.
func (e *Engine) Len() int { return max(len(e.tasks), len(e.procs)) }

// Resume lets the tasks go on that Config.Full had stopped. It is called on the jail's own thread (supervisor.Jail.Do).
func (e *Engine) Resume() {
	for _, a := range e.held {
		_ = a.Control(utrace.Resume) // ESRCH, EINVAL: it does not wait any more
	}
	e.held = nil
}

// First tells of the first task of a jail before it makes a call: of one that makes none that is selected, the program would not be
// known until it is too late to look. It is called by supervisor.Sink's Birth of the task without a parent, on the jail's own
// thread. Who does not call it loses no more than that.
func (e *Engine) First(id utrace.TaskID) { e.know(id) }

// know makes the task known; the first sight of a first one tells of its program.
func (e *Engine) know(id utrace.TaskID) *task {
	if t := e.tasks[id.Serial]; t != nil {
		return t
	}
	p := e.procs[id.TGID]
	if p == nil {
		p = &process{now: &Process{PID: id.TGID}}
		e.became(p, id)
		e.procs[id.TGID] = p
		t := e.enter(id, p)
		if id.TID == id.TGID && p.now.Path != "" { // of one that is dead already nothing can be said
			args, cut := argv(e.probe, id.TID)
			e.tell(t, Event{Task: id, Kind: KindExec, Exec: &Exec{Found: true, Path: p.now.Path, Argv: args, Cut: cut, Former: id}})
		}
		return t
	}
	return e.enter(id, p)
}

func (e *Engine) enter(id utrace.TaskID, p *process) *task {
	t := &task{proc: p}
	p.tasks++
	e.tasks[id.Serial] = t
	return t
}

// tell hands an event on, if it was asked for.
func (e *Engine) tell(t *task, ev Event) {
	ev.Process = t.proc.now
	ev.Program = ev.Process.Program
	if !e.sel.wants(&ev) {
		return
	}
	e.seq++
	ev.Seq = e.seq
	if ev.Kind != KindSyscall {
		ev.After, ev.At = e.seq-1, e.now()
	}
	e.cfg.Sink(ev)
}

// full tells whether the task is to wait, and notes it down.
func (e *Engine) full(s *utrace.Stopped, t *task) bool {
	if e.cfg.Full == nil || !e.cfg.Full() {
		return false
	}
	t.at = nil // looked up anew: what is held by an attachment that is gone nobody could let go
	a := e.attachment(s, t)
	if a == nil {
		return false
	}
	e.held = append(e.held, a)
	return true
}

// attachment is the engine on this task; nil if another one has its name there.
func (e *Engine) attachment(s *utrace.Stopped, t *task) *utrace.Attachment {
	if t.at == nil {
		a, err := s.Task().Match(e.Name())
		if err != nil || a.Engine() != utrace.Engine(e) {
			return nil
		}
		t.at = a
	}
	return t.at
}

// ReportSyscallEntry notes the call, and its arguments as they are now.
func (e *Engine) ReportSyscallEntry(s *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	id, c := s.ID(), ev.Call()
	t := e.know(id)
	if t.inside != nil && t.inside.as == c { // made again without the program's doing, after a stop
		return ev.Continue()
	}
	e.unfinished(t, id, Lost)
	wanted := e.sel.enters(id, c)
	if wanted {
		call := e.cfg.Decoder.Head(c)
		r := decode.Task(s)
		if e.sel.byPath() {
			call.Resolve(r, decode.Paths|decode.Addrs)
			wanted = e.sel.path(&call)
		}
		if wanted {
			call.Resolve(r, e.want)
			t.inside = &inside{as: c, call: call, at: e.now(), after: e.seq}
		}
	}
	if e.sel.narrow() {
		e.exits(s, t, wanted && !never(&t.inside.call))
	}
	if wanted && e.full(s, t) {
		return ev.Continue().Then(utrace.Stop)
	}
	return ev.Continue()
}

// exits asks for the exit of the call that the task stands before, or says that it is not wanted.
func (e *Engine) exits(s *utrace.Stopped, t *task, want bool) {
	a := e.attachment(s, t)
	if a == nil {
		return
	}
	mask := e.Events()
	if !want {
		mask &^= utrace.SyscallExit
	}
	_ = a.SetEvents(mask) // only of a dying task it answers an error: that has no exits
}

// never tells the calls that do not come back.
func never(c *decode.Call) bool { return c.Name == "exit" || c.Name == "exit_group" }

// ReportSyscallExit tells of the call.
func (e *Engine) ReportSyscallExit(s *utrace.Stopped, ev *utrace.ExitedEvent) utrace.ExitedVerdict {
	id := s.ID()
	t := e.know(id)
	in := t.inside
	if in == nil { // it was turned down, or made before this engine came
		return ev.Continue()
	}
	t.inside = nil
	if in.as != ev.Call {
		e.endless(t, id, in, Lost)
		return ev.Continue()
	}
	res := in.call.Exit(decode.Task(s), ev.Result())
	e.tell(t, Event{Task: id, Kind: KindSyscall, After: in.after, At: in.at, Took: e.now() - in.at, Call: &in.call, Result: res})
	if e.full(s, t) {
		return ev.Continue().Then(utrace.Stop)
	}
	return ev.Continue()
}

// unfinished tells of the call that the task is in, if it is in one: it won't come back.
func (e *Engine) unfinished(t *task, id utrace.TaskID, why Unfinished) {
	if in := t.inside; in != nil {
		t.inside = nil
		e.endless(t, id, in, why)
	}
}

func (e *Engine) endless(t *task, id utrace.TaskID, in *inside, why Unfinished) {
	if never(&in.call) {
		why = ""
	} else {
		in.call.Exit(nil, -int64(unix.EFAULT)) // what it would have filled in is an address
	}
	e.tell(t, Event{Task: id, Kind: KindSyscall, After: in.after, At: in.at, Took: e.now() - in.at, Call: &in.call,
		Result: decode.Result{Text: noResult}, Unfinished: why})
}
