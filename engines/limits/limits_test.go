// The engine with a clock that stands still until a test moves it.

package limits_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"jail/engines/limits"
	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

// fake is a machine and a jail.
type fake struct {
	now     time.Duration
	timers  []*timer
	cpu     map[int]time.Duration
	reads   int
	signals []unix.Signal
	killed  []utrace.Killer
	told    []utrace.Decision
	ids     []utrace.TaskID
}

type timer struct {
	at      time.Duration
	f       func()
	stopped bool
}

func (f *fake) machine(cpus int) limits.Machine {
	return limits.Machine{CPUs: cpus, Now: func() time.Duration { return f.now }, CPUTime: func(tgid int) (time.Duration, error) {
		f.reads++
		used, ok := f.cpu[tgid]
		if !ok {
			return 0, unix.EINVAL
		}
		return used, nil
	}, AfterFunc: func(d time.Duration, g func()) func() {
		t := &timer{at: f.now + d, f: g}
		f.timers = append(f.timers, t)
		return func() { t.stopped = true }
	}}
}

// sleep moves the clock by d as for a process that is stopped: no timer goes off.
func (f *fake) sleep(d time.Duration) { f.now += d }

func (*fake) PID() int                     { return enginetest.FirstTID }
func (*fake) Do(f func()) bool             { f(); return true }
func (f *fake) Signal(sig unix.Signal)     { f.signals = append(f.signals, sig) }
func (f *fake) KillTree(who utrace.Killer) { f.killed = append(f.killed, who) }
func (f *fake) Tell(id utrace.TaskID, d utrace.Decision) {
	f.told, f.ids = append(f.told, d), append(f.ids, id)
}

// next is the time until the next timer; negative: there is none.
func (f *fake) next() time.Duration {
	var first *timer
	for _, t := range f.timers {
		if !t.stopped && (first == nil || t.at < first.at) {
			first = t
		}
	}
	if first == nil {
		return -1
	}
	return first.at - f.now
}

// advance moves the clock by d, and lets timers go off on the way.
func (f *fake) advance(d time.Duration) {
	end := f.now + d
	for f.next() >= 0 && f.now+f.next() <= end {
		f.now += f.next()
		for _, t := range f.timers {
			if !t.stopped && t.at == f.now {
				t.stopped = true
				t.f()
				break
			}
		}
	}
	f.now = end
}

func bound(d time.Duration) limits.Bound {
	return limits.Bound{Most: uint64(d), Text: d.String(), Why: utrace.Why{Rule: "p.yaml:3:9  limits", Allow: "more"}}
}

// start begins a jail under set.
func start(t *testing.T, set limits.Settings, cpus int) (*fake, *limits.Engine, *enginetest.Jail) {
	t.Helper()
	f := &fake{cpu: map[int]time.Duration{enginetest.FirstTID: 0}}
	e := limits.New(set, f.machine(cpus))
	j := enginetest.StartAt(enginetest.FirstTID)
	if err := j.Attach(e); err != nil {
		t.Fatal(err)
	}
	e.Begin(f)
	return f, e, j
}

// reached fails the test unless the bound on what was reached, once.
func (f *fake) reached(t *testing.T, e *limits.Engine, what string) {
	t.Helper()
	why, ok := e.Reached()
	if !ok || len(f.told) != 1 {
		t.Fatalf("reached %v (%+v), told %d times; want %s, once", ok, why, len(f.told), what)
	}
	d := f.told[0]
	if !strings.HasPrefix(why.What, what) || !strings.HasPrefix(d.Why.What, what) || d.Why.Rule == "" || d.Why.Allow == "" ||
		d.Strictness != utrace.KillTree || d.Engine != "limits" {
		t.Errorf("reached %+v, told %+v; want %s with rule and hint", why, d, what)
	}
}

func TestWallTime(t *testing.T) {
	f, e, _ := start(t, limits.Settings{WallTime: bound(time.Minute)}, 2)
	f.advance(time.Minute - 1)
	if _, ok := e.Reached(); ok || len(f.killed) > 0 {
		t.Fatal("it was reached too early")
	}
	f.advance(1)
	f.reached(t, e, "using up its wall time of 1m0s")
	if len(f.killed) != 1 || f.killed[0].By != "policy" || f.killed[0].Engine != "limits" || len(f.signals) > 0 {
		t.Errorf("killed %+v, signals %v; want one kill by the policy", f.killed, f.signals)
	}
	if f.next() >= 0 {
		t.Error("a timer is left")
	}
}

func TestGrace(t *testing.T) {
	f, e, _ := start(t, limits.Settings{WallTime: bound(time.Minute), Signal: unix.SIGTERM, Grace: 5 * time.Second}, 2)
	f.advance(time.Minute)
	f.reached(t, e, "using up its wall time")
	if !strings.Contains(f.told[0].Why.What, "SIGTERM first, and 5s") || len(f.signals) != 1 || f.signals[0] != unix.SIGTERM || len(f.killed) > 0 {
		t.Errorf("told %q, signals %v, killed %v", f.told[0].Why.What, f.signals, f.killed)
	}
	f.advance(5*time.Second - 1)
	if len(f.killed) > 0 {
		t.Error("killed before the grace is over")
	}
	f.advance(1)
	if len(f.killed) != 1 || len(f.told) != 1 {
		t.Errorf("after the grace: killed %v, told %d times", f.killed, len(f.told))
	}
}

func TestEndsInGrace(t *testing.T) {
	f, e, j := start(t, limits.Settings{WallTime: bound(time.Minute), Signal: unix.SIGTERM, Grace: 5 * time.Second}, 2)
	f.advance(time.Minute)
	j.Die(j.First, utrace.ExitStatus{Signal: unix.SIGTERM})
	f.advance(time.Hour)
	if _, ok := e.Reached(); !ok || len(f.killed) > 0 {
		t.Errorf("reached %v, killed %v; want the bound to be the reason, and nothing to kill", ok, f.killed)
	}
}

func TestEndsBefore(t *testing.T) {
	f, e, j := start(t, limits.Settings{WallTime: bound(time.Minute), CPUTime: bound(time.Minute)}, 2)
	f.cpu[enginetest.FirstTID] = 2 * time.Minute // read too late: it has ended by itself
	j.Die(j.First, utrace.ExitStatus{Code: 3})
	f.advance(time.Hour)
	if why, ok := e.Reached(); ok || len(f.killed) > 0 {
		t.Errorf("reached %+v after the program's end", why)
	}
}

func TestSurvivors(t *testing.T) {
	f, e, j := start(t, limits.Settings{WallTime: bound(time.Minute), Signal: unix.SIGTERM, Grace: time.Hour, Survivors: true}, 2)
	j.Fork(j.First)
	j.Die(j.First, utrace.ExitStatus{})
	f.advance(time.Minute)
	f.reached(t, e, "using up its wall time")
	if len(f.signals) > 0 || len(f.killed) != 1 {
		t.Errorf("signals %v, killed %v; want the rest killed at once: nobody is there to hear a signal", f.signals, f.killed)
	}
}

// TestCPUTime: two tasks of four that can run use up the bound between them; the timer never comes too late.
func TestCPUTime(t *testing.T) {
	f, e, j := start(t, limits.Settings{CPUTime: bound(100 * time.Second)}, 4)
	if f.next() != 100*time.Second {
		t.Fatalf("one task: the timer is set to %v", f.next())
	}
	child, _ := j.Fork(j.First)
	f.cpu[child.ID().TGID] = 0
	if f.next() != 50*time.Second {
		t.Fatalf("two tasks: the timer is set to %v", f.next())
	}
	reads := f.reads
	f.cpu[enginetest.FirstTID], f.cpu[child.ID().TGID] = 10*time.Second, 30*time.Second
	f.advance(50 * time.Second)
	if _, ok := e.Reached(); ok || f.next() != 30*time.Second || f.reads != reads+2 {
		t.Fatalf("40 s used: the timer is set to %v, %d reads", f.next(), f.reads-reads)
	}
	j.Die(child, utrace.ExitStatus{}) // its 30 s stay in the sum
	delete(f.cpu, child.ID().TGID)
	f.cpu[enginetest.FirstTID] = 69 * time.Second
	f.advance(30 * time.Second)
	if _, ok := e.Reached(); ok || f.next() != time.Second {
		t.Fatalf("99 s used: the timer is set to %v", f.next())
	}
	f.cpu[enginetest.FirstTID] = 70 * time.Second
	f.advance(time.Second)
	f.reached(t, e, "using up its processor time of 1m40s")
}

// TestCPUTimeAtDeath: the kernel's own bound was quicker than the timer.
func TestCPUTimeAtDeath(t *testing.T) {
	f, e, j := start(t, limits.Settings{CPUTime: bound(10 * time.Second)}, 1)
	f.cpu[enginetest.FirstTID] = 10 * time.Second
	j.Die(j.First, utrace.ExitStatus{Signal: unix.SIGKILL})
	f.reached(t, e, "using up its processor time")
}

// TestFewReads: a sleeping jail near its bound, and one that makes many children one after the other, are not looked at all the time.
func TestFewReads(t *testing.T) {
	f, e, j := start(t, limits.Settings{CPUTime: bound(100 * time.Second)}, 2)
	f.cpu[enginetest.FirstTID] = 100*time.Second - 1
	f.advance(100 * time.Second)
	reads := f.reads
	f.advance(100 * time.Second)
	if _, ok := e.Reached(); ok || f.reads-reads > 100 {
		t.Errorf("asleep: %d reads in 100 s", f.reads-reads)
	}
	f.cpu[enginetest.FirstTID] = 0
	reads = f.reads
	for range 1000 {
		child, _ := j.Fork(j.First)
		j.Die(child, utrace.ExitStatus{})
	}
	if n := f.reads - reads; n > 1000+4 {
		t.Errorf("1000 children one after the other: %d reads; want one for each death", n)
	}
}

func TestOutput(t *testing.T) {
	f, e, _ := start(t, limits.Settings{Output: limits.Bound{Most: 5, Text: "5B", Why: utrace.Why{Rule: "r", Allow: "a"}}}, 1)
	if e.OutputBound() != 5 {
		t.Errorf("bound %d", e.OutputBound())
	}
	e.OutputReached(f)
	e.OutputReached(f)
	f.reached(t, e, "using up its output of 5B")
}

func TestConformance(t *testing.T) {
	enginetest.Run(t, func() utrace.Engine {
		f := &fake{cpu: map[int]time.Duration{}}
		return limits.New(limits.Settings{CPUTime: bound(time.Second)}, f.machine(2))
	})
	enginetest.Run(t, func() utrace.Engine { return limits.NewFileSize(utrace.Why{}, "1MiB") })
}

func TestFileSize(t *testing.T) {
	f := &fake{}
	e := limits.NewFileSize(utrace.Why{Rule: "r"}, "1MiB")
	j := enginetest.StartAt(enginetest.FirstTID)
	if err := j.Attach(e); err != nil {
		t.Fatal(err)
	}
	e.TellTo(f.Tell)
	own := enginetest.Sent(unix.SIGXFSZ, 0, enginetest.FirstTID)
	for _, si := range []utrace.Siginfo{own, enginetest.Sent(unix.SIGXFSZ, 0, 1), enginetest.Sent(unix.SIGTERM, 0, enginetest.FirstTID)} {
		if out := j.Signal(j.First, si, utrace.ToCore); out.Strict != utrace.AsIs {
			t.Errorf("%v was not delivered: %+v", si.Signo, out)
		}
	}
	if len(f.told) != 1 || f.told[0].Why.What != "a file bigger than 1MiB" || f.ids[0] != j.First.ID() {
		t.Errorf("told %+v of %v; want one denial", f.told, f.ids)
	}
}

// TestSystem: the kernel keeps the clocks of other processes, and says so when there is none.
func TestSystem(t *testing.T) {
	m := limits.System()
	if used, err := m.CPUTime(unix.Getppid()); err != nil || used < 0 || m.CPUs < 1 {
		t.Errorf("the parent's clock: %v, %v; %d processors", used, err, m.CPUs)
	}
	if _, err := m.CPUTime(1 << 28); !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ESRCH) {
		t.Errorf("no such process: %v", err)
	}
	done := make(chan struct{})
	m.AfterFunc(0, func() { close(done) })
	<-done
}
