// A real process for engines that look at what a task executes.

package enginetest

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"testing"
)

// Program copies a program to path, which must not exist, runs it there, and answers the process's number, for StartAt. It waits without
// doing anything until the test has ended. What can't be done ends the test. From the test's goroutine.
func Program(t testing.TB, path string) (pid int) {
	t.Helper()
	if err := copyProgram("/bin/cat", path); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(in.Close(), cmd.Wait()); err != nil {
			t.Error(err)
		}
	})
	return cmd.Process.Pid
}

func copyProgram(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	file, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, source)
	return errors.Join(err, file.Close())
}
