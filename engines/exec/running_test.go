// The second look: what is mapped, against what was approved.

package exec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

// stack puts a new program's arguments where the kernel would.
func stack(j *enginetest.Jail, pointer int, args ...string) {
	const strings = stackTop - 0x4000
	at, addr := uint64(strings), []uint64{}
	for _, a := range args {
		addr = append(addr, j.M.MapString(at, a))
		at += uint64(len(a)) + 1
	}
	sp := uint64(stackTop - 0x8000)
	if pointer == 4 { // all of a 32-bit program is below 4 GiB
		for i := range addr {
			addr[i] = j.M.MapString(0x7000_0000+uint64(i)*256, args[i])
		}
	}
	argc := make([]byte, pointer)
	putWord(argc, uint64(len(args)))
	j.M.Map(sp, argc)
	j.M.MapPointers(sp+uint64(pointer), pointer, addr...)
	j.M.Regs.SP = sp
}

// putWord is the reverse of word.
func putWord(p []byte, v uint64) {
	for i := range p {
		p[i] = byte(v)
		v >>= 8
	}
}

// self is the program that this process runs: what the engine finds mapped.
func self(t *testing.T) string {
	t.Helper()
	path, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// needsBirth skips where nothing can be approved that is not listed itself.
func needsBirth(t *testing.T, file string) {
	t.Helper()
	if st, err := identify(unix.AT_FDCWD, file); err != nil {
		t.Fatal(err)
	} else if !st.proves() {
		var fs unix.Statfs_t
		if err := unix.Statfs(file, &fs); err != nil {
			t.Fatal(err)
		}
		t.Skipf("the file system of %s, of type %#x, has no times of birth (STATX_BTIME, statx(2))", file, fs.Type)
	}
}

func TestRunning(t *testing.T) {
	killTree := only("/none")
	killTree.Refuse = policy.Action{Verb: policy.KillTree}
	for name, c := range map[string]struct {
		rules policy.ExecRules
		want  utrace.Strictness
	}{
		"allowed":        {only("/none", self(t)), utrace.AsIs},
		"not allowed":    {only("/none"), utrace.KillProcess},
		"nothing is":     {only(), utrace.KillProcess},
		"kills the tree": {killTree, utrace.KillTree},
	} {
		t.Run(name, func(t *testing.T) {
			j := start(t, c.rules)
			out := j.Exec(j.First)
			if out.Strict != c.want {
				t.Errorf("%v (%s), want %v", out.Strict, out.Why.What, c.want)
			}
			if c.want > utrace.AsIs && out.Why.What != "start of "+self(t) {
				t.Errorf("said %q", out.Why.What)
			}
		})
	}
}

// TestApprovedFile: a program that was approved at its entry may be renamed away before it runs. Another may not take its
// place, and an approval is for one call.
func TestApprovedFile(t *testing.T) {
	dir, away := tempDir(t), filepath.Join(tempDir(t), "away")
	other := write(t, filepath.Join(dir, "other"), "\x7fELF", 0o755)
	program := filepath.Join(dir, "program")
	j := enginetest.StartAt(enginetest.Program(t, program))
	if err := j.Attach(New(only(dir+"/*"), infos())); err != nil {
		t.Fatal(err)
	}
	needsBirth(t, program)
	rename := func(from, to string) {
		t.Helper()
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}

	if out := execve(j, program); out.Strict != utrace.AsIs {
		t.Fatalf("the entry: %v (%s)", out.Strict, out.Why.What)
	}
	rename(program, away)
	if out := j.Exec(j.First); out.Strict != utrace.AsIs {
		t.Errorf("the approved file: %v (%s)", out.Strict, out.Why.What)
	}
	if out := j.Exec(j.First); out.Strict != utrace.KillProcess {
		t.Errorf("a second time: %v", out.Strict)
	}

	if out := execve(j, other); out.Strict != utrace.AsIs {
		t.Fatalf("the entry of the other: %v", out.Strict)
	}
	out := j.Exec(j.First)
	if want := "start of " + away + " in the place of " + other; out.Strict != utrace.KillProcess || out.Why.What != want {
		t.Errorf("another file: %v, %q; want %q", out.Strict, out.Why.What, want)
	}

	rename(away, program)
	execve(j, program)
	execve(j, filepath.Join(dir, "none")) // the first call failed, this one fails too
	rename(program, away)
	if out := j.Exec(j.First); out.Strict != utrace.KillProcess {
		t.Errorf("approved for an earlier call: %v", out.Strict)
	}
}

// TestApprovedScript: an interpreter that is not allowed itself runs the approved script and no other.
func TestApprovedScript(t *testing.T) {
	dir := tempDir(t)
	script := write(t, filepath.Join(dir, "script"), "#!"+self(t)+" -x\n", 0o755)
	needsBirth(t, self(t))
	for name, c := range map[string]struct {
		args []string
		want utrace.Strictness
	}{
		"as approved":          {[]string{self(t), "-x", script, "more"}, utrace.AsIs},
		"another script":       {[]string{self(t), "-x", script + "2"}, utrace.KillProcess},
		"without its argument": {[]string{self(t), script}, utrace.KillProcess},
		"too few":              {[]string{self(t), "-x"}, utrace.KillProcess},
		"none":                 {nil, utrace.KillProcess},
		"not as a script":      {[]string{script}, utrace.KillProcess},
	} {
		for _, pointer := range []int{4, 8} {
			j := start(t, only(script))
			if out := execve(j, script); out.Strict != utrace.AsIs {
				t.Fatalf("the entry: %v (%s)", out.Strict, out.Why.What)
			}
			stack(j, pointer, c.args...)
			if out := j.Exec(j.First); out.Strict != c.want {
				t.Errorf("%s, pointers of %d bytes: %v (%s), want %v", name, pointer, out.Strict, out.Why.What, c.want)
			}
		}
	}
	j := start(t, only(script))
	execve(j, script)
	j.M.Regs.SP = 1 << 40 // unmapped
	if out := j.Exec(j.First); out.Strict != utrace.KillProcess {
		t.Errorf("a stack that can't be read: %v", out.Strict)
	}
}

// TestGone: a task that was killed meanwhile is not spoken of.
func TestGone(t *testing.T) {
	j, err := enginetest.Start(New(only("/**"), infos()))
	if err != nil {
		t.Fatal(err)
	}
	if out := j.Exec(j.First); out.Strict != utrace.KillProcess || out.Why.Quiet || !strings.Contains(out.Why.What, "can't be looked at") {
		t.Errorf("no /proc: %+v", out)
	}
	j.M.Fatal = 1
	if out := j.Exec(j.First); out.Strict != utrace.KillProcess || !out.Why.Quiet {
		t.Errorf("dying: %+v", out)
	}
}

// What can't be looked at is killed in the name of a rule for programs, not of the plan's first.
func TestRewriteOfWhatCannotBeSeen(t *testing.T) {
	rule := policy.ExecRewrite{Path: "/**", Argv: []string{"x"}, Rule: 1, Report: true}
	e := New(policy.ExecRules{Rewrites: []policy.ExecRewrite{rule}}, append(infos(), policy.RuleInfo{Origin: "p.yaml:9:9", Text: "exec: rewrite"}))
	j := enginetest.StartAt(1 << 30) // no process has this number
	if err := j.Attach(e); err != nil {
		t.Fatal(err)
	}
	out := j.Exec(j.First)
	if out.Strict != utrace.KillProcess || out.Why.Rule != "p.yaml:9:9  exec: rewrite" || out.Why.Quiet {
		t.Errorf("%v, %+v", out.Strict, out.Why)
	}
}
