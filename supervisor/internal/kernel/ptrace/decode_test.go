// Wait statuses: a table of all that the kernel gives, and nothing else is taken for a stop.

package ptrace

import (
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

func TestDecode(t *testing.T) {
	event := func(e int) int32 { return int32(e<<8) | int32(unix.SIGTRAP) }
	for _, c := range []struct {
		name   string
		code   int32
		status int32
		want   kernel.Stop
	}{
		{"exit 0", cldExited, 0, kernel.Stop{Kind: kernel.Death}},
		{"exit 255", cldExited, 255, kernel.Stop{Kind: kernel.Death, Status: utrace.ExitStatus{Code: 255}}},
		{"killed", cldKilled, 9, kernel.Stop{Kind: kernel.Death, Status: utrace.ExitStatus{Signal: 9}}},
		{"killed by a real-time signal", cldKilled, 64, kernel.Stop{Kind: kernel.Death, Status: utrace.ExitStatus{Signal: 64}}},
		{"core", cldDumped, 11, kernel.Stop{Kind: kernel.Death, Status: utrace.ExitStatus{Signal: 11, Core: true}}},
		{"signal", cldTrapped, 15, kernel.Stop{Kind: kernel.Signal, Signal: 15}},
		{"SIGTRAP of its own", cldTrapped, 5, kernel.Stop{Kind: kernel.Signal, Signal: 5}},
		{"real-time signal", cldTrapped, 64, kernel.Stop{Kind: kernel.Signal, Signal: 64}},
		{"SIGSTOP to be delivered", cldTrapped, 19, kernel.Stop{Kind: kernel.Signal, Signal: 19}},
		{"syscall", cldTrapped, 0x85, kernel.Stop{Kind: kernel.SyscallExit}},
		{"fork", cldTrapped, event(unix.PTRACE_EVENT_FORK), kernel.Stop{Kind: kernel.Clone, Flavor: 1}},
		{"vfork", cldTrapped, event(unix.PTRACE_EVENT_VFORK), kernel.Stop{Kind: kernel.Clone, Flavor: 2}},
		{"clone", cldTrapped, event(unix.PTRACE_EVENT_CLONE), kernel.Stop{Kind: kernel.Clone, Flavor: 3}},
		{"exec", cldTrapped, event(unix.PTRACE_EVENT_EXEC), kernel.Stop{Kind: kernel.Exec}},
		{"exit event", cldTrapped, event(unix.PTRACE_EVENT_EXIT), kernel.Stop{Kind: kernel.Exit}},
		{"seccomp", cldTrapped, event(unix.PTRACE_EVENT_SECCOMP), kernel.Stop{Kind: kernel.Seccomp}},
		{"trap", cldTrapped, event(unix.PTRACE_EVENT_STOP), kernel.Stop{Kind: kernel.Trap}},
		{"group-stop", cldTrapped, 128<<8 | int32(unix.SIGTTIN), kernel.Stop{Kind: kernel.Group, Signal: unix.SIGTTIN}},
	} {
		c.want.TID = 42
		if got, ok := decode(42, c.code, c.status); !ok || got != c.want {
			t.Errorf("%s: %+v, %v; want %+v", c.name, got, ok, c.want)
		}
	}
	for _, c := range []struct {
		name         string
		code, status int32
	}{
		{"stopped, not traced", cldStopped, int32(unix.SIGSTOP)},
		{"continued", 6, int32(unix.SIGCONT)},
		{"vfork done, not asked for", cldTrapped, event(unix.PTRACE_EVENT_VFORK_DONE)},
		{"event of the future", cldTrapped, event(9)},
		{"event with another signal", cldTrapped, unix.PTRACE_EVENT_EXEC<<8 | 15},
		{"no signal", cldTrapped, 0},
		{"event without signal", cldTrapped, 128 << 8},
		{"killed by nothing", cldKilled, 0},
		{"negative", cldTrapped, -1},
		{"none", 0, 0},
	} {
		if got, ok := decode(42, c.code, c.status); ok {
			t.Errorf("%s was taken for %+v", c.name, got)
		}
	}
}

// FuzzDecode checks that what is taken for a stop is one: encoded back, it gives the status that it came from.
func FuzzDecode(f *testing.F) {
	f.Add(int32(cldTrapped), int32(0x85))
	f.Add(int32(cldTrapped), int32(128<<8|19))
	f.Add(int32(cldDumped), int32(11))
	for _, code := range []int32{0, cldExited, cldKilled, cldDumped, cldTrapped, cldStopped, 6} {
		for event := range int32(10) { // and those of the future
			for _, sig := range []int32{0, 5, 9, 0x85, 19, 64, 127, 255} {
				f.Add(code, event<<8|sig)
			}
		}
		f.Add(code, int32(unix.PTRACE_EVENT_STOP<<8|5))
		f.Add(code, int32(-1))
	}
	f.Fuzz(func(t *testing.T, code, status int32) {
		s, ok := decode(1, code, status)
		if !ok {
			return
		}
		var back int32
		switch s.Kind {
		case kernel.Death:
			if s.Status.Code != 0 && (s.Status.Signal != 0 || int32(s.Status.Code) != status&0xff) || s.Status.Signal != 0 == (code == cldExited) || s.Status.Core != (code == cldDumped) {
				t.Errorf("(%d, %#x) became %+v", code, status, s)
			}
			return
		case kernel.SyscallExit:
			back = 0x85
		case kernel.Signal:
			back = int32(s.Signal)
		case kernel.Group:
			back = unix.PTRACE_EVENT_STOP<<8 | int32(s.Signal)
		default:
			events := map[kernel.Kind]int{kernel.Clone: s.Flavor, kernel.Exec: unix.PTRACE_EVENT_EXEC, kernel.Exit: unix.PTRACE_EVENT_EXIT,
				kernel.Seccomp: unix.PTRACE_EVENT_SECCOMP, kernel.Trap: unix.PTRACE_EVENT_STOP}
			back = int32(events[s.Kind])<<8 | int32(unix.SIGTRAP)
		}
		if back != status || code != cldTrapped {
			t.Errorf("(%d, %#x) became %+v", code, status, s)
		}
	})
}
