// A bound on output, and a terminal: what goes through jail would be no terminal any more.

package cli_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestOutputToTerminal: strict starts nothing, best-effort runs on the terminal itself, without the bound.
func TestOutputToTerminal(t *testing.T) {
	jail, err := exec.LookPath(filepath.Join(os.Getenv(jailDir), "jail"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for enforce, want := range map[string]int{"strict": 125, "best-effort": 7} {
		policy := filepath.Join(dir, enforce+".yaml")
		if err := os.WriteFile(policy, []byte("version: 1\ndefault: allow\nenforce: "+enforce+"\nlimits: {output: 10B}\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		_, slave := openPTY(t)
		cmd := exec.Command(jail, "run", "--policy", policy, "--", "sh", "-c", "test -t 1 && exit 7; exit 8")
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = slave, &said
		_ = cmd.Run() // the code says it
		if got := cmd.ProcessState.ExitCode(); got != want {
			t.Errorf("%s: exit %d, want %d\n%s", enforce, got, want, said.String())
		}
		if text := said.String(); !strings.Contains(text, ":4:18: limits: output: 10B: can't be enforced soundly here; it needs standard output and error that are no terminal") ||
			!strings.Contains(text, "2>&1 | cat") {
			t.Errorf("%s: it says %q", enforce, text)
		}
	}
}
