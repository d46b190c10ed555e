// A real shell with job control.

package cli_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestBashJobControl types at bash what a person would.
func TestBashJobControl(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash on this machine")
	}
	bothWays(t, []string{"victim", "cat"}, func(t *testing.T, job []string) { typeAtBash(t, bash, job) })
}

func typeAtBash(t *testing.T, bash string, job []string) {
	c := newConsole(t, bash, "--norc", "--noprofile", "-i")
	c.types(strings.Join(job, " ") + "\n")
	c.sees("ready")
	c.types("one\n")
	c.sees("cat: one")
	c.types("\x1a")
	c.sees("Stopped")
	c.types("jobs; echo status=$?\n")
	c.sees("status=0")
	c.types("fg\n")
	c.types("two\n")
	c.sees("cat: two")
	c.types("\x1a")
	c.sees("Stopped")
	c.types("bg\n")
	c.sees("]+ ")
	c.types("wait %1; echo waited\n") // it reads the terminal from the background: SIGTTIN stops it again
	c.sees("Stopped")
	c.types("fg\n")
	c.types("three\n")
	c.sees("cat: three")
	c.types("\x03") // the terminal throws away what was typed and not read: wait for the prompt
	c.sees("bash-")
	c.types("echo status=$?\n")
	c.sees("status=130")
	c.types("exit\n")
	c.hears("exit 0")
}
