// Verdicts: what an engine decided, how strict that is, and why.

package utrace

import "golang.org/x/sys/unix"

// Strictness orders verdicts from loose to strict. Within one report it only ever grows.
type Strictness uint8

// The order of verdicts.
const (
	AsIs        Strictness = iota // run as it is
	Rewritten                     // run with something changed
	Answered                      // not run: a result, an errno, or a signal taken away
	KillProcess                   // the task's process dies
	KillTree                      // everything in the jail dies
)

// String names the strictness in the words of reports.
func (s Strictness) String() string {
	names := [...]string{"as-is", "rewritten", "refused", "kill-process", "kill-tree"}
	if int(s) < len(names) {
		return names[s]
	}
	return "unknown"
}

// Why is what a person is told of a decision. Every field may be empty.
type Why struct {
	What  string // what the task wanted: "exec of /usr/bin/curl"
	Raw   string // What as registers hold it, where What shows memory as it was when somebody looked: "umount2(0x55e0c1a33300, 0)"
	Rule  string // which rule decided: "ci-build.yaml:31:5  exec"
	Allow string // what to write to allow it
	Quiet bool   // decided, but not worth a sentence
}

// A Decision is one engine's part in a report, kept when it did more than let the task run as it is.
type Decision struct {
	Engine     string
	Event      Mask
	Strictness Strictness
	Why        Why
	Observed   bool     // by an observer: told, but not carried out
	Failure    *Failure // the engine failed
}

// A Failure is what went wrong in an engine's callback.
type Failure struct {
	Panic   any    // what it panicked with, or nil
	Stack   []byte // of the panic
	Overrun bool   // it took longer than its budget
	Hung    bool   // it took so much longer that it was given up, and everything was killed
	Invalid bool   // its verdict was not made by one of the event's methods, or with an action or a number that does not exist
}

// String says in a few words what happened.
func (f *Failure) String() string {
	switch {
	case f.Hung:
		return "overran its time budget and never came back"
	case f.Overrun:
		return "took longer than its time budget"
	case f.Invalid:
		return "answered with a verdict that it did not get from the event, or with an action, a signal or a call that does not exist"
	}
	return "panicked"
}

// verdict is what all typed verdicts have in common. The zero value is invalid and closes.
type verdict struct {
	valid  bool
	action Action
	strict Strictness
	why    Why
}

// The typed verdicts. Each is made by the methods of its event, so that the answer to one kind of report can't be
// returned from another. A zero verdict is an engine's failure.
type (
	// QuiesceVerdict answers ReportQuiesce.
	QuiesceVerdict struct{ verdict }
	// CloneVerdict answers ReportClone.
	CloneVerdict struct{ verdict }
	// CloneEntryVerdict answers ReportCloneEntry.
	CloneEntryVerdict struct {
		verdict
		result int64
		call   *Call
	}
	// ExecVerdict answers ReportExec.
	ExecVerdict struct{ verdict }
	// EntryVerdict answers ReportSyscallEntry.
	EntryVerdict struct {
		verdict
		result int64
		call   *Call
		redo   unix.Errno
	}
	// ExitedVerdict answers ReportSyscallExit.
	ExitedVerdict struct {
		verdict
		result *int64
	}
	// SignalVerdict answers ReportSignal.
	SignalVerdict struct {
		verdict
		info *Siginfo
		hold bool
		core bool
	}
	// JctlVerdict answers ReportJctl.
	JctlVerdict struct{ verdict }
	// ExitVerdict answers ReportExit.
	ExitVerdict struct{ verdict }
)

func run(a Action) verdict    { return verdict{valid: true, action: a} }
func rewritten(w Why) verdict { return verdict{valid: true, action: Resume, strict: Rewritten, why: w} }
func answered(w Why) verdict  { return verdict{valid: true, action: Resume, strict: Answered, why: w} }
func killing(s Strictness, w Why) verdict {
	return verdict{valid: true, action: Resume, strict: s, why: w}
}

// then sets the resume action; one that does not exist is an engine's failure.
func (v verdict) then(a Action) verdict {
	v.action = a
	v.valid = v.valid && a >= Stop && a <= Detach
	return v
}

// Then sets the resume action of a verdict: Stop, Interrupt, Report, SingleStep, BlockStep, Resume or Detach. Any but Stop lets
// go of an earlier Stop of the same engine.
func (v QuiesceVerdict) Then(a Action) QuiesceVerdict { v.verdict = v.then(a); return v }

// Then sets the resume action, as for QuiesceVerdict. Stop holds the parent before it waits for a vfork child.
func (v CloneVerdict) Then(a Action) CloneVerdict { v.verdict = v.then(a); return v }

// Then sets the resume action, as for QuiesceVerdict.
func (v CloneEntryVerdict) Then(a Action) CloneEntryVerdict { v.verdict = v.then(a); return v }

// Then sets the resume action, as for QuiesceVerdict.
func (v ExecVerdict) Then(a Action) ExecVerdict { v.verdict = v.then(a); return v }

// Then sets the resume action, as for QuiesceVerdict. Stop holds the task before the call is made.
func (v EntryVerdict) Then(a Action) EntryVerdict { v.verdict = v.then(a); return v }

// Redo is for a Rewrite: should the call that is made instead fail with errno, the program's own call is made again, and engines
// are told of that one (EntryEvent.Redone). It is for what changes between the look and the call, and costs no stop where the kernel
// has return pads. Who asks for it each time has the task try for ever; other tasks go on, and signals are delivered.
func (v EntryVerdict) Redo(errno unix.Errno) EntryVerdict { v.redo = errno; return v }

// Then sets the resume action, as for QuiesceVerdict.
func (v ExitedVerdict) Then(a Action) ExitedVerdict { v.verdict = v.then(a); return v }

// Then sets the resume action, as for QuiesceVerdict. Stop holds the task before the signal is acted on. A Hold stays a Stop
// whatever is asked for here: a signal that is pushed back while nobody stops the task would be told again and again.
func (v SignalVerdict) Then(a Action) SignalVerdict {
	v.verdict = v.then(a)
	if v.hold {
		v.action = Stop
	}
	return v
}

// Then sets the resume action, as for QuiesceVerdict.
func (v JctlVerdict) Then(a Action) JctlVerdict { v.verdict = v.then(a); return v }

// Then sets the resume action, as for QuiesceVerdict. Stop holds the dying task with its memory.
func (v ExitVerdict) Then(a Action) ExitVerdict { v.verdict = v.then(a); return v }
