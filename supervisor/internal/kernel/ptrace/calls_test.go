// Calls that a newborn program is made to do: what they answer, and that nothing of them is left.

package ptrace

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// born runs f with a newborn program, on a thread of its own.
func born(t *testing.T, f func(n *newborn)) {
	t.Helper()
	<-Own(func() {
		attr := &syscall.ProcAttr{Dir: "/", Env: []string{}, Files: []uintptr{0, 1, 2}, Sys: &syscall.SysProcAttr{}}
		n, err := spawn("/bin/true", []string{"true"}, attr, 3, traceOptions)
		if err != nil {
			t.Error(err)
			return
		}
		defer n.abort()
		f(n)
	})
}

func TestCallsInOneGo(t *testing.T) {
	born(t, func(n *newborn) {
		for _, trap := range []bool{n.trap, false} { // with the loop, and one by one
			n.trap = trap
			if err := n.pokeCall(); err != nil {
				t.Error(err)
			}
			name := append([]byte("/proc/self/status"), 0)
			var calls []call
			list := func(at uint64) []call {
				calls = []call{
					{name: "openat", nr: unix.SYS_OPENAT, args: [6]uint64{uint64(1<<64 - 100), at, unix.O_RDONLY}},
					{name: "fcntl", nr: unix.SYS_FCNTL, args: [6]uint64{0, unix.F_DUPFD, 77}},
					{name: "close", nr: unix.SYS_CLOSE},
					{name: "close", nr: unix.SYS_CLOSE, args: [6]uint64{99}},
					{name: "close", nr: unix.SYS_CLOSE, args: [6]uint64{77}},
				}
				calls[0].into, calls[1].into = &calls[1].args[0], &calls[2].args[0]
				return calls
			}
			done, err := n.doAll(name, list)
			if done != 3 || !errors.Is(err, unix.EBADF) || !strings.HasPrefix(err.Error(), "close") {
				t.Errorf("%v: %d were done, then %v", trap, done, err)
			}
			link, err := os.Readlink("/proc/" + strconv.Itoa(n.tid) + "/fd/3")
			if err != nil || !strings.HasSuffix(link, "/status") {
				t.Errorf("%v: descriptor 3 is %q, %v", trap, link, err)
			}
			if open, _ := os.ReadDir("/proc/" + strconv.Itoa(n.tid) + "/fd"); len(open) != 4 {
				t.Errorf("%v: it has open %v", trap, open)
			}
			done, err = n.doAll(nil, func(uint64) []call {
				calls = []call{{name: "fcntl", nr: unix.SYS_FCNTL, args: [6]uint64{0, unix.F_DUPFD, 55}}, {name: "close", nr: unix.SYS_CLOSE}}
				calls[0].into = &calls[1].args[0]
				return calls
			})
			if done != 2 || err != nil || calls[1].args[0] != 55 {
				t.Errorf("%v: %d were done, %v, and %d was closed", trap, done, err, calls[1].args[0])
			}
			if done, err := n.doAll(nil, func(uint64) []call { return []call{{name: "close", nr: unix.SYS_CLOSE, args: [6]uint64{3}}} }); done != 1 || err != nil {
				t.Errorf("%v: %d were done, then %v", trap, done, err)
			}
		}
	})
}

// What is sent to it meanwhile stays for the program, the breakpoints' own signal too; a stop it is in.
func TestSignalsWhileCallsAreMade(t *testing.T) {
	born(t, func(n *newborn) {
		for _, sig := range []unix.Signal{unix.SIGTRAP, unix.SIGTERM, unix.SIGSTOP} {
			if err := unix.Kill(n.tid, sig); err != nil {
				t.Error(err)
			}
			if err := unix.Tgkill(n.tid, n.tid, sig); err != nil {
				t.Error(err)
			}
			if pid, err := n.do("getpid", unix.SYS_GETPID); int(pid) != n.tid || err != nil {
				t.Errorf("with %v pending: %d, %v", sig, pid, err)
			}
		}
		if err := n.settle(); err != nil {
			t.Error(err)
			return
		}
		status, err := os.ReadFile("/proc/" + strconv.Itoa(n.tid) + "/status")
		if err != nil {
			t.Error(err)
			return
		}
		if got, err := strconv.ParseUint(string(line(status, "ShdPnd:")), 16, 64); got != 1<<(unix.SIGTRAP-1)|1<<(unix.SIGTERM-1) {
			t.Errorf("pending are %#x, %v", got, err)
		}
		if got := string(line(status, "SigBlk:")); strings.Trim(got, "0") != "" {
			t.Errorf("blocked are %s", got)
		}
	})
}
