// What is told: an Event, and the details of each kind of it.

package trace

import (
	"time"

	"golang.org/x/sys/unix"

	"jail/engines/decode"
	"jail/supervisor/utrace"
)

// A Kind says what an Event tells of, and with that which of its fields are filled in.
type Kind uint8

// The kinds of events.
const (
	KindSyscall Kind = iota + 1 // a system call: Call, Result, Took, Unfinished
	KindSignal                  // a signal is about to be acted on: Signal
	KindExec                    // a new program is mapped: Exec
	KindClone                   // the task made another: Birth
	KindJob                     // job control stopped the process, or continued it: Job
	KindDeath                   // the task is dead: Death
)

// String is the kind in one word, as in JSON.
func (k Kind) String() string {
	names := [...]string{"none", "syscall", "signal", "exec", "clone", "job", "death"}
	if int(k) < len(names) {
		return names[k]
	}
	return "unknown"
}

// An Event is one thing that happened. Its consumer may keep it, on any goroutine: nothing that it points to is changed any more.
type Event struct {
	// Seq counts the events that an engine has told, from 1: in the order in which they ended.
	Seq uint64
	// After is the Seq of the last event that had been told when this one began: what has a Seq up to it was over by then. For
	// everything but a system call it is Seq-1.
	After uint64
	// At is when it began, since the engine was made; Took how long a system call took, from stop to stop.
	At, Took time.Duration
	Task     utrace.TaskID
	// Process is the task's process, with its ancestors, as they were when the event was told. Never nil in what an Engine tells.
	Process *Process
	// Program is Process.Program: the file name of the program or script that runs, at most 15 bytes (proc_pid_comm(5)).
	Program string
	Kind    Kind

	Call   *decode.Call  // not nil of a KindSyscall
	Result decode.Result // of a call that is Unfinished only its Text is set
	// Unfinished says why a call has no result. It is "" of exit and exit_group, too, which never have one.
	Unfinished Unfinished

	Signal *Signal
	Exec   *Exec
	Birth  *Birth
	Job    *Job
	Death  *Death
}

// Failed tells whether the event is a call that failed, as the program sees it: one that the kernel makes again has not.
func (e *Event) Failed() bool {
	return e.Kind == KindSyscall && e.Unfinished == "" && e.Result.Errno != 0 && !e.Result.Restart
}

// Returned tells whether the event is a call that came back, and with a result that is no failure.
func (e *Event) Returned() bool {
	return e.Kind == KindSyscall && e.Unfinished == "" && e.Result.Errno == 0 && e.Result.Text != noResult
}

// noResult is the text of a result that will never be.
const noResult = "?"

// An Unfinished is a reason for which a call never came back to the program.
type Unfinished string

// The reasons.
const (
	Killed   Unfinished = "killed" // the task died in it
	Replaced Unfinished = "exec"   // another thread of the process called execve(2)
	Lost     Unfinished = "lost"   // the task made another call without this one's exit being told
)

// A Signal is one that is about to be acted on.
type Signal struct {
	Number      unix.Signal
	Info        utrace.Siginfo
	Disposition utrace.Disposition
	// Taken: an engine took the signal away, and the program hears nothing of it.
	Taken bool
}

// An Exec is a program that begins.
type Exec struct {
	// Found: it was there when the engine first saw the process, and nobody was seen to start it: the first program of a jail, or
	// of a process that the engine was attached to later.
	Found  bool
	Path   string        // what was mapped, /proc/PID/exe; of a script its interpreter
	Argv   []string      // at most 1024 of them and 64 KiB in all, see Cut
	Cut    bool          // Argv is not whole
	Former utrace.TaskID // who called execve; another than Event.Task by its TID if that was not the leader
}

// A Birth is a task that was made, and has run nothing yet. The event's task is its parent.
type Birth struct {
	Child   utrace.TaskID
	Process *Process // the child's
	Thread  bool     // of the same process
	VFork   bool     // the parent waits for it to exec or exit
	Flags   uint64   // CLONE_* where they are known, see utrace.CloneEvent
}

// A Job is a stop of a whole process by job control, or the end of one.
type Job struct {
	Stopped bool
	Signal  unix.Signal // that stopped it
}

// A Death is the end of a task. That of a process's leader is the process's, whenever it comes (wait(2)).
type Death struct {
	Status utrace.ExitStatus
	Killer utrace.Killer // who is known to have caused it
}
