// The engines of the tests: a witness that observes everything, and a stopper that stops every task at everything.

package integration

import (
	"context"
	"sync"
	"testing"

	"jail/supervisor/utrace"
)

// A witness observes every event and checks that the protocol's promises about their order hold. Its verdicts are all
// Continue. It is told on one goroutine, so it needs no lock.
type witness struct {
	t     *testing.T
	calls *utrace.SyscallSet
	mask  utrace.Mask
	heard map[utrace.Mask]int // how often of what; nil: not counted
	tasks map[uint64]*sighting
}

// A sighting is what a witness knows of one task.
type sighting struct {
	before              utrace.Mask // the last Quiesce's Before
	exits, dead, reaped int
}

// newWitness makes one that hears of the given calls; nil: of none.
func newWitness(t *testing.T, calls *utrace.SyscallSet) *witness {
	w := &witness{t: t, calls: calls, mask: utrace.All, tasks: make(map[uint64]*sighting)}
	if calls == nil {
		w.calls = new(utrace.SyscallSet)
	}
	return w
}

func (*witness) Name() string                   { return "witness" }
func (w *witness) Events() utrace.Mask          { return w.mask }
func (w *witness) Syscalls() *utrace.SyscallSet { return w.calls }

func (w *witness) of(id utrace.TaskID) *sighting {
	s := w.tasks[id.Serial]
	if s == nil {
		s = new(sighting)
		w.tasks[id.Serial] = s
	}
	return s
}

func (w *witness) count(event utrace.Mask) {
	if w.heard != nil {
		w.heard[event]++
	}
}

// sees is called first in each callback for a live task.
func (w *witness) sees(st *utrace.Stopped, event utrace.Mask) *sighting {
	w.count(event)
	s := w.of(st.ID())
	if s.dead > 0 || s.reaped > 0 {
		w.t.Errorf("%v of %v after its death", event, st.ID())
	}
	if event != utrace.Quiesce && s.before != event {
		w.t.Errorf("%v of %v without a Quiesce before it", event, st.ID())
	}
	s.before = 0
	return s
}

func (w *witness) ReportQuiesce(st *utrace.Stopped, ev *utrace.QuiesceEvent) utrace.QuiesceVerdict {
	w.sees(st, utrace.Quiesce).before = ev.Before
	return ev.Continue()
}

func (w *witness) ReportClone(st *utrace.Stopped, ev *utrace.CloneEvent) utrace.CloneVerdict {
	w.sees(st, utrace.Clone)
	if id := ev.Child.ID(); ev.Thread != (id.TGID == st.TGID()) || w.tasks[id.Serial] != nil {
		w.t.Errorf("%v made %v: thread %t, heard of before %t", st.ID(), id, ev.Thread, w.tasks[id.Serial] != nil)
	}
	return ev.Continue()
}

func (w *witness) ReportExec(st *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
	w.sees(st, utrace.Exec)
	return ev.Continue()
}

func (w *witness) ReportSyscallEntry(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	w.sees(st, utrace.SyscallEntry)
	if !w.calls.Has(ev.Call().Arch, ev.Call().Nr) {
		w.t.Errorf("%v: told of call %d, which was not asked for", st.ID(), ev.Call().Nr)
	}
	return ev.Continue()
}

func (w *witness) ReportSyscallExit(st *utrace.Stopped, ev *utrace.ExitedEvent) utrace.ExitedVerdict {
	w.sees(st, utrace.SyscallExit)
	if !w.calls.Has(ev.Call.Arch, ev.Call.Nr) {
		w.t.Errorf("%v: told of the end of call %d, which was not asked for", st.ID(), ev.Call.Nr)
	}
	return ev.Continue()
}

func (w *witness) ReportSignal(st *utrace.Stopped, ev *utrace.SignalEvent) utrace.SignalVerdict {
	w.sees(st, ev.Disposition().EventOf())
	return ev.Deliver()
}

func (w *witness) ReportJctl(st *utrace.Stopped, ev *utrace.JctlEvent) utrace.JctlVerdict {
	w.sees(st, utrace.Jctl)
	return ev.Continue()
}

func (w *witness) ReportExit(st *utrace.Stopped, ev *utrace.ExitEvent) utrace.ExitVerdict {
	s := w.sees(st, utrace.Exit)
	if s.exits++; s.exits > 1 {
		w.t.Errorf("second Exit of %v", st.ID())
	}
	return ev.Continue()
}

func (w *witness) ReportDeath(id utrace.TaskID, _ *utrace.DeathEvent) {
	w.count(utrace.Death)
	s := w.of(id)
	if s.dead++; s.dead > 1 || s.reaped > 0 {
		w.t.Errorf("second Death of %v, or after its Reap", id)
	}
}

func (w *witness) ReportReap(id utrace.TaskID) {
	w.count(utrace.Reap)
	s := w.of(id)
	if s.dead != 1 || s.reaped != 0 {
		w.t.Errorf("Reap of %v after %d deaths and %d reaps", id, s.dead, s.reaped)
	}
	s.reaped++
}

// A stopper answers Stop to everything, and lets go from another goroutine as soon as the task stands.
type stopper struct {
	calls *utrace.SyscallSet
	let   sync.WaitGroup // goroutines under way
}

func (*stopper) Name() string                   { return "stopper" }
func (s *stopper) Syscalls() *utrace.SyscallSet { return s.calls }
func (*stopper) Events() utrace.Mask {
	return utrace.On(utrace.Quiesce, utrace.Clone, utrace.Exec, utrace.SyscallEntry, utrace.SyscallExit, utrace.Signals, utrace.Jctl, utrace.Exit)
}

// release lets the task go from another goroutine. Stop is in place only when the callback's answer was carried out,
// which is what Barrier waits for.
func (s *stopper) release(st *utrace.Stopped) {
	a, err := st.Task().Match(s.Name())
	if err != nil {
		return
	}
	s.let.Add(1)
	go func() {
		defer s.let.Done()
		_ = a.Barrier(context.Background())
		_ = a.Control(utrace.Resume) // ESRCH: it was killed meanwhile
	}()
}

func (s *stopper) ReportQuiesce(_ *utrace.Stopped, ev *utrace.QuiesceEvent) utrace.QuiesceVerdict {
	return ev.Continue()
}

func (s *stopper) ReportClone(st *utrace.Stopped, ev *utrace.CloneEvent) utrace.CloneVerdict {
	s.release(st)
	return ev.Continue().Then(utrace.Stop)
}

func (s *stopper) ReportExec(st *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
	s.release(st)
	return ev.Continue().Then(utrace.Stop)
}

func (s *stopper) ReportSyscallEntry(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	s.release(st)
	return ev.Continue().Then(utrace.Stop)
}

func (s *stopper) ReportSyscallExit(st *utrace.Stopped, ev *utrace.ExitedEvent) utrace.ExitedVerdict {
	s.release(st)
	return ev.Continue().Then(utrace.Stop)
}

func (s *stopper) ReportSignal(st *utrace.Stopped, ev *utrace.SignalEvent) utrace.SignalVerdict {
	s.release(st)
	return ev.Deliver().Then(utrace.Stop)
}

func (s *stopper) ReportJctl(st *utrace.Stopped, ev *utrace.JctlEvent) utrace.JctlVerdict {
	s.release(st)
	return ev.Continue().Then(utrace.Stop)
}

func (s *stopper) ReportExit(st *utrace.Stopped, ev *utrace.ExitEvent) utrace.ExitVerdict {
	s.release(st)
	return ev.Continue().Then(utrace.Stop)
}
