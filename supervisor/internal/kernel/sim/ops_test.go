// The calls of the protocol as the scenarios make them: each checks what its answer promises.

package sim_test

import (
	"errors"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// running tells whether a callback of e on t is under way.
func (e *engine) running(t *utrace.Task, events utrace.Mask) bool {
	for _, k := range e.w.inside {
		if k.engine == e.name && k.tid == t.ID().TID && k.event&events != 0 {
			return true
		}
	}
	return false
}

// control is Control by e on t.
func (e *engine) control(t *utrace.Task, act utrace.Action) error {
	w, s := e.w, e.on[t.ID().Serial]
	if s == nil {
		return unix.ENOENT
	}
	err := s.link.Control(act)
	done, begun := err == nil, err == nil || errors.Is(err, unix.EINPROGRESS)
	switch {
	case act == utrace.Detach && begun:
		s.silent, s.held = true, false
		if done && !w.owner && e.running(t, utrace.All) {
			w.fault("detach-running", "Detach of %s answered nil while a callback of it runs", e.name)
		}
	case act == utrace.Stop && done && !s.silent:
		s.held = true
		if l := w.lives[t.ID().TID]; (l == nil || !l.stopped) && !w.k.Dying(t.ID().TID) {
			w.fault("stop-running", "Stop of %s answered nil and task %v runs", e.name, t.ID())
		}
	case act != utrace.Stop && act != utrace.Detach && done:
		s.held = false
	case errors.Is(err, unix.ESRCH) && s.deaths == 0 && !w.k.Dying(t.ID().TID):
		w.fault("error", "Control(%v) of %s answered ESRCH and task %v lives", act, e.name, t.ID())
	case errors.Is(err, unix.EALREADY) && act == utrace.Detach && !w.k.Dying(t.ID().TID):
		w.fault("error", "Control(%v) of %s answered EALREADY and task %v lives", act, e.name, t.ID())
	}
	return err
}

// setEvents is SetEvents by e on t.
func (e *engine) setEvents(t *utrace.Task, m utrace.Mask) error {
	w, s := e.w, e.on[t.ID().Serial]
	if s == nil {
		return unix.ENOENT
	}
	cleared := s.mask &^ m
	err := s.link.SetEvents(m)
	if err == nil || errors.Is(err, unix.EINPROGRESS) {
		s.mask, s.cleared = m, (s.cleared|cleared)&^m
	}
	if err == nil && !w.owner && e.running(t, cleared) {
		w.fault("setevents-running", "SetEvents of %s answered nil while a callback of a cleared event runs", e.name)
	}
	return err
}

// barrier is Barrier by e on t, without waiting.
func (e *engine) barrier(t *utrace.Task) error {
	w, s := e.w, e.on[t.ID().Serial]
	if s == nil {
		return unix.ENOENT
	}
	err := s.link.Barrier(cancelled)
	if err != nil || w.owner {
		return err
	}
	switch {
	case e.running(t, utrace.All):
		w.fault("barrier-early", "Barrier of %s answered nil while a callback of it runs", e.name)
	case s.unsettled && !w.anyHolds(t) && !w.k.Dying(t.ID().TID):
		w.fault("barrier-early", "Barrier of %s answered nil and its last answer is not in place", e.name)
	}
	return nil
}

func (w *world) anyHolds(t *utrace.Task) bool {
	for _, e := range w.engines {
		if s := e.on[t.ID().Serial]; s != nil && s.held {
			return true
		}
	}
	return false
}

// stricter notes what an enforcing engine decides about the present stop of a task.
func (w *world) stricter(tid int, s utrace.Strictness) bool {
	t := w.tags[tid]
	grown := s > t.strict
	t.strict = max(t.strict, s)
	w.tags[tid] = t
	if s == utrace.KillTree {
		w.vars["kill"] = 1
	}
	return grown
}

// fails notes that an engine is about to fail in a callback about a task.
func (w *world) fails(tid int) {
	t := w.tags[tid]
	t.failed = true
	w.tags[tid] = t
	w.vars["kill"] = 1
}
