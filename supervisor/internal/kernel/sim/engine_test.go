// The engines of the scenarios: each does what its behaviour says, and checks what it is told.

package sim_test

import (
	"jail/supervisor/utrace"
)

// behaviour is what an engine answers; what is nil lets things go on. The functions must keep what they remember in the
// world's vars: what a closure holds is not part of the state.
type behaviour struct {
	quiesce func(*engine, *utrace.Stopped, *utrace.QuiesceEvent) utrace.QuiesceVerdict
	clone   func(*engine, *utrace.Stopped, *utrace.CloneEvent) utrace.CloneVerdict
	making  func(*engine, *utrace.Stopped, *utrace.CloneEntryEvent) utrace.CloneEntryVerdict
	exec    func(*engine, *utrace.Stopped, *utrace.ExecEvent) utrace.ExecVerdict
	entry   func(*engine, *utrace.Stopped, *utrace.EntryEvent) utrace.EntryVerdict
	exited  func(*engine, *utrace.Stopped, *utrace.ExitedEvent) utrace.ExitedVerdict
	signal  func(*engine, *utrace.Stopped, *utrace.SignalEvent) utrace.SignalVerdict
	jctl    func(*engine, *utrace.Stopped, *utrace.JctlEvent) utrace.JctlVerdict
	exit    func(*engine, *utrace.Stopped, *utrace.ExitEvent) utrace.ExitVerdict
	death   func(*engine, utrace.TaskID, *utrace.DeathEvent)
	reap    func(*engine, utrace.TaskID)
}

// engine has every callback; which of them it asks for is up to WithEvents.
type engine struct {
	w     *world
	name  string
	do    behaviour          `hash:"-"`
	mask  utrace.Mask        // that it was attached with
	calls *utrace.SyscallSet `hash:"-"` // nil: all
	seals *utrace.SyscallSet `hash:"-"`
	on    map[uint64]*watch
}

// watch is what an engine knows of one task.
type watch struct {
	link      *utrace.Attachment
	mask      utrace.Mask   // that it was attached with
	silent    bool          // detached: no callback begins any more
	cleared   utrace.Mask   // events that none may be told of any more
	held      bool          // it holds the task
	unsettled bool          // its last answer is not in place yet
	notYet    utrace.Mask   // events of the report that was under way when it was attached
	answer    utrace.Action // of the callback under way
	late      bool          // attached when Death had begun
	jctl      bool          // told that it is stopped
	deaths    int
	reaps     int
}

func (e *engine) watch(a *utrace.Attachment, m utrace.Mask) *watch {
	s := &watch{link: a, mask: m}
	e.on[a.Task().ID().Serial] = s
	return s
}

// of is what e knows of a task; one that follows finds its attachments on children when they are first told.
func (e *engine) of(t *utrace.Task) *watch {
	s := e.on[t.ID().Serial]
	if s == nil {
		if a, err := t.Match(e.name); err == nil {
			e.watch(a, e.mask)
			s = e.on[t.ID().Serial]
		}
	}
	return s
}

// enter checks that e may be told of this now.
func (e *engine) enter(s *watch, k key) {
	w := e.w
	k.engine = e.name
	switch {
	case s == nil:
		w.fault("after-reap", "engine %s is told of %v on task %d, to which it is not attached", e.name, k.event, k.tid)
		return
	case s.reaps > 0:
		w.fault("after-reap", "engine %s is told of %v on task %d after Reap", e.name, k.event, k.tid)
	case s.deaths > 0 && k.event != utrace.Reap:
		w.fault("after-death", "engine %s is told of %v on task %d after Death", e.name, k.event, k.tid)
	case s.silent:
		w.fault("after-detach", "engine %s is told of %v on task %d after it was detached", e.name, k.event, k.tid)
	case k.event&s.cleared != 0:
		w.fault("after-setevents", "engine %s is told of %v on task %d after it had cleared that", e.name, k.event, k.tid)
	case w.told[k] && k.event != utrace.Quiesce && w.vars["again"] == 0:
		w.fault("told-twice", "engine %s is told of %v on task %d twice", e.name, k.event, k.tid)
	case k.event&s.notYet != 0:
		w.fault("attach-early", "engine %s is told of %v on task %d by the report during which it was attached", e.name, k.event, k.tid)
	case !w.owner:
		w.fault("wrong-goroutine", "engine %s is told of %v on another goroutine than the owner's", e.name, k.event)
	}
	w.told[k] = true
	w.inside = append(w.inside, k)
	w.k.Land()
}

// leave is the end of every callback.
func (e *engine) leave(s *watch, event utrace.Mask, p *any) {
	w := e.w
	if s == nil {
		return
	}
	w.k.Land()
	w.inside = w.inside[:len(w.inside)-1]
	w.returning = true // nothing lands between here and the moment when the protocol knows
	switch s.answer {
	case utrace.Stop:
		s.held = !s.silent
	case utrace.Detach:
		s.silent, s.held = true, false
	}
	s.answer = 0
	s.unsettled = event&(utrace.Death|utrace.Reap) == 0
	if *p != nil {
		panic(*p)
	}
}

// act notes the resume action of the answer that is about to be given.
func (s *watch) act(a utrace.Action) utrace.Action {
	if s != nil {
		s.answer = a
	}
	return a
}

// in runs the body of a callback.
func (e *engine) in(t *utrace.Task, k key, body func(*watch)) {
	e.w.checking++ // what is done to check is no step
	k.tid = t.ID().TID
	s := e.of(t)
	e.w.checking--
	e.enter(s, k)
	var p any
	defer e.leave(s, k.event, &p)
	defer func() { p = recover() }()
	body(s)
}

func (e *engine) Name() string        { return e.name }
func (e *engine) Events() utrace.Mask { return utrace.All }
func (e *engine) Syscalls() *utrace.SyscallSet {
	if e.calls != nil {
		return e.calls
	}
	return new(utrace.SyscallSet).AddAll()
}

// Seals is empty for engines that seal nothing.
func (e *engine) Seals() *utrace.SyscallSet { return e.seals }

func (e *engine) ReportQuiesce(st *utrace.Stopped, ev *utrace.QuiesceEvent) (v utrace.QuiesceVerdict) {
	e.in(st.Task(), key{event: utrace.Quiesce, before: ev.Before != 0}, func(*watch) {
		v = ev.Continue()
		if e.do.quiesce != nil {
			v = e.do.quiesce(e, st, ev)
		}
	})
	return v
}

func (e *engine) ReportClone(st *utrace.Stopped, ev *utrace.CloneEvent) (v utrace.CloneVerdict) {
	e.in(st.Task(), key{event: utrace.Clone, child: ev.Child.ID().Serial}, func(*watch) {
		v = ev.Continue()
		e.of(ev.Child)
		if e == e.w.base {
			if l := e.w.lives[ev.Child.ID().TID]; l != nil {
				l.policed = true
			}
		}
		if e.do.clone != nil {
			v = e.do.clone(e, st, ev)
		}
	})
	return v
}

func (e *engine) ReportCloneEntry(st *utrace.Stopped, ev *utrace.CloneEntryEvent) (v utrace.CloneEntryVerdict) {
	e.in(st.Task(), key{event: utrace.Clone, entry: true, again: ev.Again()}, func(*watch) {
		v = ev.Continue()
		if e.do.making != nil {
			v = e.do.making(e, st, ev)
		}
	})
	return v
}

func (e *engine) ReportExec(st *utrace.Stopped, ev *utrace.ExecEvent) (v utrace.ExecVerdict) {
	e.in(st.Task(), key{event: utrace.Exec}, func(*watch) {
		v = ev.Continue()
		if l := e.w.lives[st.ID().TID]; l != nil && e == e.w.base {
			l.policed = true
		}
		if e.do.exec != nil {
			v = e.do.exec(e, st, ev)
		}
	})
	return v
}

func (e *engine) ReportSyscallEntry(st *utrace.Stopped, ev *utrace.EntryEvent) (v utrace.EntryVerdict) {
	e.in(st.Task(), key{event: utrace.SyscallEntry, again: ev.Again()}, func(*watch) {
		v = ev.Continue()
		if e.do.entry != nil {
			v = e.do.entry(e, st, ev)
		}
	})
	return v
}

func (e *engine) ReportSyscallExit(st *utrace.Stopped, ev *utrace.ExitedEvent) (v utrace.ExitedVerdict) {
	e.in(st.Task(), key{event: utrace.SyscallExit}, func(*watch) {
		v = ev.Continue()
		if e.do.exited != nil {
			v = e.do.exited(e, st, ev)
		}
	})
	return v
}

func (e *engine) ReportSignal(st *utrace.Stopped, ev *utrace.SignalEvent) (v utrace.SignalVerdict) {
	e.in(st.Task(), key{event: utrace.Signals, again: ev.Again()}, func(*watch) {
		v = ev.Deliver()
		if e.do.signal != nil {
			v = e.do.signal(e, st, ev)
		}
	})
	return v
}

func (e *engine) ReportJctl(st *utrace.Stopped, ev *utrace.JctlEvent) (v utrace.JctlVerdict) {
	e.in(st.Task(), key{event: utrace.Jctl, stopped: ev.Stopped}, func(s *watch) {
		v = ev.Continue()
		if s != nil {
			if s.jctl == ev.Stopped && s == e.w.base.on[st.ID().Serial] {
				e.w.fault("jctl", "task %v: told twice in a row of job control: stopped %v", st.ID(), ev.Stopped)
			}
			s.jctl = ev.Stopped
		}
		if e.do.jctl != nil {
			v = e.do.jctl(e, st, ev)
		}
	})
	return v
}

func (e *engine) ReportExit(st *utrace.Stopped, ev *utrace.ExitEvent) (v utrace.ExitVerdict) {
	e.in(st.Task(), key{event: utrace.Exit}, func(*watch) {
		v = ev.Continue()
		if e.do.exit != nil {
			v = e.do.exit(e, st, ev)
		}
	})
	return v
}

func (e *engine) ReportDeath(id utrace.TaskID, ev *utrace.DeathEvent) { e.last(id, utrace.Death, ev) }

func (e *engine) ReportReap(id utrace.TaskID) { e.last(id, utrace.Reap, nil) }

// last is Death or Reap, each of which comes once.
func (e *engine) last(id utrace.TaskID, event utrace.Mask, ev *utrace.DeathEvent) {
	s := e.on[id.Serial]
	if b := e.w.base.on[id.Serial]; s == nil && b != nil {
		s = e.of(b.link.Task())
	}
	e.enter(s, key{tid: id.TID, event: event, child: id.Serial}) // a leader and who took its number may die at one stop
	var p any
	defer e.leave(s, event, &p)
	defer func() { p = recover() }()
	if s == nil {
		return
	}
	s.held = false
	switch event {
	case utrace.Death:
		if s.deaths++; s.deaths > 1 {
			e.w.fault("end-once", "engine %s is told of the Death of %v twice", e.name, id)
		}
		if e.do.death != nil {
			e.do.death(e, id, ev)
		}
	case utrace.Reap:
		if s.reaps++; s.reaps > 1 || s.deaths == 0 && !s.late && s.mask.Has(utrace.Death) && s.cleared == 0 {
			e.w.fault("end-once", "engine %s is told of the Reap of %v twice, or without its Death", e.name, id)
		}
		if e.do.reap != nil {
			e.do.reap(e, id)
		}
	}
}
