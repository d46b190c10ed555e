// What the supervisor does to itself; a victim does it, as an ordinary child.

package ptrace

import (
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func init() {
	victims["die"] = func(args []string) {
		n, err := strconv.Atoi(args[0])
		must(err)
		signal.Notify(make(chan os.Signal, 1)) // all of them: what has a handler must die all the same
		must(DieOf(unix.Signal(n)))
		os.Exit(41)
	}
	victims["undumpable"] = func([]string) {
		must(SetUndumpable())
		must(BecomeSubreaper())
		d, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
		must(err)
		var r int32
		must(unix.Prctl(unix.PR_GET_CHILD_SUBREAPER, addressOf(&r), 0, 0, 0))
		if d != 0 || r != 1 {
			fail("dumpable", d, "subreaper", r)
		}
		<-Own(func() { // and it can launch all the same
			k, tid, err := launch(Config{Path: "/bin/true", Args: []string{"true"}, Files: []uintptr{0, 1, 2}}, false)
			must(err)
			must(k.Resume(tid, 1, 0))
			must(k.Close())
		})
	}
}

// untraced runs a victim as an ordinary child.
func untraced(name string, args ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Env = append(os.Environ(), victimKey+"="+name)
	cmd.Stderr = os.Stderr
	return cmd
}

func TestDieOf(t *testing.T) {
	for _, sig := range []unix.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGSEGV, unix.SIGABRT, unix.SIGTERM, unix.SIGKILL,
		unix.SIGPIPE, unix.SIGPROF, unix.SIGTRAP, unix.SIGSYS, unix.SIGUSR1, 34, 64} {
		cmd := untraced("die", itoa(int(sig)))
		_ = cmd.Run()
		ws := cmd.ProcessState.Sys().(syscall.WaitStatus)
		if !ws.Signaled() || ws.Signal() != sig || ws.CoreDump() {
			t.Errorf("DieOf(%v): wait status %#x", sig, uint32(ws))
		}
	}
	for _, sig := range []unix.Signal{unix.SIGCHLD, unix.SIGWINCH} { // end nothing
		cmd := untraced("die", itoa(int(sig)))
		_ = cmd.Run()
		if code := cmd.ProcessState.ExitCode(); code != 41 {
			t.Errorf("DieOf(%v): %v", sig, cmd.ProcessState)
		}
	}
	for _, sig := range []unix.Signal{0, -1, 65} {
		if err := DieOf(sig); err != unix.EINVAL {
			t.Errorf("DieOf(%d): %v", int(sig), err)
		}
	}
}

func TestUndumpableSupervisor(t *testing.T) {
	if err := untraced("undumpable").Run(); err != nil {
		t.Error(err)
	}
}
