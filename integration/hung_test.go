// Engines that never come back: the tree dies, and whoever waits for it hears why.

package integration

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"jail/supervisor"
	"jail/supervisor/utrace"
)

// A sleeper never comes back from its callback for exec, or does something else there that no callback should.
type sleeper struct{ do func() }

func (*sleeper) Name() string        { return "sleeper" }
func (*sleeper) Events() utrace.Mask { return utrace.On(utrace.Exec) }

func (s *sleeper) ReportExec(_ *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
	s.do()
	return ev.Continue()
}

// decisions keeps what a jail decided.
type decisions struct {
	quiet
	mu   sync.Mutex
	list []utrace.Decision
}

func (d *decisions) Decided(_ utrace.TaskID, dec utrace.Decision) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.list = append(d.list, dec)
}

func (d *decisions) all() []utrace.Decision {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.list)
}

// A tree of two processes, of which one stands at its exec in the callback while the other runs: both die, Wait answers, and
// the jail takes no more orders. When the callback comes back after all, its thread ends without another word.
func TestEngineThatNeverComesBack(t *testing.T) {
	for _, observe := range []bool{false, true} {
		for name, do := range map[string]func(block <-chan struct{}){
			"blocks":        func(block <-chan struct{}) { <-block },
			"ends for good": func(<-chan struct{}) { runtime.Goexit() }, // as t.Fatal does
		} {
			t.Run(map[bool]string{false: "enforcing ", true: "observing "}[observe]+name, func(t *testing.T) {
				block := make(chan struct{})
				e := &sleeper{do: func() { do(block) }}
				heard := &decisions{}
				c := supervisor.Command{Path: "/bin/sh", Args: []string{"sh", "-c", "/bin/true & while :; do :; done"}, Sink: heard,
					Budget: 20 * time.Millisecond, Engines: []supervisor.Engine{{Engine: e, Observe: observe}}}
				j, err := c.Start()
				if err != nil {
					t.Fatal(err)
				}
				res, err := j.Wait()
				if !errors.Is(err, supervisor.ErrHung) {
					t.Errorf("Wait answers %v, want ErrHung", err)
				}
				if res.Status.Signal != unix.SIGKILL || res.Killer.Engine != "sleeper" {
					t.Errorf("the result is %+v", res)
				}
				list := heard.all()
				if len(list) != 1 || list[0].Engine != "sleeper" || list[0].Event != utrace.Exec || list[0].Failure == nil || !list[0].Failure.Hung {
					t.Errorf("decided: %+v", list)
				}
				if err := j.Signal(unix.SIGTERM); err != unix.ESRCH {
					t.Errorf("a signal to it answers %v", err)
				}
				close(block)
				reap(t, j.PID()) // blocks until it is dead
				if again := heard.all(); len(again) != 1 {
					t.Errorf("decided after the end: %+v", again[1:])
				}
			})
		}
	}
}

// What an engine looks at by Examine may take its time, but not for ever; and those who wait for the owner hear of it.
func TestExamineThatNeverComesBack(t *testing.T) {
	t.Parallel() // it waits for ten budgets, and they must be long enough for a callback that comes back
	block, examined, barred := make(chan struct{}), make(chan error), make(chan error)
	e := &keeper{held: func(a *utrace.Attachment) {
		go func() { examined <- a.Examine(func(*utrace.Stopped) error { <-block; return nil }) }()
	}}
	c := supervisor.Command{Path: "/bin/sh", Args: []string{"sh", "-c", "exec /bin/true"}, Budget: time.Second / 2,
		Engines: []supervisor.Engine{{Engine: e, Observe: true}}}
	j, err := c.Start()
	if err != nil {
		t.Fatal(err)
	}
	if err := <-examined; err != unix.ESRCH {
		t.Errorf("Examine answers %v", err)
	}
	if _, err := j.Wait(); !errors.Is(err, supervisor.ErrHung) {
		t.Errorf("Wait answers %v", err)
	}
	go func() { barred <- e.a.Examine(func(*utrace.Stopped) error { return nil }) }()
	if err := <-barred; err != unix.ESRCH {
		t.Errorf("another Examine answers %v", err)
	}
	close(block)
	reap(t, j.PID())
}

// A keeper stops the task at its exec for good.
type keeper struct {
	a    *utrace.Attachment
	held func(*utrace.Attachment)
}

func (*keeper) Name() string        { return "keeper" }
func (*keeper) Events() utrace.Mask { return utrace.On(utrace.Exec) }

func (h *keeper) ReportExec(s *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
	h.a, _ = s.Task().Match(h.Name())
	_ = h.a.Control(utrace.Stop)
	h.held(h.a)
	return ev.Continue().Then(utrace.Stop)
}

// A callback that was too slow but came back is punished as ever; the watchdog leaves the rest to the loop.
func TestEngineThatComesBackLate(t *testing.T) {
	t.Parallel() // it waits for one budget, and comes back long before the second is over
	var j *supervisor.Jail
	started := make(chan struct{})
	e := &sleeper{do: func() {
		<-started
		for !exiting(t, j.PID()) { // the watchdog has killed the tree
		}
	}}
	heard := &decisions{}
	c := supervisor.Command{Path: "/bin/sh", Args: []string{"sh", "-c", "/bin/true & while :; do :; done"}, Sink: heard,
		Budget: 2 * time.Second, Engines: []supervisor.Engine{{Engine: e}}}
	j, err := c.Start()
	if err != nil {
		t.Fatal(err)
	}
	close(started)
	res, err := j.Wait()
	if err != nil || res.Status.Signal != unix.SIGKILL || res.Killer.Engine != "sleeper" {
		t.Errorf("%+v, %v", res, err)
	}
	list := heard.all()
	if len(list) != 1 || list[0].Failure == nil || !list[0].Failure.Overrun || list[0].Failure.Hung {
		t.Errorf("decided: %+v", list)
	}
}

// exiting tells whether a task that runs for ever if nobody stops it stands in a stop: that of its exit.
func exiting(t *testing.T, pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Error(err)
		return true
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(rest, "t")
}

// reap waits for a child of the test that no jail waits for.
func reap(t *testing.T, pid int) {
	t.Helper()
	var ws unix.WaitStatus
	for {
		_, err := unix.Wait4(pid, &ws, unix.WALL, nil)
		if err == unix.EINTR || err == nil && ws.Stopped() { // its exit, which is told to all threads of its tracer's process
			continue
		}
		if err != nil || ws.Signal() != unix.SIGKILL {
			t.Errorf("wait: %v, status %#x", err, ws)
		}
		return
	}
}
