// Killing: at any moment, while a task is held, by the tree; and what is left afterwards.

package integration

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor"
	"jail/supervisor/utrace"
)

// Random tasks of a tree that grows for ever are killed, then all of it. The ledger finds who was not told of, told of
// twice, or left behind.
func TestKillRandomTasks(t *testing.T) {
	for _, m := range []mode{bare, lifecycle, held, observed, both} {
		for seed := range uint64(2) {
			t.Run(m.name, func(t *testing.T) { killRandomly(t, m, seed) })
		}
	}
}

func killRandomly(t *testing.T, m mode, seed uint64) {
	births := &counter{told: make(chan struct{}, 1<<16)}
	r := start(t, supervisor.Command{Engines: m.engines(t), Sink: births}, victim(t, "tree"), "3", "2")
	random := rand.New(rand.NewPCG(seed, 42))
	for round := range 150 {
		births.await(round * 2) // so that there is something new to kill
		ids := r.ledger.living()
		if len(ids) == 0 {
			t.Fatal("the tree is dead")
		}
		id := ids[random.IntN(len(ids))]
		if id.TGID == r.PID() { // the root is to go on growing
			continue
		}
		// ESRCH: it died meanwhile. Its number can't be another's: numbers are given out in a circle of 32768 or more.
		if err := unix.Tgkill(id.TGID, id.TID, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) {
			t.Fatal(err)
		}
	}
	r.Kill(why)
	r.wait()
	if r.Status.Signal != unix.SIGKILL || r.result.Killer.By != "supervisor" {
		t.Errorf("ended with %v by %+v", r.Status, r.result.Killer)
	}
}

// A thread that calls exec has its leader's number before that is told (PTRACE_EVENT_EXEC). Who is killed in between is told of nowhere, and
// the number that the thread had is gone: everybody has a death all the same, and the jail ends.
func TestKillInExec(t *testing.T) {
	for _, m := range []mode{bare, lifecycle, observed} {
		t.Run(m.name, func(t *testing.T) {
			r := start(t, supervisor.Command{Engines: m.engines(t)}, victim(t, "killexec"), "300")
			r.wait()
			if r.Status != (utrace.ExitStatus{}) {
				t.Errorf("ended with %v", r.Status)
			}
		})
	}
}

// A counter is a Sink that counts births, which a test can wait for.
type counter struct {
	quiet
	told chan struct{}
	n    int
}

func (c *counter) Birth(_, _ utrace.TaskID, _ bool) {
	select {
	case c.told <- struct{}{}:
	default:
	}
}

// await waits until n births were told.
func (c *counter) await(n int) {
	for c.n < n {
		<-c.told
		c.n++
	}
}

// quiet is a Sink that does nothing, to be embedded.
type quiet struct{}

func (quiet) Birth(_, _ utrace.TaskID, _ bool)                     {}
func (quiet) Exec(_, _ utrace.TaskID)                              {}
func (quiet) Decided(utrace.TaskID, utrace.Decision)               {}
func (quiet) Stopped(utrace.TaskID, unix.Signal)                   {}
func (quiet) Continued(utrace.TaskID)                              {}
func (quiet) Death(utrace.TaskID, utrace.DeathEvent, utrace.Usage) {}
func (quiet) Reap(utrace.TaskID)                                   {}
func (quiet) Detached(utrace.TaskID, string, string)               {}

// A task that an engine holds before a call is killed: the call is not made, and nobody can look at the task any more (P26).
func TestKillWhileHeld(t *testing.T) {
	holding := make(chan *utrace.Attachment, 1)
	hold := &onEntry{"hold", callSet("alarm"), nil}
	hold.do = func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		a, err := st.Task().Match("hold")
		if err != nil {
			t.Error(err)
		}
		holding <- a
		return ev.Continue().Then(utrace.Stop)
	}
	r := start(t, supervisor.Command{Engines: one(hold)}, victim(t, "calls"), "alarm", "write")
	a := <-holding
	if err := a.Barrier(context.Background()); err != nil {
		t.Fatal(err)
	}
	looked := false
	if err := a.Examine(func(st *utrace.Stopped) error { looked = true; _, err := st.Registers(); return err }); err != nil || !looked {
		t.Fatalf("examining a held task: %v", err)
	}
	during := a.Examine(func(st *utrace.Stopped) error { return unix.Kill(r.PID(), unix.SIGKILL) })
	if !errors.Is(during, unix.EAGAIN) && !errors.Is(during, unix.ESRCH) {
		// SIGKILL wakes a task in a trap at once (signal_wake_up_state(), kernel/signal.c), so that registers are gone.
		t.Errorf("examining a task while it is killed: %v, want EAGAIN", during)
	}
	r.wait()
	if err := a.Examine(func(*utrace.Stopped) error { t.Error("looked at a dead task"); return nil }); !errors.Is(err, unix.ESRCH) {
		t.Errorf("examining a dead task: %v, want ESRCH", err)
	}
	if err := a.Control(utrace.Resume); !errors.Is(err, unix.ESRCH) {
		t.Errorf("letting go of a dead task: %v, want ESRCH", err)
	}
	compare(t, outcome{"", utrace.ExitStatus{Signal: unix.SIGKILL}}, r.outcome)
}

// The same from outside: nobody examines, the jail just ends.
func TestKillWhileEverythingIsHeld(t *testing.T) {
	for _, event := range []string{"signal", "clone", "exec", "exit"} {
		t.Run(event, func(t *testing.T) {
			holding := make(chan struct{}, 64)
			r := start(t, supervisor.Command{Engines: one(&holder{event, holding})}, "/bin/sh", "-c", "kill -USR1 $$; /bin/true; :")
			<-holding
			r.Kill(why)
			r.wait()
			if r.Status.Signal != unix.SIGKILL {
				t.Errorf("ended with %v", r.Status)
			}
		})
	}
}

// A holder answers Stop to one kind of event and never lets go.
type holder struct {
	event   string
	holding chan struct{}
}

func (*holder) Name() string { return "holder" }
func (*holder) Events() utrace.Mask {
	return utrace.On(utrace.Signals, utrace.Clone, utrace.Exec, utrace.Exit)
}

func (h *holder) action(event string) utrace.Action {
	if event != h.event {
		return utrace.Resume
	}
	h.holding <- struct{}{}
	return utrace.Stop
}

func (h *holder) ReportSignal(_ *utrace.Stopped, ev *utrace.SignalEvent) utrace.SignalVerdict {
	if h.event == "signal" {
		return ev.Deliver().Then(h.action("signal"))
	}
	return ev.Ignore(why)
}
func (h *holder) ReportClone(_ *utrace.Stopped, ev *utrace.CloneEvent) utrace.CloneVerdict {
	return ev.Continue().Then(h.action("clone"))
}
func (h *holder) ReportExec(_ *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
	return ev.Continue().Then(h.action("exec"))
}
func (h *holder) ReportExit(_ *utrace.Stopped, ev *utrace.ExitEvent) utrace.ExitVerdict {
	return ev.Continue().Then(h.action("exit"))
}

func TestDaemonIsKilledWithTheProgram(t *testing.T) {
	r := jailed(t, supervisor.Command{}, victim(t, "daemon"), "linger")
	compare(t, outcome{"first child exited 2\nthe program ends\n", utrace.ExitStatus{Code: 6}}, r.outcome)
	r.ledger.mu.Lock()
	defer r.ledger.mu.Unlock()
	last := r.ledger.tasks[r.ledger.order[len(r.ledger.order)-1]]
	if last.death.Status.Signal != unix.SIGKILL || last.death.Killer.Why.Rule != "survivors: kill" {
		t.Errorf("the daemon ended with %v by %+v", last.death.Status, last.death.Killer)
	}
}

func TestDaemonIsWaitedFor(t *testing.T) {
	stdin, feed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	firstDead := make(chan struct{})
	sink := &deaths{first: firstDead}
	r := startWith(t, supervisor.Command{WaitSurvivors: true, Sink: sink}, stdin, victim(t, "daemon"), "answer")
	<-firstDead // only now does the daemon hear anything
	if _, err := io.WriteString(feed, "a word\n"); err != nil {
		t.Fatal(err)
	}
	feed.Close()
	r.wait()
	compare(t, outcome{"first child exited 2\nthe program ends\nthe daemon heard a word\n", utrace.ExitStatus{Code: 6}}, r.outcome)
}

// deaths is a Sink that tells when the first process is dead.
type deaths struct {
	quiet
	first chan struct{}
}

func (d *deaths) Reap(id utrace.TaskID) {
	if id.Serial == 1 {
		close(d.first)
	}
}
