// The watchdog: an engine whose callback never comes back must not keep a jail, and those who wait for it, for ever.

package supervisor

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// ErrHung is wrapped by Wait's error when an engine's callback, or what it runs by Examine, did not come back. The whole tree was
// killed. The goroutine of the engine is still where it is, and the jail's thread with it; until that callback comes back or
// this process ends, which ends the thread, killed tasks may be there as the kernel keeps them for a tracer: without running
// anything, and not reaped.
var ErrHung = errors.New("an engine did not come back")

// Times that the watchdog finds a callback running, a budget apart, before it is given up. The first of an enforcing engine kills
// the tree, which is what its verdict would be if it came back now; the second gives it up. An observer, or what looks by
// Examine, would only be let go if it came back late, so it has more time.
const (
	enforcingRounds = 2
	lazyRounds      = 10
)

// watchdog looks after one jail's callbacks. It costs a look at an atomic variable a callback, and one timer that runs only
// while there are callbacks and is set at most once a budget: it polls nothing in a jail whose tasks run.
type watchdog struct {
	during func(func(utrace.Callback) bool) bool // utrace.Space.During
	now    func() time.Duration                  // utrace.Host.Now
	kill   func()                                // kills all that is known; called from within during
	giveUp func(utrace.Callback)
	budget time.Duration

	armed  atomic.Bool // the timer is set, or about to be
	timer  *time.Timer
	mu     sync.Mutex // one bark at a time
	seq    uint64     // of the callback that was found last
	rounds int        // how often it was found
}

// watch makes a watchdog for a jail whose loop does not run yet; budget 0 is none. stop ends it.
func (j *Jail) watch(budget time.Duration, now func() time.Duration) (stop func()) {
	if budget == 0 {
		return func() {}
	}
	space := j.loop.Space()
	d := &watchdog{during: space.During, now: now, budget: budget,
		kill: func() { j.loop.KillKnown() }, giveUp: func(c utrace.Callback) { j.abandon(c, budget) }}
	d.timer = time.AfterFunc(budget, d.bark)
	d.timer.Stop()
	space.Watch(d.begun)
	return func() { d.timer.Stop() }
}

// begun is said before each callback. bark unsets armed before it looks, so a callback that finds it set is seen.
func (d *watchdog) begun() {
	if !d.armed.Load() {
		d.arm(d.budget)
	}
}

func (d *watchdog) arm(after time.Duration) {
	if d.armed.CompareAndSwap(false, true) {
		d.timer.Reset(after)
	}
}

// bark is called by the timer.
func (d *watchdog) bark() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.armed.Store(false)
	var lost utrace.Callback
	next := time.Duration(0)
	d.during(func(c utrace.Callback) bool {
		if d.seq != c.Seq {
			d.seq, d.rounds = c.Seq, 0
		}
		if next = c.Since + d.budget - d.now(); next > 0 {
			return false // it began after the timer was set
		}
		next = d.budget
		d.rounds++
		if !c.Lazy || d.rounds == lazyRounds {
			d.kill()
		}
		if !c.Lazy && d.rounds < enforcingRounds || c.Lazy && d.rounds < lazyRounds {
			return false
		}
		lost = c
		return true
	})
	switch {
	case lost.Seq != 0:
		d.giveUp(lost)
	case next > 0:
		d.arm(next)
	}
}

// abandon ends a jail whose owner hangs in a callback, for those who wait for it.
func (j *Jail) abandon(c utrace.Callback, budget time.Duration) {
	j.loop.Refuse()
	event := "Examine"
	if c.Event != 0 {
		event = c.Event.String()
	}
	failure := &utrace.Failure{Overrun: true, Hung: true}
	why := utrace.Why{What: fmt.Sprintf("engine %s %s (%v) in its callback for %s", c.Engine, failure, budget, event)}
	killer := utrace.Killer{By: "policy", Engine: c.Engine, Why: why}
	j.tap.Sink.Decided(c.Task, utrace.Decision{Engine: c.Engine, Event: c.Event, Strictness: utrace.KillTree, Why: why, Failure: failure})
	if !j.tap.dead {
		j.result = Result{Status: utrace.ExitStatus{Signal: unix.SIGKILL}, Killer: killer}
	}
	j.end(fmt.Errorf("%w: %s; everything was killed", ErrHung, why.What))
}
