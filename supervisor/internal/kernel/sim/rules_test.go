// The rules that are checked on what the programs and the loop do.

package sim_test

import (
	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/internal/kernel/sim"
	"jail/supervisor/utrace"
)

var _ sim.Watcher = (*world)(nil)

// Stopped: a new status; what was told at the stop before may be told again.
func (w *world) Stopped(s kernel.Stop, _ int) {
	if s.Kind == kernel.Ring {
		return
	}
	for k := range w.told {
		if k.tid == s.TID {
			delete(w.told, k)
		}
	}
	delete(w.tags, s.TID)
	l := w.lives[s.TID]
	if l == nil {
		return
	}
	l.stopped = s.Kind != kernel.Death
	l.dead = s.Kind == kernel.Death
	if s.Kind == kernel.Exec {
		l.policed = false // until base is told of the new program
	}
}

// Resumed: nobody may hold a task that is let go.
func (w *world) Resumed(tid int, how kernel.How, dying bool) {
	w.checking++
	defer func() { w.checking-- }()
	if l := w.lives[tid]; l != nil {
		l.stopped = false
	}
	for _, e := range w.engines {
		for _, s := range e.on {
			if s.link.Task().ID().TID != tid || s.reaps > 0 || s.deaths > 0 {
				continue
			}
			s.unsettled, s.notYet = false, 0
			if s.held && !dying {
				w.fault("resume-while-held", "task %d is resumed (%d) and engine %s holds it", tid, how, e.name)
			}
			if dying {
				s.held = false
			}
		}
	}
}

// mustHold: a task that is held is there to be looked at.
func (w *world) mustHold() {
	for _, e := range w.engines {
		for _, s := range e.on {
			tid := s.link.Task().ID().TID
			if !s.held || s.deaths > 0 || w.k.Dying(tid) {
				continue
			}
			if l := w.lives[tid]; l == nil || !l.stopped {
				w.fault("hold-lost", "engine %s holds task %d, which is not stopped", e.name, tid)
			}
		}
	}
}

// Begins: no task runs an instruction that base was not told of in time.
func (w *world) Begins(tid int, nr int64) {
	l := w.lives[tid]
	if l == nil || !l.policed {
		w.fault("unpoliced", "task %d runs (call %d) and no engine was told of its birth, or of its exec", tid, nr)
	}
	w.running(tid, nr)
	if t := w.tags[tid]; t.strict >= utrace.KillProcess {
		w.fault("looser", "task %d was to be killed and runs on (call %d)", tid, nr)
	}
	delete(w.tags, tid)
}

// running: nothing runs after an engine's failure or a KillTree.
func (w *world) running(tid int, nr int64) {
	if w.doomed || w.tags[tid].failed {
		w.fault("failure-allows", "task %d makes call %d after an engine failed or killed everything", tid, nr)
	}
}

// Made: the kernel acted on a call. It must be one that was told of, and that no engine was stricter about.
func (w *world) Made(tid int, c utrace.Call, traced bool) {
	w.running(tid, c.Nr)
	if !traced {
		return
	}
	if !w.told[key{engine: "base", tid: tid, event: utrace.SyscallEntry}] {
		w.fault("entry-untold", "task %d makes call %d and base was not told", tid, c.Nr)
	}
	t := w.tags[tid]
	switch {
	case t.strict >= utrace.Answered:
		w.fault("looser", "task %d makes call %d, and an enforcing engine had said: %v", tid, c.Nr, t.strict)
	case t.strict == utrace.Rewritten && (c.Nr != t.call.Nr || c.Args != t.call.Args):
		w.fault("looser", "task %d makes call %d %v, and engines had made it %d %v", tid, c.Nr, c.Args, t.call.Nr, t.call.Args)
	}
}

// Used: nothing but what an engine checked may reach the kernel.
func (w *world) Used(tid int, value byte) {
	if value != sim.Harmless {
		w.fault("unsealed", "task %d made the kernel read what no engine has checked", tid)
	}
}

// Born notes a task of the kernel.
func (w *world) Born(tid, tgid, _ int) { w.lives[tid] = &life{tid: tid, tgid: tgid} }

// Renamed: the thread that called exec is the leader now.
func (w *world) Renamed(from, to int) {
	w.lives[to] = w.lives[from]
	w.lives[to].tid = to
	delete(w.lives, from)
	delete(w.tags, from)
}

// Gone forgets it.
func (w *world) Gone(tid int) { delete(w.lives, tid); delete(w.tags, tid) }

// Saw: a call that was broken off for nothing but an ignored signal, or for us, is not the program's business.
func (w *world) Saw(tid int, nr, result int64, interrupted bool) {
	if result == -int64(unix.EINTR) && !interrupted {
		w.fault("transparent", "task %d got EINTR from call %d though no handler ran", tid, nr)
	}
	if t := w.tags[tid]; t.results && result != t.result {
		w.fault("looser", "task %d got %d from call %d, and engines had made it %d", tid, result, nr, t.result)
	}
	if nr > sim.NrPlain && nr < sim.NrClone && w.vars["changes"] == 0 && result != nr-sim.NrPlain {
		w.fault("transparent", "task %d got %d from call %d", tid, result, nr)
	}
}

// Delivered: a signal took effect. No engine may have taken it away or made another of it.
func (w *world) Delivered(tid int, sig unix.Signal) {
	t := w.tags[tid]
	switch {
	case t.failed:
		w.fault("failure-allows", "task %d is given %v after an engine failed", tid, sig)
	case t.strict >= utrace.Answered:
		w.fault("looser", "task %d is given %v, and an enforcing engine had said: %v", tid, sig, t.strict)
	case t.strict == utrace.Rewritten && sig != t.sig:
		w.fault("looser", "task %d is given %v, and engines had made it %v", tid, sig, t.sig)
	}
	if !w.told[key{engine: "base", tid: tid, event: utrace.Signals}] {
		w.fault("signal-untold", "task %d is given %v and base was not told", tid, sig)
	}
}
