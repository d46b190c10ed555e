// Programs are judged by what really runs, however they are named: scripts, descriptors, memfds, the dynamic loader, formats of
// binfmt_misc, mounts of a namespace of one's own.

package integration

import (
	"debug/elf"
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

// loader is the dynamic loader of a program, and its real path.
func loader(t *testing.T, program string) (name, path string) {
	t.Helper()
	f, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			text := make([]byte, p.Filesz-1)
			if _, err := p.ReadAt(text, 0); err != nil {
				t.Fatal(err)
			}
			if path, err = filepath.EvalSymlinks(string(text)); err != nil {
				t.Fatal(err)
			}
			return string(text), path
		}
	}
	t.Fatalf("%s has no dynamic loader", program)
	return "", ""
}

// What is said of a way that was refused at its entry, of one that was stopped when it was mapped, and of one that ran.
const (
	refusedAtEntry = "refused"
	killedAtExec   = "killed"
	itRan          = "ran"
)

func TestExecIsJudgedByWhatRuns(t *testing.T) {
	ways := victim(t, "exec_ways")
	c := newExecCase(t)
	ld, realLD := loader(t, c.bad)
	in := func(name string) string { return filepath.Join(c.dir, name) }
	sum := func(path string) policy.ExecProgram {
		return policy.ExecProgram{Path: path, SHA256: sumOf(t, c.bad, "")}
	}
	for _, test := range []struct {
		way      string
		allow    []string
		programs []policy.ExecProgram
		want     string
	}{
		{way: "plainly", want: refusedAtEntry},
		{way: "plainly", allow: []string{c.bad}, want: itRan},
		{way: "plainly", programs: []policy.ExecProgram{sum(c.dir + "/*")}, want: itRan},
		{way: "plainly", programs: []policy.ExecProgram{{Path: c.bad, Argv: []string{"prog"}}}, want: itRan},
		{way: "plainly", programs: []policy.ExecProgram{{Path: c.bad, Argv: []string{"prog", "*"}}}, want: refusedAtEntry},
		{way: "memfd", allow: []string{"/**"}, want: refusedAtEntry},
		{way: "memfd", programs: []policy.ExecProgram{sum("/**")}, want: refusedAtEntry},
		{way: "memfd-by-proc", allow: []string{"/**"}, want: refusedAtEntry},
		{way: "by-descriptor", want: refusedAtEntry},
		{way: "by-descriptor", allow: []string{c.bad}, want: itRan},
		{way: "by-proc", want: refusedAtEntry},
		{way: "by-proc", allow: []string{c.bad}, want: itRan},
		{way: "deleted", allow: []string{"/**"}, want: refusedAtEntry},
		{way: "argument", allow: []string{c.bad}, want: refusedAtEntry},
		{way: "argument", allow: []string{realLD}, want: itRan}, // it is the loader that runs, and it loads anything
		{way: "script", want: refusedAtEntry},
		{way: "script", allow: []string{c.bad}, want: itRan},
		{way: "script", allow: []string{in("script")}, want: itRan},
		{way: "script", programs: []policy.ExecProgram{{Path: in("script"), Argv: []string{"*", "x"}}}, want: refusedAtEntry},
		{way: "format", allow: []string{in("formatted")}, want: killedAtExec},
		{way: "format", allow: []string{in("formatted"), c.bad}, want: itRan},
		{way: "own-root", allow: []string{in("allowed")}, want: refusedAtEntry},
	} {
		name := test.way + " " + strings.Join(test.allow, " ")
		t.Run(name, func(t *testing.T) {
			fresh := newExecCaseIn(t, c)
			if err := os.WriteFile(in("allowed"), nil, 0o700); err != nil {
				t.Fatal(err)
			}
			rules := policy.ExecRules{Restrict: true, Allow: append(test.allow, ways), Programs: test.programs,
				Refuse: policy.Action{Verb: policy.Errno, Errno: policy.ErrnoNumber(unix.EACCES)}}
			cmd := supervisor.Command{Engines: []supervisor.Engine{{Engine: exec.New(rules, execInfos)}}, Env: []string{"MARK=" + fresh.mark}}
			r := jailed(t, cmd, ways, test.way, c.bad, ld, c.dir)
			if strings.HasPrefix(r.Output, "SKIP ") {
				t.Skip("this kernel, or the user, has no", strings.TrimSuffix(strings.TrimPrefix(r.Output, "SKIP "), "\n"))
			}
			_, err := os.Stat(fresh.mark)
			marked := err == nil
			got := r.Output
			switch {
			case r.Output == "EACCES\n" && r.Status == (utrace.ExitStatus{Code: 77}):
				got = refusedAtEntry
			case r.Output == "" && r.Status.Signal == unix.SIGKILL:
				got = killedAtExec
			case r.Output == "" && r.Status == (utrace.ExitStatus{Code: 42}):
				got = itRan
			}
			if got != test.want || marked != (test.want == itRan) {
				t.Errorf("%q (%v), marked %v; want it %s", got, r.Status, marked, test.want)
			}
		})
	}
}

// newExecCaseIn removes what an earlier run has left in the folder of c.
func newExecCaseIn(t *testing.T, c execCase) execCase {
	t.Helper()
	for _, name := range []string{"mark", "script", "removed", "formats", "formatted", "allowed"} {
		if err := os.RemoveAll(filepath.Join(c.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return c
}
