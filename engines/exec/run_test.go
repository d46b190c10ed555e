// The engine on real programs under the real supervisor.

package exec

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/supervisor"
	"jail/supervisor/utrace"
)

// unlisted does not look at the first program, which is the test itself: that one's starts are looked at.
type unlisted struct{ *Engine }

func (unlisted) Begin(*utrace.Attachment) {}

// run runs a program under rules and returns what it wrote and how it ended.
func run(t *testing.T, rules policy.ExecRules, env []string, args ...string) (string, supervisor.Result) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	engine := New(rules, infos())
	if e, ok := engine.(*Engine); ok {
		engine = unlisted{e}
	}
	cmd := supervisor.Command{Path: args[0], Args: args, Env: append(os.Environ(), env...), Files: []*os.File{null, w, w},
		Engines: []supervisor.Engine{{Engine: engine}}}
	jail, err := cmd.Start()
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	_, err = io.Copy(&out, r)
	if err != nil {
		t.Error(err)
	}
	res, err := jail.Wait()
	if err != nil {
		t.Error(err)
	}
	return out.String(), res
}

// become has a program run another in its own place.
func become(t *testing.T, rules policy.ExecRules, path string, args ...string) (string, supervisor.Result) {
	t.Helper()
	return run(t, rules, []string{victim + "=become"}, append([]string{self(t), path}, args...)...)
}

func TestRealRefusal(t *testing.T) {
	dir := tempDir(t)
	script := write(t, filepath.Join(dir, "script"), "#!/bin/sh\necho script\n", 0o755)
	sh := real(t, "/bin/sh")
	for _, c := range []struct {
		name  string
		rules policy.ExecRules
		path  string
		args  []string
		want  string
	}{
		{"allowed", only(sh), "/bin/sh", []string{"-c", "echo ran"}, "ran\n"},
		{"refused", only("/none"), "/bin/sh", []string{"-c", "echo ran"}, "permission denied\n"},
		{"not there", only("/none"), "/no/such", nil, "no such file or directory\n"},
		{"a script whose interpreter is allowed", only(sh), script, nil, "script\n"},
		{"a script that is allowed", only(script), script, nil, "script\n"},
		{"a script that is not", only("/none"), script, nil, "permission denied\n"},
		{"by /proc/self", only(sh), "/proc/self/root/bin/sh", []string{"-c", "echo ran"}, "ran\n"},
		{"by /proc/self/exe", only(sh), "/proc/self/exe", nil, "permission denied\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "a script that is allowed" { // and its interpreter is not
				needsBirth(t, sh)
			}
			out, res := become(t, c.rules, c.path, c.args...)
			if out != c.want || res.Status.Signal != 0 {
				t.Errorf("%q, %v by %+v; want %q", out, res.Status, res.Killer, c.want)
			}
		})
	}
}

func TestRealKill(t *testing.T) {
	rules := only("/none")
	rules.Refuse = policy.Action{Verb: policy.KillProcess}
	out, res := become(t, rules, "/bin/sh", "-c", "echo ran")
	if out != "" || res.Status != (utrace.ExitStatus{Signal: unix.SIGKILL}) || res.Killer.Engine != "exec" {
		t.Errorf("%q, %v by %+v; want it killed by exec", out, res.Status, res.Killer)
	}
}

// TestRealSecondLook: without the entry, what runs is looked at all the same. The engine is told of no call here.
func TestRealSecondLook(t *testing.T) {
	e := New(only("/none"), infos()).(*Engine)
	cmd := supervisor.Command{Path: self(t), Args: []string{self(t), "/bin/sh", "-c", "exit 0"}, Env: append(os.Environ(), victim+"=become"),
		Engines: []supervisor.Engine{{Engine: blind{e}}}}
	jail, err := cmd.Start()
	if err != nil {
		t.Fatal(err)
	}
	res, err := jail.Wait()
	if err != nil || res.Status.Signal != unix.SIGKILL || res.Killer.Engine != "exec" || !strings.HasPrefix(res.Killer.Why.What, "start of ") {
		t.Errorf("%v by %+v, %v; want it killed before it ran", res.Status, res.Killer, err)
	}
}

// blind is the engine without its first look.
type blind struct{ e *Engine }

func (b blind) Name() string        { return b.e.Name() }
func (b blind) Events() utrace.Mask { return utrace.On(utrace.Exec, utrace.Reap) }
func (b blind) ReportExec(s *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
	return b.e.ReportExec(s, ev)
}
func (b blind) ReportReap(id utrace.TaskID) { b.e.ReportReap(id) }

// show rewrites /rewrite/me to the test's own binary, showing its arguments.
func show(t *testing.T) policy.ExecRewrite {
	return policy.ExecRewrite{Path: "/rewrite/me", To: self(t), Argv: []string{"shown", "one", policy.ArgsPlaceholder},
		EnvSet: []policy.EnvVar{{Name: victim, Value: "argv"}}, EnvRemove: []string{"LD_*"}}
}

func TestRealRewrite(t *testing.T) {
	out, res := become(t, rewriting(show(t)), "/rewrite/me", "two", "three")
	if want := "shown\none\ntwo\nthree\n"; out != want || res.Status != (utrace.ExitStatus{}) {
		t.Errorf("%q, %v; want %q", out, res.Status, want)
	}
}

// TestRealRewriteFails: the program says with what error its call failed, so it has its registers and memory.
func TestRealRewriteFails(t *testing.T) {
	rule := show(t)
	rule.To = "/no/such/program"
	out, res := become(t, rewriting(rule), "/rewrite/me")
	if out != "no such file or directory\n" || res.Status.Code != 3 {
		t.Errorf("%q, %v", out, res.Status)
	}
}

// TestRealRewriteVfork: Go runs programs from children that share its memory, on goroutines' stacks with heap below them.
// That is whole afterwards, and forty children at four at a time are all rewritten, or all fail.
func TestRealRewriteVfork(t *testing.T) {
	fails := show(t)
	fails.To = "/no/such/program"
	for name, c := range map[string]struct {
		rule policy.ExecRewrite
		want string
	}{
		"succeeds": {show(t), "shown\none\ntwo\n"},
		"fails":    {fails, "fork/exec /rewrite/me: no such file or directory\n"},
	} {
		t.Run(name, func(t *testing.T) {
			out, res := run(t, rewriting(c.rule), []string{victim + "=run"}, self(t), "/rewrite/me", "two")
			if out != c.want || res.Status != (utrace.ExitStatus{}) {
				t.Errorf("%q, %v; want %q", out, res.Status, c.want)
			}
		})
	}
}

// TestRealShell: a shell forks, a script runs, and nothing of it notices the engine.
func TestRealShell(t *testing.T) {
	rules := only("/usr/**", "/bin/*", self(t))
	rules.Rewrites = []policy.ExecRewrite{show(t)}
	out, res := run(t, rules, nil, "/bin/sh", "-c", `
		/rewrite/me from a shell
		for i in 1 2 3; do /bin/echo $i; done | /bin/cat
		/no/such; echo $?`)
	const want = "shown\none\nfrom\na\nshell\n1\n2\n3\n"
	if !strings.HasPrefix(out, want) || !strings.HasSuffix(out, "127\n") || res.Status.Code != 0 {
		t.Errorf("%q, %v; want %q and 127", out, res.Status, want)
	}
}

// TestRealRace: a link is changed between the engine's look at it and the kernel's. Whatever the order, the program that is
// not allowed never runs, and the one that is does.
func TestRealRace(t *testing.T) {
	dir := tempDir(t)
	copyOf := func(name string) string {
		data, err := os.ReadFile("/bin/echo")
		if err != nil {
			t.Fatal(err)
		}
		return write(t, filepath.Join(dir, name), string(data), 0o755)
	}
	good, bad := copyOf("good"), copyOf("bad")
	script := write(t, filepath.Join(dir, "script"), "#!"+bad+" this runs\n", 0o755)
	rules := only(self(t), good)
	out, res := run(t, rules, []string{victim + "=race"}, self(t), filepath.Join(dir, "link"), good, script)
	if strings.Contains(out, "this runs") || strings.Trim(out, "\n") != "" || res.Status != (utrace.ExitStatus{}) {
		t.Errorf("%q, %v", out, res.Status)
	}
	if out == "" {
		t.Error("the allowed program never ran")
	}
}
