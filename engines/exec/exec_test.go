// The engine at the entry of calls and at exec, on a machine without a kernel but with real files.

package exec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

func infos() []policy.RuleInfo {
	return []policy.RuleInfo{{Origin: "p.yaml:3:3", Text: "exec: allow", AllowHint: "list it"}}
}

// only lets programs run that match patterns; others fail with EACCES.
func only(patterns ...string) policy.ExecRules {
	return policy.ExecRules{Restrict: true, Allow: patterns, Report: true,
		Refuse: policy.Action{Verb: policy.Errno, Errno: policy.ErrnoNumber(unix.EACCES)}}
}

func TestConformance(t *testing.T) {
	all := policy.ExecRewrite{Path: "/**", To: "/bin/false", Argv: []string{"false", policy.ArgsPlaceholder}, EnvRemove: []string{"A*"},
		EnvSet: []policy.EnvVar{{Name: "B", Value: "c"}}}
	both := only("/usr/**")
	both.Rewrites = []policy.ExecRewrite{all}
	kill := only()
	kill.Refuse = policy.Action{Verb: policy.KillTree}
	for name, rules := range map[string]policy.ExecRules{
		"restrict": only("/usr/**"), "nothing": kill, "rewrite": {Rewrites: []policy.ExecRewrite{all}}, "both": both,
	} {
		t.Run(name, func(t *testing.T) {
			enginetest.Run(t, func() utrace.Engine { return New(rules, infos()) })
		})
	}
}

const pathAt = 0x10000

// start makes a jail whose first task is this very process, so that its /proc is there.
func start(t *testing.T, rules policy.ExecRules) *enginetest.Jail {
	t.Helper()
	j := enginetest.StartAt(os.Getpid())
	if err := j.Attach(New(rules, infos())); err != nil {
		t.Fatal(err)
	}
	j.M.Map(stackTop-1<<16, make([]byte, 1<<16))
	return j
}

const stackTop = 0x7ffffffde000

// execve asks for a program.
func execve(j *enginetest.Jail, path string) utrace.Outcome {
	return j.Call(j.First, enginetest.Call("execve", j.M.MapString(pathAt, path)))
}

// write makes a file with a mode in a folder and returns its path.
func write(t *testing.T, path, text string, mode os.FileMode) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// tempDir is a folder without links in its path.
func tempDir(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func real(t *testing.T, path string) string {
	t.Helper()
	to, err := filepath.EvalSymlinks(path)
	if err != nil {
		t.Fatal(err)
	}
	return to
}

func TestEntry(t *testing.T) {
	dir := tempDir(t)
	sh := real(t, "/bin/sh")
	in := func(name string) string { return filepath.Join(dir, name) }
	write(t, in("good"), "\x7fELF", 0o755)
	write(t, in("bad"), "\x7fELF", 0o755)
	write(t, in("plain"), "\x7fELF", 0o644)
	write(t, in("script"), "#!/bin/sh -e\n", 0o755)
	write(t, in("listed"), "#!"+in("bad")+"\n", 0o755)
	write(t, in("dangling"), "#!/no/such/interpreter\n", 0o755)
	write(t, in("unlisted"), "#!"+in("bad")+"\n", 0o755)
	for name, to := range map[string]string{"to-good": "good", "to-bad": "./bad", "absolute": in("good"), "loop": "loop", "up": "../" + filepath.Base(dir) + "/good"} {
		if err := os.Symlink(to, in(name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Link(in("bad"), in("bad2")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path    string
		refused bool
	}{
		{in("good"), false},
		{in("bad"), true},
		{in("bad2"), true},
		{in("to-good"), false},
		{in("to-bad"), true},
		{in("absolute"), false},
		{in("up"), false},
		{in("script"), false}, // its interpreter is listed
		{in("listed"), false}, // it is listed itself
		{in("unlisted"), true},
		{dir + "//./good", false},
		{dir + "/../" + filepath.Base(dir) + "/bad", true},
		{"/../../.." + in("bad"), true},
		// What the kernel refuses itself, it is left to refuse.
		{in("none"), false}, {in("loop"), false}, {in("plain"), false}, {in("dangling"), false}, {dir, false}, {in("good/x"), false}, {"", false},
		{"/proc/self/exe", true}, // the test's own program
		{"/proc/thread-self/exe", true},
		{"/proc/self/root" + in("good"), false},
		{"/proc/self/root" + in("bad"), true},
		{"/proc/self/cwd/none", false},
	} {
		t.Run(c.path, func(t *testing.T) {
			j := start(t, only(in("good"), in("listed"), sh))
			out := execve(j, c.path)
			want := utrace.AsIs
			if c.refused {
				want = utrace.Answered
			}
			if out.Strict != want || c.refused && out.Result != -int64(unix.EACCES) {
				t.Errorf("%v with %d (%s), want %v", out.Strict, out.Result, out.Why.What, want)
			}
			if c.refused && (out.Why.Rule != "p.yaml:3:3  exec: allow" || out.Why.Allow != "list it" || !strings.HasPrefix(out.Why.What, "exec of /")) {
				t.Errorf("said %+v", out.Why)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	rules := only("/none")
	for verb, want := range map[policy.Verb]utrace.Strictness{
		policy.KillProcess: utrace.KillProcess, policy.KillTree: utrace.KillTree, "": utrace.KillTree, policy.Allow: utrace.KillTree,
	} {
		rules.Refuse = policy.Action{Verb: verb}
		if out := execve(start(t, rules), "/bin/sh"); out.Strict != want {
			t.Errorf("refuse %q: %v, want %v", verb, out.Strict, want)
		}
	}
	rules = only("/none")
	rules.Report = false
	if out := execve(start(t, rules), "/bin/sh"); !out.Why.Quiet {
		t.Error("a refusal that is not to be reported was")
	}
}

func TestUnreadablePath(t *testing.T) {
	for _, c := range []struct {
		err   error
		path  uint64
		errno unix.Errno
		quiet bool
	}{
		{nil, 0, unix.EFAULT, true},
		{nil, stackTop, unix.EFAULT, true},
		{unix.ESRCH, pathAt, unix.ESRCH, true},
		{unix.EPERM, pathAt, unix.EACCES, false},
		{unix.EIO, pathAt, unix.EACCES, false},
	} {
		j := start(t, only("/**"))
		j.M.MapString(pathAt, "/bin/sh")
		j.M.Err = c.err
		out := j.Call(j.First, enginetest.Call("execve", c.path))
		if out.Strict != utrace.Answered || out.Result != -int64(c.errno) || out.Why.Quiet != c.quiet {
			t.Errorf("%v at %#x: %v with %d, %+v; want errno %d", c.err, c.path, out.Strict, out.Result, out.Why, c.errno)
		}
	}
	j := start(t, only("/**"))
	if out := execve(j, "/"+strings.Repeat("x", 4095)); out.Result != -int64(unix.ENAMETOOLONG) {
		t.Errorf("a path of 4096 bytes: %d, want ENAMETOOLONG", out.Result)
	}
}

// TestExecveat: a descriptor as the folder, and as the program itself.
func TestExecveat(t *testing.T) {
	dir := tempDir(t)
	good := write(t, filepath.Join(dir, "good"), "\x7fELF", 0o755)
	bad := write(t, filepath.Join(dir, "bad"), "\x7fELF", 0o755)
	if err := os.Symlink("bad", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	open := func(path string) uint64 {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return uint64(f.Fd())
	}
	folder, badFD, goodFD := open(dir), open(bad), open(good)
	for _, c := range []struct {
		name, path string
		fd, flags  uint64
		refused    bool
	}{
		{"allowed in a folder", "good", folder, 0, false},
		{"refused in a folder", "bad", folder, 0, true},
		{"the high half of the descriptor does not count", "bad", folder | 1<<32, 0, true},
		{"refused from the root", bad, 1000, 0, true},
		{"no such folder", "bad", 1000, 0, false},
		{"a negative one", "bad", ^uint64(0), 0, false},
		{"by descriptor", "", goodFD, unix.AT_EMPTY_PATH, false},
		{"refused by descriptor", "", badFD, unix.AT_EMPTY_PATH, true},
		{"no path", "", badFD, 0, false},
		{"a link is followed", "link", folder, 0, true},
		{"a link is not followed", "link", folder, unix.AT_SYMLINK_NOFOLLOW, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := start(t, only(good))
			j.M.MapString(pathAt, c.path)
			out := j.Call(j.First, enginetest.Call("execveat", c.fd, pathAt, 0, 0, c.flags))
			if (out.Strict == utrace.Answered) != c.refused {
				t.Errorf("%v (%s), refused should be %v", out.Strict, out.Why.What, c.refused)
			}
		})
	}
}

// TestNoName: what has no name is on no list.
func TestNoName(t *testing.T) {
	fd, err := unix.MemfdCreate("prog", unix.MFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.Fchmod(fd, 0o755); err != nil {
		t.Fatal(err)
	}
	dir := tempDir(t)
	path := write(t, filepath.Join(dir, "gone"), "\x7fELF", 0o755)
	gone, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer gone.Close()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	write(t, path+" (deleted)", "\x7fELF", 0o755) // the name that the kernel shows for it
	for name, fd := range map[string]int{"memfd": fd, "deleted": int(gone.Fd())} {
		j := start(t, only("/**"))
		j.M.MapString(pathAt, "")
		out := j.Call(j.First, enginetest.Call("execveat", uint64(fd), pathAt, 0, 0, unix.AT_EMPTY_PATH))
		if out.Strict != utrace.Answered {
			t.Errorf("%s: %v, want it refused", name, out.Strict)
		}
	}
}

// TestABIs: the arguments of the other ABIs' calls.
func TestABIs(t *testing.T) {
	for _, abi := range []seccomp.ABI{seccomp.X86_64, seccomp.X32, seccomp.I386, seccomp.ARM64, seccomp.ARM} {
		for _, name := range []string{"execve", "execveat"} {
			j := start(t, only("/none"))
			at := j.M.MapString(pathAt, "/bin/sh")
			c := enginetest.CallOf(abi, name, at)
			if name == "execveat" {
				c = enginetest.CallOf(abi, name, 7, at)
			}
			if out := j.Call(j.First, c); out.Strict != utrace.Answered {
				t.Errorf("%s of %v: %v, want it refused", name, abi, out.Strict)
			}
		}
	}
}

func TestCheck(t *testing.T) {
	sh := real(t, "/bin/sh")
	if err := Check(only(sh), infos(), "/bin/sh"); err != nil {
		t.Errorf("allowed, but %v", err)
	}
	err := Check(only("/none"), infos(), "/bin/sh")
	if err == nil || err.Error() != "p.yaml:3:3  exec: allow: exec of "+sh+" is not allowed; to allow it: list it" {
		t.Errorf("not allowed, but %v", err)
	}
	if err := Check(policy.ExecRules{}, nil, "/bin/sh"); err != nil {
		t.Errorf("no restriction, but %v", err)
	}
}
