// Colours of a trace: on a terminal that wants them, nowhere else.

package cli_test

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestTraceColours(t *testing.T) {
	for _, c := range []struct {
		env    string
		args   []string
		colour bool
	}{
		{"TERM=xterm", nil, true},
		{"NO_COLOR=1", nil, false},
		{"NO_COLOR=", nil, true}, // as no-color.org has it: when not empty
		{"TERM=dumb", nil, false},
		{"TERM=xterm", []string{"--format", "json"}, false},
	} {
		master, slave := openPTY(t)
		cmd := exec.Command(filepath.Join(os.Getenv(jailDir), "jail"), append(append([]string{"trace"}, c.args...), "--", "true")...)
		cmd.Env = append(append(os.Environ(), "TERM=xterm", "NO_COLOR="), c.env)
		cmd.Stderr = slave
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		slave.Close()
		var said bytes.Buffer
		_, _ = io.Copy(&said, master) // it ends with EIO when nobody has the other side any more (pty(7))
		if err := cmd.Wait(); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(said.String(), "\x1b["); got != c.colour || !strings.Contains(said.String(), "exit_group") {
			t.Errorf("%s %v: colours: %v\n%q", c.env, c.args, got, said.String())
		}
	}
}
