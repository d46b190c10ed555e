// Traces of real programs: that they tell one consistent story, and that the programs can't tell.

package integration

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/engines/expect"
	"jail/engines/trace"
	"jail/supervisor"
	"jail/supervisor/utrace"
)

// withTrace is the mode in which everything is traced, and the trace looked at in the end.
func withTrace(sel trace.Select, look func(*testing.T, []trace.Event)) mode {
	return mode{"traced", func(t *testing.T) []supervisor.Engine {
		var events []trace.Event
		e, err := trace.New(trace.Config{Sink: func(ev trace.Event) { events = append(events, ev) }, Select: sel})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if n := e.Len(); n != 0 {
				t.Errorf("it keeps something about %d tasks", n)
			}
			look(t, events)
			if t.Failed() {
				for _, ev := range events[max(0, len(events)-100):] {
					t.Logf("%d (%d) %s", ev.Seq, ev.After, ev.Text())
				}
			}
		})
		return []supervisor.Engine{{Engine: e, Observe: true}}
	}}
}

// story checks that a whole trace is consistent.
func story(t *testing.T, events []trace.Event) {
	t.Helper()
	born, dead, last := make(map[uint64]uint64), make(map[uint64]bool), make(map[uint64]*trace.Event)
	for i := range events {
		ev := &events[i]
		id := ev.Task.Serial
		wrong := ""
		switch before := last[id]; {
		case ev.Seq != uint64(i+1) || ev.After >= ev.Seq || ev.Process == nil || ev.Process.PID != ev.Task.TGID:
			wrong = "is not numbered, or has no process"
		case dead[id]:
			wrong = "comes after the task's death"
		case born[id] == 0 && id != events[0].Task.Serial:
			wrong = "comes before the task's birth"
		case before != nil && ev.Kind == trace.KindSyscall && ev.After < before.Seq && before.Kind == trace.KindSyscall:
			wrong = "is a call inside of another one of the same task"
		case before != nil && before.Unfinished != "" && ev.Kind != trace.KindDeath, ev.Unfinished == trace.Lost:
			wrong = "comes after a call that is unfinished, or is lost"
		}
		if wrong != "" {
			t.Errorf("%d (%d) %s: %s", ev.Seq, ev.After, ev.Text(), wrong)
		}
		last[id] = ev
		switch ev.Kind {
		case trace.KindClone:
			if child := ev.Birth.Child.Serial; born[child] != 0 {
				t.Errorf("%s: born twice", ev.Text())
			} else {
				born[child] = ev.Seq
			}
		case trace.KindDeath:
			dead[id] = true
		case trace.KindSyscall:
			made(t, events, ev)
		}
	}
	for child := range born {
		if !dead[child] {
			t.Errorf("task %d was born and did not die", child)
		}
	}
}

// made checks that a call which made a task has told of the birth within it.
func made(t *testing.T, events []trace.Event, ev *trace.Event) {
	t.Helper()
	if !slices.Contains([]string{"clone", "fork", "vfork", "clone3"}, ev.Call.Name) || !ev.Returned() {
		return
	}
	for _, b := range events[ev.After : ev.Seq-1] {
		if b.Kind == trace.KindClone && b.Task.Serial == ev.Task.Serial && int64(b.Birth.Child.TID) == ev.Result.Value {
			return
		}
	}
	t.Errorf("%d (%d) %s: it tells of no birth", ev.Seq, ev.After, ev.Text())
}

func TestTraceOfThreadsThatExec(t *testing.T) {
	same(t, []mode{withTrace(trace.Select{}, func(t *testing.T, events []trace.Event) {
		story(t, events)
		for _, f := range expect.Check(events,
			expect.AtLeast(5, expect.Pattern{Kind: trace.KindExec, Program: "exec_thread"}),
			expect.AtLeast(1, expect.Pattern{Calls: []string{"execve", "execveat"}, Outcome: expect.Fails}),
			expect.AtLeast(1, expect.Pattern{Outcome: expect.Unfinished}),
		) {
			t.Error(f)
		}
	})}, "exec_thread")
}

func TestTraceOfVfork(t *testing.T) {
	same(t, []mode{withTrace(trace.Select{}, story)}, "vfork")
}

func TestTraceOfStops(t *testing.T) {
	same(t, []mode{withTrace(trace.Select{}, func(t *testing.T, events []trace.Event) {
		story(t, events)
		for _, f := range expect.Check(events, expect.AtLeast(20, expect.Pattern{Kind: trace.KindJob})) {
			t.Error(f)
		}
	})}, "stops")
}

func TestTraceOfAStorm(t *testing.T) {
	same(t, []mode{withTrace(trace.Select{}, story)}, "storm", "4", "4", "2")
}

// TestTraceByPath: with a path only the calls about it are told, whole; and so many other calls do not confuse the pairs.
func TestTraceByPath(t *testing.T) {
	same(t, []mode{withTrace(trace.Select{Paths: []string{"/proc/self/**"}, NoLives: true, NoSignals: true}, func(t *testing.T, events []trace.Event) {
		if len(events) == 0 {
			t.Error("nothing was told")
		}
		for _, ev := range events {
			files := trace.Files(ev.Call)
			if !slices.ContainsFunc(files, func(f string) bool { return strings.HasPrefix(f, "/proc/self/") }) || ev.Unfinished != "" {
				t.Errorf("%s is about %q", ev.Text(), files)
			}
		}
	})}, "exec_thread")
}

// TestTraceOfTheRunning: an engine that comes late tells of what it finds, and of no call whose beginning it has not seen.
func TestTraceOfTheRunning(t *testing.T) {
	stdin, feed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	r := startWith(t, supervisor.Command{Traceable: callSet("getppid")}, stdin, victim(t, "spin"))
	var events []trace.Event
	seen := make(chan bool, 1)
	e, err := trace.New(trace.Config{Name: "late", Select: trace.Select{Calls: []string{"getppid"}}, Sink: func(ev trace.Event) {
		if events = append(events, ev); len(events) == 10 {
			seen <- true
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	a, err := r.Jail.Tasks()[0].Attach(e, utrace.Observe(), utrace.Follow())
	if err != nil {
		t.Fatal(err)
	}
	<-seen
	if err := a.Control(utrace.Detach); err != nil && !errors.Is(err, unix.EINPROGRESS) {
		t.Error(err)
	}
	feed.Close()
	r.wait()
	if ev := events[0]; ev.Kind != trace.KindExec || !ev.Exec.Found || ev.Program != "spin" {
		t.Errorf("the first is %s", ev.Text())
	}
	for i, ev := range events[1:] {
		if ev.Kind == trace.KindSyscall && (!ev.Returned() || ev.Call.String() != "getppid()" || ev.After != uint64(i+1)) {
			t.Errorf("%d (%d) %s", ev.Seq, ev.After, ev.Text())
		}
	}
}

// TestTraceThatHoldsBack: a sink that is full at each call stops each task at each call; all go on, and nothing is lost.
func TestTraceThatHoldsBack(t *testing.T) {
	for _, args := range [][]string{{"exec_thread"}, {"vfork"}, {"storm", "4", "3", "2"}} {
		t.Run(args[0], func(t *testing.T) {
			path := victim(t, args[0])
			want := native(t, path, args[1:]...)
			full := make(chan bool, 1)
			var events []trace.Event
			e, err := trace.New(trace.Config{Sink: func(ev trace.Event) { events = append(events, ev) }, Full: func() bool {
				select {
				case full <- true:
				default: // who takes the one that is there comes after this
				}
				return true
			}})
			if err != nil {
				t.Fatal(err)
			}
			r := start(t, supervisor.Command{Engines: []supervisor.Engine{{Engine: e, Observe: true}}}, path, args[1:]...)
			go func() {
				for {
					select {
					case <-full:
						r.Jail.Do(e.Resume)
					case <-r.Jail.Done():
						return
					}
				}
			}()
			r.wait()
			compare(t, want, r.outcome)
			story(t, events)
		})
	}
}
