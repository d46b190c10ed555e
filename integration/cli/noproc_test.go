// jail where /proc is not mounted.

package cli_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What jail needs of /proc and does not find is none of the program's faults: one sentence, and 125.
func TestWithoutProc(t *testing.T) {
	const empty = "mount -t tmpfs none /proc"
	if out, err := exec.Command("unshare", "-rm", "sh", "-c", empty).CombinedOutput(); err != nil {
		t.Skipf("no mount namespace is to be had, in which /proc could be missing: %v %s", err, out)
	}
	cmd := exec.Command("unshare", "-rm", "sh", "-c", empty+` && exec "$0" run -- true`, filepath.Join(os.Getenv(jailDir), "jail"))
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 125 {
		t.Errorf("it ended with %v, want 125", err)
	}
	const want = "jail: true was not started: jail needs /proc, which is not mounted here"
	if got := string(out); !strings.HasPrefix(got, want) || strings.Count(got, "\n") != 1 {
		t.Errorf("it says %q, want %q", got, want)
	}
}
