// Engines that do everything everywhere: any call of the protocol, on any task, living or not, from inside callbacks and from
// other goroutines. Nothing hangs, nothing races, and what was promised holds.

package utrace_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// zoo is a tree of tasks whose numbers are used again, and the hostile engines on them.
type zoo struct {
	t     *testing.T
	space *utrace.Space
	host  *host

	mu    sync.Mutex
	tasks []*utrace.Task // the dead among them too
	links []*link
}

// link is one hostile engine on one task.
type link struct {
	*engine
	z        *zoo
	rng      *rand.Rand // of the owner's goroutine: callbacks only
	a        *utrace.Attachment
	silenced atomic.Bool // Detach has answered nil
	deaths   int
	reaps    int
}

func (z *zoo) pick(r *rand.Rand) (*utrace.Task, *link) {
	z.mu.Lock()
	defer z.mu.Unlock()
	t := z.tasks[r.IntN(len(z.tasks))]
	if len(z.links) == 0 {
		return t, nil
	}
	return t, z.links[r.IntN(len(z.links))]
}

// attach puts a new hostile engine on t. Callbacks may come before it returns.
func (z *zoo) attach(t *utrace.Task, r *rand.Rand) {
	l := &link{z: z, rng: rand.New(rand.NewPCG(r.Uint64(), 0))}
	l.engine = &engine{name: "hostile"}
	l.quiesce = func(_ *utrace.Stopped, ev *utrace.QuiesceEvent) utrace.QuiesceVerdict {
		return ev.Continue().Then(l.inside())
	}
	l.clone = func(_ *utrace.Stopped, ev *utrace.CloneEvent) utrace.CloneVerdict {
		z.attach(ev.Child, l.rng)
		return ev.Continue().Then(l.inside())
	}
	l.exec = func(_ *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
		return ev.Continue().Then(l.inside())
	}
	l.entry = func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		c := ev.Call()
		c.Nr += l.rng.Int64N(2)
		return ev.Rewrite(c, utrace.Why{}).Then(l.inside())
	}
	l.signal = func(_ *utrace.Stopped, ev *utrace.SignalEvent) utrace.SignalVerdict {
		return ev.Hold(utrace.Why{}).Then(l.inside())
	}
	l.death = func(utrace.TaskID, *utrace.DeathEvent) { l.inside(); l.deaths++ }
	l.reap = func(utrace.TaskID) { l.inside(); l.reaps++ }
	a, err := t.Attach(l.engine)
	if err != nil {
		if !errors.Is(err, unix.ESRCH) {
			z.t.Errorf("Attach: %v", err)
		}
		return
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	l.a = a
	z.links = append(z.links, l)
}

// inside is what every callback does before it answers anything.
func (l *link) inside() utrace.Action {
	if l.silenced.Load() {
		l.z.t.Error("told after Detach had answered nil")
	}
	if l.reaps > 0 {
		l.z.t.Error("told after Reap")
	}
	for range l.rng.IntN(3) {
		l.z.anything(l.rng)
	}
	return utrace.Stop + utrace.Action(l.rng.IntN(int(utrace.Detach)))
}

// anything makes one call of the protocol.
func (z *zoo) anything(r *rand.Rand) {
	t, l := z.pick(r)
	if l == nil {
		z.attach(t, r)
		return
	}
	switch r.IntN(8) {
	case 0:
		z.attach(t, r)
	case 1:
		_ = l.a.SetEvents(utrace.Mask(r.Uint32()) & utrace.All)
	case 2:
		if err := l.a.Control(utrace.Detach); err == nil && !z.host.OnOwner() {
			l.silenced.Store(true)
		}
	case 3:
		if err := l.a.Barrier(context.Background()); err != nil {
			z.t.Errorf("Barrier: %v", err)
		}
	case 4:
		_ = l.a.Examine(func(st *utrace.Stopped) error { _, err := st.Registers(); return err })
	case 5:
		_, _ = t.Match("hostile")
	default:
		_ = l.a.Control(utrace.Action(r.IntN(10)))
	}
}

// carry is what an owner does after a report: it parks a task only until everybody was asked once more, as if SIGKILL had
// woken it.
func (z *zoo) carry(t *utrace.Task) {
	z.space.Park(t)
	z.space.Settle(t)
	z.space.Serve()
	if z.space.Need(t) == utrace.NeedQuiesce {
		z.space.Quiesce(t, &machine{})
		z.space.Park(t)
		z.space.Settle(t)
	}
	z.space.Unpark(t)
}

// live lets a task live, and its children after it.
func (z *zoo) live(t *utrace.Task, r *rand.Rand, depth int) {
	m := &machine{}
	z.host.mu.Lock()
	z.host.machines[t.ID().Serial] = m
	z.host.mu.Unlock()
	z.mu.Lock()
	z.tasks = append(z.tasks, t)
	z.mu.Unlock()
	for range 1 + r.IntN(6) {
		switch r.IntN(5) {
		case 0:
			z.space.SyscallEntry(t, utrace.Call{Arch: 1, Nr: 1}, m)
		case 1:
			z.space.Exec(t, t.ID(), m)
		case 2:
			z.space.Signal(t, utrace.Siginfo{Signo: unix.SIGUSR1}, utrace.ToTerm, m)
		case 3:
			z.space.Quiesce(t, m)
		default:
			child := z.space.NewChild(t, 100, 100) // a number that was used before
			z.space.Clone(t, utrace.CloneEvent{Child: child}, m)
			z.carry(t)
			if depth < 4 {
				z.live(child, r, depth+1)
			} else {
				z.end(child)
			}
			continue
		}
		z.carry(t)
	}
	z.space.Dying(t)
	z.end(t)
}

func (z *zoo) end(t *utrace.Task) {
	z.space.Death(t, utrace.DeathEvent{})
	z.space.Reap(t)
	z.space.Serve()
}

func TestHostileEngines(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for seed := range uint64(20) {
		s, h := newSpace(t)
		z := &zoo{t: t, space: s, host: h}
		first := s.Add(100, 100)
		z.tasks = append(z.tasks, first)
		r := rand.New(rand.NewPCG(seed, 1))
		for range 3 {
			z.attach(first, r)
		}
		var others sync.WaitGroup
		for i := range uint64(3) {
			others.Add(1)
			go func() {
				defer others.Done()
				r := rand.New(rand.NewPCG(seed, 2+i))
				for range 100 {
					z.anything(r)
				}
			}()
		}
		z.live(first, r, 0)
		done := make(chan struct{})
		go func() { others.Wait(); close(done) }()
		<-done
		for _, l := range z.links {
			if l.deaths > 1 || l.reaps > 1 {
				t.Errorf("seed %d: %d deaths, %d reaps of one task", seed, l.deaths, l.reaps)
			}
		}
	}
}
