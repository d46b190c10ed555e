// Builds of the model test in which a file of the protocol or of the loop has another text. Nothing in production code
// knows of it: go build's -overlay reads the changed files from elsewhere.

package sim_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// mutation is one change of a file, named from this folder. old must occur exactly once.
type mutation struct {
	name     string
	file     string
	old, new string
	rule     string // that is broken by it
	scenario string // in which the model notices
	locks    bool   // only when commands land between locks
}

const (
	utraceDir = "../../../utrace/"
	loopDir   = "../../loop/"
)

// yieldingMutex is what takes the place of the Space's mutex.
const yieldingMutex = `package utrace

import "sync"

// Yield is called before each Lock.
var Yield func()

type yieldingMutex struct{ sync.Mutex }

func (m *yieldingMutex) Lock() {
	if Yield != nil {
		Yield()
	}
	m.Mutex.Lock()
}
`

// spaceMutex is where the Space's mutex is declared.
var spaceMutex = mutation{name: "yielding mutex", file: utraceDir + "space.go",
	old: "\tmu       sync.Mutex\n", new: "\tmu       yieldingMutex\n"}

// apply is the file's text with the change.
func (m *mutation) apply(text string) (string, error) {
	if n := strings.Count(text, m.old); n != 1 {
		return "", fmt.Errorf("%s: the text to be changed occurs %d times in %s, and must occur once; change the table with the code:\n%s",
			m.name, n, m.file, m.old)
	}
	return strings.Replace(text, m.old, m.new, 1), nil
}

// build builds the model test with these changes and returns the binary.
func build(t *testing.T, locks bool, changes ...mutation) string {
	t.Helper()
	goTool := goCommand(t)
	dir := t.TempDir()
	texts := map[string]string{} // by path
	path := func(name string) string {
		p, err := filepath.Abs(name)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	args := []string{"test", "-c", "-ldflags=-s -w", "-o", filepath.Join(dir, "model.test"), "-overlay", filepath.Join(dir, "overlay.json")}
	if locks {
		changes = append(changes, spaceMutex)
		texts[path(utraceDir+"yield.go")] = yieldingMutex
		args = append(args, "-tags", "yield")
	}
	for _, m := range changes {
		p := path(m.file)
		if _, ok := texts[p]; !ok {
			b, err := os.ReadFile(p)
			if err != nil {
				t.Fatal(err)
			}
			texts[p] = string(b)
		}
		text, err := m.apply(texts[p])
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(text, "sync.") {
			text = strings.Replace(text, "\t\"sync\"\n", "", 1)
		}
		texts[p] = text
	}
	replace := map[string]string{}
	for p, text := range texts {
		name := filepath.Join(dir, fmt.Sprintf("%d.go", len(replace)))
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[p] = name
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(goTool, append(args, ".")...).CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	return filepath.Join(dir, "model.test")
}

// goCommand is the go command, without which there is nothing to build with.
func goCommand(t *testing.T) string {
	t.Helper()
	p, err := exec.LookPath("go")
	if err != nil {
		t.Skip("the go command is not in the PATH: nothing can be built")
	}
	if _, err := os.Stat(loopDir); err != nil {
		t.Skip("the test does not run in its folder: there is no source to build")
	}
	for _, dir := range []string{"GOCACHE", "GOMODCACHE"} {
		out, err := exec.Command(p, "env", dir).Output()
		if cache := strings.TrimSpace(string(out)); err != nil || cache == "" || cache == "off" {
			t.Skipf("go env %s says %q, %v: nothing can be built", dir, cache, err)
		}
	}
	return p
}

// explore runs scenarios of a built model test; their names are a pattern of -test.run.
func explore(t *testing.T, binary, pattern string) (output string, err error) {
	t.Helper()
	b, err := exec.Command(binary, "-test.parallel=1", "-test.timeout=120s", "-test.v", "-test.run=^TestExplore$/^all$/"+pattern).CombinedOutput()
	return string(b), err
}

// TestBetweenLocks searches the scenarios with other goroutines once more: now their commands land before every
// lock that the owner takes, too.
func TestBetweenLocks(t *testing.T) {
	t.Parallel()
	out, err := explore(t, build(t, true), "^(stop-twice|two-stoppers|detach-held|detach-inside|set-events-inside|single-step|interrupt|attach-late|hold-child)$")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for line := range strings.Lines(out) {
		if strings.Contains(line, "states in") {
			t.Log(strings.TrimSpace(line))
		}
	}
}
