// The watchdog's rules, with a clock and a jail made of data. Real ones are in integration/hung_test.go.

package supervisor

import (
	"math"
	"testing"
	"time"

	"jail/supervisor/utrace"
)

// kennel is a watchdog whose timer never fires by itself.
type kennel struct {
	watchdog
	running   utrace.Callback
	clock     time.Duration
	kills     int
	abandoned []utrace.Callback
}

const bone = time.Duration(math.MaxInt64) // the timer's; the rules count in budgets of the clock

func newKennel(t *testing.T) *kennel {
	k := &kennel{}
	k.budget = 10
	k.now = func() time.Duration { return k.clock }
	k.kill = func() { k.kills++ }
	k.giveUp = func(c utrace.Callback) { k.abandoned = append(k.abandoned, c) }
	k.during = func(look func(utrace.Callback) bool) bool {
		if k.running.Seq == 0 {
			return false
		}
		if look(k.running) {
			k.running = utrace.Callback{}
		}
		return true
	}
	k.timer = time.NewTimer(bone)
	t.Cleanup(func() { k.timer.Stop() })
	return k
}

// wake is the timer's firing at a time.
func (k *kennel) wake(at time.Duration) {
	k.clock = at
	k.timer.Stop()
	k.bark()
	k.timer.Reset(bone)
}

func TestWatchdogKillsAndGivesUp(t *testing.T) {
	for _, c := range []struct {
		name          string
		lazy          bool
		rounds, kills int // rounds until it is given up, kills until then
	}{{"enforcing", false, 2, 2}, {"observing", true, 10, 1}} {
		k := newKennel(t)
		k.running = utrace.Callback{Seq: 1, Lazy: c.lazy, Since: 5}
		k.begun()
		k.wake(14)
		if k.kills != 0 || !k.armed.Load() {
			t.Errorf("%s: before its time is up: %d kills, armed %v", c.name, k.kills, k.armed.Load())
		}
		for n := 1; n <= c.rounds; n++ {
			if len(k.abandoned) > 0 {
				t.Errorf("%s: given up in round %d", c.name, n)
			}
			k.wake(time.Duration(5 + 10*n))
		}
		if k.kills != c.kills || len(k.abandoned) != 1 || k.armed.Load() {
			t.Errorf("%s: %d kills, given up %v, armed %v", c.name, k.kills, k.abandoned, k.armed.Load())
		}
	}
}

// A machine that was suspended, or a jail that was stopped, for a thousand budgets: one round has passed.
func TestWatchdogCountsRoundsNotTime(t *testing.T) {
	k := newKennel(t)
	k.running = utrace.Callback{Seq: 1}
	k.begun()
	k.wake(10000)
	if k.kills != 1 || len(k.abandoned) != 0 {
		t.Errorf("%d kills, given up %v", k.kills, k.abandoned)
	}
}

// Rounds are of one callback: another one begins anew.
func TestWatchdogForgetsWhatCameBack(t *testing.T) {
	k := newKennel(t)
	for seq := range uint64(100) {
		k.running = utrace.Callback{Seq: seq + 1, Lazy: true, Since: k.clock}
		k.begun()
		for range lazyRounds - 1 {
			k.wake(k.clock + 10)
		}
	}
	if k.kills != 0 || len(k.abandoned) != 0 {
		t.Errorf("%d kills, given up %v", k.kills, k.abandoned)
	}
}

// A jail in which nothing is told has no timer; the next callback sets it.
func TestWatchdogSleepsWithTheJail(t *testing.T) {
	k := newKennel(t)
	k.running = utrace.Callback{Seq: 1}
	k.begun()
	k.running = utrace.Callback{}
	k.wake(10)
	if k.armed.Load() {
		t.Error("it watches nothing")
	}
	k.begun()
	if !k.armed.Load() {
		t.Error("it does not watch")
	}
}

// What a callback costs while others have been there: nothing is allocated.
func TestWatchdogAllocatesNothing(t *testing.T) {
	k := newKennel(t)
	if n := testing.AllocsPerRun(100, k.begun); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
