// Rules about names, held by an engine: no thread can make a path lead elsewhere after it was looked at.

package integration

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/engines/paths"
	"jail/policy"
	"jail/supervisor"
	"jail/supervisor/inside"
	"jail/supervisor/utrace"
)

// pathsPlace makes what the victim paths plays with.
func pathsPlace(t testing.TB) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{"a", "b", "r"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"ok.txt": "open", "id.key": "secret", "a/x1": "open", "b/x1": "secret", "r/x1": "open"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"l1": "ok.txt", "l2": "id.key", "s": "b"} {
		if err := os.Symlink(text, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// denyIn are the rules of the place.
func denyIn(dir string) []policy.PathRule {
	return []policy.PathRule{{Path: dir + "/**/*.key", Rule: 0}, {Path: dir + "/b/x*", Rule: 0}}
}

// pathsEngine holds them.
func pathsEngine(dir string) utrace.Engine {
	e := paths.New(paths.Settings{Infos: []policy.RuleInfo{{Origin: "p.yaml:1:1", Text: "filesystem: deny",
		Action: policy.Action{Verb: policy.Errno, Errno: policy.ErrnoNumber(unix.EACCES)}}}})
	e.Locate(&policy.Located{Files: policy.FileRules{Deny: denyIn(dir)}}, nil)
	e.Inside(new(inside.Domain))
	return e
}

// A readingGate decides by the same rules, and believes what it reads and where that leads.
type readingGate struct{ dir string }

// gatedPaths are the arguments of calls that name folders and paths; -1 is the working folder.
var gatedPaths = map[int64][][2]int{
	unix.SYS_OPENAT: {{0, 1}}, unix.SYS_LINKAT: {{0, 1}, {2, 3}}, unix.SYS_RENAMEAT: {{0, 1}, {2, 3}}, unix.SYS_MKDIRAT: {{0, 1}},
	unix.SYS_FCHMODAT: {{0, 1}}, unix.SYS_MKNODAT: {{0, 1}}, unix.SYS_SYMLINKAT: {{1, 2}}, unix.SYS_UNLINKAT: {{0, 1}}, unix.SYS_TRUNCATE: {{-1, 0}}, unix.SYS_BIND: {{-1, 1}}}

func (*readingGate) Name() string        { return "reading-gate" }
func (*readingGate) Events() utrace.Mask { return utrace.On(utrace.SyscallEntry) }
func (*readingGate) Syscalls() *utrace.SyscallSet {
	return callSet("open", "openat", "link", "linkat", "rename", "renameat", "mkdir", "mkdirat", "mknodat", "symlink", "symlinkat", "unlink", "unlinkat", "truncate", "chmod", "fchmodat", "bind")
}

func (g *readingGate) ReportSyscallEntry(s *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	c := ev.Call()
	ends, known := gatedPaths[c.Nr]
	if !known { // those of x86-64 without a descriptor
		ends = oldPaths[c.Nr]
	}
	for _, end := range ends {
		base := "cwd"
		if end[0] >= 0 && int32(c.Args[end[0]]) != unix.AT_FDCWD {
			base = "fd/" + strconv.Itoa(int(int32(c.Args[end[0]])))
		}
		at := c.Args[end[1]]
		if c.Nr == unix.SYS_BIND {
			at += 2 // sun_path
		}
		name, err := s.ReadString(at, 4095)
		if err != nil {
			continue
		}
		proc := "/proc/" + strconv.Itoa(s.TGID()) + "/"
		name = strings.Replace(name, "/proc/self/", proc, 1)
		if !filepath.IsAbs(name) {
			name = proc + base + "/" + name
		}
		if g.refuses(name) {
			return ev.Abort(unix.EACCES, utrace.Why{Quiet: true})
		}
	}
	return ev.Continue()
}

func (g *readingGate) refuses(name string) bool {
	real, err := filepath.EvalSymlinks(name)
	if err != nil {
		if real, err = filepath.EvalSymlinks(filepath.Dir(name)); err != nil {
			return false
		}
		real = filepath.Join(real, filepath.Base(name))
	}
	return slices.ContainsFunc(denyIn(g.dir), func(r policy.PathRule) bool { return policy.MatchPath(r.Path, real) })
}

// pathRaces are the attacks of the victim.
var pathRaces = map[string][]string{
	"paths": {"memory", "link", "folder", "cwd", "proc-cwd", "dirfd", "proc-fd"},
	"paths_names": {"link-memory", "link-folder", "link-cwd", "link-dirfd", "link-follow", "mkdir-cwd", "mkdir-dirfd", "mknod-dirfd", "symlink-cwd",
		"create-cwd", "unlink-cwd", "unlink-dirfd", "truncate-cwd", "rename-cwd", "rename-folder",
		"mode-memory", "mode-folder", "mode-cwd", "mode-dirfd", "bind-memory", "bind-folder", "bind-cwd"},
}

// eachPathRace runs them all, each in a place of its own.
func eachPathRace(t *testing.T, tries int, engine func(dir string) utrace.Engine, check func(t *testing.T, what, said string)) {
	for program, races := range pathRaces {
		for _, what := range races {
			t.Run(what, func(t *testing.T) {
				dir := pathsPlace(t)
				check(t, what, pathRace(t, engine(dir), program, what, dir, tries))
			})
		}
	}
}

func pathRace(t *testing.T, e utrace.Engine, program, what, dir string, tries int) string {
	t.Helper()
	r := jailed(t, supervisor.Command{Engines: []supervisor.Engine{{Engine: e}}}, victim(t, program), what, dir, strconv.Itoa(tries))
	if r.Status != (utrace.ExitStatus{}) {
		t.Errorf("%s ended with %v: %s", what, r.Status, r.Output)
	}
	return strings.TrimSpace(r.Output)
}

func TestPathsCannotBeRaced(t *testing.T) {
	needsSealing(t)
	eachPathRace(t, tries(2500), pathsEngine, func(t *testing.T, what, said string) {
		if !strings.HasPrefix(said, what+": leaks 0, both ways 1") && !(testing.Short() && strings.HasPrefix(said, what+": leaks 0, ")) {
			t.Error(said)
		}
		t.Log(said)
	})
}

// With an engine that only reads each of these races is won, so that the test above would fail.
func TestPathsThatAreOnlyReadAreRaced(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: what wins races")
	}
	eachPathRace(t, 100_000, func(dir string) utrace.Engine { return &readingGate{dir} }, func(t *testing.T, what, said string) {
		if !strings.HasPrefix(said, what+": leaks 1") {
			t.Error(said)
		}
	})
}

// A path in memory that nobody fills (userfaultfd(2), as ordinary users have it) answers what it does without jail, and nobody waits.
func TestPathInLateMemory(t *testing.T) {
	needsSealing(t)
	want := native(t, victim(t, "late_memory"))
	if strings.HasPrefix(want.Output, "no userfaultfd") {
		t.Skip("this kernel gives ordinary users no userfaultfd: " + want.Output)
	}
	got := jailed(t, supervisor.Command{Engines: []supervisor.Engine{{Engine: pathsEngine(pathsPlace(t))}}}, victim(t, "late_memory"))
	if want.Output != "open: EFAULT\n" {
		t.Errorf("without jail: %q", want.Output)
	}
	compare(t, want, got.outcome)
}
