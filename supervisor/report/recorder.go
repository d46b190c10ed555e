// Recorder: a supervisor.Sink that writes a report, tells denials to people, and sums up.

package report

import (
	"io"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// Config says where a Recorder writes to.
type Config struct {
	Lines   io.Writer        // one JSON object a line, one Write a line (a *File may be given two); nil: none. See OpenFile
	People  io.Writer        // denials as sentences, one Write each; nil: none
	Summary bool             // how every process died, to People
	Now     func() time.Time // nil: time.Now
	Probe   Prober           // nil: Proc
	Tasks   int              // how many have lines of their own, see lives; 0: DefaultTasks, negative: all
	Run     string           // name of the run; "": made of pid and time
	// Lost is called once, when Lines answers an error; from then on nothing is written to it. It must not block.
	Lost func(error)
}

// A Recorder is a supervisor.Sink. Its methods may be called from any goroutine; they block as long as its writers do.
type Recorder struct {
	mu    sync.Mutex
	cfg   Config
	lines lines
	line  Event // that is being written: one is made for each birth and death

	procs   map[int]*process // by TGID
	denials denials
	repeats repeats
	lives   lives
	deaths  deaths
	totals  Totals
	engines []Engine
	first   utrace.TaskID
	failed  bool  // an enforcing engine did
	usage   Usage // of the first process
}

// New makes a Recorder.
func New(cfg Config) *Recorder {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Probe == nil {
		cfg.Probe = Proc{}
	}
	if cfg.Run == "" {
		cfg.Run = strconv.Itoa(unix.Getpid()) + "-" + strconv.FormatInt(cfg.Now().UnixNano(), 36)
	}
	r := &Recorder{cfg: cfg, lines: lines{w: cfg.Lines, lost: cfg.Lost}, procs: make(map[int]*process)}
	_, r.lines.pairs = cfg.Lines.(*File)
	if r.lives.most = cfg.Tasks; cfg.Tasks == 0 {
		r.lives.most = DefaultTasks
	}
	r.denials.w, r.deaths.want = cfg.People, cfg.Summary
	return r
}

// Err is what went wrong with Lines, wrapping ErrReport or ErrTampered, or nil.
func (r *Recorder) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lines.err
}

// Failed tells whether an enforcing engine failed, for which everything was killed.
func (r *Recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}

// put writes a line; the caller holds the mutex.
func (r *Recorder) put(e Event) {
	if r.lines.w == nil {
		return
	}
	r.hold(e)
	r.lines.flush()
}

// hold is put of a line that is written with the next one.
func (r *Recorder) hold(e Event) {
	r.line = e
	r.line.V, r.line.Run, r.line.Time = Version, r.cfg.Run, r.cfg.Now().UTC()
	r.lines.hold(&r.line)
	r.line = Event{}
}

// putLife writes a line about a task, or counts it; the caller holds the mutex. killed: the task died of a signal. In a file a
// death's line is held until its reap's is written, which follows at once: nothing goes on in between.
func (r *Recorder) putLife(e Event, id utrace.TaskID, killed bool) {
	if r.lines.w == nil {
		return
	}
	if r.lives.tells(e.Event, id, killed) {
		e.Task = task(id)
		if r.hold(e); e.Event != KindDeath || !r.lines.pairs {
			r.lines.flush()
		}
	} else if e, due := r.lives.counts(); due {
		r.put(e)
	}
}

// Start writes the first line: the program as it was asked for, and the policy's name or file.
func (r *Recorder) Start(policy, program string, argv []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := Event{Event: KindStart, Policy: policy, Program: program, PID: unix.Getpid()}
	e.Argv, e.Cut = cutArgs(argv)
	r.put(e)
}

func task(id utrace.TaskID) *Task {
	if id.Serial == 0 {
		return nil
	}
	return &Task{Serial: id.Serial, TID: id.TID, TGID: id.TGID}
}

// Unmet tells that this kernel can't hold a rule soundly: what is missing, and what holds without that. After Start.
func (r *Recorder) Unmet(rule, missing, holds string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.put(Event{Event: KindUnmet, Rule: rule, Missing: missing, Holds: holds})
}

// Birth is supervisor.Sink's. The first task has no parent, and its program is mapped already.
func (r *Recorder) Birth(child, parent utrace.TaskID, thread bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.totals.Tasks++
	if p := r.procs[child.TGID]; thread && p != nil {
		p.tasks++
	} else {
		r.totals.Processes++
		r.procs[child.TGID] = r.procs[parent.TGID].child(child.TGID)
	}
	if r.lines.w != nil {
		r.putLife(Event{Event: KindBirth, Parent: task(parent), Thread: thread}, child, false)
	}
	if parent.Serial == 0 {
		r.first = child
		r.exec(child, child)
	}
}

// Exec is supervisor.Sink's: the task stands stopped with its new program.
func (r *Recorder) Exec(id, former utrace.TaskID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.exec(id, former)
}

// exec looks into /proc only for what somebody will read: it is done for each program of a build. The name is what may be told later, and
// is read now: the program can change it (PR_SET_NAME) and all that it was given, and make who reads its memory wait (userfaultfd(2)).
func (r *Recorder) exec(id, former utrace.TaskID) {
	r.totals.Execs++
	tells := r.tellsExec(id)
	if r.lines.w == nil && r.cfg.People == nil {
		return
	}
	name := r.cfg.Probe.Comm(id.TID)
	if p := r.procs[id.TGID]; p != nil {
		p.became(name)
	}
	if !tells {
		return
	}
	e := Event{Event: KindExec, Task: task(id), Path: r.cfg.Probe.Exe(id.TID), Name: name}
	e.Argv, e.Cut = r.lives.cut(r.cfg.Probe.Argv(id.TID))
	if former.TID != id.TID {
		e.Former = task(former)
	}
	r.put(e)
}

// tellsExec tells whether a program has a line of its own, and counts it if not.
func (r *Recorder) tellsExec(id utrace.TaskID) bool {
	if r.lines.w == nil {
		return false
	}
	tells := r.lives.tells(KindExec, id, false)
	if !tells {
		if e, due := r.lives.counts(); due {
			r.put(e)
		}
	}
	return tells
}

// Stopped is supervisor.Sink's.
func (r *Recorder) Stopped(id utrace.TaskID, sig unix.Signal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.putLife(Event{Event: KindStop, Signal: SignalName(sig)}, id, false)
}

// Continued is supervisor.Sink's.
func (r *Recorder) Continued(id utrace.TaskID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.putLife(Event{Event: KindContinue}, id, false)
}

// Detached is supervisor.Sink's.
func (r *Recorder) Detached(id utrace.TaskID, engine, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.putLife(Event{Event: KindDetach, Engine: engine, Why: why}, id, false)
}

// Death is supervisor.Sink's.
func (r *Recorder) Death(id utrace.TaskID, ev utrace.DeathEvent, u utrace.Usage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.totals.Deaths++
	killed := ev.Status.Signal != 0 && ev.Killer.By != byExec
	if killed {
		r.totals.Killed++
	}
	if r.lines.w != nil {
		r.putLife(Event{Event: KindDeath, Status: status(ev.Status), Killer: killer(ev.Killer), Usage: usage(u)}, id, killed)
	}
	if p := r.procs[id.TGID]; p != nil && id.TID == id.TGID && ev.Killer.By != byExec {
		r.deaths.add(p, ev, u)
		if id.TGID == r.first.TGID {
			r.usage = *usage(u)
		}
	}
}

// Reap is supervisor.Sink's.
func (r *Recorder) Reap(id utrace.TaskID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.putLife(Event{Event: KindReap}, id, false)
	r.lines.flush() // a death may be told whose reap is not
	if p := r.procs[id.TGID]; p != nil {
		if p.tasks--; p.tasks <= 0 {
			delete(r.procs, id.TGID)
		}
	}
}

// End writes what of repeated decisions and of lives is not written yet, and the last line, and to people how often denials were repeated, and the summary. failure is what was wrong with
// supervision itself, or nil.
func (r *Recorder) End(s utrace.ExitStatus, k utrace.Killer, exit Exit, failure error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.repeats.rest() {
		r.put(e)
	}
	if e, some := r.lives.rest(); some {
		r.put(e)
	}
	totals, used := r.totals, r.usage
	e := Event{Event: KindEnd, Status: status(s), Killer: killer(k), Usage: &used, Exit: &exit, Totals: &totals, Engines: r.engines}
	if failure != nil {
		e.Error = failure.Error()
	}
	r.put(e)
	r.denials.end()
	if r.cfg.Summary && r.cfg.People != nil {
		r.deaths.write(r.cfg.People, totals, used, r.engines)
	}
}

// byExec is utrace.Killer.By of a leader that another thread's execve took the place of.
const byExec = "exec"

func status(s utrace.ExitStatus) *Status {
	return &Status{Code: s.Code, Signal: SignalName(s.Signal), Core: s.Core}
}

func usage(u utrace.Usage) *Usage {
	return &Usage{User: u.User.Seconds(), System: u.System.Seconds(), MaxRSS: u.MaxRSS}
}

func killer(k utrace.Killer) *Killer {
	if k.By == "" {
		return nil
	}
	return &Killer{By: k.By, PID: k.PID, Engine: k.Engine, What: k.Why.What, Rule: k.Why.Rule}
}

// SignalName is "SIGTERM", "SIGRTMIN+3" for a real-time signal (signal(7)), "" for none.
func SignalName(sig unix.Signal) string {
	switch name := unix.SignalName(sig); {
	case sig == 0:
		return ""
	case name != "":
		return name
	case sig > 34 && sig <= 64:
		return "SIGRTMIN+" + strconv.Itoa(int(sig)-34)
	case sig == 34:
		return "SIGRTMIN"
	}
	return "signal " + strconv.Itoa(int(sig))
}
