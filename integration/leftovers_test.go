// What a jail leaves behind that was killed itself: its private folders, until the next run.

package integration

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
)

// folders are the private ones that a jail has locked, in a folder for temporary files and in /dev/shm, where there may be those of others
// beside them. Its own descriptors can't be looked at: it is not dumpable.
func folders(t *testing.T, dir string, pid int) []string {
	t.Helper()
	locks, err := os.ReadFile("/proc/locks") // proc_locks(5)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, d := range []string{dir, "/dev/shm"} {
		found, err := filepath.Glob(d + "/jail-tmp-*")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range found {
			var st syscall.Stat_t
			if err := syscall.Stat(name, &st); err != nil {
				continue // another's, removed meanwhile
			}
			if regexp.MustCompile(fmt.Sprintf(` FLOCK .* %d [0-9a-f]+:[0-9a-f]+:%d `, pid, st.Ino)).Match(locks) {
				all = append(all, name)
			}
		}
	}
	return all
}

// running starts a jail whose program lives until its input ends.
func running(t *testing.T, jail, dir, policy string) (cmd *exec.Cmd, end io.Closer, made []string) {
	t.Helper()
	cmd = exec.Command(jail, "run", "--policy", policy, "--", "sh", "-c", "echo x >$TMPDIR/file; echo ready; read wait")
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	cmd.Stderr = os.Stderr
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
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Process.Kill(); _ = cmd.Wait() })
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("it said %q, %v", line, err)
	}
	return cmd, in, folders(t, dir, cmd.Process.Pid)
}

func TestLeftoversOfAKilledJail(t *testing.T) {
	dir := t.TempDir()
	jail, err := buildJail(dir)
	if err != nil {
		t.Fatal(err)
	}
	policy := dir + "/p.yaml"
	if err := os.WriteFile(policy, []byte("version: 1\ndefault: allow\nenforce: best-effort\nfilesystem: {read: [/], write: [/dev/null, \"{tmp}\"], tmp: private}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tmp := dir + "/tmp"
	if err := os.Mkdir(tmp, 0o700); err != nil {
		t.Fatal(err)
	}
	killed, _, left := running(t, jail, tmp, policy)
	if err := killed.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = killed.Wait()
	if len(left) == 0 {
		t.Fatal("it had no folders")
	}
	for _, name := range left {
		if _, err := os.Lstat(name); err != nil {
			t.Errorf("nobody has removed it yet: %v", err)
		}
	}
	lives, end, used := running(t, jail, tmp, policy)
	for _, name := range left {
		if _, err := os.Lstat(name); err == nil {
			t.Errorf("%s is there after the next start", name)
		}
	}
	other := exec.Command(jail, "run", "--policy", policy, "--", "true")
	other.Env = append(os.Environ(), "TMPDIR="+tmp)
	if out, err := other.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, name := range used {
		if _, err := os.Lstat(name); err != nil {
			t.Errorf("a third jail took away what is in use: %v", err)
		}
	}
	if err := end.Close(); err != nil {
		t.Fatal(err)
	}
	if err := lives.Wait(); err != nil && lives.ProcessState.ExitCode() != 1 { // read at the end of its input
		t.Error(err)
	}
	if got, err := os.ReadDir(tmp); err != nil || len(got) != 0 {
		t.Errorf("at the end there are %v, %v", got, err)
	}
}
