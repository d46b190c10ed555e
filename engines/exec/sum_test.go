// Checksums: of which files, when one is remembered, and what a rule with one lets run.

package exec

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

func sumOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func sumOfFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return sumOf(string(data))
}

// later is a clock that is ahead, so that every file is old.
func later() time.Time { return time.Now().Add(time.Hour) }

func TestSum(t *testing.T) {
	dir := tempDir(t)
	path := write(t, filepath.Join(dir, "x"), "text", 0o755)
	s := newSums()
	if got, err := s.sum(path, false); err != nil || got != sumOf("text") {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := s.sum(filepath.Join(dir, "none"), false); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := s.sum(dir, false); err != errNoRegular {
		t.Errorf("a folder: %v", err)
	}
	fifo := filepath.Join(dir, "fifo")
	if err := unix.Mkfifo(fifo, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := s.sum(fifo, false); err != errNoRegular {
		t.Errorf("a FIFO: %v", err)
	}
	if _, err := s.sum("/proc/self/status", false); err != errNotLocal {
		t.Errorf("procfs: %v", err)
	}
	if err := os.Truncate(path, mostSummed+1); err != nil {
		t.Fatal(err)
	}
	if _, err := s.sum(path, false); err != errTooLarge {
		t.Errorf("a large file: %v", err)
	}
}

// A sum is remembered if nobody could write while it was taken, and if a write that follows would give another ctime.
func TestSumIsRemembered(t *testing.T) {
	path := write(t, filepath.Join(tempDir(t), "x"), "text", 0o755)
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		now    func() time.Time
		denied bool
		want   int
	}{
		{"while it may be written to", later, false, 0},
		{"just changed", time.Now, true, 0},
		{"old, and nobody writes", later, true, 1},
	} {
		if c.want > 0 && !stamps(int64(st.Type)) {
			c.want = 0
		}
		s := newSums()
		s.now = c.now
		if _, err := s.sum(path, c.denied); err != nil || len(s.known) != c.want {
			t.Errorf("%s: %d are remembered, %v", c.name, len(s.known), err)
		}
	}
	s := newSums()
	s.now = later
	if _, err := s.sum(path, true); err != nil {
		t.Fatal(err)
	}
	for key := range s.known {
		s.known[key] = "remembered"
	}
	if got, err := s.sum(path, false); len(s.known) > 0 && (got != "remembered" || err != nil) {
		t.Errorf("%q, %v: read again", got, err)
	}
	write(t, path, "TEXT", 0o755)
	if got, err := s.sum(path, false); got != sumOf("TEXT") || err != nil {
		t.Errorf("after a change: %q, %v", got, err)
	}
	for i := range mostSums + 5 {
		s.keep(content{size: uint64(i)}, "x")
	}
	if len(s.known) > mostSums {
		t.Errorf("%d are remembered, %d are to be the most", len(s.known), mostSums)
	}
}

// summed are rules that allow what matches by its checksum.
func summed(path, sum string) policy.ExecRules {
	rules := only()
	rules.Programs = []policy.ExecProgram{{Path: path, SHA256: sum}}
	return rules
}

func TestSumAtEntry(t *testing.T) {
	dir := tempDir(t)
	good := write(t, filepath.Join(dir, "good"), "\x7fELF good", 0o755)
	bad := write(t, filepath.Join(dir, "bad"), "\x7fELF bad", 0o755)
	script := write(t, filepath.Join(dir, "script"), "#!/bin/sh\n", 0o755)
	for path, want := range map[string]string{good: "", bad: "exec of " + bad + ", whose SHA-256 is " + sumOf("\x7fELF bad")} {
		out := execve(start(t, summed(dir+"/*", sumOf("\x7fELF good"))), path)
		if (out.Strict == utrace.AsIs) != (want == "") || out.Why.What != want {
			t.Errorf("%s: %v (%s)", path, out.Strict, out.Why.What)
		}
	}
	out := execve(start(t, summed(dir+"/*", sumOf("#!/bin/sh\n"))), script)
	if out.Strict != utrace.Answered || out.Result != -int64(unix.EACCES) {
		t.Errorf("a script, by its checksum: %v (%s)", out.Strict, out.Why.What)
	}
	out = execve(start(t, summed("/**", sumOfFile(t, real(t, "/bin/sh")))), script) // its interpreter is a program like any other
	if out.Strict != utrace.AsIs {
		t.Errorf("a script whose interpreter is allowed: %v (%s)", out.Strict, out.Why.What)
	}
}

func TestSumOfWhatRuns(t *testing.T) {
	me := self(t)
	sum := sumOfFile(t, me)
	j := start(t, summed(me, sum))
	if out := j.Exec(j.First); out.Strict != utrace.AsIs {
		t.Errorf("%v (%s)", out.Strict, out.Why.What)
	}
	j = start(t, summed(me, sumOf("other")))
	if out := j.Exec(j.First); out.Strict != utrace.KillProcess || out.Why.What != "start of "+me+", whose SHA-256 is "+sum {
		t.Errorf("%v (%s)", out.Strict, out.Why.What)
	}
}

// withArgv are rules that allow what matches with these arguments.
func withArgv(path string, argv ...string) policy.ExecRules {
	rules := only()
	rules.Programs = []policy.ExecProgram{{Path: path, Argv: argv}}
	return rules
}

func TestArgvAtEntry(t *testing.T) {
	dir := tempDir(t)
	sh := real(t, "/bin/sh")
	script := write(t, filepath.Join(dir, "script"), "#!"+sh+" -e\n", 0o755)
	for _, c := range []struct {
		name  string
		rules policy.ExecRules
		path  string
		argv  []string
		want  utrace.Strictness
	}{
		{"these", withArgv(sh, "sh", "-c", "*"), sh, []string{"sh", "-c", "x"}, utrace.AsIs},
		{"others", withArgv(sh, "sh", "-c", "*"), sh, []string{"sh", "-x"}, utrace.Answered},
		{"none", withArgv(sh, "sh", "..."), sh, nil, utrace.Answered},
		{"a script's", withArgv(script, "any", "-x"), script, []string{"script", "-x"}, utrace.AsIs},
		{"not the script's", withArgv(script, "any", "-x"), script, []string{"script", "-y"}, utrace.Answered},
		{"its interpreter's", withArgv(sh, "*", "-e", script, "-x"), script, []string{"script", "-x"}, utrace.AsIs},
		{"not its interpreter's", withArgv(sh, "sh", "-x"), script, []string{"script", "-x"}, utrace.Answered},
	} {
		j := start(t, c.rules)
		var at []uint64
		for i, a := range c.argv {
			at = append(at, j.M.MapString(0x40000+uint64(i)*0x100, a))
		}
		j.M.MapPointers(argvAt, 8, at...)
		out := j.Call(j.First, arrangeCall(j, c.path))
		if out.Strict != c.want || len(j.M.Writes) > 0 || out.Sealed {
			t.Errorf("%s: %v (%s), sealed %v", c.name, out.Strict, out.Why.What, out.Sealed)
		}
		if c.want > utrace.AsIs && !strings.Contains(out.Why.What, "with the arguments [") {
			t.Errorf("%s: said %q", c.name, out.Why.What)
		}
	}
}

// What counts is what the new program has on its stack.
func TestArgvOfWhatRuns(t *testing.T) {
	me := self(t)
	for name, c := range map[string]struct {
		given []string
		want  utrace.Strictness
	}{
		"these": {[]string{"x", "a", "b"}, utrace.AsIs}, "more": {[]string{"x", "a", "b", "c"}, utrace.KillProcess}, "fewer": {[]string{"x", "a"}, utrace.KillProcess},
	} {
		for _, pointer := range []int{4, 8} {
			j := start(t, withArgv(me, "x", "a", "?"))
			stack(j, pointer, c.given...)
			if out := j.Exec(j.First); out.Strict != c.want {
				t.Errorf("%s, pointers of %d bytes: %v (%s)", name, pointer, out.Strict, out.Why.What)
			}
		}
	}
	dir := tempDir(t)
	script := write(t, filepath.Join(dir, "script"), "#!"+me+" -x\n", 0o755)
	for arg, want := range map[string]utrace.Strictness{"good": utrace.AsIs, "bad": utrace.KillProcess} {
		j := start(t, withArgv(script, "script", "good"))
		j.M.MapPointers(argvAt, 8, j.M.MapString(0x40000, "script"), j.M.MapString(0x40100, "good"))
		if out := j.Call(j.First, arrangeCall(j, script)); out.Strict != utrace.AsIs {
			t.Fatalf("the entry: %v (%s)", out.Strict, out.Why.What)
		}
		stack(j, 8, me, "-x", script, arg)
		needsBirth(t, me)
		if out := j.Exec(j.First); out.Strict != want {
			t.Errorf("the script with %s: %v (%s)", arg, out.Strict, out.Why.What)
		}
	}
}

func TestCheckConditions(t *testing.T) {
	sh := real(t, "/bin/sh")
	if err := Check(summed(sh, sumOfFile(t, sh)), infos(), "/bin/sh"); err != nil {
		t.Error(err)
	}
	if err := Check(summed(sh, sumOf("x")), infos(), "/bin/sh"); err == nil {
		t.Error("another checksum was taken")
	}
	if err := Check(withArgv(sh, "sh", "-c"), infos(), "/bin/sh", "sh", "-c"); err != nil {
		t.Error(err)
	}
	if err := Check(withArgv(sh, "sh", "-c"), infos(), "/bin/sh", "sh", "-x"); err == nil {
		t.Error("other arguments were taken")
	}
}

// arrangeCall is an execve whose arguments are at argvAt.
func arrangeCall(j *enginetest.Jail, path string) utrace.Call {
	return enginetest.Call("execve", j.M.MapString(pathAt, path), argvAt, 0)
}

// Rules that only allow and refuse cost what they did: nothing is sealed for them, and no call stops at its end.
func TestListsSealNothing(t *testing.T) {
	rules := only("/usr/**")
	rules.Programs = []policy.ExecProgram{{Path: "/opt/*", SHA256: sumOf("x")}, {Path: "/srv/x", Argv: []string{"x"}}}
	e := New(rules, infos())
	if _, seals := e.(utrace.ArgumentSealer); seals || e.Events()&utrace.SyscallExit != 0 {
		t.Errorf("%T seals: %v, and is told of %v", e, seals, e.Events())
	}
	rules.Rewrites = []policy.ExecRewrite{{Path: "/x", To: "/y"}}
	if _, seals := New(rules, infos()).(utrace.ArgumentSealer); !seals {
		t.Error("rewrites seal nothing")
	}
}
