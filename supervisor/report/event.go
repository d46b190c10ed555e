// The lines of a report: one type for all of them, in the order in which its fields are written.

package report

import "time"

// Version is the number of the schema that this package writes, in the field "v" of each line. It grows when a field
// changes its meaning or goes away; new fields and new events come without a new number.
const Version = 1

// The kinds of events, the field "event" of a line.
const (
	KindStart    = "start"    // first line of a run: what is run, under which policy
	KindUnmet    = "unmet"    // this kernel can't hold a rule soundly, and the policy wants the run all the same
	KindBirth    = "birth"    // a task was created and has run nothing yet
	KindExec     = "exec"     // a new program is mapped and has run nothing yet
	KindDenial   = "denial"   // something was refused, or killed for
	KindRewrite  = "rewrite"  // something ran with a change
	KindTrace    = "trace"    // something ran as it was, and the policy wants it to be told
	KindSignal   = "signal"   // a signal was taken away, replaced, or killed for
	KindFailure  = "failure"  // an engine failed: it panicked, or took too long
	KindDetach   = "detach"   // an engine stopped looking at a task
	KindStop     = "stop"     // the first process was stopped by job control
	KindContinue = "continue" // and continued
	KindDeath    = "death"    // a task is dead, its status is final
	KindReap     = "reap"     // it was waited for; its number may be used again
	KindUntold   = "untold"   // how many lines about tasks were not written so far
	KindEnd      = "end"      // last line of a run: how it ended
)

// An Event is one line. Fields that say nothing are left out; which there are for each kind is in schema.json.
type Event struct {
	V     int       `json:"v"`
	Run   string    `json:"run"` // the same in all lines of a run: several may append to one file, one after the other
	Time  time.Time `json:"time"`
	Event string    `json:"event"`
	Task  *Task     `json:"task,omitempty"`

	// start
	Program string   `json:"program,omitempty"` // as it was given
	Policy  string   `json:"policy,omitempty"`
	PID     int      `json:"pid,omitempty"`  // jail's own
	Argv    []string `json:"argv,omitempty"` // of exec, too
	Cut     bool     `json:"cut,omitempty"`  // Argv is not whole

	// unmet (and Rule)
	Missing string `json:"missing,omitempty"` // what the kernel lacks
	Holds   string `json:"holds,omitempty"`   // what holds without it

	// birth
	Parent *Task `json:"parent,omitempty"`
	Thread bool  `json:"thread,omitempty"`

	// exec
	Path   string `json:"path,omitempty"`   // what was mapped: /proc/<pid>/exe
	Name   string `json:"name,omitempty"`   // file name of the program or script
	Former *Task  `json:"former,omitempty"` // the thread that called execve, if not the leader

	// denial, rewrite, trace, signal
	Engine     string     `json:"engine,omitempty"` // of detach, too
	On         string     `json:"on,omitempty"`     // event of the engine protocol
	Strictness string     `json:"strictness,omitempty"`
	What       string     `json:"what,omitempty"`
	Raw        string     `json:"raw,omitempty"` // What with the registers' numbers, where What shows memory as it was when looked at
	Rule       string     `json:"rule,omitempty"`
	Allow      string     `json:"allow,omitempty"`
	Observed   bool       `json:"observed,omitempty"` // by an engine whose verdict was not carried out
	Quiet      bool       `json:"quiet,omitempty"`    // not told on stderr
	Times      int        `json:"times,omitempty"`    // decisions that the line stands for, if more than one
	Failure    string     `json:"failure,omitempty"`  // of the engine
	Stack      string     `json:"stack,omitempty"`    // of its panic
	Ancestry   []Ancestor `json:"ancestry,omitempty"` // the process, its parent, … ; at most maxAncestry

	// detach
	Why string `json:"why,omitempty"`

	// stop
	Signal string `json:"signal,omitempty"`

	// death, end
	Status *Status `json:"status,omitempty"` // in end: of the first process
	Killer *Killer `json:"killer,omitempty"`
	Usage  *Usage  `json:"usage,omitempty"`

	// untold
	Untold *Untold `json:"untold,omitempty"`

	// end
	Exit    *Exit    `json:"exit,omitempty"`
	Totals  *Totals  `json:"totals,omitempty"`
	Engines []Engine `json:"engines,omitempty"` // those that were called, the longest total first
	Error   string   `json:"error,omitempty"`   // supervision failed
}

// A Task names a task. Serial is never given out twice in a run; the kernel gives TID out again.
type Task struct {
	Serial uint64 `json:"serial"`
	TID    int    `json:"tid"`
	TGID   int    `json:"tgid"`
}

// An Ancestor is one process in a line of descent.
type Ancestor struct {
	PID  int    `json:"pid"`
	Name string `json:"name"`
}

// A Status is how a task ended: Code when Signal is empty.
type Status struct {
	Code   int    `json:"code"`
	Signal string `json:"signal,omitempty"`
	Core   bool   `json:"core,omitempty"`
}

// A Killer is who caused a death, as far as is known.
type Killer struct {
	By     string `json:"by"` // kernel, pid, policy, outside, exec, supervisor, unknown
	PID    int    `json:"pid,omitempty"`
	Engine string `json:"engine,omitempty"`
	What   string `json:"what,omitempty"`
	Rule   string `json:"rule,omitempty"`
}

// Usage is what a task consumed; for the last task of a process that process and the children it waited for.
type Usage struct {
	User   float64 `json:"user"`   // seconds
	System float64 `json:"system"` // seconds
	MaxRSS int64   `json:"maxrss"` // KiB
}

// An Exit is how jail itself ends, and who chose that: program, policy or jail.
type Exit struct {
	Code   int    `json:"code"`
	Signal string `json:"signal,omitempty"` // jail dies of it; Code is 0 then
	By     string `json:"by"`
}

// An Engine is what the callbacks of one engine took, on all tasks together.
type Engine struct {
	Engine    string  `json:"engine"`
	Callbacks int     `json:"callbacks"`
	Seconds   float64 `json:"seconds"` // by the clock on the wall
	Longest   float64 `json:"longest"` // seconds
}

// Totals count what happened in a run by its kinds, whether it was written or not.
type Totals struct {
	Tasks     int `json:"tasks"`
	Processes int `json:"processes"`
	Execs     int `json:"execs"`
	Deaths    int `json:"deaths"` // of tasks
	Killed    int `json:"killed"` // of these by a signal
	Denials   int `json:"denials"`
	Rewrites  int `json:"rewrites"`
	Traces    int `json:"traces"`
	Signals   int `json:"signals"`
	Failures  int `json:"failures"`
}
