// Signals, births, programs and deaths.

package trace

import (
	"slices"

	"jail/supervisor/utrace"
)

// ReportSignal tells of a signal that is about to be acted on.
func (e *Engine) ReportSignal(s *utrace.Stopped, ev *utrace.SignalEvent) utrace.SignalVerdict {
	id := s.ID()
	e.tell(e.know(id), Event{Task: id, Kind: KindSignal,
		Signal: &Signal{Number: ev.Signal(), Info: ev.Info(), Disposition: ev.Disposition(), Taken: ev.Taken()}})
	return ev.Deliver()
}

// ReportClone makes the child known, and tells of it.
func (e *Engine) ReportClone(s *utrace.Stopped, ev *utrace.CloneEvent) utrace.CloneVerdict {
	id, child := s.ID(), ev.Child.ID()
	t := e.know(id)
	p := e.procs[child.TGID]
	if p == nil || !ev.Thread {
		p = t.proc.child(child.TGID)
		e.procs[child.TGID] = p
	}
	if e.tasks[child.Serial] == nil {
		e.enter(child, p)
	}
	e.tell(t, Event{Task: id, Kind: KindClone,
		Birth: &Birth{Child: child, Process: p.now, Thread: ev.Thread, VFork: ev.VFork, Flags: ev.Flags}})
	return ev.Continue()
}

// ReportExec tells of a new program.
func (e *Engine) ReportExec(s *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
	id := s.ID()
	_, known := e.tasks[id.Serial]
	t := e.know(id)
	if !known && e.procs[id.TGID].tasks == 1 { // that told of it already
		return ev.Continue()
	}
	e.became(t.proc, id)
	args, cut := argv(e.probe, id.TID)
	e.tell(t, Event{Task: id, Kind: KindExec, Exec: &Exec{Path: t.proc.now.Path, Argv: args, Cut: cut, Former: ev.Former}})
	return ev.Continue()
}

// ReportJctl tells of the stop of a process, once all its threads have told of theirs.
func (e *Engine) ReportJctl(s *utrace.Stopped, ev *utrace.JctlEvent) utrace.JctlVerdict {
	if id := s.ID(); ev.Last {
		e.tell(e.know(id), Event{Task: id, Kind: KindJob, Job: &Job{Stopped: ev.Stopped, Signal: ev.Signal}})
	}
	return ev.Continue()
}

// ReportDeath tells of the call that the task was in, if it was in one, and of its death.
func (e *Engine) ReportDeath(id utrace.TaskID, ev *utrace.DeathEvent) {
	t := e.know(id)
	why := Killed
	if ev.Killer.By == "exec" {
		why = Replaced
	}
	e.unfinished(t, id, why)
	e.tell(t, Event{Task: id, Kind: KindDeath, Death: &Death{Status: ev.Status, Killer: ev.Killer}})
}

// ReportReap forgets the task, and with its last task the process.
func (e *Engine) ReportReap(id utrace.TaskID) {
	t := e.tasks[id.Serial]
	if t == nil {
		return
	}
	delete(e.tasks, id.Serial)
	if t.at != nil {
		e.held = slices.DeleteFunc(e.held, func(a *utrace.Attachment) bool { return a == t.at })
	}
	if t.proc.tasks--; t.proc.tasks == 0 && e.procs[id.TGID] == t.proc {
		delete(e.procs, id.TGID)
	}
}
