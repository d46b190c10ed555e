// The supervisor's own death: everything in the jail dies with it.

package integration

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor"
	"jail/supervisor/utrace"
)

func init() { roles["supervisor"] = superviseUntilKilled }

// superviseUntilKilled is the test binary as a supervisor: args are how its engines behave, and the program. It prints
// the number of each process that is born.
func superviseUntilKilled(args []string) int {
	c := supervisor.Command{Path: args[1], Args: args[1:], Budget: -1, Sink: &births{}}
	switch args[0] {
	case "hold":
		c.Engines = one(&holder{"exit", make(chan struct{}, 1<<20)})
	case "stop":
		c.Engines = one(&stopper{calls: blockingCalls()})
	}
	j, err := c.Start()
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	_, err = j.Wait()
	fmt.Println("ended", err)
	return 0
}

// births is a Sink that prints the pid of each process that is born.
type births struct{ quiet }

func (births) Birth(child, _ utrace.TaskID, thread bool) {
	if !thread {
		fmt.Println("born", child.TID)
	}
}

// SIGKILL of the supervisor kills a growing tree, tasks that an engine holds, tasks in a group stop, and a daemon
// (PTRACE_O_EXITKILL; P02, P42, P43).
func TestSupervisorDeath(t *testing.T) {
	for _, c := range []struct {
		name, engines string
		born          int // how many processes to wait for
		command       []string
	}{
		{"tree", "none", 60, []string{victim(t, "tree"), "3", "2"}},
		{"tree with engines", "stop", 20, []string{victim(t, "tree"), "2", "2"}},
		{"held", "hold", 2, []string{"/bin/sh", "-c", "/bin/true; :"}},
		{"stopped", "none", 2, []string{"/bin/sh", "-c", "(kill -STOP $$; kill -STOP 0)"}},
		{"daemon", "none", 3, []string{victim(t, "daemon"), "linger"}},
	} {
		t.Run(c.name, func(t *testing.T) { killSupervisor(t, c.engines, c.born, c.command) })
	}
}

func killSupervisor(t *testing.T, engines string, born int, command []string) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, append([]string{engines}, command...)...)
	cmd.Env = append(os.Environ(), roleVar+"=supervisor")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var fds []int
	lines := bufio.NewScanner(out)
	for born > 0 && lines.Scan() {
		text, ok := strings.CutPrefix(lines.Text(), "born ")
		if !ok {
			t.Fatalf("the supervisor says %q", lines.Text())
		}
		born--
		pid, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		if fd, err := unix.PidfdOpen(pid, 0); err == nil { // ESRCH: it is dead already
			fds = append(fds, fd)
		}
	}
	fds = append(fds, children(t, cmd.Process.Pid)...) // none, if the first process is dead and its daemon is init's child
	if len(fds) == 0 {
		t.Error("nobody in the jail lives when its supervisor is killed")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() { // to the end: whoever has the pipe open is dead then
	}
	_ = cmd.Wait()
	fds = append(fds, members(t, cmd.Process.Pid)...)
	awaitDeaths(t, fds)
	if left := members(t, cmd.Process.Pid); len(left) > 0 {
		t.Errorf("%d processes of the jail outlive its supervisor", len(left))
	}
}

// children opens the children of a process.
func children(t *testing.T, pid int) []int {
	t.Helper()
	var fds []int
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		list, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, task.Name()))
		for _, child := range strings.Fields(string(list)) {
			if n, err := strconv.Atoi(child); err == nil {
				if fd, err := unix.PidfdOpen(n, 0); err == nil {
					fds = append(fds, fd)
				}
			}
		}
	}
	return fds
}

// members opens the living processes of a process group.
func members(t *testing.T, pgid int) []int {
	t.Helper()
	procs, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	var fds []int
	for _, p := range procs {
		pid, err := strconv.Atoi(p.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue
		}
		f := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		if f[2] != strconv.Itoa(pgid) || f[0] == "Z" || f[0] == "X" { // a zombie is the business of who inherits it
			continue
		}
		if fd, err := unix.PidfdOpen(pid, 0); err == nil {
			fds = append(fds, fd)
		}
	}
	return fds
}

func awaitDeaths(t *testing.T, fds []int) {
	t.Helper()
	for _, fd := range fds {
		p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(p, int(patience.Milliseconds()))
		for err == unix.EINTR {
			n, err = unix.Poll(p, int(patience.Milliseconds()))
		}
		if n != 1 || err != nil {
			info, _ := os.ReadFile(fmt.Sprintf("/proc/self/fdinfo/%d", fd))
			t.Errorf("a task outlives its supervisor: %s %v", info, err)
		}
		unix.Close(fd)
	}
}
