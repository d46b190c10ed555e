// Real programs under a jail: what comes out must be what came out without one.

package supervisor_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor"
	"jail/supervisor/utrace"
)

// run starts a command with its output caught, and waits for it.
func run(t *testing.T, c supervisor.Command, prog string, args ...string) (supervisor.Result, string) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Path, c.Args, c.Files = prog, append([]string{prog}, args...), []*os.File{nil, w, w}
	j, err := c.Start()
	w.Close()
	if err != nil {
		t.Fatalf("start %s: %v", prog, err)
	}
	var out strings.Builder
	buf := make([]byte, 4096)
	for {
		n, err := r.Read(buf)
		out.Write(buf[:n])
		if err != nil {
			break
		}
	}
	r.Close()
	res, err := j.Wait()
	if err != nil {
		t.Fatalf("wait: %v", err)
	}
	return res, out.String()
}

func TestStatusOfTheProgramIsTheResult(t *testing.T) {
	for _, c := range []struct {
		script string
		want   utrace.ExitStatus
	}{
		{"exit 0", utrace.ExitStatus{}},
		{"exit 7", utrace.ExitStatus{Code: 7}},
		{"kill -TERM $$", utrace.ExitStatus{Signal: unix.SIGTERM}},
		{"kill -KILL $$", utrace.ExitStatus{Signal: unix.SIGKILL}},
		{"trap 'exit 3' USR1; kill -USR1 $$; exit 4", utrace.ExitStatus{Code: 3}},
		{"(exit 5); exit $?", utrace.ExitStatus{Code: 5}},
		{"sh -c 'kill -SEGV $$'; test $? = 139", utrace.ExitStatus{}},
	} {
		res, out := run(t, supervisor.Command{}, "/bin/sh", "-c", c.script)
		if res.Status != c.want {
			t.Errorf("%q ended with %v, want %v; output %q", c.script, res.Status, c.want, out)
		}
	}
}

func TestOutputOfATreeOfProcesses(t *testing.T) {
	res, out := run(t, supervisor.Command{}, "/bin/sh", "-c", "for i in $(seq 200); do /bin/echo $i; done | sort -n | tail -1 | (cat; echo done)")
	if res.Status.Code != 0 || out != "200\ndone\n" {
		t.Fatalf("%v, %q", res.Status, out)
	}
}

// A process that ends without having waited for its children leaves zombies to the supervisor, which is their subreaper.
func TestZombiesOfProcessesThatDoNotWait(t *testing.T) {
	if err := supervisor.BecomeSubreaper(); err != nil {
		t.Fatal(err)
	}
	run(t, supervisor.Command{WaitSurvivors: true}, "/bin/sh", "-c", "for i in 1 2 3; do sh -c 'true & true & exec cat </dev/null'; done")
	self := "/proc/" + strconv.Itoa(os.Getpid()) + "/task/" + strconv.Itoa(os.Getpid())
	children, err := os.ReadFile(self + "/children")
	if err != nil {
		t.Skip("this kernel lacks CONFIG_PROC_CHILDREN")
	}
	if len(children) > 0 {
		t.Errorf("left: %s", children)
	}
}
