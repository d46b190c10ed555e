// The scenarios with calls that have a time-out, or that are broken off while somebody else wants something; and with faults.

package sim_test

import (
	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel/sim"
	"jail/supervisor/utrace"
)

func timed() []*scenario {
	loop := script{sim.Timed().Traced(), sim.Timed().Again().Traced()}
	return []*scenario{
		{name: "timed", script: loop, signals: drops(3), others: []other{pass, pass}},
		{name: "timed-untraced", script: script{sim.Timed(), sim.Timed().Again()}, kills: 1, signals: drops(2), others: []other{pass}},
		{name: "timed-handled", script: script{sim.Handle(unix.SIGUSR1), sim.Timed(), sim.Timed().Again()},
			signals: []unix.Signal{unix.SIGURG, unix.SIGUSR1, unix.SIGURG}, others: []other{pass}},
		{name: "timed-stopped", script: script{sim.Timed().Traced(), sim.Timed().Again()},
			signals: []unix.Signal{unix.SIGURG, unix.SIGTSTP, unix.SIGCONT}, others: []other{pass}},
		{name: "timed-exec", script: script{sim.Thread(script{sim.Call(1), sim.Exec(script{sim.Timed()})}), sim.Timed()},
			others: []other{drop, drop}, wait: true},
		{name: "timed-held", script: loop, signals: drops(2), others: []other{passHeld, letGo, pass},
			policy: withHolder(behaviour{entry: holdSecond})},
		{name: "timed-interrupted", script: loop, signals: drops(1), others: []other{poke, pass, poke},
			policy: func(w *world) { w.attach(w.first, w.engine("poker", behaviour{}), utrace.On(utrace.Quiesce)) }},
		{name: "timed-held-signal", script: script{sim.Timed(), sim.Call(1)}, signals: drops(2), others: []other{passHeld, letGo},
			policy: withHolder(behaviour{signal: stopOnce})},
		{name: "timed-stepped", script: script{sim.Timed(), sim.Timed().Again()}, signals: drops(1), policy: withHolder(quiesceStop), others: []other{askStop, stepOn, pass}},
		{name: "fault", kills: 1, script: script{sim.Thread(script{sim.Call(1).Traced()}), sim.Segv()}},
		{name: "fault-handled", init: true, script: script{sim.Handle(unix.SIGSEGV), sim.Segv(), sim.Call(1)}, end: exitedWell},
		{name: "fault-init", init: true, kills: 1, script: script{sim.Thread(script{sim.Call(1)}), sim.Segv()}},
		{name: "interrupt-poll", script: script{sim.Handle(unix.SIGUSR1), sim.Poll().Traced(), sim.Call(1)},
			policy: func(w *world) { w.attach(w.first, w.engine("poker", behaviour{}), utrace.On(utrace.Quiesce)) },
			others: []other{poke, poke, wake(unix.SIGUSR1)}},
		{name: "interrupt-poll-deaf", deaf: utrace.SyscallExit, script: script{sim.Handle(unix.SIGUSR1), sim.Poll().Traced(), sim.Call(1)},
			policy: func(w *world) { w.attach(w.first, w.engine("poker", behaviour{}), utrace.On(utrace.Quiesce)) },
			others: []other{poke, poke, wake(unix.SIGUSR1)}},
	}
}

// exitedWell: the first process called exit.
func exitedWell(w *world) {
	if w.sink["died"] != 0 {
		w.fault("transparent", "a process was killed whose handler had seen to its fault")
	}
}

// drops are ignored signals.
func drops(n int) (list []unix.Signal) {
	for range n {
		list = append(list, unix.SIGURG)
	}
	return list
}

// pass lets some time pass while nothing else happens.
var pass = other{
	when: func(w *world) bool { return w.k.MayPass(sim.Patience * 2 / 5) },
	do:   func(w *world) { w.k.Pass(sim.Patience * 2 / 5) },
}

// drop is an ignored signal for the first task, when it is in a blocking call.
var drop = other{
	when: func(w *world) bool { return w.k.Blocked(sim.FirstTID) },
	do:   func(w *world) { w.k.Tkill(sim.FirstTID, unix.SIGURG) },
}

// passHeld lets time pass while the engine holder holds a task, if nothing else happens.
var passHeld = other{
	when: func(w *world) bool { return w.find("holder").heldTask() != nil },
	do: func(w *world) {
		if pass.when(w) {
			pass.do(w)
		}
	},
}

// stopOnce holds a task at its first signal.
func stopOnce(e *engine, st *utrace.Stopped, ev *utrace.SignalEvent) utrace.SignalVerdict {
	if e.w.vars["stopped"]++; e.w.vars["stopped"] != 1 {
		return ev.Deliver()
	}
	return ev.Deliver().Then(e.of(st.Task()).act(utrace.Stop))
}

// holdSecond holds a task at the second of its calls, which is the first one made again if a signal came.
func holdSecond(e *engine, st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	if e.w.vars["entries"]++; e.w.vars["entries"] != 2 {
		return ev.Continue()
	}
	return ev.Continue().Then(e.of(st.Task()).act(utrace.Stop))
}
