// Engines that leave, and engines that ask from outside, while the program runs.

package integration

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor"
	"jail/supervisor/utrace"
)

// spinning starts the victim that calls getppid for ever, with an engine that counts these calls, and waits until it has
// seen some. What it gives is the engine's attachment, the count, and what ends the victim.
func spinning(t *testing.T, answer func(n int64, ev *utrace.EntryEvent) utrace.EntryVerdict) (r *jailRun, a *utrace.Attachment, n *atomic.Int64, end io.Closer) {
	t.Helper()
	n = new(atomic.Int64)
	attached := make(chan *utrace.Attachment, 1)
	count := &onEntry{name: "count", calls: callSet("getppid")}
	count.do = func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		k := n.Add(1)
		if k == 50 {
			if a, err := st.Task().Match("count"); err == nil {
				attached <- a
			}
		}
		return answer(k, ev)
	}
	stdin, feed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close() })
	r = startWith(t, supervisor.Command{Engines: one(count)}, stdin, victim(t, "spin"))
	return r, <-attached, n, feed
}

func goOn(_ int64, ev *utrace.EntryEvent) utrace.EntryVerdict { return ev.Continue() }

// After Detach and Barrier no callback comes, however busy the task is; its calls are made as if nobody had asked (P15).
func TestDetachWhileRunning(t *testing.T) {
	r, a, n, end := spinning(t, goOn)
	if err := a.Control(utrace.Detach); err != nil && !errors.Is(err, unix.EINPROGRESS) {
		t.Errorf("detach: %v", err)
	}
	if err := a.Barrier(context.Background()); err != nil {
		t.Errorf("barrier: %v", err)
	}
	then := n.Load()
	if err := a.Control(utrace.Detach); err != nil {
		t.Errorf("second detach: %v", err)
	}
	end.Close()
	r.wait()
	compare(t, outcome{"ready\nwrong answers: 0\n", utrace.ExitStatus{}}, r.outcome)
	if n.Load() != then {
		t.Errorf("%d callbacks after the barrier", n.Load()-then)
	}
	if len(r.ledger.detached) != 1 {
		t.Errorf("the sink heard of detaching: %q", r.ledger.detached)
	}
}

func TestDetachFromACallback(t *testing.T) {
	r, _, n, end := spinning(t, func(n int64, ev *utrace.EntryEvent) utrace.EntryVerdict {
		if n == 50 {
			return ev.Continue().Then(utrace.Detach)
		}
		return ev.Continue()
	})
	end.Close()
	r.wait()
	compare(t, outcome{"ready\nwrong answers: 0\n", utrace.ExitStatus{}}, r.outcome)
	if n.Load() != 50 {
		t.Errorf("%d callbacks, of which the 50th detached", n.Load())
	}
}

func TestClearedEventsAreNotTold(t *testing.T) {
	r, a, n, end := spinning(t, goOn)
	if err := a.SetEvents(0); err != nil && !errors.Is(err, unix.EINPROGRESS) {
		t.Errorf("clearing events: %v", err)
	}
	if err := a.Barrier(context.Background()); err != nil {
		t.Errorf("barrier: %v", err)
	}
	then := n.Load()
	end.Close()
	r.wait()
	compare(t, outcome{"ready\nwrong answers: 0\n", utrace.ExitStatus{}}, r.outcome)
	if n.Load() != then {
		t.Errorf("%d callbacks after the events were cleared", n.Load()-then)
	}
}

// A detached engine's calls follow the policy, which here refuses them (P15).
func TestDetachedEngineLeavesThePolicy(t *testing.T) {
	gone := &onEntry{"gone", callSet("umask"), func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		return ev.Result(7, why).Then(utrace.Detach)
	}}
	spec := baseSpec()
	spec.Rules = append(spec.Rules, rule(traced, "umask")) // stops for whoever wants it, is allowed by nobody
	r := jailed(t, supervisor.Command{Engines: one(gone), Filter: spec}, victim(t, "calls"), "umask", "umask")
	compare(t, outcome{"umask: 7 ok\numask: -1 ENOSYS\n", utrace.ExitStatus{}}, r.outcome)
}

// A prodder interrupts every task at every second of its blocking calls, from another goroutine, wherever it is by then.
type prodder struct {
	calls *utrace.SyscallSet
	just  map[uint64]bool // whose last call was interrupted: its next one, which may be the same again, is left alone
	told  atomic.Int64
	under sync.WaitGroup
}

func (*prodder) Name() string                   { return "prodder" }
func (*prodder) Events() utrace.Mask            { return utrace.On(utrace.Quiesce, utrace.SyscallEntry) }
func (p *prodder) Syscalls() *utrace.SyscallSet { return p.calls }
func (p *prodder) ReportQuiesce(_ *utrace.Stopped, ev *utrace.QuiesceEvent) utrace.QuiesceVerdict {
	if ev.Before == 0 {
		p.told.Add(1)
	}
	return ev.Continue()
}
func (p *prodder) ReportSyscallEntry(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	serial := st.ID().Serial
	p.just[serial] = !p.just[serial]
	if a, err := st.Task().Match(p.Name()); err == nil && p.just[serial] {
		p.under.Add(1)
		go func() {
			defer p.under.Done()
			_ = a.Control(utrace.Interrupt) // ESRCH: it is dead
		}()
	}
	return ev.Continue()
}

// The program can't tell that its calls were interrupted, whether they are restarted by the kernel or not.
func TestInterruptIsNotSeen(t *testing.T) {
	told := int64(0)
	for _, v := range []string{"restart", "stops", "queue", "vfork", "zombie", "leader", "exec_thread"} {
		t.Run(v, func(t *testing.T) {
			p := &prodder{calls: blockingCalls(), just: make(map[uint64]bool)}
			same(t, []mode{{"prodded", func(*testing.T) []supervisor.Engine { return one(p) }}}, v)
			p.under.Wait()
			told += p.told.Load()
		})
	}
	if told == 0 {
		t.Error("nothing was interrupted")
	}
}
