// Rules about names, held by an engine: no thread can make a path lead elsewhere after it was looked at.

package integration

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/engines/paths"
	"jail/policy"
	"jail/supervisor"
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
	return e
}

// A readingGate decides by the same rules, and believes what it reads and where that leads.
type readingGate struct{ dir string }

func (*readingGate) Name() string                 { return "reading-gate" }
func (*readingGate) Events() utrace.Mask          { return utrace.On(utrace.SyscallEntry) }
func (*readingGate) Syscalls() *utrace.SyscallSet { return callSet("open", "openat") }

func (g *readingGate) ReportSyscallEntry(s *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	c := ev.Call()
	at, base := c.Args[0], ""
	if c.Nr == unix.SYS_OPENAT {
		at = c.Args[1]
		if fd := int32(c.Args[0]); fd != unix.AT_FDCWD {
			base = "/proc/" + strconv.Itoa(s.TGID()) + "/fd/" + strconv.Itoa(int(fd))
		}
	}
	if base == "" {
		base = "/proc/" + strconv.Itoa(s.TGID()) + "/cwd"
	}
	name, err := s.ReadString(at, 4095)
	if err != nil {
		return ev.Continue()
	}
	name = strings.Replace(name, "/proc/self/", "/proc/"+strconv.Itoa(s.TGID())+"/", 1)
	if !filepath.IsAbs(name) {
		name = base + "/" + name
	}
	if real, err := filepath.EvalSymlinks(name); err == nil {
		for _, r := range denyIn(g.dir) {
			if policy.MatchPath(r.Path, real) {
				return ev.Abort(unix.EACCES, utrace.Why{Quiet: true})
			}
		}
	}
	return ev.Continue()
}

// pathRaces are the attacks of the victim.
var pathRaces = []string{"memory", "link", "folder", "cwd", "proc-cwd", "dirfd", "proc-fd"}

func pathRace(t *testing.T, e utrace.Engine, what, dir string, tries int) string {
	t.Helper()
	r := jailed(t, supervisor.Command{Engines: []supervisor.Engine{{Engine: e}}}, victim(t, "paths"), what, dir, strconv.Itoa(tries))
	if r.Status != (utrace.ExitStatus{}) {
		t.Errorf("%s ended with %v: %s", what, r.Status, r.Output)
	}
	return strings.TrimSpace(r.Output)
}

func TestPathsCannotBeRaced(t *testing.T) {
	needsSealing(t)
	for _, what := range pathRaces {
		t.Run(what, func(t *testing.T) {
			dir := pathsPlace(t)
			said := pathRace(t, pathsEngine(dir), what, dir, 2500)
			if !strings.HasPrefix(said, what+": leaks 0, both ways 1") {
				t.Error(said)
			}
			t.Log(said)
		})
	}
}

// With an engine that only reads each of these races is won, so that the test above would fail.
func TestPathsThatAreOnlyReadAreRaced(t *testing.T) {
	for _, what := range pathRaces {
		t.Run(what, func(t *testing.T) {
			dir := pathsPlace(t)
			if said := pathRace(t, &readingGate{dir}, what, dir, 100_000); !strings.HasPrefix(said, what+": leaks 1") {
				t.Error(said)
			}
		})
	}
}
