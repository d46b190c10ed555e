// The scenarios about verdicts: the strictest wins, and a failure closes.

package sim_test

import (
	"strings"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel/sim"
	"jail/supervisor/utrace"
)

func verdicts() []*scenario {
	call := script{sim.Thread(script{sim.Call(2)}), sim.Call(1).Traced(), sim.Call(3)}
	return []*scenario{
		{name: "lattice-entry", script: script{sim.Call(1).Traced(), sim.Call(3)}, policy: judges(utrace.SyscallEntry)},
		{name: "lattice-entry-killed", script: script{sim.Call(1).Traced()}, kills: 1, policy: judges2(utrace.SyscallEntry)},
		{name: "lattice-signal", script: script{sim.Handle(unix.SIGUSR1), sim.Raise(unix.SIGUSR1), sim.Call(3)}, policy: judges(utrace.Signal)},
		{name: "lattice-clone", wait: true, script: script{sim.Fork(script{sim.Call(2)}).Traced(), sim.Call(3)}, policy: judges2(utrace.Clone)},
		{name: "lattice-exit", script: script{sim.Call(1).Traced(), sim.Call(3)}, policy: judgesLess(utrace.SyscallExit)},
		{name: "lattice-quiesce", signals: []unix.Signal{unix.SIGSTOP, unix.SIGCONT}, script: script{sim.Call(3)},
			policy: func(w *world) {
				w.attach(w.first, w.engine("judge1", judgeLess), utrace.Quiesce)
				w.attach(w.first, w.engine("poker", behaviour{}), utrace.Quiesce)
			}, others: []other{poke}},
		{name: "looks", kills: 1, script: script{sim.Call(1).Traced()}, policy: withHolder(looks)},
		{name: "rewrite-restart", signals: []unix.Signal{unix.SIGUSR1, unix.SIGUSR2}, kills: 1,
			script: script{sim.Ignore(unix.SIGUSR1), sim.Handle(unix.SIGUSR2), sim.Pause().Traced(), sim.Call(1)},
			policy: withHolder(behaviour{entry: rewriteArgs})},
		{name: "failures", script: call, policy: failing(false)},
		{name: "failures-observer", script: call, policy: failing(true)},
		{name: "failures-killed", wait: true, kills: 1,
			script: script{sim.Fork(script{sim.Sleep()}), sim.Fork(script{sim.Call(1)}), sim.Sleep()}, policy: failingClone},
		{name: "failures-late", wait: true,
			script: script{sim.Fork(script{sim.Exec(script{sim.Call(1)})}), sim.Handle(unix.SIGUSR1), sim.Raise(unix.SIGUSR1), sim.Call(2)},
			policy: failingLate},
		{name: "tree", kills: 1, wait: true,
			script: script{sim.Fork(script{sim.Fork(script{sim.Call(1).Traced()})}), sim.Sleep()},
			policy: func(w *world) {
				w.attach(w.first, w.engine("killer", behaviour{entry: func(e *engine, st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
					e.w.stricter(st.ID().TID, utrace.KillTree)
					return ev.KillTree(utrace.Why{})
				}}), utrace.On(utrace.SyscallEntry), utrace.Follow())
			}},
		{name: "rewrite-into-denied", quick: true, script: script{sim.Call(1).Traced(), sim.Call(3)}, policy: rewriteIntoDenied},
		{name: "rewrite-into-clone", quick: true, wait: true, script: script{sim.Call(1).Traced(), sim.Fork(script{}).Traced()}, policy: rewriteIntoClone},
		{name: "rewrite-again", quick: true, script: script{sim.Call(1).Traced(), sim.Call(3)}, policy: rewriteAgain},
	}
}

// judges are two enforcing engines and an observer that decide whatever may be decided.
func judges(event utrace.Mask) func(*world) {
	return func(w *world) {
		judges2(event)(w)
		w.attach(w.first, w.engine("judge3", judge), event, utrace.Follow())
	}
}

func judgesLess(event utrace.Mask) func(*world) {
	return func(w *world) {
		w.vars["changes"] = 1
		w.attach(w.first, w.engine("judge1", judgeLess), event)
		w.attach(w.first, w.engine("observer", judgeLess), event, utrace.Observe())
		w.attach(w.first, w.engine("judge3", judgeLess), event)
	}
}

func judges2(event utrace.Mask) func(*world) {
	return func(w *world) {
		w.vars["changes"] = 1
		w.attach(w.first, w.engine("judge1", judge), event, utrace.Follow())
		w.attach(w.first, w.engine("observer", judge), event, utrace.Follow(), utrace.Observe())
	}
}

// judge decides anything.
var judge = behaviour{
	entry: func(e *engine, st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		s := e.judges(st, 5)
		switch s {
		case utrace.Rewritten:
			c := ev.Call()
			c.Args[1]++
			e.rewrites(st, c, 0, ev.Again())
			return ev.Rewrite(c, utrace.Why{})
		case utrace.Answered:
			return ev.Abort(unix.EPERM, utrace.Why{})
		case utrace.KillProcess:
			return ev.KillProcess(utrace.Why{})
		case utrace.KillTree:
			return ev.KillTree(utrace.Why{})
		}
		return ev.Continue()
	},
	signal: func(e *engine, st *utrace.Stopped, ev *utrace.SignalEvent) utrace.SignalVerdict {
		s := e.judges(st, 5)
		switch s {
		case utrace.Rewritten:
			sig := unix.SIGURG + unix.Signal(e.w.later(2))*5 // or SIGWINCH: both ignored
			e.rewrites(st, utrace.Call{}, sig, ev.Again())
			return ev.Replace(utrace.Siginfo{Signo: sig}, utrace.Why{})
		case utrace.Answered:
			return ev.Ignore(utrace.Why{})
		case utrace.KillProcess:
			return ev.KillProcess(utrace.Why{})
		case utrace.KillTree:
			return ev.KillTree(utrace.Why{})
		}
		return ev.Deliver()
	},
	making: func(e *engine, st *utrace.Stopped, ev *utrace.CloneEntryEvent) utrace.CloneEntryVerdict {
		s := e.judges(st, 5)
		switch s {
		case utrace.Rewritten:
			c := ev.Call()
			c.Args[1]++
			e.rewrites(st, c, 0, ev.Again())
			return ev.Rewrite(c, utrace.Why{})
		case utrace.Answered:
			return ev.Refuse(unix.EPERM, utrace.Why{})
		case utrace.KillProcess:
			return ev.KillProcess(utrace.Why{})
		case utrace.KillTree:
			return ev.KillTree(utrace.Why{})
		}
		return ev.Continue()
	},
}

// judgeLess decides what may be decided about results and at Quiesce.
var judgeLess = behaviour{
	exited: func(e *engine, st *utrace.Stopped, ev *utrace.ExitedEvent) utrace.ExitedVerdict {
		switch s := utrace.Strictness(e.w.later(4)); s {
		case utrace.Rewritten:
			e.note(st, s)
			if e.name != "observer" {
				t := e.w.tags[st.ID().TID]
				t.results, t.result = true, ev.Result()+7
				e.w.tags[st.ID().TID] = t
			}
			return ev.SetResult(ev.Result()+7, utrace.Why{})
		case utrace.Answered: // as strict as can be
			e.note(st, utrace.KillTree)
			return ev.KillTree(utrace.Why{})
		case utrace.KillProcess:
			e.note(st, s)
			return ev.KillProcess(utrace.Why{})
		}
		return ev.Continue()
	},
	quiesce: func(e *engine, st *utrace.Stopped, ev *utrace.QuiesceEvent) utrace.QuiesceVerdict {
		switch e.w.later(3) {
		case 1:
			e.note(st, utrace.KillProcess)
			return ev.KillProcess(utrace.Why{})
		case 2:
			e.note(st, utrace.KillTree)
			return ev.KillTree(utrace.Why{})
		}
		return ev.Continue()
	},
}

// looks reads everything in its callback: it gets what it asked for, or ESRCH for a task that was killed meanwhile.
var looks = behaviour{entry: func(e *engine, st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	_, err := st.Registers()
	if err == nil {
		_, err = st.ReadMem(0, make([]byte, 8))
	}
	if err == nil {
		_, err = st.WriteMem(0, make([]byte, 8))
	}
	if err == nil {
		_, err = st.Disposition(unix.SIGTERM)
	}
	if err != nil && (err != unix.ESRCH || !e.w.k.Dying(st.ID().TID)) {
		e.w.fault("look", "looking at task %v: %v", st.ID(), err)
	}
	return ev.Continue()
}}

// note notes a strictness, if it counts.
func (e *engine) note(st *utrace.Stopped, s utrace.Strictness) {
	if e.name != "observer" {
		e.w.stricter(st.ID().TID, s)
	}
}

// judges chooses a strictness and notes it, if it counts.
func (e *engine) judges(st *utrace.Stopped, n int) utrace.Strictness {
	s := utrace.Strictness(e.w.later(n))
	if e.name != "observer" {
		e.w.stricter(st.ID().TID, s)
	}
	return s
}

// rewrites notes what a rewrite makes of a call or of a signal, if it counts: who is asked again, because another engine has
// rewritten it, has had its say if it rewrote, and is refused it if it would only now.
func (e *engine) rewrites(st *utrace.Stopped, c utrace.Call, sig unix.Signal, again bool) {
	tid := st.ID().TID
	t := e.w.tags[tid]
	switch {
	case e.name == "observer", again && strings.Contains(t.wrote, e.name):
	case again:
		e.w.stricter(tid, utrace.Answered)
	default:
		t.call, t.sig, t.wrote = c, sig, t.wrote+e.name
		e.w.tags[tid] = t
	}
}

func rewriteArgs(e *engine, st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	e.w.vars["changes"] = 1
	c := ev.Call()
	c.Args[2] = 77
	e.w.stricter(st.ID().TID, utrace.Rewritten)
	e.rewrites(st, c, 0, ev.Again())
	return ev.Rewrite(c, utrace.Why{})
}

// fail is a callback that goes wrong, or does not.
func (e *engine) fail(st *utrace.Stopped, observer bool) (invalid bool) {
	how := e.w.later(4)
	if how == 0 {
		return false
	}
	if !observer || how != 3 { // a slow observer is only detached
		e.w.fails(st.ID().TID)
	} else {
		e.of(st.Task()).act(utrace.Detach)
	}
	switch how {
	case 1:
		panic("on purpose")
	case 3:
		e.w.clock += budget + 1
	}
	return how == 2
}

// failing fails at calls, after a verdict of another engine and before that of a third.
func failing(observer bool) func(*world) {
	return func(w *world) {
		w.vars["changes"] = 1
		w.attach(w.first, w.engine("judge1", judge), utrace.On(utrace.SyscallEntry))
		opts := []utrace.AttachOption{utrace.Follow()}
		if observer {
			opts = append(opts, utrace.Observe())
		}
		w.attach(w.first, w.engine("faulty", faulty(observer)), utrace.On(utrace.SyscallEntry, utrace.Clone), opts...)
		w.attach(w.first, w.engine("judge3", judge), utrace.On(utrace.SyscallEntry))
	}
}

func faulty(observer bool) behaviour {
	return behaviour{
		entry: func(e *engine, st *utrace.Stopped, ev *utrace.EntryEvent) (v utrace.EntryVerdict) {
			if e.fail(st, observer) {
				return v
			}
			return ev.Continue()
		},
		clone: func(e *engine, st *utrace.Stopped, ev *utrace.CloneEvent) (v utrace.CloneVerdict) {
			if e.fail(st, observer) {
				return v
			}
			return ev.Continue()
		},
		exec: func(e *engine, st *utrace.Stopped, ev *utrace.ExecEvent) (v utrace.ExecVerdict) {
			if e.fail(st, observer) {
				return v
			}
			return ev.Continue()
		},
		signal: func(e *engine, st *utrace.Stopped, ev *utrace.SignalEvent) (v utrace.SignalVerdict) {
			if e.fail(st, observer) {
				return v
			}
			return ev.Deliver()
		},
		death: func(e *engine, id utrace.TaskID, _ *utrace.DeathEvent) {
			if e.w.later(2) == 1 {
				e.w.vars["kill"] = 1
				panic("on purpose")
			}
		},
	}
}

// failingClone fails at births.
func failingClone(w *world) {
	w.attach(w.first, w.engine("faulty", faulty(false)), utrace.On(utrace.Clone))
}

// failingLate fails at exec, signals and deaths.
func failingLate(w *world) {
	w.attach(w.first, w.engine("faulty", faulty(false)), utrace.On(utrace.Exec, utrace.Signal, utrace.Death), utrace.Follow())
}

// rewriteIntoClone: an engine makes a clone, or another clone, of what the clone engines let pass or were not asked about.
func rewriteIntoClone(w *world) {
	w.vars["changes"] = 1
	w.attach(w.first, w.engine("guard", behaviour{making: func(e *engine, st *utrace.Stopped, ev *utrace.CloneEntryEvent) utrace.CloneEntryVerdict {
		if ev.Call().Args[1] != 77 {
			return ev.Continue()
		}
		return ev.Refuse(unix.EAGAIN, utrace.Why{})
	}}), utrace.On(utrace.Clone))
	w.vars["again"] = 1 // the guard is told of two calls at one stop
	w.attach(w.first, w.engine("rewriter", behaviour{entry: func(e *engine, st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		c := ev.Call()
		c.Nr, c.Args[1] = sim.NrClone, 77
		e.w.stricter(st.ID().TID, utrace.Answered) // because the guard will refuse it
		return ev.Rewrite(c, utrace.Why{})
	}}), utrace.On(utrace.SyscallEntry))
}

// rewriteAgain: two engines that each make of the call what the other one does not want. Who let it pass is asked again, and
// its wish may not be passed over.
func rewriteAgain(w *world) {
	w.vars["changes"] = 1
	for _, i := range []int{1, 0} { // asked first is "even", to whom the call is right as it is
		w.attach(w.first, w.engine([]string{"even", "odd"}[i], behaviour{entry: func(e *engine, st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			c := ev.Call()
			if c.Args[1]&1 == uint64(i) {
				return ev.Continue()
			}
			c.Args[1] ^= 1
			e.rewrites(st, c, 0, ev.Again())
			e.w.stricter(st.ID().TID, utrace.Rewritten)
			return ev.Rewrite(c, utrace.Why{})
		}}), utrace.On(utrace.SyscallEntry))
	}
}

// rewriteIntoDenied: one engine makes another call of it, which another one would not have let pass: one that is told later,
// or was told before.
func rewriteIntoDenied(w *world) {
	w.vars["changes"] = 1
	denier := w.engine("denier", behaviour{entry: func(e *engine, st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		if ev.Call().Nr != sim.NrPlain+2 {
			return ev.Continue()
		}
		e.w.stricter(st.ID().TID, utrace.Answered)
		return ev.Abort(unix.EPERM, utrace.Why{})
	}})
	denier.calls = new(utrace.SyscallSet).Add(sim.Arch, sim.NrPlain+2)
	first := w.later(2) == 0
	if first {
		w.attach(w.first, denier, utrace.On(utrace.SyscallEntry))
	}
	w.attach(w.first, w.engine("rewriter", behaviour{entry: func(e *engine, st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		c := ev.Call()
		c.Nr = sim.NrPlain + 2
		e.w.stricter(st.ID().TID, utrace.Answered) // because the denier will refuse it
		return ev.Rewrite(c, utrace.Why{})
	}}), utrace.On(utrace.SyscallEntry))
	if !first {
		w.attach(w.first, denier, utrace.On(utrace.SyscallEntry))
	}
}
