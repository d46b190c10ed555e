// The first program of a jail: what is put in its place between the check and the start does not run.

package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	jailexec "jail/engines/exec"
	"jail/policy"
	"jail/supervisor"
	"jail/supervisor/utrace"
)

// firstPlace has a program that is allowed, one that is not, a script of an allowed one, and a link that leads to what is given.
func firstPlace(t *testing.T, to string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, program := range map[string]string{"good": "true", "bad": "echo"} {
		from, err := exec.LookPath(program)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dir+"/"+name, text, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"script": "#!" + dir + "/bad one\n", "other": "#!" + dir + "/bad two\n"} {
		if err := os.WriteFile(dir+"/"+name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(to, dir+"/link"); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestFirstProgramIsExchanged(t *testing.T) {
	for name, c := range map[string]struct {
		checked, started string
		runs             bool
	}{
		"as it was":        {"good", "good", true},
		"another program":  {"good", "bad", false},
		"a script":         {"script", "script", true},
		"another script":   {"script", "other", false},
		"not that program": {"script", "bad", false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := firstPlace(t, c.checked)
			rules := policy.ExecRules{Restrict: true, Allow: []string{dir + "/good", dir + "/script"}, Refuse: policy.Action{Verb: policy.KillProcess}}
			infos := []policy.RuleInfo{{Origin: "p.yaml:1:1", Text: "exec: allow"}}
			if err := jailexec.Check(rules, infos, dir+"/link", dir+"/link"); err != nil {
				t.Fatal(err)
			}
			cmd := supervisor.Command{Engines: []supervisor.Engine{{Engine: jailexec.New(rules, infos)}}, Before: func() {
				if err := os.Symlink(c.started, dir+"/new"); err != nil {
					t.Error(err)
				}
				if err := os.Rename(dir+"/new", dir+"/link"); err != nil {
					t.Error(err)
				}
			}}
			got := jailed(t, cmd, dir+"/link")
			if ran := got.Status == (utrace.ExitStatus{}); ran != c.runs {
				t.Errorf("it ended with %v: %q", got.Status, got.Output)
			}
			if !c.runs && (got.Output != "" || got.Status.Signal != unix.SIGKILL) {
				t.Errorf("it ran: %q, %v", got.Output, got.Status)
			}
		})
	}
}
