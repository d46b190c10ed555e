// The README's Go example, as a stranger follows it: in a module of its own, by the commands that stand there.

package jailtest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// block is what stands in the README between a line of ```kind, the first after a text, and the next ```.
func block(t *testing.T, after, kind string) string {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(readme), after)
	_, text, began := strings.Cut(text, "```"+kind+"\n")
	text, _, ended := strings.Cut(text, "```")
	if !found || !began || !ended {
		t.Fatalf("the README has no %s after %q", kind, after)
	}
	return text
}

// TestReadmeInANewModule needs no network: what jail needs is in the cache of modules, or this test had not been built.
func TestReadmeInANewModule(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: builds and links a module of its own")
	}
	const here = "for anybody's `go test`"
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	beside := t.TempDir()
	mine := filepath.Join(beside, "mine")
	if err := os.Mkdir(mine, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(root, filepath.Join(beside, "jail")); err != nil {
		t.Fatal(err)
	}
	run := func(file, script string) (string, error) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(mine, "disk_test.go"), []byte(file), 0o644); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("sh", "-ec", script)
		cmd.Dir, cmd.Env = mine, append(os.Environ(), "GOPROXY=off", "GOSUMDB=off", "GOFLAGS=", "GOWORK=off")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	file := block(t, here, "go")
	if out, err := run(file, block(t, here, "sh")); err != nil || !strings.Contains(out, "ok  \texample.com/mine") {
		t.Errorf("%v\n%s", err, out)
	}
	out, err := run(strings.Replace(file, "WantExit(1)", "WantExit(3)", 1), "go test .") // it can fail
	if want := "disk_test.go:20: jailtest: cp: exit 1, not exit 3"; err == nil || !strings.Contains(out, want) {
		t.Errorf("nothing says %q: %v\n%s", want, err, out)
	}
}
