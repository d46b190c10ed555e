// The engine counting tasks that are born, die, and are only about to be born.

package clone_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"jail/engines/clone"
	"jail/seccomp"
	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

func TestConformance(t *testing.T) {
	for name, set := range map[string]clone.Settings{
		"bounded":   {MaxTasks: 3},
		"unbounded": {},
		"flags":     {MaxTasks: 100, Flags: unix.CLONE_VM},
	} {
		t.Run(name, func(t *testing.T) {
			enginetest.Run(t, func() utrace.Engine { return clone.New(set) })
		})
	}
}

// TestEachCauseHasItsReason: a hint about the bound of tasks helps nobody whose flags were refused.
func TestEachCauseHasItsReason(t *testing.T) {
	most := utrace.Why{Rule: "p.yaml:7:3  clone: max-tasks: 1", Allow: "a bigger number"}
	flags := utrace.Why{Rule: "p.yaml:8:3  clone: refuse-flags", Allow: "remove the flag"}
	for _, c := range []struct {
		name string
		call utrace.Call
		want utrace.Why
	}{
		{"untraced", enginetest.CallOf(seccomp.X86_64, "clone", unix.CLONE_UNTRACED|uint64(unix.SIGCHLD)),
			utrace.Why{What: "clone with CLONE_UNTRACED", Rule: "built in  clone with CLONE_UNTRACED: errno EPERM"}},
		{"parent", enginetest.CallOf(seccomp.X86_64, "clone", unix.CLONE_PARENT),
			utrace.Why{What: "clone with CLONE_PARENT", Rule: "built in  clone with CLONE_PARENT: errno EPERM"}},
		{"both, and one of the policy", enginetest.CallOf(seccomp.X86_64, "clone", unix.CLONE_UNTRACED|unix.CLONE_PARENT|unix.CLONE_NEWUSER),
			utrace.Why{What: "clone with CLONE_UNTRACED", Rule: "built in  clone with CLONE_UNTRACED: errno EPERM"}},
		{"of the policy", enginetest.CallOf(seccomp.X86_64, "clone", unix.CLONE_NEWUSER|unix.CLONE_VM),
			utrace.Why{What: "clone with the flags 0x10000000", Rule: flags.Rule, Allow: flags.Allow}},
		{"clone3", enginetest.CallOf(seccomp.X86_64, "clone3"),
			utrace.Why{What: "clone3, whose flags are in memory", Rule: "built in  clone3: errno ENOSYS", Quiet: true}},
		{"one too many", enginetest.CallOf(seccomp.X86_64, "clone", uint64(unix.SIGCHLD)),
			utrace.Why{What: "task number 2", Rule: most.Rule, Allow: most.Allow}},
	} {
		t.Run(c.name, func(t *testing.T) {
			j, _ := start(t, clone.Settings{MaxTasks: 1, Flags: unix.CLONE_NEWUSER, Why: most, FlagsWhy: flags})
			if out := j.Call(j.First, c.call); out.Why != c.want {
				t.Errorf("said %+v, want %+v", out.Why, c.want)
			}
		})
	}
}

func start(t *testing.T, set clone.Settings) (*enginetest.Jail, *clone.Engine) {
	t.Helper()
	e := clone.New(set)
	j, err := enginetest.Start(e)
	if err != nil {
		t.Fatal(err)
	}
	return j, e
}

func refused(t *testing.T, when string, out utrace.Outcome, want unix.Errno) {
	t.Helper()
	switch {
	case want == 0 && out.Strict != utrace.AsIs:
		t.Errorf("%s: %v (%s), want it let through", when, out.Strict, out.Why.What)
	case want != 0 && (out.Strict != utrace.Answered || out.Result != -int64(want)):
		t.Errorf("%s: %v with %d, want errno %d", when, out.Strict, out.Result, want)
	}
}

func TestMostTasks(t *testing.T) {
	j, e := start(t, clone.Settings{MaxTasks: 3, Why: utrace.Why{Rule: "p.yaml:1:1  clone", Allow: "more"}})
	second, out := j.Fork(j.First)
	refused(t, "second", out, 0)
	third, out := j.Thread(second)
	refused(t, "third", out, 0)
	for _, parent := range []*utrace.Task{j.First, second, third} {
		_, out = j.Fork(parent)
		refused(t, "fourth", out, unix.EAGAIN)
	}
	if want := (utrace.Why{What: "task number 4", Rule: "p.yaml:1:1  clone", Allow: "more"}); out.Why != want {
		t.Errorf("said %+v, want %+v", out.Why, want)
	}
	j.Space.Death(third, utrace.DeathEvent{})
	_, out = j.Fork(j.First)
	refused(t, "beside a zombie", out, unix.EAGAIN)
	j.Space.Reap(third)
	_, out = j.Fork(j.First)
	refused(t, "after a reap", out, 0)
	if e.Len() != 3 {
		t.Errorf("it counts %d tasks, want 3", e.Len())
	}
}

// TestBornTogether: two tasks are inside clone at the same moment, and one more is free.
func TestBornTogether(t *testing.T) {
	j, _ := start(t, clone.Settings{MaxTasks: 3})
	other, _ := j.Fork(j.First)
	fork := enginetest.Call("clone", uint64(unix.SIGCHLD))
	refused(t, "the first of two", j.Call(j.First, fork), 0)
	refused(t, "the second of two", j.Call(other, fork), unix.EAGAIN)
	j.Return(j.First, fork, -int64(unix.ENOMEM))
	refused(t, "after the first failed", j.Call(other, fork), 0)
	refused(t, "the first again", j.Call(j.First, fork), unix.EAGAIN)
	j.Die(other, utrace.ExitStatus{Signal: unix.SIGKILL})
	refused(t, "after the second was killed inside clone", j.Call(j.First, fork), 0)
}

// TestRestarted: fork that a signal interrupts is made again (ERESTARTNOINTR), and counts once.
func TestRestarted(t *testing.T) {
	j, _ := start(t, clone.Settings{MaxTasks: 2})
	fork := enginetest.Call("clone", uint64(unix.SIGCHLD))
	for range 5 {
		refused(t, "restarted", j.Call(j.First, fork), 0)
		j.Return(j.First, fork, -513)
	}
	refused(t, "restarted without a stop at its end", j.Call(j.First, fork), 0)
	refused(t, "restarted without a stop at its end", j.Call(j.First, fork), 0)
	if child, _ := j.Birth(j.First, uint64(unix.SIGCHLD)); child == nil {
		t.Fatal("no child")
	}
	refused(t, "beyond the bound", j.Call(j.First, fork), unix.EAGAIN)
}

func TestFlags(t *testing.T) {
	for _, c := range []struct {
		name  string
		call  utrace.Call
		errno unix.Errno
	}{
		{"fork", enginetest.CallOf(seccomp.X86_64, "fork", unix.CLONE_UNTRACED), 0},
		{"vfork", enginetest.CallOf(seccomp.X86_64, "vfork"), 0},
		{"clone", enginetest.CallOf(seccomp.X86_64, "clone", uint64(unix.SIGCHLD)), 0},
		{"untraced", enginetest.CallOf(seccomp.X86_64, "clone", unix.CLONE_UNTRACED), unix.EPERM},
		{"parent", enginetest.CallOf(seccomp.ARM64, "clone", unix.CLONE_PARENT|unix.CLONE_VM), unix.EPERM},
		{"i386", enginetest.CallOf(seccomp.I386, "clone", unix.CLONE_PARENT), unix.EPERM},
		{"of the policy", enginetest.CallOf(seccomp.X32, "clone", unix.CLONE_NEWUSER), unix.EPERM},
		{"above 32 bits", enginetest.CallOf(seccomp.X86_64, "clone", unix.CLONE_UNTRACED<<32), 0},
		{"clone3", enginetest.CallOf(seccomp.X86_64, "clone3", 0x10000, 88), unix.ENOSYS},
	} {
		t.Run(c.name, func(t *testing.T) {
			j, _ := start(t, clone.Settings{Flags: unix.CLONE_NEWUSER})
			refused(t, c.name, j.Call(j.First, c.call), c.errno)
		})
	}
}

// TestEndsAreAskedForWhenItMatters: far below the bound a call has no stop at its end, and a failed one counts until the next.
func TestEndsAreAskedForWhenItMatters(t *testing.T) {
	fork := enginetest.Call("clone", uint64(unix.SIGCHLD))
	for most, want := range map[int]bool{0: false, 100: false, 17: false, 16: true, 3: true} {
		j, _ := start(t, clone.Settings{MaxTasks: most})
		j.Fork(j.First)
		j.Call(j.First, fork)
		if got := j.First.WantsExit(fork); got != want {
			t.Errorf("with two tasks of %d the end of clone is asked for: %v", most, got)
		}
	}
	j, e := start(t, clone.Settings{MaxTasks: 100})
	other, _ := j.Fork(j.First)
	j.Call(j.First, fork)
	j.Call(other, fork)
	if e.Len() != 2 {
		t.Errorf("it keeps something about %d tasks, want 2", e.Len())
	}
	j.Die(other, utrace.ExitStatus{})
	j.Birth(j.First, uint64(unix.SIGCHLD))
	if e.Len() != 2 {
		t.Errorf("it keeps something about %d tasks, want the first and its child", e.Len())
	}
}

// TestFailedCallsTakeLittle: where each task has made a call that failed, there may still be nearly as many as the bound says.
func TestFailedCallsTakeLittle(t *testing.T) {
	const most = 160
	fork := enginetest.Call("clone", uint64(unix.SIGCHLD))
	j, _ := start(t, clone.Settings{MaxTasks: most})
	alive := 1
	for {
		child, out := j.Fork(j.First)
		if out.Strict != utrace.AsIs {
			break
		}
		if alive++; alive < most/2 {
			j.Call(child, fork)
			j.Return(child, fork, -int64(unix.EINVAL))
		}
	}
	if alive > most || alive < most-most/16 {
		t.Errorf("there may be %d tasks, want %d", alive, most)
	}
}
