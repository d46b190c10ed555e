// Paths as another task sees them.

package exec

import (
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// sleeper is another process: this test's program under another path, that ends with its standard input.
func sleeper(t *testing.T, dir string) *osexec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	path := write(t, filepath.Join(dir, "sleeper"), string(data), 0o755)
	cmd := osexec.Command(path)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), victim+"=sleep")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); _ = cmd.Wait() })
	if _, err := out.Read(make([]byte, 1)); err != nil { // it runs
		t.Fatal(err)
	}
	return cmd
}

func TestWalkForAnother(t *testing.T) {
	dir := tempDir(t)
	cmd := sleeper(t, dir)
	pid := cmd.Process.Pid
	if err := os.Symlink("/proc/self/exe", filepath.Join(dir, "me")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/proc", filepath.Join(dir, "proc")); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "sleeper")
	for path, want := range map[string]string{
		"/proc/self/exe":                    program,
		"/proc/thread-self/exe":             program,
		"/proc/self/task/../exe":            program,
		"/proc/../proc/./self/exe":          program,
		fmt.Sprintf("/proc/%d/exe", pid):    program,
		"/proc/self/cwd":                    dir,
		"/proc/self/cwd/me":                 program,
		"/proc/self/root/" + program:        program,
		"me":                                program,
		"proc/self/exe":                     program,
		"sleeper":                           program,
		"../" + filepath.Base(dir) + "/me":  program,
		"/proc/self/mounts/../../self/exe":  "",
		"/proc/mounts":                      fmt.Sprintf("/proc/%d/mounts", pid),
		fmt.Sprintf("/proc/%d/exe/x", pid):  "",
		"/proc/self/fd/1000":                "",
		"/../../../../../../../proc/uptime": "/proc/uptime",
	} {
		w, err := newWalker(pid, pid)
		if err != nil {
			t.Fatal(err)
		}
		fd, err := w.open(unix.AT_FDCWD, path, true)
		if err != nil {
			if want != "" {
				t.Errorf("%s: %v, want %s", path, err, want)
			}
			w.close()
			continue
		}
		f, err := inspect(fd)
		if err != nil || f.path != want {
			t.Errorf("%s: %s, %v; want %q", path, f.path, err, want)
		}
		unix.Close(fd)
		w.close()
	}
}

// TestWalkLeavesNothingOpen walks everywhere, and to errors, and counts descriptors.
func TestWalkLeavesNothingOpen(t *testing.T) {
	dir := tempDir(t)
	for name, to := range map[string]string{"loop": "loop", "a": "b", "b": dir + "/c", "dir": "."} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, "c"), "#!/bin/sh\n", 0o755)
	write(t, filepath.Join(dir, "d"), "#!"+dir+"/c\n", 0o755)
	write(t, filepath.Join(dir, "e"), "#!/no/such\n", 0o755)
	walk := func() {
		for _, path := range []string{"", "/", ".", "..", "loop", "a", "b", "c", "d", "e", "dir/dir/dir/a", "a/x", "none", "c/", "/proc/self/exe",
			"/proc/self/fd/0", "/proc/self/fd/999", "/proc/self/exe/..", "/dev/fd/0"} {
			w, err := newWalker(os.Getpid(), os.Getpid())
			if err != nil {
				t.Fatal(err)
			}
			if path != "" && path[0] != '/' {
				path = dir + "/" + path
			}
			if fd, err := w.open(unix.AT_FDCWD, path, true); err == nil {
				_, _ = w.program(fd, path)
				unix.Close(fd)
			}
			w.close()
		}
	}
	count := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	walk() // whatever the runtime opens for good
	before := count()
	for range 3 {
		walk()
	}
	if after := count(); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}
