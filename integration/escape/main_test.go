// What is built once for all attempts: jail, and the program that has the attempts in it.

package escape

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// built is what TestMain has made; it is not changed afterwards.
var built struct{ jail, attempts string }

func TestMain(m *testing.M) {
	os.Exit(withBuilt(m.Run))
}

func withBuilt(run func() int) int {
	dir, err := os.MkdirTemp("", "jail-escape-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = build(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return run()
}

// build makes jail, or takes the one that the environment names, and the attempts. A static program: it needs no file but itself.
func build(dir string) error {
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	built.attempts = filepath.Join(dir, "attempts")
	files, err := filepath.Glob("attempts/*.c")
	if err != nil {
		return err
	}
	cc, err := exec.LookPath("cc")
	if err != nil {
		return fmt.Errorf("the attempts are C programs: install a C compiler as cc (Debian: apt install gcc libc6-dev): %w", err)
	}
	args := []string{"-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-Wno-deprecated-declarations", "-pthread", "-static", "-no-pie", "-o", built.attempts}
	if out, err := exec.Command(cc, append(args, files...)...).CombinedOutput(); err != nil {
		return fmt.Errorf("compiling the attempts: %w\n%s", err, out)
	}
	if made := os.Getenv("JAIL_TEST_BIN"); made != "" {
		built.jail = filepath.Join(made, "jail")
		return nil
	}
	built.jail = filepath.Join(dir, "jail")
	if out, err := exec.Command("go", "build", "-o", built.jail, "jail/cmd/jail").CombinedOutput(); err != nil {
		return fmt.Errorf("building jail: %w\n%s", err, out)
	}
	return nil
}
