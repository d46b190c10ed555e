// What has begun to run, and has no name that could be told.

package paths

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

// TestDeepProgram: a program whose path is longer than the kernel tells (PATH_MAX) does not get round a rule that denies its name.
func TestDeepProgram(t *testing.T) {
	for _, deep := range []bool{false, true} {
		e, dir := stage(t)
		j := enginetest.StartAt(waiting(t, dir+"/a/id.key"))
		if err := j.Attach(e); err != nil {
			t.Fatal(err)
		}
		if deep {
			sink(t, dir, "a")
		}
		if out := j.Exec(j.First); out.Strict != utrace.KillProcess {
			t.Errorf("deep %v: %v", deep, out.Strict)
		}
	}
}

// waiting runs a program by that name, which waits until the test has ended, and answers its number.
func waiting(t *testing.T, name string) int {
	t.Helper()
	cat, err := exec.LookPath("cat")
	if err == nil {
		cat, err = filepath.EvalSymlinks(cat)
	}
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile(cat)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(name), os.WriteFile(name, code, 0o755)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(name)
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

// sink moves a folder in dir so deep that the paths of what is in it are too long.
func sink(t *testing.T, dir, name string) {
	t.Helper()
	at, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("d", 250)
	for range unix.PathMax/len(long) + 1 {
		if err := unix.Mkdirat(at, long, 0o755); err != nil {
			t.Fatal(err)
		}
		next, err := unix.Openat(at, long, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err := errors.Join(err, unix.Close(at)); err != nil {
			t.Fatal(err)
		}
		at = next
	}
	if err := errors.Join(unix.Renameat(unix.AT_FDCWD, filepath.Join(dir, name), at, name), unix.Close(at)); err != nil {
		t.Fatal(err)
	}
}
