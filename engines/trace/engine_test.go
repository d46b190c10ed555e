// The engine on trees without a kernel: pairs, and calls that never come back.

package trace_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"jail/engines/decode"
	"jail/engines/trace"
	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

// probe knows a program for every task.
type probe struct{ programs map[int]string }

func (p probe) Exe(tid int) string    { return "/bin/" + p.Comm(tid) }
func (p probe) Argv(tid int) []string { return []string{p.Comm(tid), "-x"} }
func (p probe) Comm(tid int) string {
	if name := p.programs[tid]; name != "" {
		return name
	}
	return "prog"
}

// run is a jail with a trace of it.
type run struct {
	*enginetest.Jail
	engine   *trace.Engine
	events   []trace.Event
	programs map[int]string
	clock    time.Duration
	full     bool
}

func start(t *testing.T, sel trace.Select) *run {
	t.Helper()
	r := &run{programs: make(map[int]string)}
	e, err := trace.New(trace.Config{
		Sink: func(ev trace.Event) { r.events = append(r.events, ev) }, Select: sel, Probe: probe{r.programs},
		Now:  func() time.Duration { r.clock += time.Millisecond; return r.clock },
		Full: func() bool { return r.full },
	})
	if err != nil {
		t.Fatal(err)
	}
	r.engine = e
	if r.Jail, err = enginetest.Start(e, utrace.Observe()); err != nil {
		t.Fatal(err)
	}
	return r
}

// told is what happened, a line an event, numbers relative to the first task.
func (r *run) told() []string {
	var list []string
	for _, ev := range r.events {
		line := fmt.Sprintf("%d %s %v", ev.Task.TID-enginetest.FirstTID, ev.Program, ev.Kind)
		switch ev.Kind {
		case trace.KindSyscall:
			line += fmt.Sprintf(" %s = %s%s", ev.Call, ev.Result.Text, ev.Unfinished)
		case trace.KindExec:
			line += fmt.Sprintf(" %s %v", ev.Exec.Path, ev.Exec.Found)
		case trace.KindClone:
			line += fmt.Sprintf(" %d", ev.Birth.Child.TID-enginetest.FirstTID)
		case trace.KindDeath:
			line += " " + ev.Death.Status.String()
		case trace.KindSignal:
			line += fmt.Sprintf(" %v %v", ev.Signal.Number, ev.Signal.Disposition)
		}
		list = append(list, line)
	}
	return list
}

func want(t *testing.T, r *run, lines ...string) {
	t.Helper()
	if diff := cmp.Diff(lines, r.told()); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	for i, ev := range r.events {
		if ev.Seq != uint64(i+1) || ev.After >= ev.Seq || ev.Process == nil {
			t.Errorf("event %d has Seq %d, After %d, Process %v", i, ev.Seq, ev.After, ev.Process)
		}
	}
}

func TestConformance(t *testing.T) {
	for name, sel := range map[string]trace.Select{
		"everything": {},
		"narrow":     {Calls: []string{"%file"}, Paths: []string{"/etc/**"}, PIDs: []int{enginetest.FirstTID}, Status: trace.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			enginetest.Run(t, func() utrace.Engine {
				var last time.Duration
				e, err := trace.New(trace.Config{Sink: func(trace.Event) {}, Select: sel, Now: func() time.Duration { last++; return last }})
				if err != nil {
					t.Fatal(err)
				}
				return e
			})
		})
	}
}

func TestPairs(t *testing.T) {
	r := start(t, trace.Select{})
	open := enginetest.Call("openat", uint64(0xffffff9c), r.M.MapString(0x10000, "/etc/passwd"), unix.O_RDONLY)
	r.Call(r.First, open)
	r.Return(r.First, open, 3)
	wait := enginetest.Call("close", 3)
	child, _ := r.Fork(r.First)
	r.Call(r.First, wait)
	r.Call(child, wait)
	r.Return(r.First, wait, -int64(unix.EBADF))
	r.Return(child, wait, 0)
	want(t, r, "0 prog exec /bin/prog true",
		`0 prog syscall openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = 3`,
		"0 prog clone 1",
		"0 prog syscall clone(child_stack=NULL, flags=SIGCHLD) = 4194305",
		"0 prog syscall close(3) = -1 EBADF (Bad file descriptor)",
		"1 prog syscall close(3) = 0")
	if first, second := r.events[4], r.events[5]; first.After != 4 || second.After != 4 || first.Took <= 0 || second.At <= first.At {
		t.Errorf("calls at the same time: %+v and %+v", first, second)
	}
}

func TestUnfinished(t *testing.T) {
	r := start(t, trace.Select{Calls: []string{"pause", "exit_group", "getppid"}})
	thread, _ := r.Thread(r.First)
	r.Call(r.First, enginetest.Call("exit_group", 7))
	r.Call(thread, enginetest.Call("pause"))
	r.Die(thread, utrace.ExitStatus{Signal: unix.SIGKILL})
	r.Die(r.First, utrace.ExitStatus{Code: 7})
	want(t, r, "0 prog exec /bin/prog true", "0 prog clone 1",
		"1 prog syscall pause() = ?killed", "1 prog death SIGKILL",
		"0 prog syscall exit_group(7) = ?", "0 prog death exit 7")
	if r.engine.Len() != 0 {
		t.Errorf("keeps something about %d tasks", r.engine.Len())
	}
}

// TestExecByThread: the other threads' calls end with it, and the caller's own is told under the leader's number.
func TestExecByThread(t *testing.T) {
	r := start(t, trace.Select{Calls: []string{"pause", "execve"}})
	thread, _ := r.Thread(r.First)
	exec := enginetest.Call("execve")
	r.Call(r.First, enginetest.Call("pause"))
	r.Call(thread, exec)
	r.Space.Death(r.First, utrace.DeathEvent{Status: utrace.ExitStatus{Signal: unix.SIGKILL}, Killer: utrace.Killer{By: "exec"}})
	r.Space.Reap(r.First)
	r.programs[enginetest.FirstTID] = "next"
	r.Jail.Exec(thread)
	r.Return(thread, exec, 0)
	want(t, r, "0 prog exec /bin/prog true", "0 prog clone 1",
		"0 prog syscall pause() = ?exec", "0 prog death SIGKILL",
		"0 next exec /bin/next false", "0 next syscall execve(NULL, NULL, NULL) = 0")
}

// TestLost: a call whose exit nobody told of does not take the next one's.
func TestLost(t *testing.T) {
	r := start(t, trace.Select{})
	first, second := enginetest.Call("getppid"), enginetest.Call("getuid")
	r.Call(r.First, first)
	r.Call(r.First, second)
	r.Return(r.First, second, 1)
	r.Return(r.First, second, 2) // of a call that it did not see begin
	want(t, r, "0 prog exec /bin/prog true", "0 prog syscall getppid() = ?lost", "0 prog syscall getuid() = 1")
}

func TestSignalsAndPrograms(t *testing.T) {
	r := start(t, trace.Select{Calls: []string{"none"}})
	r.Signal(r.First, enginetest.Sent(unix.SIGUSR1, utrace.SIUser, 77), utrace.ToHandler)
	child, _ := r.Fork(r.First)
	r.programs[child.ID().TID] = "ls"
	r.Jail.Exec(child)
	r.Die(child, utrace.ExitStatus{Code: 1})
	want(t, r, "0 prog exec /bin/prog true", "0 prog signal user defined signal 1 handler", "0 prog clone 1",
		"1 ls exec /bin/ls false", "1 ls death exit 1")
	last := r.events[len(r.events)-1].Process
	if last.Depth != 1 || last.Nth != 1 || last.Parent == nil || last.Parent.Program != "prog" || r.events[2].Birth.Process.Program != "prog" {
		t.Errorf("the child was %+v", last)
	}
}

// TestChainIsCut: each process makes one child and ends; what is kept of ancestors does not grow.
func TestChainIsCut(t *testing.T) {
	r := start(t, trace.Select{Calls: []string{"none"}})
	task := r.First
	for range 1000 {
		child, _ := r.Fork(task)
		r.Die(task, utrace.ExitStatus{})
		task = child
	}
	r.Die(task, utrace.ExitStatus{})
	last := r.events[len(r.events)-1].Process
	if n := len(last.Ancestry()); last.Depth != 1000 || n > 70 || n < 10 {
		t.Errorf("at depth %d there are %d ancestors", last.Depth, n)
	}
}

// TestFull: a sink whose reader is slow has the task stopped, until it is let go.
func TestFull(t *testing.T) {
	r := start(t, trace.Select{})
	c := enginetest.Call("getppid")
	r.Call(r.First, c)
	r.full = true
	if out := r.Return(r.First, c, 1); out.Action != utrace.Stop || !r.Space.Park(r.First) {
		t.Errorf("the task goes on: %v", out.Action)
	}
	r.full = false
	r.engine.Resume()
	if n := r.Space.Need(r.First); n != utrace.NeedResume {
		t.Errorf("the task was let go, and %v is needed", n)
	}
}

// TestExits: a call that was turned down at its entry has no stop at its exit.
func TestExits(t *testing.T) {
	r := start(t, trace.Select{Paths: []string{"/etc/*"}, NoLives: true})
	for _, c := range []struct {
		path  string
		exits bool
	}{{"/etc/passwd", true}, {"/usr/bin/ls", false}, {"/etc/hosts", true}, {"/etc/ssl/x", false}} {
		open := enginetest.Call("open", r.M.MapString(0x10000, c.path))
		r.Call(r.First, open)
		if got := r.First.Wants(utrace.SyscallExit, open.Arch, open.Nr); got != c.exits {
			t.Errorf("open of %s: exit wanted: %v", c.path, got)
		}
		r.Return(r.First, open, 3)
	}
	want(t, r, `0 prog syscall open("/etc/passwd", O_RDONLY) = 3`, `0 prog syscall open("/etc/hosts", O_RDONLY) = 3`)
}

// TestWant: text is the same whether it alone is wanted or everything; names of flags are there only if they are wanted.
func TestWant(t *testing.T) {
	for want, flags := range map[decode.Want]int{0: 1, decode.Text: 0} {
		var got []trace.Event
		e, err := trace.New(trace.Config{Sink: func(ev trace.Event) { got = append(got, ev) }, Want: want, Select: trace.Select{NoLives: true}})
		if err != nil {
			t.Fatal(err)
		}
		j, err := enginetest.Start(e, utrace.Observe())
		if err != nil {
			t.Fatal(err)
		}
		open := enginetest.Call("open", j.M.MapString(0x10000, "/etc/passwd"))
		j.Call(j.First, open)
		j.Return(j.First, open, 3)
		if len(got) != 1 || got[0].Call.String() != `open("/etc/passwd", O_RDONLY)` || len(got[0].Call.Args[1].Flags) != flags {
			t.Errorf("want %v: %+v", want, got)
		}
	}
}
