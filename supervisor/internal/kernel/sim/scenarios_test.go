// The scenarios: lives and deaths of tasks.

package sim_test

import (
	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel/sim"
	"jail/supervisor/utrace"
)

// scenarios is all of them.
func scenarios() []*scenario {
	var all []*scenario
	all = append(all, lives()...)
	all = append(all, signalling()...)
	all = append(all, others()...)
	all = append(all, holds()...)
	all = append(all, verdicts()...)
	all = append(all, timed()...)
	all = append(all, sealing()...)
	return all
}

func named(name string) *scenario {
	for _, s := range scenarios() {
		if s.name == name {
			return s
		}
	}
	return nil
}

type script = sim.Script

func lives() []*scenario {
	return []*scenario{
		{name: "plain", kills: 1, quick: true,
			script: script{sim.Call(1).Traced(), sim.Call(2), sim.Exit(3)}},
		{name: "fork", kills: 1,
			script: script{sim.Fork(script{sim.Call(1), sim.Exec(script{sim.Call(2).Traced()})}), sim.Call(3)}},
		{name: "fork-traced", kills: 1, wait: true,
			script: script{sim.Fork(script{sim.Call(1)}).Traced(), sim.ExitGroup(1).Traced()}},
		{name: "two-kills", kills: 2, wait: true,
			script: script{sim.Fork(script{sim.Fork(script{})})}},
		{name: "threads", kills: 1,
			script: script{sim.Thread(script{sim.Call(1).Traced()}), sim.Call(2), sim.Exit(0)}},
		{name: "exit-group", // lands in the middle of what the loop does for the others
			script: script{sim.Thread(script{sim.ExitGroup(7)}), sim.Call(1).Traced(), sim.Fork(script{sim.Call(2)})}},
		{name: "leader-first", kills: 1, wait: true,
			script: script{sim.Thread(script{sim.Call(1), sim.Exec(script{sim.Call(2)})}), sim.Exit(1)}},
		{name: "exec-thread", kills: 1,
			script: script{sim.Thread(script{sim.Exec(script{sim.Call(1).Traced()}).Traced()}), sim.Thread(script{sim.Call(2)}), sim.Sleep()}},
		{name: "exec-race", quick: true, // two threads call exec at once
			script: script{sim.Thread(script{sim.Exec(script{sim.Call(1)})}), sim.Exec(script{sim.Call(2)})}},
		{name: "vfork", kills: 1,
			script: script{sim.VFork(script{sim.Call(1), sim.Exec(script{sim.Call(2).Traced()})}), sim.Call(3)}},
		{name: "reuse", reuse: true, wait: true, kills: 1,
			script: script{sim.Fork(script{}), sim.Fork(script{sim.Call(1)})}},
		{name: "stale", reuse: true, wait: true,
			script: script{sim.Fork(script{}), sim.Fork(script{sim.Call(1).Traced()})},
			policy: func(w *world) {
				w.attach(w.first, w.engine("keeper", behaviour{clone: keepChild, reap: noteReap}), utrace.On(utrace.Clone, utrace.Reap), utrace.Follow())
			},
			others: []other{{do: stale, when: func(w *world) bool { return w.vars["reaped"] > 0 }}}},
		{name: "survivors", kills: 1,
			script: script{sim.Fork(script{sim.Call(1).Traced(), sim.Fork(script{sim.Sleep()})}), sim.Exit(0)}},
		{name: "daemon", wait: true,
			script: script{sim.Fork(script{sim.Fork(script{sim.Sleep(), sim.Call(1).Traced()})}), sim.Exit(0)}},
	}
}

// keepChild keeps the handle of the first child.
func keepChild(e *engine, _ *utrace.Stopped, ev *utrace.CloneEvent) utrace.CloneVerdict {
	if e.w.handle["child"] == nil {
		e.w.handle["child"] = ev.Child
	}
	return ev.Continue()
}

func noteReap(e *engine, _ utrace.TaskID) { e.w.vars["reaped"] = 1 }

// stale uses a handle whose tid may be somebody else's by now: it must never reach him.
func stale(w *world) {
	t := w.handle["child"]
	if t == nil {
		return
	}
	s := w.base.on[t.ID().Serial]
	gone := s != nil && s.reaps > 0
	if _, err := t.Match("base"); gone && err != unix.ESRCH {
		w.fault("stale", "Match on a reaped task answered %v", err)
	}
	if _, err := t.Attach(w.base, utrace.WithEvents(0)); gone && err != unix.ESRCH {
		w.fault("stale", "Attach to a reaped task answered %v", err)
	}
	if gone && s.link.Control(utrace.Stop) != unix.ESRCH {
		w.fault("stale", "Stop of a reaped task did not answer ESRCH")
	}
	if gone && s.link.Control(utrace.Detach) != unix.ESRCH {
		w.fault("stale", "Detach of a reaped task did not answer ESRCH")
	}
}

func signalling() []*scenario {
	return []*scenario{
		{name: "handler", kills: 1, quick: true,
			script: script{sim.Handle(unix.SIGUSR1), sim.Raise(unix.SIGUSR1), sim.Call(1)}},
		{name: "term", kills: 1,
			script: script{sim.Thread(script{sim.Call(1).Traced()}), sim.Raise(unix.SIGSEGV), sim.Call(2)}},
		{name: "each-other", wait: true, script: script{sim.Fork(script{sim.KillParent(unix.SIGTERM)}), sim.KillChild(unix.SIGKILL), sim.Sleep()}},
		{name: "do", script: script{sim.Call(1).Traced()}, others: []other{doLater, doLater}, end: done},
		{name: "outside", signals: []unix.Signal{unix.SIGUSR1, unix.SIGTERM},
			script: script{sim.Handle(unix.SIGUSR1), sim.Thread(script{sim.Pause()}), sim.Pause(), sim.Call(1).Traced(), sim.Pause()}},
		{name: "ignored", sigchld: true, wait: true, others: []other{wake(unix.SIGUSR1)},
			script: script{sim.Handle(unix.SIGUSR1), sim.Fork(script{}), sim.Poll().Traced(), sim.Call(1)}},
		{name: "storm", storm: 1, script: script{sim.Fork(script{sim.KillParent(unix.SIGURG), sim.Call(1)}), sim.Call(2).Traced()}},
		{name: "storm-blocked", storm: 2, kills: 1, wait: true,
			script: script{sim.Fork(script{sim.KillParent(unix.SIGURG), sim.KillParent(unix.SIGURG), sim.Call(1).Traced()}), sim.Sleep(), sim.Call(2)}},
		{name: "storm-polls", storm: 1, wait: true, others: []other{wake(unix.SIGURG), wake(unix.SIGUSR1)}, script: script{sim.Handle(unix.SIGUSR1),
			sim.Thread(script{sim.Fork(script{}), sim.KillChild(unix.SIGURG)}), sim.Poll()}},
		{name: "storm-stopped", storm: 1, script: script{sim.Fork(script{sim.KillParent(unix.SIGSTOP), sim.KillParent(unix.SIGCONT)}), sim.Call(1)}},
		{name: "job-control", signals: []unix.Signal{unix.SIGTSTP, unix.SIGCONT}, kills: 1,
			script: script{sim.Call(1).Traced(), sim.Call(2)}},
		{name: "job-control-again", script: script{sim.Thread(script{sim.Sleep()}), sim.Sleep()},
			signals: []unix.Signal{unix.SIGSTOP, unix.SIGCONT, unix.SIGSTOP, unix.SIGCONT}},
		{name: "job-control-two", script: script{sim.Thread(script{sim.Raise(unix.SIGSTOP), sim.Raise(unix.SIGSTOP)}), sim.Sleep()},
			others: []other{proceed, proceed}},
		{name: "job-control-threads", others: []other{proceed},
			script: script{sim.Handle(unix.SIGCONT), sim.Thread(script{sim.Call(1).Traced()}), sim.Raise(unix.SIGSTOP), sim.Call(2)}},
		{name: "job-control-poked", signals: []unix.Signal{unix.SIGSTOP, unix.SIGCONT},
			script: script{sim.Call(1), sim.Call(2).Traced()},
			policy: func(w *world) { w.attach(w.first, w.engine("poker", behaviour{}), utrace.On(utrace.Quiesce)) },
			others: []other{poke, poke}},
		{name: "job-control-held", signals: []unix.Signal{unix.SIGSTOP, unix.SIGCONT}, kills: 1,
			script: script{sim.Call(1)},
			policy: func(w *world) {
				w.attach(w.first, w.engine("holder", behaviour{jctl: func(e *engine, st *utrace.Stopped, ev *utrace.JctlEvent) utrace.JctlVerdict {
					return ev.Continue().Then(e.of(st.Task()).act(utrace.Stop))
				}}), utrace.On(utrace.Jctl))
			},
			others: []other{letGo, letGo}},
		{name: "held-signal", signals: []unix.Signal{unix.SIGUSR1},
			script: script{sim.Handle(unix.SIGUSR1), sim.Call(1), sim.Pause(), sim.Call(2)},
			policy: func(w *world) {
				w.vars["again"] = 1
				w.attach(w.first, w.engine("holder", behaviour{signal: holdOnce}), utrace.Signals)
			},
			others: []other{letGo}},
	}
}

// holdOnce pushes the first signal back.
func holdOnce(e *engine, st *utrace.Stopped, ev *utrace.SignalEvent) utrace.SignalVerdict {
	if e.w.vars["pushed"] > 0 {
		return ev.Deliver()
	}
	e.w.vars["pushed"]++
	e.of(st.Task()).act(utrace.Stop)
	return ev.Hold(utrace.Why{})
}

// proceed is `kill -CONT` from outside, once the process has stopped.
var proceed = other{
	when: func(w *world) bool { return w.k.GroupStopped(sim.FirstTID) },
	do:   func(w *world) { _ = w.k.Kill(sim.FirstTID, unix.SIGCONT) },
}

// wake sends a signal from outside when the first task is in a blocking call.
func wake(sig unix.Signal) other {
	return other{
		when: func(w *world) bool { return w.k.Blocked(sim.FirstTID) },
		do:   func(w *world) { _ = w.k.Kill(sim.FirstTID, sig) },
	}
}

// doLater has the owner do something.
var doLater = other{do: func(w *world) {
	if w.l.Do(func() { w.vars["done"]++ }) {
		w.vars["to do"]++
	}
}}

func done(w *world) {
	if w.vars["done"] != w.vars["to do"] {
		w.fault("do", "%d of %d things were done by the owner", w.vars["done"], w.vars["to do"])
	}
}

// poke asks for a report of its own, as another goroutine.
var poke = other{do: func(w *world) {
	if w.find("poker").control(w.first, utrace.Interrupt) == nil {
		w.vars["due"] = 1
	}
}}

// letGo resumes what the engine holder holds.
var letGo = release("holder")

// release lets go what an engine holds, once it does.
func release(name string) other {
	return other{
		when: func(w *world) bool { return w.find(name).heldTask() != nil },
		do: func(w *world) {
			e := w.find(name)
			_ = e.control(e.heldTask(), utrace.Resume)
		},
	}
}

// heldTask is a task that e holds.
func (e *engine) heldTask() *utrace.Task {
	var first *utrace.Task
	for _, s := range e.on {
		t := s.link.Task()
		if l := e.w.lives[t.ID().TID]; s.held && l != nil && !l.dead && (first == nil || t.ID().Serial < first.ID().Serial) {
			first = t
		}
	}
	return first
}

func (w *world) find(name string) *engine {
	for _, e := range w.engines {
		if e.name == name {
			return e
		}
	}
	panic("no engine " + name)
}
