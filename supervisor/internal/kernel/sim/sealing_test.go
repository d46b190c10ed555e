// The scenarios of sealed arguments: threads that change what an engine has checked, and take the pages away.

package sim_test

import (
	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel/sim"
	"jail/supervisor/utrace"
)

func sealing() []*scenario {
	point, waits := sim.Point().Traced(), sim.PointAndSleep().Traced()
	return []*scenario{
		{name: "sealed", kills: 1, policy: sealer, end: unused, script: script{point, point}},
		{name: "sealed-threads", policy: sealer, end: unused, script: script{sim.Thread(script{point, sim.Exit(0)}), point, sim.Exit(0)}},
		{name: "sealed-killed", kills: 1, policy: sealer, end: unused, script: script{sim.Thread(script{point}), sim.Call(1), sim.Call(2)}},
		{name: "sealed-fork", wait: true, policy: sealer, end: unused, script: script{point, sim.Fork(script{point})}},
		{name: "sealed-vfork", policy: sealer, end: unused, script: script{sim.VFork(script{point, sim.Exec(script{point})}), point}},
		{name: "sealed-exec", policy: sealer, end: unused, script: script{sim.Thread(script{point}), sim.Exec(script{point})}},
		{name: "sealed-handler", policy: sealer, end: unused, signals: []unix.Signal{unix.SIGUSR1},
			script: script{sim.Handle(unix.SIGUSR1), point}},
		{name: "sealed-stopped", policy: sealer, end: unused, signals: []unix.Signal{unix.SIGSTOP, unix.SIGCONT}, script: script{point}},
		// Over return pads: nobody asks for the ends of calls.
		{name: "padded", deaf: utrace.SyscallExit, kills: 1, policy: sealer, end: unused, script: script{point, waits}},
		{name: "padded-threads", deaf: utrace.SyscallExit, policy: sealer, end: unused, script: script{sim.Thread(script{waits, sim.Exit(0)}), point, sim.Exit(0)}},
		{name: "padded-fork", deaf: utrace.SyscallExit, policy: sealer, end: unused, script: script{point, sim.Fork(script{point})}},
		{name: "padded-exec", deaf: utrace.SyscallExit, policy: sealer, end: unused, script: script{sim.Thread(script{waits}), sim.Exec(script{point})}},
		{name: "padded-handler", deaf: utrace.SyscallExit, policy: sealer, end: unused, signals: []unix.Signal{unix.SIGUSR1},
			script: script{sim.Handle(unix.SIGUSR1), waits}},
		{name: "padded-ignored", deaf: utrace.SyscallExit, policy: sealer, end: unused, signals: []unix.Signal{unix.SIGUSR1},
			script: script{sim.Ignore(unix.SIGUSR1), waits}},
		{name: "redo", policy: redoer, end: unused, script: script{sim.Call(1).Traced(), sim.Exit(0)}},
		{name: "padded-redo", deaf: utrace.SyscallExit, kills: 1, policy: redoer, end: unused, signals: []unix.Signal{unix.SIGUSR1},
			script: script{sim.Ignore(unix.SIGUSR1), sim.Call(1).Traced()}},
		{name: "padded-stopped", deaf: utrace.SyscallExit, policy: sealer, end: unused, signals: []unix.Signal{unix.SIGSTOP, unix.SIGCONT},
			script: script{waits}},
	}
}

// sealer attaches an engine that lets calls be made whose argument is harmless.
func sealer(w *world) {
	e := w.engine("sealer", behaviour{entry: checkSealed})
	e.calls = new(utrace.SyscallSet).Add(sim.Arch, sim.NrPoint)
	e.seals = e.calls
	w.attach(w.first, e, utrace.On(utrace.SyscallEntry), utrace.Follow())
}

func checkSealed(_ *engine, st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	value, err := st.Seal(1, 1)
	if err != nil || value[0] != sim.Harmless {
		return ev.Abort(unix.EACCES, utrace.Why{})
	}
	return ev.Continue()
}

// redoer attaches an engine that has Call(1) made as one that fails with ELOOP, and as it is when the task makes it again.
func redoer(w *world) {
	sealer(w)
	e := w.engine("redoer", behaviour{entry: func(_ *engine, st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		if ev.Redone() {
			return ev.Continue()
		}
		c := ev.Call()
		at, err := st.Place([]byte{1})
		if err != nil {
			return ev.Continue()
		}
		c.Nr, c.Args[2] = sim.NrPlain-int64(unix.ELOOP), at // which answers -ELOOP
		return ev.Rewrite(c, utrace.Why{Quiet: true}).Redo(unix.ELOOP)
	}})
	e.calls = new(utrace.SyscallSet).Add(sim.Arch, sim.NrPlain+1)
	e.seals = e.calls
	w.attach(w.first, e, utrace.On(utrace.SyscallEntry), utrace.Follow())
}

// unused: the places of calls that have ended are free again.
func unused(w *world) {
	if n := w.k.Places(); n > 0 {
		w.fault("place-left", "%d places in the sealed pages are left taken", n)
	}
}
