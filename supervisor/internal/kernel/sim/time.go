// Time: it passes when nothing else can happen at this moment, up to the next thing that waits for it.

package sim

import (
	"time"

	"jail/supervisor/utrace"
)

// Patience is the time-out of every Timed call.
const Patience time.Duration = 10

// alarm is something that the supervisor wants to be done at a time.
type alarm struct {
	at time.Duration
	do func()
}

// Now is the model's clock.
func (k *Kernel) Now() time.Duration { return k.now }

// After has do called when d has passed, as another goroutine would, unless stop was called before.
func (k *Kernel) After(d time.Duration, do func()) (stop func()) {
	a := &alarm{k.now + d, do}
	k.alarms = append(k.alarms[:len(k.alarms):len(k.alarms)], a)
	return func() { k.unset(a) }
}

func (k *Kernel) unset(a *alarm) {
	for i, o := range k.alarms {
		if o == a {
			k.alarms = append(k.alarms[:i:i], k.alarms[i+1:]...)
			return
		}
	}
}

// Alarms is how many are set.
func (k *Kernel) Alarms() int { return len(k.alarms) }

// rings is an alarm whose time has come, or nil.
func (k *Kernel) rings() *alarm {
	for _, a := range k.alarms {
		if a.at <= k.now {
			return a
		}
	}
	return nil
}

// waits tells whether t sleeps in a call with a time-out, undisturbed.
func (t *task) waits() bool {
	return t.state == running && t.phase == inside && t.step().op == opTimed && !t.interrupted() && !t.killed && !t.leaving
}

// upcoming is when something happens that waits for its time; 0: at no time, or something can happen now already.
func (k *Kernel) upcoming() time.Duration {
	if k.rung || k.rings() != nil {
		return 0
	}
	next := time.Duration(0)
	sooner := func(at time.Duration) {
		if next == 0 || at < next {
			next = at
		}
	}
	for _, a := range k.alarms {
		sooner(a.at)
	}
	for _, t := range k.tasks {
		switch {
		case t.waits():
			sooner(t.wakes)
		case k.ready(t), t.state == running && k.able(t):
			return 0
		}
	}
	if next <= k.now {
		return 0
	}
	return next
}

// MayPass tells whether nothing happens for longer than d, if nobody from outside does something.
func (k *Kernel) MayPass(d time.Duration) bool { return k.upcoming() > k.now+d }

// Pass lets time pass. A call that was broken off must end one time-out after that at the latest.
func (k *Kernel) Pass(d time.Duration) {
	k.now += d
	k.log("  it is %d", k.now)
	for _, t := range k.tasks {
		if t.waits() && t.limit != 0 && k.now > t.limit {
			k.Fault("late", "task %d still waits at %d in a call that was broken off first one time-out before %d", t.tid, k.now, t.limit)
		}
	}
}

// timed is what a Timed call answers that was not broken off.
func (k *Kernel) timed(t *task) int64 {
	if k.now >= t.wakes {
		return 0
	}
	return 1 // something came
}

// punctual checks a result that the program gets.
func (k *Kernel) punctual(t *task) {
	if t.step().op == opTimed && t.regs.Result == 0 && k.now < t.since+Patience {
		k.Fault("early", "task %d is told at %d that the time of a call is up that it began at %d", t.tid, k.now, t.since)
	}
	t.remade, t.limit = false, 0
}

// Timeout is that of Timed calls.
func (k *Kernel) Timeout(tid int, r utrace.Registers) (d time.Duration, result int64, ok bool) {
	t, err := k.at(tid, "Timeout")
	if err != nil || t.step().op != opTimed || r.Nr != t.step().call.Nr {
		return 0, 0, false
	}
	return Patience, 0, true
}
