// Wait: what happens next.

package sim

import (
	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// Wait tells of one thing that may happen next. When nothing can happen any more though tasks live, the rule
// "deadlock" is broken.
func (k *Kernel) Wait() (kernel.Stop, error) {
	if k.waits++; k.waits > maxWaits {
		k.Fault("livelock", "more than %d statuses", maxWaits)
	}
	if !k.over && k.cfg.Idle != nil && !k.cfg.Idle() {
		k.over = true
	}
	for !k.over {
		stop, done := k.once()
		if done {
			k.log("wait: %v %v %v %v", stop.TID, stop.Kind, stop.Signal, stop.Status)
			k.cfg.Watch.Stopped(stop, k.occurrence(stop))
			return stop, nil
		}
		if len(k.tasks) == 0 && !k.rung {
			return kernel.Stop{}, unix.ECHILD
		}
	}
	return kernel.Stop{}, ErrOver
}

func (k *Kernel) occurrence(s kernel.Stop) int {
	if t := k.tasks[s.TID]; t != nil {
		return t.occ
	}
	return 0
}

// once lets one thing happen; done says that there is a status to tell.
func (k *Kernel) once() (stop kernel.Stop, done bool) {
	type option func() (kernel.Stop, bool)
	var can []option
	quietly := func(f func()) option { return func() (kernel.Stop, bool) { f(); return kernel.Stop{}, false } }
	if k.rung {
		can = append(can, func() (kernel.Stop, bool) { k.rung = false; return kernel.Stop{Kind: kernel.Ring}, true })
	}
	for _, tid := range k.sorted() {
		if t := k.tasks[tid]; k.ready(t) || t.state == running && k.able(t) {
			can = append(can, func() (kernel.Stop, bool) { return k.tell(t) })
		}
	}
	if k.commandable() && len(k.tasks) > 0 {
		can = append(can, quietly(k.command))
	}
	if p := k.tasks[FirstTID]; len(k.signals) > 0 && p != nil && p.tid == p.proc.tgid {
		can = append(can, quietly(func() { k.send(p.proc, nil, k.outside()) }))
	}
	if a := k.rings(); a != nil {
		can = append(can, quietly(func() { k.unset(a); a.do() }))
	}
	if next := k.upcoming(); next != 0 {
		can = append(can, quietly(func() { k.Pass(next - k.now) }))
	}
	if len(can) == 0 {
		if len(k.tasks) > 0 {
			k.Fault("deadlock", "nothing can happen any more, and these tasks live: %s", k.describe())
		}
		return stop, false
	}
	if k.kills > 0 {
		for _, tid := range k.sorted() {
			if t := k.tasks[tid]; t.leader() && t.proc.status == nil {
				can = append(can, quietly(func() {
					k.kills--
					k.killGroup(t.proc, utrace.ExitStatus{Signal: unix.SIGKILL})
				}))
			}
		}
	}
	return can[k.choose(len(can))]()
}

// tell runs t until it has something to tell, if it has not.
func (k *Kernel) tell(t *task) (kernel.Stop, bool) {
	if !k.ready(t) {
		k.run(t)
		if !k.ready(t) || t.stop.Kind == kernel.Clone { // the child's first stop may be told before its parent's event (P18)
			return kernel.Stop{}, false
		}
	}
	if t.state == zombie {
		return kernel.Stop{TID: t.tid, Kind: kernel.Death, Status: t.status}, true
	}
	t.told = true
	return t.stop, true
}

func (k *Kernel) outside() utrace.Siginfo {
	sig := k.signals[0]
	k.signals = k.signals[1:]
	return utrace.Siginfo{Signo: sig}
}

// Ring makes Wait return a Ring.
func (k *Kernel) Ring() { k.rung = true }

// Close does nothing.
func (k *Kernel) Close() error { return nil }
