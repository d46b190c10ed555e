// If the supervisor dies, everything in the jail dies, at whatever moment.

package ptrace

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
)

func init() {
	// It launches one program after the other, which inherit descriptor 3, and says when each runs. Args: how many to
	// let end before it leaves the last one running.
	victims["supervisor"] = func([]string) {
		<-Own(func() {
			k, tid, err := launch(Config{Path: "/bin/sh", Args: []string{"sh", "-c", "echo up; while :; do sleep 1000; done"},
				Env: os.Environ(), Files: []uintptr{0, 1, 2, 3}, Filter: tracing(unix.SYS_GETPPID)}, false)
			must(err)
			must(k.Resume(tid, kernel.Cont, 0))
			for {
				s, err := k.Wait()
				must(err)
				must(k.Resume(s.TID, kernel.Cont, 0))
			}
		})
	}
	victims["launcher"] = func([]string) { // launches for ever, and says so
		for {
			_, _ = os.Stdout.WriteString("again\n")
			<-Own(func() {
				k, _, err := launch(Config{Path: "/bin/sh", Args: []string{"sh", "-c", "while :; do :; done"}, Files: []uintptr{0, 1, 2, 3}}, false)
				must(err)
				must(k.Close())
			})
		}
	}
}

// supervise starts a victim as an ordinary child with the write end of a pipe as descriptor 3. The read end, held, ends
// when nobody has the other any more: so waiting for that is waiting for all that the supervisor left.
func supervise(t *testing.T, name string) (cmd *exec.Cmd, says *bufio.Reader, held *os.File) {
	t.Helper()
	held, hold, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer hold.Close()
	cmd = exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), victimKey+"="+name)
	cmd.ExtraFiles = []*os.File{hold}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewReader(out), held
}

func TestSupervisorKilled(t *testing.T) {
	cmd, says, held := supervise(t, "supervisor")
	defer held.Close()
	if l, err := says.ReadString('\n'); l != "up\n" {
		t.Fatalf("the program said %q (%v)", l, err)
	}
	killed(t, cmd, held)
}

// TestSupervisorKilledDuringLaunch kills it at moments that are spread over a launch by work, not by a clock.
func TestSupervisorKilledDuringLaunch(t *testing.T) {
	for i := range 20 {
		cmd, says, held := supervise(t, "launcher")
		for range 2 {
			if l, err := says.ReadString('\n'); l != "again\n" {
				t.Fatalf("it said %q (%v)", l, err)
			}
		}
		for range i * 30 {
			unix.Getppid()
			_, _ = os.Readlink("/proc/self/exe")
		}
		killed(t, cmd, held)
		held.Close()
	}
}

// killed kills the supervisor and waits until nothing is left of what it had.
func killed(t *testing.T, cmd *exec.Cmd, held *os.File) {
	t.Helper()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if n, err := io.Copy(io.Discard, held); n != 0 || err != nil {
		t.Errorf("read %d, %v", n, err)
	}
}
