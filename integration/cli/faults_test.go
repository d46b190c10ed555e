// What jail itself makes of calls that fail: its own tests in its own harness. A jail can't trace inside of another, so what is tested is
// what comes before the first program starts, and the commands that start none.

package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/jailtest"
)

// broken is a jail with the jail command in its folder, and some policies and cases.
func broken(t *testing.T) (*jailtest.Jail, string) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"p.yaml":   "version: 1\ndefault: allow\nsyscalls:\n  - {syscalls: [mount], action: errno EPERM}\n",
		"s.yaml":   "version: 1\ncases:\n  - {name: a, command: 'true', files: {x: hello}}\n",
		"tmp.yaml": "version: 1\ndefault: allow\noutside: open\nfilesystem: {read: [/], write: [\"{cwd}\"], tmp: private}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	j := jailtest.New(t, jailtest.Dir(dir), jailtest.Env("TMPDIR="+dir, "PATH="+os.Getenv(jailDir)+":"+os.Getenv("PATH")))
	return j, dir
}

// looksInside skips a test about files of a jail that runs programs: that makes itself undumpable, and then the kernel lets nobody but root
// see its descriptors and memory (PR_SET_DUMPABLE in prctl(2); ptrace(2), "Ptrace access mode checking").
func looksInside(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("the kernel lets only root look into a process that has made itself undumpable, as jail does")
	}
}

// What can't be written to its end is no success, whichever command it is.
func TestOutputOnAFullDisk(t *testing.T) {
	for _, args := range []string{
		"check p.yaml", "check --json p.yaml", "explain p.yaml --syscall mount", "policy list", "policy show ci-build", "policy export p.yaml",
		"version", "version --schema", "version --test-schema", "run --help", "policy", "doctor", "test s.yaml",
	} {
		t.Run(args, func(t *testing.T) {
			if strings.HasPrefix(args, "test ") {
				looksInside(t)
			}
			j, _ := broken(t)
			j.Fault("write", jailtest.Path("*/out"), jailtest.After(10))
			r := j.Run("sh", "-c", "exec jail "+args+" >out")
			r.WantExit(125)
			r.WantStderrMatch(`jail: write /dev/stdout: no space left on device\n$`)
			r.WantSyscall("write", jailtest.Path("*/out"), unix.ENOSPC)
		})
	}
}

// What can't be read is said, and what is read in small pieces, or only after some tries, is read.
func TestPoliciesThatAreHardToRead(t *testing.T) {
	j, _ := broken(t)
	whole := j.Run("jail", "check", "p.yaml")
	whole.WantExit(0)
	for name, fault := range map[string]struct {
		calls string
		with  []any
	}{
		"bytes":   {"read,pread64", []any{jailtest.Path("*/p.yaml"), jailtest.Short(1)}},
		"signals": {"read", []any{jailtest.Path("*/p.yaml"), jailtest.Storm(5), unix.EINTR}},
		"opened":  {"openat", []any{jailtest.Path("*/p.yaml"), jailtest.Storm(5), unix.EINTR}},
		"delayed": {"read", []any{jailtest.Path("*/p.yaml"), jailtest.Nth(2), unix.SIGURG}},
	} {
		t.Run(name, func(t *testing.T) {
			j, _ := broken(t)
			j.Fault(fault.calls, fault.with...)
			r := j.Run("jail", "check", "p.yaml")
			r.WantExit(0)
			r.WantStdout(whole.Stdout)
		})
	}
	j.Fault("read", jailtest.Path("*/p.yaml"), unix.EIO)
	r := j.Run("jail", "check", "p.yaml")
	r.WantExit(1)
	r.WantStderr("jail: p.yaml: cannot be read: input/output error\n")
	r = j.Run("jail", "run", "--policy", "./p.yaml", "--", "touch", "started")
	r.WantExit(125)
	r.WantStderr("jail: ./p.yaml: cannot be read: input/output error\n")
	r.WantNoExec("*/touch")
}

// Without what a policy needs nothing is started: jail fails closed, with a sentence.
func TestStartsThatFail(t *testing.T) {
	for _, c := range []struct {
		name, args, says string
		calls            string
		with             []any
		inside           bool // the fault looks into jail
	}{
		{"no Landlock", "run --policy no-network -- touch started", "it needs Landlock", "landlock_create_ruleset", []any{unix.ENOSYS}, false},
		{"Landlock is switched off", "run --policy ci-build -- touch started", "it needs Landlock", "landlock_create_ruleset", []any{unix.EOPNOTSUPP}, false},
		{"no descriptors", "run -- touch started", "gives no more descriptors", "pipe2", []any{unix.EMFILE}, false},
		{"no processes", "run -- touch started", "touch was not started: ", "clone", []any{unix.EAGAIN, jailtest.Program("jail"), jailtest.Flags("!CLONE_THREAD")}, false},
		{"no room for a private folder", "run --policy ./tmp.yaml -- touch started",
			"a private folder for temporary files can't be made: mkdir ", "mkdir,mkdirat", []any{jailtest.Path("*/jail-tmp-*"), unix.ENOSPC}, true},
		{"no room for a report", "run --report r -- touch started", "the report cannot be written: write r: no space left on device", "write",
			[]any{jailtest.Path("*/r"), unix.ENOSPC}, true},
		{"no room for a trace", "trace -o t -- touch started", "the trace can't be written: open t: disk quota exceeded", "openat",
			[]any{jailtest.Path("*/t"), unix.EDQUOT}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.inside {
				looksInside(t)
			}
			j, dir := broken(t)
			j.Fault(c.calls, c.with...)
			r := j.Run("sh", "-c", "exec jail "+c.args)
			r.WantExit(125)
			r.WantStderrMatch(`(?m)^jail: .*` + c.says)
			r.WantNoExec("*/touch")
			leftNothing(t, dir)
		})
	}
}

// leftNothing wants no folders of jail's in a folder.
func leftNothing(t *testing.T, dir string) {
	t.Helper()
	for _, glob := range []string{"jail-*", "started"} {
		if left, err := filepath.Glob(filepath.Join(dir, glob)); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
}

// A case for whose files there is no room is wrong, not failed, and its folder is removed.
func TestCasesOnAFullDisk(t *testing.T) {
	looksInside(t)
	j, dir := broken(t)
	j.Fault("write", jailtest.Path("*/case/x"), unix.ENOSPC)
	r := j.Run("jail", "test", "s.yaml")
	r.WantExit(1)
	r.WantStdoutMatch(`(?s)^wrong   a  .*s\.yaml:3:5: write .*/case/x: no space left on device\n1 case, wrong\n$`)
	r.WantSyscall("unlinkat").Path("*/case/x").After("write", unix.ENOSPC)
	leftNothing(t, dir)
}

// However a report's lines get into the file, and wherever jail is killed, each of them is whole.
func TestReportsAreWholeLines(t *testing.T) {
	lines := func(t *testing.T, dir string) int {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(dir, "r"))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for line := range strings.Lines(string(text)) {
			if n++; !json.Valid([]byte(line)) || !strings.HasSuffix(line, "\n") {
				t.Errorf("line %d is %q", n, line)
			}
		}
		return n
	}
	looksInside(t)
	// Nothing starts in a jail inside of another: the report has a beginning and an end.
	j, dir := broken(t)
	j.Fault("write", jailtest.Path("*/r"), jailtest.Short(7))
	r := j.Run("jail", "run", "--report", "r", "--", "true")
	r.WantExit(125)
	r.WantStderrMatch("this process is itself traced")
	if n := lines(t, dir); n != 2 {
		t.Errorf("the report has %d lines", n)
	}
	for point := range 2 {
		j, dir := broken(t)
		j.Fault("write", jailtest.Path("*/r"), jailtest.Nth(uint64(point+1)), jailtest.Crash())
		j.Run("jail", "run", "--report", "r", "--", "true").WantCrash()
		if n := lines(t, dir); n != point {
			t.Errorf("killed before write %d: the report has %d lines", point+1, n)
		}
	}
}
