// Waiting: group-stops, deaths, orphans, fairness, the end, and that it costs no allocation.

package ptrace

import (
	"os"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

func init() {
	victims["kill-self"] = func(args []string) {
		for _, a := range args {
			sig, _ := strconv.Atoi(a)
			must(unix.Kill(os.Getpid(), unix.Signal(sig)))
		}
	}
	victims["daemon"] = func(args []string) { // a child that ends after it has become an orphan
		if len(args) == 0 {
			_, err := os.StartProcess("/proc/self/exe", []string{"daemon", itoa(os.Getpid())}, &os.ProcAttr{Env: os.Environ()})
			must(err)
			os.Exit(7)
		}
		for itoa(os.Getppid()) == args[0] {
			unix.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0)
		}
	}
	victims["spin"] = func(args []string) {
		for {
			_, _, _ = unix.RawSyscall(unix.SYS_GETPPID, 0, 0, 0)
		}
	}
}

func TestGroupStopAndContinue(t *testing.T) {
	jail(t, program("/bin/sh", "-c", "kill -STOP $$; exit 5"), func(j *jailed) {
		j.ok(j.Resume(j.first, kernel.Cont, 0))
		s := j.next(kernel.Signal)
		if s.Signal != unix.SIGSTOP {
			t.Errorf("%+v", s)
		}
		j.goOn(s)
		if s = j.next(kernel.Group); s.Signal != unix.SIGSTOP {
			t.Errorf("%+v", s)
		}
		if si, err := j.Siginfo(j.first); err != nil || si.Code>>8 != unix.PTRACE_EVENT_STOP {
			t.Errorf("Siginfo in a group-stop: %+v %v", si, err)
		}
		j.ok(j.Resume(j.first, kernel.Listen, 0))
		j.Ring() // it stays stopped: the ring is all there is to tell
		j.next(kernel.Ring)
		j.ok(j.Interrupt(j.first)) // breaks into listening
		j.goOn(j.next(kernel.Group))
		j.ok(unix.Kill(j.first, unix.SIGCONT))
		j.goOn(j.next(kernel.Trap))
		if st := j.rest(nil); st.Code != 5 {
			t.Errorf("ended with %v", st)
		}
	})
}

func TestInterrupt(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	defer r.Close()
	cfg := program("/bin/sh", "-c", "read x; exit 3")
	cfg.Files[0] = r.Fd()
	jail(t, cfg, func(j *jailed) {
		j.ok(j.Interrupt(j.first)) // it is stopped: so it stops again when it goes on
		j.ok(j.Resume(j.first, kernel.Cont, 0))
		j.goOn(j.next(kernel.Trap))
		untilState(j.first, "S") // in read(2), which the stop breaks into, and which goes on after it
		j.ok(j.Interrupt(j.first))
		j.goOn(j.next(kernel.Trap))
		untilState(j.first, "S")
		_, err := w.WriteString("x\n")
		j.ok(err)
		if err := j.Interrupt(1 << 22); err != unix.ESRCH { // above pid_max
			t.Errorf("Interrupt of nobody: %v", err)
		}
		if st := j.rest(nil); st.Code != 3 {
			t.Errorf("it ended with %v", st)
		}
	})
}

func TestDeathIsToldUntilReaped(t *testing.T) {
	jail(t, program("/bin/true"), func(j *jailed) {
		j.ok(j.Resume(j.first, kernel.Cont, 0))
		untilStopped(j.first)
		if _, err := j.Reap(j.first); err != unix.EAGAIN { // and must not eat the stop
			t.Errorf("Reap of a living task: %v", err)
		}
		s := j.next(kernel.Exit)
		if msg, err := j.EventMsg(s.TID); err != nil || msg != 0 {
			t.Errorf("EventMsg of exit: %d %v", msg, err)
		}
		j.goOn(s)
		j.next(kernel.Death)
		j.next(kernel.Death)
		j.Ring()
		for s.Kind = kernel.Death; s.Kind == kernel.Death; { // the dead do not hide it for long
			var err error
			s, err = j.Wait()
			j.ok(err)
		}
		if s.Kind != kernel.Ring {
			t.Errorf("Wait told %v", s)
		}
		if tgid, parent, err := j.TGID(j.first); tgid != j.first || parent != os.Getpid() || err != nil {
			t.Errorf("TGID of a zombie: %d, %d, %v", tgid, parent, err)
		}
		if err := j.Resume(j.first, kernel.Cont, 0); err != unix.ESRCH {
			t.Errorf("Resume of a zombie: %v", err)
		}
		u, err := j.Reap(j.first)
		if err != nil || u.MaxRSS == 0 {
			t.Errorf("Reap: %+v %v", u, err)
		}
		if _, err = j.Reap(j.first); err != unix.ECHILD {
			t.Errorf("second Reap: %v", err)
		}
		if _, _, err = j.TGID(j.first); err != unix.ESRCH {
			t.Errorf("TGID after Reap: %v", err)
		}
		for range 2 {
			if _, err := j.Wait(); err != unix.ECHILD {
				t.Errorf("Wait with nothing left: %v", err)
			}
		}
	})
}

func TestStatuses(t *testing.T) {
	for _, c := range []struct {
		script string
		want   utrace.ExitStatus
	}{
		{"exit 255", utrace.ExitStatus{Code: 255}},
		{"kill -TERM $$", utrace.ExitStatus{Signal: unix.SIGTERM}},
		{"kill -KILL $$", utrace.ExitStatus{Signal: unix.SIGKILL}},
		{"kill -64 $$", utrace.ExitStatus{Signal: 64}},
		{"ulimit -c 0; kill -SEGV $$", utrace.ExitStatus{Signal: unix.SIGSEGV}},
		{"trap '' TERM; kill -TERM $$; kill -TRAP $$; exit 9", utrace.ExitStatus{Signal: unix.SIGTRAP}},
	} {
		jail(t, program("/bin/sh", "-c", c.script), func(j *jailed) {
			got := j.run(nil)
			got.Core = false // the limit, and where cores go, are the machine's
			if got != c.want {
				t.Errorf("%s: %v, want %v", c.script, got, c.want)
			}
		})
	}
}

// TestOrphans runs a daemon. Its parent is gone, so it is a child of init or, if we are one, of the subreaper: in both
// cases one Reap must be all.
func TestOrphans(t *testing.T) {
	defer func() {
		if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0); err != nil {
			t.Error(err)
		}
	}()
	for _, reaper := range []bool{false, true} {
		if reaper {
			if err := BecomeSubreaper(); err != nil {
				t.Fatal(err)
			}
		}
		jail(t, victim(t, "daemon"), func(j *jailed) {
			var orphan int
			j.run(func(s kernel.Stop) bool {
				if s.Kind == kernel.Exec && s.TID != j.first {
					orphan = s.TID
				}
				if s.Kind != kernel.Death || s.TID != orphan {
					return false
				}
				if _, parent, err := j.TGID(orphan); err != nil || parent == j.first || reaper != (parent == os.Getpid()) {
					t.Errorf("the orphan's parent is %d (%v)", parent, err)
				}
				j.goOn(s)
				if reaper { // else init has to wait for it, in its own time
					if err := unix.Kill(orphan, 0); err != unix.ESRCH {
						t.Errorf("something is left of the orphan: %v", err)
					}
				}
				return true
			})
			if orphan == 0 {
				t.Error("there was no orphan")
			}
		})
	}
}

// TestExecOfThread has a thread that is not the leader execute a program: its number vanishes without a Death.
func TestExecOfThread(t *testing.T) {
	jail(t, victim(t, "exec-thread"), func(j *jailed) {
		former := 0
		j.runs(func(s kernel.Stop) bool {
			if s.Kind == kernel.Exec {
				msg, err := j.EventMsg(s.TID)
				j.ok(err)
				if s.TID == j.first && int(msg) != s.TID {
					former = int(msg)
				}
			}
			if s.Kind == kernel.Death && s.TID == former {
				t.Error("the former number died as well")
			}
			return false
		})
		if former == 0 {
			t.Error("no thread did exec")
		}
	})
}

func init() {
	victims["exec-thread"] = func([]string) {
		done := make(chan struct{})
		go func() { // main is locked to the leader's thread
			must(syscall.Exec("/bin/true", []string{"true"}, nil))
		}()
		<-done
	}
}

// TestNoAllocationPerStop lets a program make a traced call for ever and looks at each stop as a loop would.
func TestNoAllocationPerStop(t *testing.T) {
	cfg := victim(t, "spin")
	cfg.Filter = tracing(unix.SYS_GETPPID)
	jail(t, cfg, func(j *jailed) {
		j.reachSeccomp()
		buf := make([]byte, 64)
		stops := testing.AllocsPerRun(500, func() {
			info, err := j.Syscall(j.first)
			j.ok(err)
			j.ok(j.SetSyscall(j.first, info.Call))
			j.ok(j.SetResult(j.first, 5))
			_, err = j.ReadMem(j.first, info.Call.SP, buf)
			j.ok(err)
			_, err = j.Disposition(j.first, unix.SIGTERM)
			j.ok(err)
			j.reachSeccomp()
		})
		if stops != 0 {
			t.Errorf("%v allocations a stop", stops)
		}
		rings := testing.AllocsPerRun(100, func() {
			j.Ring()
			for rung := false; !rung; {
				s, err := j.Wait()
				j.ok(err)
				rung = s.Kind == kernel.Ring
				j.goOn(s)
			}
		})
		if rings != 0 {
			t.Errorf("%v allocations a ring", rings)
		}
	})
}

// reachSeccomp lets the program run up to the next traced call of its first thread.
func (j *jailed) reachSeccomp() {
	j.t.Helper()
	j.ok(j.Resume(j.first, kernel.Cont, 0))
	for {
		s, err := j.Wait()
		j.ok(err)
		if s.Kind == kernel.Seccomp && s.TID == j.first {
			return
		}
		j.goOn(s)
	}
}
