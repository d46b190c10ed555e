// Rules for programs against threads that exchange what is run while it is looked at: path, links, names, folders, descriptors,
// arguments, environment, and what is in the file.

package integration

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/engines/exec"
	"jail/policy"
	"jail/supervisor"
	"jail/supervisor/utrace"
)

// execCase is a jail of exec_race: its folder with the two programs, and the mark that the wrong one leaves.
type execCase struct {
	dir, good, bad, mark, race string
}

// newExecCase copies the programs, since other tests may run theirs.
func newExecCase(t *testing.T) execCase {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c := execCase{dir: dir, good: filepath.Join(dir, "good"), bad: filepath.Join(dir, "evil"), mark: filepath.Join(dir, "mark"), race: victim(t, "exec_race")}
	for to, name := range map[string]string{c.good: "exec_target", c.bad: "exec_marker"} {
		data, err := os.ReadFile(victim(t, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, data, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// run runs exec_race under an engine; until: it ends at the first mark. It answers what it said and the marks.
func (c *execCase) run(t *testing.T, e utrace.Engine, way string, tries int, until bool) (said, marks string) {
	t.Helper()
	stop := "0"
	if until {
		stop = "1"
	}
	cmd := supervisor.Command{Engines: []supervisor.Engine{{Engine: e}}, Env: []string{"MARK=" + c.mark}}
	r := jailed(t, cmd, c.race, way, fmt.Sprint(tries), stop, c.good, c.bad, c.dir)
	if r.Status != (utrace.ExitStatus{}) {
		t.Errorf("%s ended with %v: %s", way, r.Status, r.Output)
	}
	data, err := os.ReadFile(c.mark)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return r.Output, string(data)
}

// sumOf is the SHA-256 of a file, filled up with zeros to the length of another if that is longer.
func sumOf(t *testing.T, path, other string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(other); err == nil && st.Size() > int64(len(data)) {
		data = append(data, make([]byte, st.Size()-int64(len(data)))...)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// allowing are rules that let exec_race run and what else is said.
func (c *execCase) allowing(paths []string, programs ...policy.ExecProgram) policy.ExecRules {
	return policy.ExecRules{Restrict: true, Allow: append(paths, c.race), Programs: programs,
		Refuse: policy.Action{Verb: policy.Errno, Errno: policy.ErrnoNumber(unix.EACCES)}}
}

// races are the ways of exec_race with rules that each is an attack on.
func (c *execCase) races(t *testing.T) map[string]policy.ExecRules {
	byPath := c.allowing([]string{c.good})
	return map[string]policy.ExecRules{
		"path":       byPath,
		"symlink":    byPath,
		"descriptor": byPath,
		"proc":       byPath,
		"folder":     c.allowing([]string{c.dir + "/run"}),
		"argument":   c.allowing(nil, policy.ExecProgram{Path: c.good, Argv: []string{"prog", "fine"}}),
		"pointer":    c.allowing(nil, policy.ExecProgram{Path: c.good, Argv: []string{"prog", "fine"}}),
		"rename":     c.allowing(nil, policy.ExecProgram{Path: c.dir + "/*", SHA256: sumOf(t, c.good, "")}),
		"contents":   c.allowing(nil, policy.ExecProgram{Path: c.dir + "/*", SHA256: sumOf(t, c.good, c.bad)}),
	}
}

var execInfos = []policy.RuleInfo{{Origin: "test", Text: "exec"}}

const execTries = 2000

func TestExecRulesCannotBeRaced(t *testing.T) {
	for way := range (&execCase{}).names() {
		t.Run(way, func(t *testing.T) {
			c := newExecCase(t)
			said, marks := c.run(t, exec.New(c.races(t)[way], execInfos), way, tries(execTries), false)
			t.Log(said)
			if marks != "" {
				t.Errorf("what is not allowed ran: %q", marks)
			}
			if strings.HasPrefix(said, "ran 0,") && !testing.Short() {
				t.Error("what is allowed never ran")
			}
		})
	}
}

// names are the ways of races.
func (*execCase) names() map[string]bool {
	return map[string]bool{"path": true, "symlink": true, "descriptor": true, "proc": true, "folder": true, "argument": true, "pointer": true,
		"rename": true, "contents": true}
}

// firstLook is the engine without its second look.
type firstLook struct{ e *exec.Engine }

func (firstLook) Name() string                   { return "first-look" }
func (firstLook) Events() utrace.Mask            { return utrace.On(utrace.SyscallEntry, utrace.Reap) }
func (f firstLook) Syscalls() *utrace.SyscallSet { return f.e.Syscalls() }
func (f firstLook) ReportReap(id utrace.TaskID)  { f.e.ReportReap(id) }
func (f firstLook) ReportSyscallEntry(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	return f.e.ReportSyscallEntry(st, ev)
}

// Without the second look each of the races is won, and the test above would fail.
func TestExecRulesAreRacedWithoutTheSecondLook(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: what wins races")
	}
	for way := range (&execCase{}).names() {
		t.Run(way, func(t *testing.T) {
			c := newExecCase(t)
			e := firstLook{exec.New(c.races(t)[way], execInfos).(*exec.Engine)}
			said, marks := c.run(t, e, way, 200000, true)
			t.Log(said)
			if marks == "" {
				t.Error("the race was never won")
			}
		})
	}
}

// rewrites are the ways of exec_race with rewrites that each is an attack on.
func (c *execCase) rewrites() map[string][]policy.ExecRewrite {
	swap := []policy.ExecRewrite{{Path: c.bad, To: c.good}}
	return map[string][]policy.ExecRewrite{
		"path": swap, "symlink": swap, "descriptor": swap, "proc": swap,
		"argument": {{Path: c.good, Argv: []string{"prog", "fine"}}},
		"pointer":  {{Path: c.good, Argv: []string{"prog", "fine"}}},
		"variable": {{Path: "/**", EnvRemove: []string{"LD_*"}, EnvSet: []policy.EnvVar{{Name: "PATH", Value: "/bin"}}}},
	}
}

func TestExecRewritesCannotBeRaced(t *testing.T) {
	needsSealing(t)
	for way := range new(execCase).rewrites() {
		t.Run(way, func(t *testing.T) {
			c := newExecCase(t)
			rules := policy.ExecRules{Rewrites: c.rewrites()[way]}
			n := tries(execTries)
			if way != "variable" && way != "symlink" { // each brings the sealed pages into an address space anew, some milliseconds
				n /= 4
			}
			said, marks := c.run(t, exec.New(rules, execInfos), way, n, false)
			t.Log(said)
			if marks != "" {
				t.Errorf("what was to be rewritten ran as it was: %q", marks)
			}
			if strings.HasPrefix(said, "ran 0,") && !testing.Short() {
				t.Error("nothing ran")
			}
		})
	}
}

// gullible refuses variables that begin with LD_, as it reads them in the program's memory.
type gullible struct{}

func (gullible) Name() string                 { return "gullible" }
func (gullible) Events() utrace.Mask          { return utrace.On(utrace.SyscallEntry) }
func (gullible) Syscalls() *utrace.SyscallSet { return callSet("execveat") }
func (gullible) ReportSyscallEntry(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	for at := ev.Call().Args[3]; ; at += 8 {
		var p [8]byte
		if n, err := st.ReadMem(at, p[:]); err != nil || n < len(p) || p == [8]byte{} {
			return ev.Continue()
		}
		if text, err := st.ReadString(binary.NativeEndian.Uint64(p[:]), 4096); err != nil || strings.HasPrefix(text, "LD_") {
			return ev.Abort(unix.EACCES, why)
		}
	}
}

// Without sealing that is won.
func TestUnsealedEnvironmentIsRaced(t *testing.T) {
	c := newExecCase(t)
	if said, marks := c.run(t, gullible{}, "variable", 200000, true); marks == "" {
		t.Errorf("the race was never won: %s", said)
	}
}
