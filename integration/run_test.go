// The oracle: one program natively and under every kind of jail, and what it must have in common.

package integration

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"jail/seccomp"
	"jail/supervisor"
	"jail/supervisor/utrace"
)

// patience is how long a run may take before the test gives it up as hung. No result depends on it.
const patience = 60 * time.Second

// An outcome is all that the world sees of a program.
type outcome struct {
	Output string
	Status utrace.ExitStatus
}

// A mode is one way to run a victim under a jail.
type mode struct {
	name    string
	engines func(t *testing.T) []supervisor.Engine
}

// The modes. Each gives fresh engines for one run.
var (
	bare     = mode{"bare", func(*testing.T) []supervisor.Engine { return nil }}
	observed = mode{"observed", func(t *testing.T) []supervisor.Engine {
		return []supervisor.Engine{{Engine: newWitness(t, nativeCalls()), Observe: true}}
	}}
	stopping = mode{"stopping", func(*testing.T) []supervisor.Engine {
		return []supervisor.Engine{{Engine: &stopper{calls: blockingCalls()}}}
	}}
	both = mode{"stopping and observed", func(t *testing.T) []supervisor.Engine {
		return append(stopping.engines(t), observed.engines(t)...)
	}}
	lifecycle = mode{"lifecycle observed", func(t *testing.T) []supervisor.Engine {
		return []supervisor.Engine{{Engine: newWitness(t, nil), Observe: true}}
	}}
	held = mode{"lifecycle stopped", func(*testing.T) []supervisor.Engine {
		return []supervisor.Engine{{Engine: &stopper{calls: new(utrace.SyscallSet)}}}
	}}
)

// allModes is for every victim that is not too long for it, heavyModes for those.
var (
	allModes   = []mode{bare, observed, stopping, both}
	heavyModes = []mode{bare, lifecycle, held}
)

// same runs a victim natively and in every mode, and compares. It returns what came out natively.
func same(t *testing.T, modes []mode, name string, args ...string) outcome {
	t.Helper()
	path := victim(t, name)
	want := native(t, path, args...)
	if want.Status.Code == 99 || want.Status.Code == 98 || want.Output == "" {
		t.Fatalf("victim %s %q fails without a jail already: %v\n%s", name, args, want.Status, want.Output)
	}
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			got := jailed(t, supervisor.Command{Engines: m.engines(t)}, path, args...).outcome
			compare(t, want, got)
		})
	}
	return want
}

func compare(t *testing.T, want, got outcome) {
	t.Helper()
	if got.Status != want.Status {
		t.Errorf("ended with %v, natively with %v", got.Status, want.Status)
	}
	if got.Output == want.Output {
		return
	}
	g, w := strings.Split(got.Output, "\n"), strings.Split(want.Output, "\n")
	shown := 0
	for i := range max(len(g), len(w)) {
		a, b := at(g, i), at(w, i)
		if a != b {
			t.Errorf("line %d is %q, natively %q", i+1, a, b)
			if shown++; shown == 12 {
				t.Errorf("… and more")
				break
			}
		}
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(nothing)"
}

// native runs a program without a jail.
func native(t *testing.T, path string, args ...string) outcome {
	t.Helper()
	out, stdin := newCatcher(t), devNull(t)
	cmd := exec.Command(path, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, out.w, out.w
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	watchdog := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer watchdog.Stop()
	text := out.read(t)
	_ = cmd.Wait() // what it says stands in ProcessState
	ws := cmd.ProcessState.Sys().(syscall.WaitStatus)
	return outcome{text, exitStatus(ws)}
}

func exitStatus(ws syscall.WaitStatus) utrace.ExitStatus {
	if ws.Signaled() {
		return utrace.ExitStatus{Signal: ws.Signal(), Core: ws.CoreDump()}
	}
	return utrace.ExitStatus{Code: ws.ExitStatus()}
}

// A jailRun is a program in a jail that a test looks into while it runs.
type jailRun struct {
	outcome
	*supervisor.Jail
	ledger *ledger
	result supervisor.Result

	failing  int // engines that fail on purpose
	t        *testing.T
	out      *catcher
	watchdog *time.Timer
}

// jailed runs a program under a jail to its end.
func jailed(t *testing.T, c supervisor.Command, path string, args ...string) *jailRun {
	t.Helper()
	return start(t, c, path, args...).wait()
}

// start starts a program under a jail, with a ledger for Sink and its output caught; wait must be called.
func start(t *testing.T, c supervisor.Command, path string, args ...string) *jailRun {
	t.Helper()
	return startWith(t, c, devNull(t), path, args...)
}

// startWith is start with an input.
func startWith(t *testing.T, c supervisor.Command, stdin *os.File, path string, args ...string) *jailRun {
	t.Helper()
	r := &jailRun{t: t, out: newCatcher(t), ledger: newLedger(c.Sink)}
	if c.Budget == 0 {
		c.Budget = -1 // a loaded machine is no reason to fail
	}
	c.Path, c.Args, c.Sink = path, append([]string{path}, args...), r.ledger
	c.Files = []*os.File{stdin, r.out.w, r.out.w}
	j, err := c.Start()
	if err != nil {
		t.Fatalf("start %s under a jail: %v", path, err)
	}
	r.Jail = j
	r.watchdog = time.AfterFunc(patience, func() {
		t.Errorf("hung: %s %q\n%s", path, args, r.ledger.portrait())
		j.Kill(utrace.Why{What: "the test gave up"})
	})
	return r
}

// wait waits for the end, and checks what must hold at the end of every jail.
func (r *jailRun) wait() *jailRun {
	r.t.Helper()
	r.Output = r.out.read(r.t)
	res, err := r.Jail.Wait()
	r.watchdog.Stop()
	if err != nil {
		r.t.Errorf("the jail failed: %v", err)
	}
	r.result, r.Status = res, res.Status
	r.ledger.settle(r.t, r.failing)
	return r
}

// A catcher collects what is written to a pipe.
type catcher struct {
	r, w *os.File
	text *bufio.Reader
}

func newCatcher(t *testing.T) *catcher {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return &catcher{r, w, bufio.NewReader(r)}
}

// read reads to the end, which comes when nobody but us has the pipe open for writing any more.
func (c *catcher) read(t *testing.T) string {
	t.Helper()
	c.w.Close()
	text, err := io.ReadAll(c.text)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// line waits for one line; read gives what comes after it.
func (r *jailRun) line() string {
	r.t.Helper()
	s, err := r.out.text.ReadString('\n')
	if err != nil {
		r.t.Fatalf("no line, %q: %v", s, err)
	}
	return s
}

func devNull(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// nativeCalls is every system call of the native ABI.
func nativeCalls() *utrace.SyscallSet { return callSet(seccomp.Native().Names()...) }

// blockingCalls are those that a stopping engine stops at: what victims wait in, and what makes and ends tasks. Not
// among them is what victims look at /proc with.
func blockingCalls() *utrace.SyscallSet {
	return callSet("read", "write", "poll", "ppoll", "select", "pselect6", "nanosleep", "clock_nanosleep", "futex", "pause",
		"epoll_wait", "epoll_pwait", "accept", "recvfrom", "wait4", "waitid", "rt_sigsuspend", "rt_sigtimedwait", "semop",
		"semtimedop", "msgrcv", "msgsnd", "fcntl", "flock", "kill", "tgkill", "rt_sigqueueinfo", "rt_sigreturn",
		"sigaltstack", "execve", "execveat", "clone", "clone3", "fork", "vfork", "exit", "exit_group", "restart_syscall")
}

// callSet is a set of calls of the native ABI; names that it lacks are left out.
func callSet(names ...string) *utrace.SyscallSet {
	set := new(utrace.SyscallSet)
	abi := seccomp.Native()
	for _, n := range names {
		if nr, ok := abi.Number(n); ok {
			set.Add(abi.AuditArch(), int64(nr))
		}
	}
	return set
}
