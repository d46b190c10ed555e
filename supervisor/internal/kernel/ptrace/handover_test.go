// What the kernel makes of a task that changes its tracer: why a jail has one (docs/performance.md, "One tracer thread").

package ptrace

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// traced makes the call that the filter of these tests traces, and answers its error.
func traced() error {
	if _, _, e := unix.RawSyscall(unix.SYS_GETPRIORITY, markWhich, 0, 0); e != 0 {
		return e
	}
	return nil
}

// mustBeFree ends a victim that has a tracer, or whose traced calls are answered by anything but the kernel's own refusal.
func mustBeFree() {
	tracer, err := statusNumber(unix.Gettid(), "TracerPid:")
	must(err)
	if err := traced(); tracer != 0 || err != unix.ENOSYS {
		fail("its tracer is", tracer, "and a traced call answered", err)
	}
}

func init() {
	victims["set free"] = func([]string) {
		if err := traced(); err != unix.EINVAL { // what was under way is done
			fail("the call at which it was set free answered", err)
		}
		mustBeFree()
		p, err := os.StartProcess("/proc/self/exe", []string{"child"}, &os.ProcAttr{
			Env: []string{victimKey + "=born free"}, Files: []*os.File{nil, os.Stdout, os.Stderr}})
		must(err)
		st, err := p.Wait()
		must(err)
		if !st.Success() {
			fail("its child ended with", st)
		}
	}
	victims["born free"] = func([]string) { mustBeFree() }
	victims["changes hands"] = func(args []string) {
		if args[0] == "undumpable" {
			must(unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0))
		}
		_ = traced()
		for {
			_, _ = unix.Poll(nil, -1)
		}
	}
}

// detach lets the first process go from the stop that was told last.
func (j *jailed) detach() {
	j.t.Helper()
	j.ok(trace(unix.PTRACE_DETACH, j.first, 0, 0))
	j.held = kernel.Stop{}
}

// TestTracerIsOneThread: other threads of the tracer's process are as strange to a task as any process, and what is born to the
// task belongs to the same thread.
func TestTracerIsOneThread(t *testing.T) {
	jail(t, program("/bin/sh", "-c", "/bin/true; :"), func(j *jailed) {
		born := 0
		j.runs(func(s kernel.Stop) bool {
			if s.Kind != kernel.Clone {
				return false
			}
			child, err := j.EventMsg(s.TID)
			j.ok(err)
			tracer, err := statusNumber(int(child), "TracerPid:")
			if err != nil || tracer != j.owner {
				t.Errorf("thread %d traces the child (%v), want %d", tracer, err, j.owner)
			}
			<-Own(func() {
				for request, want := range map[int]error{unix.PTRACE_CONT: unix.ESRCH, unix.PTRACE_LISTEN: unix.ESRCH,
					unix.PTRACE_INTERRUPT: unix.ESRCH, unix.PTRACE_DETACH: unix.ESRCH, unix.PTRACE_SEIZE: unix.EPERM} {
					if err := trace(request, s.TID, 0, 0); err != want {
						t.Errorf("request %#x by another thread: %v, want %v", request, err, want)
					}
				}
			})
			born++
			return false
		})
		if born == 0 {
			t.Error("no child was told of")
		}
	})
}

// TestBetweenTracers: a SIGSTOP keeps a task that has no tracer where it is, until anybody sends it SIGCONT. Then it runs, its
// traced calls answer ENOSYS, and nobody is told of its children.
func TestBetweenTracers(t *testing.T) {
	cfg := victim(t, "set free")
	cfg.Filter = tracing(unix.SYS_GETPRIORITY)
	jail(t, cfg, func(j *jailed) {
		j.reachSeccomp()
		j.ok(unix.Tgkill(j.first, j.first, unix.SIGSTOP))
		j.detach()
		untilState(j.first, "TZX")
		j.ok(unix.Kill(j.first, unix.SIGCONT))
		st := j.rest(func(s kernel.Stop) bool {
			if s.TID == j.first && s.Kind != kernel.Death || s.Kind == kernel.Seccomp || s.Kind == kernel.Exec {
				t.Errorf("Wait told of %+v, of which there is no tracer", s)
			}
			return false
		})
		if st != (utrace.ExitStatus{}) {
			t.Errorf("the program ended with %v", st)
		}
	})
}

// TestHandOver: the second tracer needs the right to attach, which the first, being there from the birth on, did not: of an undumpable
// task only CAP_SYS_PTRACE gives it. With its new tracer the task dies.
func TestHandOver(t *testing.T) {
	for _, kind := range []string{"dumpable", "undumpable"} {
		t.Run(kind, func(t *testing.T) {
			cfg := victim(t, "changes hands", kind)
			cfg.Filter = tracing(unix.SYS_GETPRIORITY)
			want := error(nil)
			if kind == "undumpable" && os.Geteuid() != 0 {
				want = unix.EPERM
			}
			jail(t, cfg, func(j *jailed) {
				j.reachSeccomp()
				j.detach()
				<-Own(func() {
					if err := trace(unix.PTRACE_SEIZE, j.first, 0, unix.PTRACE_O_EXITKILL); err != want {
						t.Errorf("PTRACE_SEIZE by another thread: %v, want %v", err, want)
					}
				})
				if want != nil {
					j.ok(unix.Kill(j.first, unix.SIGKILL))
				}
				if st := j.rest(nil); st.Signal != unix.SIGKILL {
					t.Errorf("the program ended with %v", st)
				}
			})
		})
	}
}
