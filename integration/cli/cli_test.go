// Scripts that use the jail command as people do: testdata/*.txtar, one a topic.

package cli_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"jail/supervisor/confine"
	"jail/supervisor/report"
)

// tests is the testing.M that builds the command under test first.
type tests struct{ m *testing.M }

// jailDir is the environment variable with the folder of the jail binary. If it is set the one there is tested: by somebody
// without Go, or another user.
const jailDir = "JAIL_TEST_BIN"

// Run is testscript.TestingM's.
func (s tests) Run() int {
	if os.Getenv(jailDir) != "" {
		return s.m.Run()
	}
	dir, err := os.MkdirTemp("", "jail-cli")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil { // scripts may run as somebody else
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "jail"), "jail/cmd/jail")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building jail: %v\n%s", err, out)
		return 1
	}
	os.Setenv(jailDir, dir)
	return s.m.Run()
}

// TestMain lets the test binary be the helper programs of the scripts, too: they are on the scripts' $PATH.
func TestMain(m *testing.M) {
	testscript.Main(tests{m}, map[string]func(){
		"victim":   victim,
		"jobshell": jobShell,
	})
}

// openOnly are the scripts whose policies all say `outside: open`, as observe does: they run on every kernel.
var openOnly = map[string]bool{"exit": true, "machine": true, "report": true, "streams": true, "traced": true}

// TestScripts runs testdata/*.txtar.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			if abi, _ := confine.LandlockABI(); abi < 6 && !openOnly[strings.TrimPrefix(filepath.Base(env.WorkDir), "script-")] {
				env.T().Skip(fmt.Sprintf("needs Landlock ABI 6 (Linux 6.12), without which `outside: sealed` refuses to start anything; here it is ABI %d", abi))
			}
			env.Setenv("PATH", os.Getenv(jailDir)+string(os.PathListSeparator)+env.Getenv("PATH"))
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if cond == "cgroup" { // one of version 2 is ours to divide
				return confine.ProbeOnly(confine.PartCgroup).Cgroup.OK(), nil
			}
			if cond == "root" { // who can be somebody else
				return os.Geteuid() == 0, nil
			}
			if cond == "namespaces" { // mount namespaces are to be had
				return confine.ProbeOnly(confine.PartNamespaces).MountNamespaces.OK(), nil
			}
			if cond == "cgroup2" { // some of version 2 may be written to
				return len(confine.ProbeOnly(confine.PartOutside).CgroupMounts) > 0, nil
			}
			if cond == "sealing" { // arguments of calls can be kept from the program's threads
				k := confine.ProbeOnly(confine.PartTracing)
				return k.Sealing().OK(), nil
			}
			if cond == "pidmax" { // asked of a namespace of its own only where it is one: else it would be the machine's
				k := confine.ProbeOnly(0)
				return k.AtLeast(6, 14) && exec.Command("unshare", "-Urpf", "--mount-proc", "sh", "-c", "echo 320 >/proc/sys/kernel/pid_max").Run() == nil, nil
			}
			return false, fmt.Errorf("there is no condition %q", cond)
		},
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"ends": ends},
		RequireExplicitExec: true,
	})
}

// ends is the script command "ends CODE|SIGNAL program args…": it runs a program and wants it to end that way, without a
// core image of its own.
func ends(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: ends CODE|SIGNAL program args…")
	}
	if got := ending(ts, ts.Exec(args[1], args[2:]...)); got != args[0] {
		ts.Fatalf("it ended with %s, want %s", got, args[0])
	}
}

// ending names how a program ended: "3", "SIGTERM".
func ending(ts *testscript.TestScript, err error) string {
	if err == nil {
		return "0"
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		ts.Fatalf("%v", err)
	}
	status := exit.Sys().(syscall.WaitStatus)
	switch {
	case status.CoreDump():
		return report.SignalName(status.Signal()) + " with core"
	case status.Signaled():
		return report.SignalName(status.Signal())
	}
	return strconv.Itoa(status.ExitStatus())
}
