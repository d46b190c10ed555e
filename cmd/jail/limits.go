// Limits that jail itself keeps: wall time, processor time of all tasks together, output; and what is told when any was reached.

package main

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"jail/engines"
	"jail/engines/limits"
	"jail/policy"
	"jail/supervisor"
	"jail/supervisor/utrace"
)

// A keeper keeps the limits of one run. It is the limits.Host of its engines, whose methods the jail's thread calls.
type keeper struct {
	plan   *policy.Plan
	rec    *record
	jail   *supervisor.Jail
	out    *relay         // nil: output is not bounded
	time   *limits.Engine // nil: nor is anything else that an engine bounds
	first  utrace.TaskID  // the jail's thread's, until it has ended
	faults *faults

	explain bool      // --explain
	trace   *traceOut // nil: nothing is traced
}

// keepSink is a sink that tells the keeper who is first.
type keepSink struct {
	sink
	keep *keeper
}

// Birth is supervisor.Sink's.
func (s keepSink) Birth(child, parent utrace.TaskID, thread bool) {
	if parent.Serial == 0 {
		s.keep.first = child
		if t := s.keep.trace; t != nil {
			t.engine.First(child)
		}
	}
	s.sink.Birth(child, parent, thread)
}

// Detached is supervisor.Sink's.
func (s keepSink) Detached(id utrace.TaskID, engine, why string) {
	if t := s.keep.trace; t != nil {
		t.detached(engine, why)
	}
	s.sink.Detached(id, engine, why)
}

// prepare takes what it needs of a command before its start: the engine, and the program's output. unbounded says that this can't
// be bounded, which was told.
func (k *keeper) prepare(c *supervisor.Command, unbounded bool) error {
	k.out = nil
	if k.trace != nil { // the last: it sees calls as the program makes them, and results as it gets them
		c.Engines = append(c.Engines, k.trace.observer())
	}
	for _, e := range c.Engines {
		switch e := e.Engine.(type) {
		case *limits.Engine:
			k.time = e
		case *limits.FileSize:
			e.TellTo(k.Tell)
		}
	}
	if k.time == nil || k.time.OutputBound() == 0 || unbounded {
		return nil
	}
	var err error
	k.out, err = newRelay(k.time.OutputBound(), func() { k.time.OutputReached(k) }, [2]int{1, 2})
	if err != nil {
		return fmt.Errorf("the program's output can't be bounded: %w", err)
	}
	c.Files = k.out.files(c.Files)
	return nil
}

// begin lets the limits take effect when j was started; nil: it was not.
func (k *keeper) begin(j *supervisor.Jail) {
	k.jail = j
	if j == nil {
		if k.out != nil {
			k.out.close()
		}
		return
	}
	if k.time != nil {
		k.time.Begin(k)
	}
	if k.out != nil {
		k.out.begin()
	}
	if k.trace != nil {
		k.trace.begin(j)
	}
}

// end is called when the jail has ended: all output has gone out then. It makes of the result what a limit makes of it. A run
// that came to a limit before it ended was ended by the policy, whatever the program made of the signal.
func (k *keeper) end(res *supervisor.Result) {
	why, reached := utrace.Why{}, false
	if k.time != nil {
		why, reached = k.time.Reached()
	}
	if k.out != nil {
		k.out.end(reached)
	}
	if reached {
		res.Killer = utrace.Killer{By: "policy", Engine: "limits", Why: why}
	}
	if res.MemoryKills > 0 && k.plan.Limits.Memory.Set {
		k.memory(res)
	}
}

// memory tells that the kernel killed for want of memory. If it was the first process, which nobody else is known to have
// killed, the policy killed the program.
func (k *keeper) memory(res *supervisor.Result) {
	bound := limits.Memory(k.plan)
	why := bound.Why
	why.What = "using up its memory of " + bound.Text // not how many died: the kernel may count one twice
	d := utrace.Decision{Engine: "limits", Event: utrace.Death, Strictness: utrace.KillProcess, Why: why}
	if by := res.Killer.By; res.Status.Signal == unix.SIGKILL && (by == "unknown" || by == "kernel" || by == "") {
		res.Killer = utrace.Killer{By: "policy", Engine: "limits", Why: why}
	}
	k.rec.Decided(k.first, d)
}

// pause tells how long jail may be stopped without letting a limit pass; 0: for ever. It is called on the jail's thread.
func (k *keeper) pause() (most time.Duration, may bool) {
	if k.time == nil {
		return 0, true
	}
	return k.time.Pause()
}

// PID is limits.Host's.
func (k *keeper) PID() int { return k.jail.PID() }

// Do is limits.Host's.
func (k *keeper) Do(f func()) bool { return k.jail.Do(f) }

// Signal is limits.Host's. What it can't be sent to has ended.
func (k *keeper) Signal(sig unix.Signal) { go func() { _ = k.jail.Signal(sig) }() }

// KillTree is limits.Host's.
func (k *keeper) KillTree(who utrace.Killer) { k.jail.KillAs(who) }

// Tell is limits.Host's.
func (k *keeper) Tell(id utrace.TaskID, d utrace.Decision) {
	if id == (utrace.TaskID{}) {
		id = k.first
	}
	k.rec.Decided(id, d)
}

// outputUnmet says that the output of a program that writes to a terminal can't be bounded: what goes through jail is no
// terminal any more to the program, which would be another run than the one that was asked for.
func outputUnmet(plan *policy.Plan) (engines.Unmet, bool) {
	if l := plan.Limits.Output; l.Set && (isTerminal(1) || isTerminal(2)) {
		return engines.Unmet{Rule: l.Rule, Missing: "standard output and error that are no terminal",
			Holds: "output is not bounded", Instead: "jail run … 2>&1 | cat"}, true
	}
	return engines.Unmet{}, false
}

func isTerminal(fd int) bool {
	_, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	return err == nil
}

// ignorable are errors of writing output that are no news: nobody reads it any more.
func ignorable(err error) bool { return errors.Is(err, unix.EPIPE) }
