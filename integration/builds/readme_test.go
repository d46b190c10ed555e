// The README's example says what jail really says.

package builds

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReadme runs the command of the README's example on the README's policy.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	policy := between(t, string(text), "```yaml\n", "```")
	shown := between(t, string(text), "    $ jail ", "\n\n")
	lines := strings.Split(shown, "\n    ")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "no-mount.yaml"), []byte(policy), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(jail(t), strings.Fields(lines[0])...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	out, _ := cmd.CombinedOutput() // umount fails, as it says
	want, got := strings.Join(lines[1:], "\n"), strings.TrimSuffix(string(out), "\n")
	numbers := regexp.MustCompile(`0x[0-9a-f]+|\[[0-9]+\]`)
	if diff := cmp.Diff(numbers.ReplaceAllString(want, "N"), numbers.ReplaceAllString(got, "N")); diff != "" {
		t.Errorf("README -, jail +:\n%s", diff)
	}
}

func between(t *testing.T, s, from, to string) string {
	t.Helper()
	_, s, ok := strings.Cut(s, from)
	s, _, ok2 := strings.Cut(s, to)
	if !ok || !ok2 {
		t.Fatalf("the README has no text between %q and %q", from, to)
	}
	return s
}
