// Signals: siginfo of queued ones, and dispositions.

package ptrace

import (
	"os"
	"os/signal"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// queued is struct siginfo as rt_sigqueueinfo(2) takes it.
type queued struct {
	signo, _, code, _ int32
	pid               int32
	uid               uint32
	value             int64
	_                 [96]byte
}

const siQueue = -1

func init() {
	victims["queue"] = func([]string) { // sends itself queued signals, then ends if they did nothing
		signal.Ignore(unix.Signal(40))
		for v := range 5 {
			q := queued{signo: 40, code: siQueue, pid: int32(os.Getpid()), uid: uint32(os.Getuid()), value: int64(v) + 1<<40}
			if _, _, e := unix.Syscall(unix.SYS_RT_SIGQUEUEINFO, uintptr(os.Getpid()), 40, addressOf(&q)); e != 0 {
				fail(e)
			}
		}
	}
	victims["dispositions"] = func([]string) {
		signal.Ignore(unix.SIGHUP, unix.SIGTSTP)
		signal.Notify(make(chan os.Signal, 1), unix.SIGUSR1)
		mark()
	}
	victims["waits"] = func([]string) { // for a signal that never comes
		var set unix.Sigset_t
		set.Val[0] = 1 << (40 - 1)
		runtime.LockOSThread()
		mark()
		for {
			_, _, _ = unix.Syscall6(unix.SYS_RT_SIGTIMEDWAIT, addressOf(&set), 0, 0, 8, 0, 0)
		}
	}
	victims["sigtimedwait"] = func([]string) { // takes a signal of its own that this thread blocks
		var set unix.Sigset_t
		set.Val[0] = 1 << (40 - 1)
		must(unix.PthreadSigmask(unix.SIG_BLOCK, &set, nil))
		q := queued{signo: 40, code: siQueue, pid: int32(os.Getpid()), value: 1}
		if _, _, e := unix.Syscall6(unix.SYS_RT_TGSIGQUEUEINFO, uintptr(os.Getpid()), uintptr(unix.Gettid()), 40, addressOf(&q), 0, 0); e != 0 {
			fail(e)
		}
		var got queued
		n, _, e := unix.Syscall6(unix.SYS_RT_SIGTIMEDWAIT, addressOf(&set), addressOf(&got), 0, 8, 0, 0)
		if n != 40 || got.value != 1 {
			fail("took", n, e, got)
		}
	}
}

func TestQueuedSignalsKeepOrderAndValues(t *testing.T) {
	jail(t, victim(t, "queue"), func(j *jailed) {
		var values []int64
		j.runs(func(s kernel.Stop) bool {
			if s.Kind != kernel.Signal || s.Signal != 40 {
				return false
			}
			si, err := j.Siginfo(s.TID)
			j.ok(err)
			if sender, ok := si.Sender(); si.Signo != 40 || si.Code != siQueue || !ok || sender != j.first {
				t.Errorf("%+v", si)
			}
			var v int64
			for i := 7; i >= 0; i-- {
				v = v<<8 | int64(si.Rest[12+i])
			}
			values = append(values, v-1<<40)
			si.Rest[12] ^= 0xff // a change, which must be seen again
			j.ok(j.SetSiginfo(s.TID, si))
			if again, err := j.Siginfo(s.TID); err != nil || again != si {
				t.Errorf("set %+v, got %+v, %v", si, again, err)
			}
			return false
		})
		if len(values) != 5 {
			t.Fatalf("values %v", values)
		}
		for i, v := range values {
			if v != int64(i) {
				t.Errorf("values %v", values)
			}
		}
	})
}

func TestBlockedSignalIsNotTold(t *testing.T) {
	jail(t, victim(t, "sigtimedwait"), func(j *jailed) {
		j.runs(func(s kernel.Stop) bool {
			if s.Kind == kernel.Signal && s.Signal == 40 {
				t.Error("a blocked signal that sigtimedwait takes was told")
			}
			return false
		})
	})
}

// TestBrokenOff: whatever Registers show of an interrupted task, BrokenOff says so; until it was broken out of a call that
// answers EINTR.
func TestBrokenOff(t *testing.T) {
	cfg := victim(t, "waits")
	cfg.Filter = tracing(unix.SYS_GETPRIORITY)
	jail(t, cfg, func(j *jailed) {
		tid, seen := 0, map[bool]bool{}
		j.run(func(s kernel.Stop) bool {
			if s.Kind == kernel.Seccomp {
				tid = s.TID
			}
			if s.TID != tid || s.Kind != kernel.Seccomp && s.Kind != kernel.Trap {
				return false
			}
			r, err := j.Registers(tid)
			j.ok(err)
			got, err := j.BrokenOff(tid)
			j.ok(err)
			if want := r.Nr >= 0 && r.Result == -int64(unix.EINTR); got != want {
				t.Errorf("%v of %+v", got, r)
			}
			if seen[got] = true; seen[true] {
				j.ok(j.Kill(j.first, unix.SIGKILL))
				return false
			}
			j.ok(j.Resume(tid, kernel.Cont, 0))
			j.ok(j.Interrupt(tid))
			return true
		})
		if !seen[false] {
			t.Error("it was never in no call that was broken off")
		}
	})
}

func TestDisposition(t *testing.T) {
	cfg := victim(t, "dispositions")
	cfg.Filter = tracing(unix.SYS_GETPRIORITY)
	jail(t, cfg, func(j *jailed) {
		j.reachSeccomp()
		for sig, want := range map[unix.Signal]utrace.Disposition{
			unix.SIGKILL: utrace.ToTerm,
			unix.SIGSTOP: utrace.ToStop,
			unix.SIGHUP:  utrace.ToIgnore,
			unix.SIGTSTP: utrace.ToIgnore,
			unix.SIGUSR1: utrace.ToHandler,
			unix.SIGSEGV: utrace.ToHandler, // the Go runtime's
			unix.SIGTTIN: utrace.ToStop,
		} {
			if got, err := j.Disposition(j.first, sig); err != nil || got != want {
				t.Errorf("%v: %v %v, want %v", sig, got, err, want)
			}
		}
		for _, sig := range []unix.Signal{-1, 0, 65} {
			if _, err := j.Disposition(j.first, sig); err != unix.EINVAL {
				t.Errorf("Disposition(%d): %v", int(sig), err)
			}
		}
		j.ok(j.Kill(j.first, unix.SIGKILL))
		j.dies()
		_, err := j.Reap(j.first)
		j.ok(err)
		if _, err := j.Disposition(j.first, unix.SIGTERM); err != unix.ESRCH {
			t.Errorf("after Reap: %v", err)
		}
	})
}

func TestDispositionByDefault(t *testing.T) {
	jail(t, program("/bin/true"), func(j *jailed) { // it has run nothing: all is default, but what the tests' parent ignores
		status, err := readStatus(j.first, make([]byte, 4096))
		j.ok(err)
		ignored := hexField(status, "SigIgn:")
		for sig := unix.Signal(1); sig <= 64; sig++ {
			want := utrace.DefaultDisposition(sig)
			if ignored>>(sig-1)&1 != 0 {
				want = utrace.ToIgnore
			}
			if got, err := j.Disposition(j.first, sig); err != nil || got != want {
				t.Errorf("%v: %v %v, want %v", sig, got, err, want)
			}
		}
	})
}
