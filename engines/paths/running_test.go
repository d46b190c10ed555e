// Files whose names can't be told, running and open.

package paths

import (
	"errors"
	"fmt"
	"os"
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
		if err := os.Remove(dir + "/a/id.key"); err != nil {
			t.Fatal(err)
		}
		j := enginetest.StartAt(enginetest.Program(t, dir+"/a/id.key"))
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

// TestDeepDescriptor: a file that is open, and whose path has become too long to be told, is not one without a name: rules about names
// would be got round by opening it anew for more.
func TestDeepDescriptor(t *testing.T) {
	e, dir := stage(t)
	file, err := os.Open(dir + "/a/kept/x")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	sink(t, dir, "a")
	name := fmt.Sprintf("/proc/self/fd/%d", file.Fd())
	for _, flags := range []uint64{unix.O_RDONLY, unix.O_RDWR} {
		j := told(t, e)
		j.M.MapString(at, name)
		if out := j.Call(j.First, enginetest.Call("openat", ^uint64(99), at, flags)); out.Strict != utrace.Answered || out.Result != -int64(unix.ENAMETOOLONG) {
			t.Errorf("open with %#x: %v, %v", flags, out.Strict, unix.Errno(-out.Result))
		}
	}
}

// TestDeletedByName: what is called as if it were removed is under the rules.
func TestDeletedByName(t *testing.T) {
	e, dir := stage(t)
	file, err := os.Create(dir + "/a/kept/x (deleted)")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	j := told(t, e)
	j.M.MapString(at, fmt.Sprintf("/proc/self/fd/%d", file.Fd()))
	if out := j.Call(j.First, enginetest.Call("openat", ^uint64(99), at, unix.O_RDWR)); out.Strict != utrace.Answered || out.Result != -int64(unix.EROFS) {
		t.Errorf("%v, %v", out.Strict, unix.Errno(-out.Result))
	}
	p, err := find(j.First.ID(), unix.AT_FDCWD, fmt.Sprintf("/proc/self/fd/%d", file.Fd()), true)
	if err != nil || p.name != file.Name() {
		t.Errorf("it is %q, %v", p.name, err)
	}
	if err := os.Remove(file.Name()); err != nil {
		t.Fatal(err)
	}
	p, err = find(j.First.ID(), unix.AT_FDCWD, fmt.Sprintf("/proc/self/fd/%d", file.Fd()), true)
	if err != nil || p.name != "" || p.magic == "" {
		t.Errorf("removed: %q, %q, %v", p.name, p.magic, err)
	}
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
