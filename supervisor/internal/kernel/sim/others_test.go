// The scenarios with commands from other goroutines.

package sim_test

import (
	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel/sim"
	"jail/supervisor/utrace"
)

// others are the scenarios in which other goroutines stop, detach, attach and change masks.
func others() []*scenario {
	two := script{sim.Call(1).Traced(), sim.Call(2).Traced()}
	return []*scenario{
		{name: "stop-and-go", kills: 1, script: two, policy: withHolder(quiesceStop),
			others: []other{askStop, letGo}},
		{name: "stop-twice", script: two, policy: withHolder(quiesceStop),
			others: []other{askStop, letGo, askStop, letGo}},
		{name: "two-stoppers", quick: true, script: two,
			policy: func(w *world) {
				withHolder(entryStop)(w)
				w.attach(w.first, w.engine("second", entryStop), utrace.On(utrace.SyscallEntry))
			},
			others: []other{letGo, release("second")}},
		{name: "detach", script: two, policy: withHolder(behaviour{}),
			others: []other{detach, barrier}},
		{name: "detach-killed", kills: 1, script: script{sim.Call(1).Traced()}, policy: withHolder(behaviour{}),
			others: []other{detach, barrier}},
		{name: "detach-held", script: two, policy: withHolder(entryStop),
			others: []other{detach, barrier}},
		{name: "detach-inside", script: two,
			policy: withHolder(behaviour{entry: func(e *engine, st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
				if e.w.later(2) == 1 {
					_ = e.control(st.Task(), utrace.Detach)
					return ev.Continue()
				}
				return ev.Continue().Then(e.of(st.Task()).act(utrace.Detach))
			}}), others: []other{barrier, barrier}},
		{name: "detach-clone-entry", // two reports at one stop
			script: script{sim.Fork(script{}).Traced(), sim.Call(1)}, wait: true,
			policy: withHolder(behaviour{making: func(e *engine, st *utrace.Stopped, ev *utrace.CloneEntryEvent) utrace.CloneEntryVerdict {
				return ev.Continue().Then(e.of(st.Task()).act(utrace.Detach))
			}}), others: []other{barrier}},
		{name: "set-events", script: two, policy: withHolder(behaviour{}),
			others: []other{clearEntry, barrier, setEntry}},
		{name: "set-events-inside", script: two, kills: 1,
			policy: withHolder(behaviour{quiesce: func(e *engine, st *utrace.Stopped, ev *utrace.QuiesceEvent) utrace.QuiesceVerdict {
				_ = e.setEvents(st.Task(), utrace.All&^utrace.SyscallEntry)
				return ev.Continue()
			}}), others: []other{setEntry}},
		{name: "set-events-late", quick: true, script: script{sim.Exit(0)},
			policy: withHolder(behaviour{}), others: []other{{do: clearLast}}},
		{name: "attach-late", script: two,
			policy: func(w *world) { w.engine("holder", behaviour{}) },
			others: []other{{do: func(w *world) { w.attach(w.first, w.find("holder"), utrace.All) }}, detach}},
		{name: "interrupt", script: script{sim.Call(1).Traced(), sim.Pause(), sim.Call(2)},
			policy: func(w *world) {
				w.attach(w.first, w.engine("poker", behaviour{quiesce: counts}), utrace.On(utrace.Quiesce))
			},
			others: []other{poke, poke, onceHeard}},
		{name: "single-step", script: script{sim.Call(1), sim.Call(2).Traced()},
			policy: withHolder(quiesceStop), others: []other{askStop, stepOn}},
	}
}

// holds are the scenarios in which an engine holds a task at its birth, its exec or its end.
func holds() []*scenario {
	return []*scenario{
		{name: "hold-child", script: script{sim.Fork(script{sim.Call(1)}), sim.Call(2)}, wait: true, kills: 1,
			policy: holdChild, others: []other{release("nurse")}},
		{name: "hold-vfork-child", quick: true, script: script{sim.VFork(script{sim.Exec(script{})}), sim.Call(2)}, wait: true,
			policy: holdChild, others: []other{release("nurse")}},
		{name: "hold-parent-vfork", script: script{sim.VFork(script{sim.Exec(script{})}), sim.Call(2)}, wait: true,
			policy: withHolder(behaviour{clone: func(e *engine, st *utrace.Stopped, ev *utrace.CloneEvent) utrace.CloneVerdict {
				return ev.Continue().Then(e.of(st.Task()).act(utrace.Stop))
			}}), others: []other{letGo}},
		{name: "hold-exec", script: script{sim.Thread(script{sim.Exec(script{sim.Call(1)})}), sim.Sleep()}, kills: 1,
			policy: withFollower(behaviour{exec: func(e *engine, st *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
				return ev.Continue().Then(e.of(st.Task()).act(utrace.Stop))
			}}), others: []other{letGo}},
		{name: "hold-leaving", kills: 1, script: script{sim.Thread(script{sim.Call(1)}), sim.Exit(0)},
			policy: withFollower(behaviour{exit: func(e *engine, st *utrace.Stopped, ev *utrace.ExitEvent) utrace.ExitVerdict {
				return ev.Continue().Then(e.of(st.Task()).act(utrace.Stop))
			}}), others: []other{letGo, letGo}},
		{name: "hold-exit", script: script{sim.Thread(script{sim.Call(1).Traced()}), sim.Exit(0)},
			policy: func(w *world) {
				withHolder(behaviour{exit: func(e *engine, st *utrace.Stopped, ev *utrace.ExitEvent) utrace.ExitVerdict {
					return ev.Continue().Then(e.of(st.Task()).act(utrace.Stop))
				}})(w)
				w.attach(w.first, w.engine("killer", behaviour{entry: func(e *engine, st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
					e.w.stricter(st.ID().TID, utrace.KillTree)
					return ev.KillTree(utrace.Why{})
				}}), utrace.On(utrace.SyscallEntry), utrace.Follow())
			}},
	}
}

// Behaviours.
var (
	quiesceStop = behaviour{quiesce: func(e *engine, st *utrace.Stopped, ev *utrace.QuiesceEvent) utrace.QuiesceVerdict {
		if e.w.vars["stop"] == 0 {
			return ev.Continue()
		}
		e.w.vars["stop"] = 0
		return ev.Continue().Then(e.of(st.Task()).act(utrace.Stop))
	}}
	entryStop = behaviour{entry: func(e *engine, st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		if e.w.vars["held "+e.name] > 0 {
			return ev.Continue()
		}
		e.w.vars["held "+e.name]++
		return ev.Continue().Then(e.of(st.Task()).act(utrace.Stop))
	}}
)

func withHolder(b behaviour) func(*world) {
	return func(w *world) { w.attach(w.first, w.engine("holder", b), utrace.All) }
}

func withFollower(b behaviour) func(*world) {
	return func(w *world) { w.attach(w.first, w.engine("holder", b), utrace.All, utrace.Follow()) }
}

// holdChild stops a child in the report of its birth.
func holdChild(w *world) {
	e := w.engine("holder", behaviour{
		clone: func(e *engine, _ *utrace.Stopped, ev *utrace.CloneEvent) utrace.CloneVerdict {
			w := e.w
			w.handle["child"] = ev.Child
			if w.attach(ev.Child, w.find("nurse"), utrace.All) != nil {
				_ = w.find("nurse").control(ev.Child, utrace.Stop)
			}
			w.vars["unborn"] = ev.Child.ID().TID
			return ev.Continue()
		}})
	w.engine("nurse", behaviour{
		quiesce: func(e *engine, st *utrace.Stopped, ev *utrace.QuiesceEvent) utrace.QuiesceVerdict {
			if e.w.vars["nursed"] > 0 {
				return ev.Continue()
			}
			e.w.vars["nursed"], e.w.vars["unborn"] = 1, 0
			return ev.Continue().Then(e.of(st.Task()).act(utrace.Stop))
		}})
	w.attach(w.first, e, utrace.On(utrace.Clone))
}

// What other goroutines do.

var (
	askStop = other{do: func(w *world) {
		w.vars["stop"] = 1
		if w.find("holder").control(w.first, utrace.Stop) == nil {
			w.vars["stop"] = 0
		}
	}}
	stepOn     = other{when: letGo.when, do: func(w *world) { _ = w.find("holder").control(w.first, utrace.SingleStep) }}
	detach     = other{do: func(w *world) { _ = w.find("holder").control(w.first, utrace.Detach) }}
	barrier    = other{do: func(w *world) { _ = w.find("holder").barrier(w.first) }}
	clearEntry = other{do: func(w *world) { _ = w.find("holder").setEvents(w.first, utrace.All&^utrace.SyscallEntry) }}
	setEntry   = other{do: func(w *world) { _ = w.find("holder").setEvents(w.first, utrace.All) }}
)

// clearLast clears Death and Reap: EALREADY once they may have begun.
func clearLast(w *world) {
	e := w.find("holder")
	s := e.on[w.first.ID().Serial]
	deaths, reaps := s.deaths, s.reaps
	err := e.setEvents(w.first, utrace.All&^(utrace.Death|utrace.Reap))
	if deaths+reaps > 0 && err != unix.EALREADY {
		w.fault("error", "SetEvents that clears Death after Death was told answered %v", err)
	}
}

// counts notes that Quiesce was told.
func counts(e *engine, _ *utrace.Stopped, ev *utrace.QuiesceEvent) utrace.QuiesceVerdict {
	e.w.vars["due"] = 0
	return ev.Continue()
}

// onceHeard ends the program, which waits for that, once every Interrupt was followed by a Quiesce.
var onceHeard = other{
	when: func(w *world) bool { return w.vars["due"] == 0 },
	do:   func(w *world) { _ = w.k.Kill(sim.FirstTID, unix.SIGTERM) },
}
