// The observer on trees that die in all ways.

package deaths_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"jail/engines/deaths"
	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

func TestConformance(t *testing.T) {
	enginetest.Run(t, func() utrace.Engine { return deaths.New() })
}

// end tells of a death that somebody caused.
func end(j *enginetest.Jail, t *utrace.Task, status utrace.ExitStatus, k utrace.Killer) {
	j.Space.Death(t, utrace.DeathEvent{Status: status, Killer: k})
	j.Space.Reap(t)
}

func TestSummary(t *testing.T) {
	e := deaths.New()
	j, err := enginetest.Start(e, utrace.Observe())
	if err != nil {
		t.Fatal(err)
	}
	killed := utrace.ExitStatus{Signal: unix.SIGKILL}
	for range 10 {
		child, _ := j.Fork(j.First)
		j.Exec(child)
		end(j, child, utrace.ExitStatus{Code: 3}, utrace.Killer{})
	}
	for i := range 3 { // each for another reason: one kind of end all the same
		child, _ := j.Fork(j.First)
		end(j, child, killed, utrace.Killer{By: "policy", Engine: "exec", Why: utrace.Why{What: "exec of /bin/" + string(rune('a'+i))}})
	}
	for i := range 2 {
		child, _ := j.Fork(j.First)
		end(j, child, utrace.ExitStatus{Signal: unix.SIGSEGV, Core: true}, utrace.Killer{By: "pid", PID: 100 + i})
	}
	running, _ := j.Fork(j.First)
	j.Thread(running)
	end(j, j.First, utrace.ExitStatus{}, utrace.Killer{})

	const want = `17 processes, 18 tasks, at most 3 at once, 10 programs started
   10  exit 3           4194305 4194306 4194307 4194308 4194309 4194310 4194311 4194312 …
    3  SIGKILL          4194315 4194316 4194317  by policy, engine exec: exec of /bin/a
    2  SIGSEGV (core)   4194318 4194319  by another process
    1  exit 0
    1  still running
`
	if diff := cmp.Diff(want, e.Summary().String()); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
}

// TestThreads: a process dies with its last task, of its leader's status.
func TestThreads(t *testing.T) {
	e := deaths.New()
	j, err := enginetest.Start(e, utrace.Observe())
	if err != nil {
		t.Fatal(err)
	}
	leader, _ := j.Fork(j.First)
	thread, _ := j.Thread(leader)
	end(j, thread, utrace.ExitStatus{Code: 9}, utrace.Killer{})
	if n := len(e.Summary().Ends); n != 0 {
		t.Errorf("a thread's death ended %d processes", n)
	}
	end(j, leader, utrace.ExitStatus{Code: 4}, utrace.Killer{})
	if s := e.Summary(); len(s.Ends) != 1 || s.Ends[0].Status.Code != 4 {
		t.Errorf("ended %+v, want the leader's exit 4", s.Ends)
	}
}

// TestExecByThread: the old leader vanishes, which is no end; the thread that called execve ends the process.
func TestExecByThread(t *testing.T) {
	e := deaths.New()
	j, err := enginetest.Start(e, utrace.Observe())
	if err != nil {
		t.Fatal(err)
	}
	leader, _ := j.Fork(j.First)
	thread, _ := j.Thread(leader)
	end(j, leader, utrace.ExitStatus{Signal: unix.SIGKILL}, utrace.Killer{By: "exec"})
	j.Exec(thread)
	if n := len(e.Summary().Ends); n != 0 {
		t.Errorf("exec ended %d processes", n)
	}
	end(j, thread, utrace.ExitStatus{Code: 5}, utrace.Killer{})
	if s := e.Summary(); len(s.Ends) != 1 || s.Ends[0].Status != (utrace.ExitStatus{Code: 5}) || s.Ends[0].By != "" {
		t.Errorf("ended %+v, want exit 5 by nobody", s.Ends)
	}
}

// TestNumberUsedAgain: a number that a new process has is not the old one's.
func TestNumberUsedAgain(t *testing.T) {
	e := deaths.New()
	j, err := enginetest.Start(e, utrace.Observe())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		child, _ := j.Fork(j.First)
		j.Die(child, utrace.ExitStatus{Code: 1})
		j.NextTID--
	}
	if s := e.Summary(); s.Processes != 3 || s.Ends[0].Count != 2 || e.Len() != 1 {
		t.Errorf("%+v and %d kept, want 3 processes of which 2 ended", s, e.Len())
	}
}
