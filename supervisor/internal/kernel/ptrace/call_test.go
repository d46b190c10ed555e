// System calls: seen, changed, skipped, answered and made again.

package ptrace

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

func init() {
	victims["calls"] = func([]string) {
		_, _, e := unix.RawSyscall6(unix.SYS_GETPRIORITY, markWhich, 1, 2, 3, 4, 5) // becomes lseek(-1): EBADF
		if e != unix.EBADF {
			fail("rewritten call answered", e)
		}
		r, _, e := unix.RawSyscall6(unix.SYS_GETPRIORITY, markWhich, 0, 0, 0, 0, 0) // is skipped
		if r != 4711 || e != 0 {
			fail("skipped call answered", r, e)
		}
		_, _, e = unix.RawSyscall6(unix.SYS_GETPRIORITY, markWhich, 0, 0, 0, 0, 0)
		if e != unix.ENOTUNIQ {
			fail("call whose result is set answered", e)
		}
		r, _, e = unix.RawSyscall6(unix.SYS_GETPRIORITY, markWhich, 7, 8, 9, 10, 11) // is made twice
		if e != unix.EINVAL {
			fail("call made twice answered", r, e)
		}
	}
}

func TestSyscalls(t *testing.T) {
	for _, byRegisters := range []bool{false, true} {
		t.Run(fmt.Sprintf("byRegisters=%v", byRegisters), func(t *testing.T) {
			cfg := victim(t, "calls")
			cfg.Filter = tracing(unix.SYS_GETPRIORITY)
			jail(t, cfg, func(j *jailed) {
				j.setByRegisters = byRegisters
				j.reachSeccomp()
				j.rewrite()
				j.skip()
				j.answer()
				j.again()
				j.runs(nil)
			})
		})
	}
}

// at wants the first process in a call of getpriority, and tells it.
func (j *jailed) at(op kernel.Op) kernel.SyscallInfo {
	j.t.Helper()
	info, err := j.Syscall(j.first)
	j.ok(err)
	if info.Op != op {
		j.fatalf("op %d, want %d: %+v", info.Op, op, info)
	}
	if op == kernel.OpSeccomp && (info.Call.Arch != nativeArch || info.Call.Nr != unix.SYS_GETPRIORITY || info.Call.Args[0] != markWhich || info.Data != 7) {
		j.fatalf("%+v", info)
	}
	return info
}

func (j *jailed) toExit() {
	j.t.Helper()
	j.ok(j.Resume(j.first, kernel.ToSyscallExit, 0))
	for {
		s, err := j.Wait()
		j.ok(err)
		if s.TID == j.first {
			if s.Kind != kernel.SyscallExit {
				j.fatalf("%+v instead of an exit-stop", s)
			}
			return
		}
		j.goOn(s)
	}
}

func (j *jailed) rewrite() {
	info := j.at(kernel.OpSeccomp)
	if info.Call.Args != [6]uint64{markWhich, 1, 2, 3, 4, 5} {
		j.t.Errorf("%+v", info.Call)
	}
	changed := info.Call
	changed.Nr, changed.Args = unix.SYS_LSEEK, [6]uint64{^uint64(0), 0, 0}
	j.ok(j.SetSyscall(j.first, changed))
	j.toExit()
	if got := j.at(kernel.OpExit); got.Result != -int64(unix.EBADF) {
		j.t.Errorf("result %d", got.Result)
	}
	r, err := j.Registers(j.first) // the program's own registers come back
	j.ok(err)
	if r.Args[0] != ^uint64(0) && !resultIsArgument {
		j.t.Errorf("registers %+v", r)
	}
	r.Nr, r.Args = info.Call.Nr, info.Call.Args
	j.ok(j.SetRegisters(j.first, r))
	if got := j.at(kernel.OpExit); got.Result != -int64(unix.EBADF) {
		j.t.Errorf("result after SetRegisters %d", got.Result)
	}
	j.reachSeccomp()
}

func (j *jailed) skip() {
	call := j.at(kernel.OpSeccomp).Call
	call.Nr = -100
	j.ok(j.SetSyscall(j.first, call))
	j.ok(j.SetResult(j.first, 4711))
	j.reachSeccomp()
}

func (j *jailed) answer() {
	j.at(kernel.OpSeccomp)
	j.toExit()
	j.ok(j.SetResult(j.first, -int64(unix.ENOTUNIQ)))
	j.reachSeccomp()
}

func (j *jailed) again() {
	first := j.at(kernel.OpSeccomp).Call
	j.toExit()
	j.ok(j.Rewind(j.first))
	j.reachSeccomp()
	if second := j.at(kernel.OpSeccomp).Call; second != first {
		j.t.Errorf("made again as %+v, was %+v", second, first)
	}
}

func TestSetSyscallErrors(t *testing.T) {
	for _, byRegisters := range []bool{false, true} { // the latter as before Linux 6.16
		t.Run(fmt.Sprintf("by registers %v", byRegisters), func(t *testing.T) { setSyscallErrors(t, byRegisters) })
	}
}

func setSyscallErrors(t *testing.T, byRegisters bool) {
	cfg := victim(t, "calls")
	cfg.Filter = tracing(unix.SYS_GETPRIORITY)
	jail(t, cfg, func(j *jailed) {
		j.setByRegisters = byRegisters
		if err := j.SetSyscall(j.first, utrace.Call{Nr: 1}); err != unix.EINVAL {
			t.Errorf("outside of a call: %v", err)
		}
		if err := j.Rewind(j.first); err != unix.EINVAL {
			t.Errorf("Rewind outside of a call: %v", err)
		}
		if info, err := j.Syscall(j.first); err != nil || info.Op != kernel.OpNone || info.Call.Nr != -1 {
			t.Errorf("Syscall outside of a call: %+v %v", info, err)
		}
		j.reachSeccomp()
		if err := j.SetSyscall(j.first, utrace.Call{Nr: 1 << 32}); err != unix.ERANGE {
			t.Errorf("number too big: %v", err)
		}
		if err := j.Resume(j.first, kernel.Listen, 0); err != unix.EIO {
			t.Errorf("Listen outside of a group-stop: %v", err)
		}
		if err := j.Resume(j.first, 0, 0); err != unix.EINVAL {
			t.Errorf("no way to go on: %v", err)
		}
		if err := j.Resume(j.first, kernel.Listen, unix.SIGTERM); err != unix.EINVAL {
			t.Errorf("Listen with a signal: %v", err)
		}
		for _, tgid := range []int{-1, 0, 1} {
			if err := j.Kill(tgid, unix.SIGKILL); err != unix.EINVAL {
				t.Errorf("Kill(%d): %v", tgid, err)
			}
		}
	})
}

// TestCallByRegisters compares what registers tell with what PTRACE_GET_SYSCALL_INFO tells.
func TestCallByRegisters(t *testing.T) {
	cfg := victim(t, "calls")
	cfg.Filter = tracing(unix.SYS_GETPRIORITY)
	jail(t, cfg, func(j *jailed) {
		j.reachSeccomp()
		want := j.at(kernel.OpSeccomp).Call
		if got, _, err := j.callByRegisters(j.first); err != nil || got != want {
			t.Errorf("%+v %v, want %+v", got, err, want)
		}
	})
}

func TestStepping(t *testing.T) {
	jail(t, program("/bin/true"), func(j *jailed) {
		before, err := j.Registers(j.first)
		j.ok(err)
		j.ok(j.Resume(j.first, kernel.Step, 0))
		if s := j.next(kernel.Signal); s.Signal != unix.SIGTRAP {
			t.Errorf("%+v", s)
		}
		after, err := j.Registers(j.first)
		j.ok(err)
		if d := after.PC - before.PC; d == 0 {
			t.Errorf("it did not step: %#x", after.PC)
		}
	})
}

func TestTGIDAndChildren(t *testing.T) {
	cfg := victim(t, "spinners", "2")
	cfg.Filter = tracing(unix.SYS_GETPPID)
	jail(t, cfg, func(j *jailed) {
		births := map[int]bool{}
		j.ok(j.Resume(j.first, kernel.Cont, 0))
		for {
			s, err := j.Wait()
			j.ok(err)
			if s.Kind == kernel.Seccomp && s.TID == j.first {
				break // it has started both, and spins
			}
			if s.Kind == kernel.Clone {
				msg, err := j.EventMsg(s.TID)
				j.ok(err)
				births[int(msg)] = true
			}
			j.goOn(s)
		}
		tasks, err := os.ReadDir("/proc/" + itoa(j.first) + "/task")
		j.ok(err)
		threads, processes := 0, 0
		for _, e := range tasks { // the Go runtime starts processes from any thread
			tid := 0
			_, _ = fmt.Sscan(e.Name(), &tid)
			children, err := j.Children(tid)
			j.ok(err)
			for _, c := range children {
				tgid, parent, err := j.TGID(c.TID)
				j.ok(err)
				switch {
				case c.TGID != tgid:
					t.Errorf("%+v has tgid %d", c, tgid)
				case tgid == j.first:
					threads++
				case parent == j.first && births[c.TID]:
					processes++
				}
			}
		}
		if n := len(tasks); threads != n*(n-1) || processes < 2 {
			t.Errorf("%d threads and %d processes, want %d and 2", threads, processes, n*(n-1))
		}
	})
}
