// Engines that come while the program runs.

package integration

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor"
	"jail/supervisor/utrace"
)

// A fault for the length of one call: attached from outside while the program runs, gone by its own answer, and waited for.
func TestAttachWhileRunningForOneCall(t *testing.T) {
	stdin, feed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	r := startWith(t, supervisor.Command{Traceable: callSet("getppid")}, stdin, victim(t, "spin"))
	var n atomic.Int64
	once := &onEntry{"once", callSet("getppid"), func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		n.Add(1)
		return ev.Result(-1, why).Then(utrace.Detach)
	}}
	tasks := r.Jail.Tasks()
	if len(tasks) != 1 || tasks[0].ID().TID != r.Jail.PID() {
		t.Fatalf("the jail's tasks are %v", tasks)
	}
	spins := make(chan bool, 1)
	if _, err := tasks[0].Attach(&onEntry{"looker", callSet("getppid"), func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		if n.Add(1) < 5 { // the first one tells the victim who its parent is
			return ev.Continue()
		}
		n.Store(0)
		spins <- true
		return ev.Continue().Then(utrace.Detach)
	}}); err != nil {
		t.Fatal(err)
	}
	<-spins
	for range 3 {
		before := n.Load()
		a, err := tasks[0].Attach(once)
		if err != nil {
			t.Fatal(err)
		}
		for n.Load() == before { // it spins
			if err := a.Barrier(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.Barrier(context.Background()); err != nil {
			t.Errorf("barrier: %v", err)
		}
		if _, err := tasks[0].Match("once"); err != unix.ENOENT {
			t.Errorf("it is attached still: %v", err)
		}
	}
	if _, err := tasks[0].Attach(&onEntry{"deaf", callSet("getuid"), once.do}); !errors.Is(err, utrace.ErrDeaf) {
		t.Errorf("an engine that would hear nothing: %v", err)
	}
	feed.Close()
	r.wait()
	compare(t, outcome{"ready\nwrong answers: 3\n", utrace.ExitStatus{}}, r.outcome)
	if n.Load() != 3 {
		t.Errorf("%d callbacks", n.Load())
	}
	if tasks := r.Jail.Tasks(); tasks != nil {
		t.Errorf("tasks after the end: %v", tasks)
	}
}
