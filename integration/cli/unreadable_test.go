// Programs that their user may execute but not read.

package cli_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// ordinary is a command run by somebody who can't read what has no read permission.
func ordinary(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	if os.Getuid() == 0 {
		if _, err := exec.LookPath("setpriv"); err != nil {
			t.Skip("no setpriv, and root reads everything")
		}
		args = append([]string{"--reuid", "65534", "--regid", "65534", "--clear-groups", name}, args...)
		name = "setpriv"
	}
	return exec.Command(name, args...)
}

// ended runs a command and says what came of it.
func ended(t *testing.T, cmd *exec.Cmd) (output string, status syscall.WaitStatus) {
	t.Helper()
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.Sys().(syscall.WaitStatus)
}

// publicDir is a folder that everybody can enter.
func publicDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "jail-public")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// put writes a file with a mode that the umask does not change.
func put(t *testing.T, name string, content []byte, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(name, content, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
}

// A program that can't be read runs as it does natively: arguments, environment, signals, exit code; and so does a
// script, which its interpreter can't read.
func TestUnreadablePrograms(t *testing.T) {
	dir := publicDir(t)
	sh, err := os.ReadFile("/bin/sh")
	if err != nil {
		t.Fatal(err)
	}
	shell, script := filepath.Join(dir, "sh"), filepath.Join(dir, "script")
	put(t, shell, sh, 0o111)
	put(t, script, []byte("#!/bin/sh\necho read\n"), 0o111)
	if out, status := ended(t, ordinary(t, "cat", shell)); status.ExitStatus() == 0 {
		t.Skipf("it can be read all the same: %d bytes", len(out))
	}
	jail := filepath.Join(os.Getenv(jailDir), "jail")
	for _, args := range [][]string{
		{shell, "-c", `echo "$0 $1 $# $HOME"; exit 7`, "a b", ""},
		{shell, "-c", `grep -i "^sig[bic]" /proc/self/status; trap "exit 3" TERM; kill -TERM $$`},
		{shell, "-c", `kill -TERM $$`},
		{script},
	} {
		want, wanted := ended(t, ordinary(t, args[0], args[1:]...))
		got, status := ended(t, ordinary(t, jail, append([]string{"run", "--"}, args...)...))
		if got != want || status != wanted {
			t.Errorf("%q: %q, status %#x; natively %q, %#x", args, got, status, want, wanted)
		}
	}
}

// It is executed inside of the jail's bounds: where those leave it no right to be executed that is the program's 126.
func TestUnreadableProgramOutOfBounds(t *testing.T) {
	dir := publicDir(t)
	echo, err := os.ReadFile("/bin/echo")
	if err != nil {
		t.Fatal(err)
	}
	program, policy := filepath.Join(dir, "echo"), filepath.Join(dir, "bounds.yaml")
	put(t, program, echo, 0o111)
	put(t, policy, []byte("version: 1\ndefault: allow\nfilesystem: {read: [/], exec: [/usr]}\n"), 0o644)
	if out, status := ended(t, ordinary(t, "cat", program)); status.ExitStatus() == 0 {
		t.Skipf("it can be read all the same: %d bytes", len(out))
	}
	jail := filepath.Join(os.Getenv(jailDir), "jail")
	if out, status := ended(t, ordinary(t, jail, "run", "--policy", policy, "--", "/usr/bin/true")); status.ExitStatus() == 125 {
		t.Skipf("this machine holds no bounds: %s", out)
	}
	out, status := ended(t, ordinary(t, jail, "run", "--policy", policy, "--", program, "ran"))
	if want := "jail: " + program + ": cannot be executed: permission denied\n"; out != want || status.ExitStatus() != 126 {
		t.Errorf("%q, status %#x; want %q, 126", out, status, want)
	}
}
