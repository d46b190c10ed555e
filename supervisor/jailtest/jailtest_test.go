// Faults and expectations on real programs.

package jailtest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"jail/supervisor/jailtest"
)

// folder has some files.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestCpOnAFullDisk(t *testing.T) {
	dir := folder(t, map[string]string{"data": strings.Repeat("x", 300<<10)})
	j := jailtest.New(t, jailtest.Policy("no-network"), jailtest.Dir(dir), jailtest.Env("LC_ALL=C"))
	j.Fault("copy_file_range", unix.EXDEV, jailtest.Maybe())
	j.Fault("write", jailtest.Path("*/copy"), jailtest.Nth(2), unix.ENOSPC)
	r := j.Run("cp", "data", "copy")
	r.WantExit(1)
	r.WantStderr("cp: error writing 'copy': No space left on device\n")
	r.WantStdout("")
	r.WantSyscall("write").Path("*/copy").Fails(unix.ENOSPC).Exactly(1).After("write", jailtest.Path("*/copy"))
	r.WantSyscall("openat", jailtest.Path("*/copy"), jailtest.Flags("O_WRONLY")).Before("write", jailtest.Path("*/copy"))
	r.WantNoSyscall("connect,sendto")
	r.WantDeath(jailtest.Exited(1)).Within("cp").Exactly(1)
	r.WantNoDenial("")
}

// python is a script that saves a file as it should be done.
const python = `
import os, sys
try:
    with open("new", "w") as f:
        f.write("text")
        f.flush()
        os.fsync(f.fileno())
    os.rename("new", "file")
except OSError as e:
    os.unlink("new")
    sys.exit(e.strerror)
print("saved")
`

func TestPythonFsync(t *testing.T) {
	dir := folder(t, nil)
	j := jailtest.New(t, jailtest.Dir(dir))
	good := j.Run("python3", "-c", python)
	good.WantExit(0)
	good.WantStdout("saved\n")
	good.WantSyscall("fsync").Before("rename").Within("python3")
	good.WantSyscall("openat", jailtest.Path("*/new")).Then("write", jailtest.Path("*/new")).Then("fsync").Then("close").Then("rename")

	j.Fault("fsync", unix.EIO)
	bad := j.Run("python3", "-c", python)
	bad.WantExit(1)
	bad.WantStderrMatch(`^Input/output error\n$`)
	bad.WantNoSyscall("rename*").Path("*/file")
	bad.WantSyscall("unlink").Path("*/new").After("fsync", unix.EIO)
}

func TestDeathsProgramsAndSignals(t *testing.T) {
	r := sh(t, `trap "" USR1; sh -c 'exit 3'; sh -c 'kill -TERM $$'; kill -USR1 $$; /bin/true; exit 4`)
	r.WantExit(4)
	r.WantDeath(jailtest.Exited(3)).Exactly(1).Within("sh")
	r.WantDeath(jailtest.Killed(unix.SIGTERM)).Exactly(1)
	r.WantNoDeath(jailtest.Killed(unix.SIGKILL))
	r.WantExec("*/true", "/bin/true").Exactly(1)
	r.WantNoExec("*/false")
	r.WantSignaled(unix.SIGTERM).Exactly(1)
	r.WantExec("*/true").AfterSignal(unix.SIGTERM).AfterDeath(jailtest.Exited(3)).BeforeDeath(jailtest.Exited(4))
	r.WantDeath(jailtest.Killed(unix.SIGTERM)).BeforeExec("*/true").Exactly(1)
	r.WantDeath(jailtest.Exited(3)).BeforeSignal(unix.SIGTERM)
	says(t, func(t testing.TB) {
		sh(t, "/bin/true; sh -c 'kill -TERM $$'").WantExec("*/true").AfterSignal(unix.SIGTERM)
	}, "expected exec path */true at least once after the first SIGTERM: it did not happen")
	if r.ExitCode != 4 || r.Crashed() {
		t.Errorf("the exit code is %d", r.ExitCode)
	}
}

func TestPolicies(t *testing.T) {
	const text = "version: 1\nname: mine\nextends: no-network\nsyscalls:\n  - {syscalls: [mkdir, mkdirat], action: errno EPERM}\n"
	file := filepath.Join(folder(t, map[string]string{"p.yaml": text}), "p.yaml")
	for name, o := range map[string]jailtest.Option{"text": jailtest.PolicyText(text), "file": jailtest.PolicyFile(file)} {
		t.Run(name, func(t *testing.T) {
			r := sh(t, "mkdir x", o, jailtest.Dir(t.TempDir()))
			r.WantExit(1)
			r.WantDenial("mkdir")
			r.WantDenial("policy.yaml:5"[len("policy.yaml"):])
			r.WantSyscall("mkdir*").Fails(unix.EPERM)
		})
	}
}

func TestEnvironmentAndInput(t *testing.T) {
	t.Setenv("JAILTEST_A", "outer")
	r := sh(t, `cat; echo "$JAILTEST_A $JAILTEST_B"`, jailtest.Stdin("in\n"), jailtest.Env("JAILTEST_B=b", "JAILTEST_A=inner"))
	r.WantStdout("in\ninner b\n")
	sh(t, `echo "$JAILTEST_A"`, jailtest.NoEnv()).WantStdout("\n")
}

func TestCrash(t *testing.T) {
	dir := folder(t, nil)
	j := jailtest.New(t, jailtest.Dir(dir))
	j.Fault("write", jailtest.Path("*/log"), jailtest.Nth(2), jailtest.Crash())
	r := j.Run("sh", "-c", "echo a >>log; echo b >>log; echo c >>log")
	r.WantCrash()
	r.WantSignal(unix.SIGKILL)
	if text, err := os.ReadFile(filepath.Join(dir, "log")); err != nil || string(text) != "a\n" {
		t.Errorf("the log is %q, %v", text, err)
	}
}

// Each test that is wrong, or whose program is, says so in a sentence.
func TestFailures(t *testing.T) {
	says(t, func(t testing.TB) { sh(t, "echo oops >&2; exit 3").WantExit(0) }, "jailtest: sh: exit 3, not exit 0\nstandard error ends with\n  oops")
	says(t, func(t testing.TB) { sh(t, "kill -9 $$").WantSignal(unix.SIGTERM) }, "jailtest: sh: SIGKILL, not SIGTERM")
	says(t, func(t testing.TB) { sh(t, "echo a").WantStdout("b") }, "standard output is\n  \"a\\n\"\nnot\n  \"b\"")
	says(t, func(t testing.TB) { sh(t, "printf a").WantStdout("a\n") }, "standard output is\n  \"a\"\nnot\n  \"a\\n\"")
	says(t, func(t testing.TB) { sh(t, "true").WantStderrMatch("(") }, `jailtest: "(" is no regular expression: missing closing ) at "("`)
	says(t, func(t testing.TB) { sh(t, "echo a").WantStdoutMatch("^b") }, `nothing in standard output matches "^b"; it is`+"\n  \"a\\n\"")
	says(t, func(t testing.TB) { sh(t, "true").WantCrash() }, "no crash")
	says(t, func(t testing.TB) { sh(t, "true").WantDenial("x") }, `no denial has "x" in it; nothing was denied`)
	says(t, func(t testing.TB) { sh(t, ":>x", jailtest.Dir(dirOf(t))).WantSyscall("fsync") }, "expected fsync at least once: it did not happen")
	says(t, func(t testing.TB) { sh(t, ":>x; mv x y", jailtest.Dir(dirOf(t))).WantSyscall("rename") }, ", though: rename* means both")
	says(t, func(t testing.TB) { sh(t, "cat /dev/null").WantNoExec("*/cat") }, "expected exec path */cat never: it happened once")
	says(t, func(t testing.TB) { sh(t, "true").WantSyscall("fsnyc") }, `"fsnyc" is no system call, group or class; did you mean fsync?`)
	says(t, func(t testing.TB) { sh(t, "true").WantSyscall("fsync", 3) }, "3 is no condition of a call")
	says(t, func(t testing.TB) { jailtest.New(t).Run("no-such-program") }, "jailtest: no-such-program was not started: exec no-such-program: no such file or directory")
	says(t, func(t testing.TB) { jailtest.New(t, jailtest.Policy("nope")) }, `no built-in policy is named nope; there are agent-workspace, `)
	says(t, func(t testing.TB) {
		sh(t, "true", jailtest.PolicyText("version: 1\ndefault: allow\ndescriptors: [5]\n"))
	},
		"sh was not started: the test is wrong: the policy passes on descriptor 5, and a test has none to give; use one that extends it with descriptors: []")
	says(t, func(t testing.TB) { jailtest.New(t, jailtest.Policy("no-netwrk")) }, `no built-in policy is named no-netwrk; did you mean no-network?; there`)
	wrong := func(with ...any) func(testing.TB) {
		return func(t testing.TB) { jailtest.New(t).Fault("write", with...) }
	}
	says(t, wrong(), "a fault of write: nothing is to happen; give an unix.Errno, an unix.Signal, Answer, ")
	says(t, wrong(unix.EIO, unix.ENOSPC), "a fault of write: an unix.Errno is given twice; a second fault can have the other")
	says(t, wrong(jailtest.Nth(1), jailtest.Path("*/x"), jailtest.Nth(2), unix.EIO), "a fault of write: Nth is given twice")
	says(t, wrong(jailtest.Nth(0), unix.EIO), "a fault of write: Nth: calls are counted from 1, so 0 never comes")
	says(t, wrong(jailtest.Path, unix.EIO), "a fault of write: func(string) jailtest.Condition, a function that is not called, is no part of a fault")
	says(t, func(t testing.TB) { jailtest.New(t, jailtest.Env("x")) }, `x is not NAME=value`)
	says(t, func(t testing.TB) { jailtest.New(t).Fault("wriet", unix.EIO) }, `jailtest: a fault of wriet: there is no system call or group "wriet"; did you mean write?`)
	says(t, func(t testing.TB) { jailtest.New(t).Fault("getpid", unix.EIO) }, `jailtest: a fault of getpid: getpid always succeeds`)
	says(t, func(t testing.TB) { jailtest.New(t).Fault("write", "ENOSPC") }, `"ENOSPC" is no part of a fault`)
}

func dirOf(t testing.TB) string {
	dir, err := os.MkdirTemp("", "jailtest-")
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// A program that leaves another one behind is told of, unless that is meant.
func TestLeftBehind(t *testing.T) {
	const script = "sleep 1000 >/dev/null 2>&1 & true"
	says(t, func(t testing.TB) { sh(t, script) }, "] outlived the program, and was killed; wait for it in the program, or allow it with jailtest.MayLeave")
	says(t, func(t testing.TB) { sh(t, script, jailtest.MayLeave()) })
	says(t, func(t testing.TB) { sh(t, "sleep 0 & wait; kill -9 $$") })
	says(t, func(t testing.TB) { sh(t, "for i in 1 2 3 4 5 6 7; do sleep 1000 & done >/dev/null 2>&1") },
		" and 2 more outlived the program, and were killed; ")
}

// What is not traced can't be expected, in neither direction.
func TestUntracedCalls(t *testing.T) {
	says(t, func(t testing.TB) {
		j := jailtest.New(t)
		j.Trace("openat", "%process")
		r := j.Run("true")
		r.WantNoSyscall("connect")
		r.WantSyscall("mmap").Before("open*")
	}, "which can't be told: mmap, open and", "expected connect never, which can't be told: connect is not traced in this run")
}

func TestAFaultThatNeverCame(t *testing.T) {
	test := func(t testing.TB, with ...any) {
		j := jailtest.New(t)
		j.Fault("fsync", append(with, unix.EIO)...)
		j.Run("true")
	}
	says(t, func(t testing.TB) { test(t) }, "this fault never came: fsync:error=EIO (jailtest_test.go:")
	says(t, func(t testing.TB) { test(t, jailtest.Maybe()) })
}

// A policy may leave no room for a fault.
func TestAFaultThatThePolicyRefuses(t *testing.T) {
	says(t, func(t testing.TB) {
		j := jailtest.New(t, jailtest.PolicyText("version: 1\ndefault: allow\nsyscalls:\n  - {syscalls: [fsync], action: errno EPERM, quiet: true}\n"))
		j.Fault("fsync", unix.EIO)
		j.Run("true")
	}, "the policy's filter refuses fsync before there could be a fault")
}

// A program that outlives its case is killed with all that it started, and what it was doing is told.
func TestTimeout(t *testing.T) {
	says(t, func(t testing.TB) { sh(t, "echo begun; sleep 1000", jailtest.Timeout(300*time.Millisecond)) },
		"sh ran for more than 300ms and was killed. It was doing:\n  sh[")
	got := failing(func(t testing.TB) {
		j := jailtest.New(t, jailtest.Timeout(500*time.Millisecond))
		j.Trace()
		r := j.Start("sh", "-c", "echo begun; sleep 1000")
		r.AwaitStdout("begun")
		r.AwaitStdout("ended")
	})
	if len(got) != 2 || !strings.Contains(got[0], "]: in wait4") || !strings.Contains(got[1], `the program ended without writing "ended"`) {
		t.Errorf("the failures are %q", got)
	}
}
