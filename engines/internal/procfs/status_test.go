// Tests of what is read of /proc/PID/status, whatever the task is called.

package procfs

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"testing"
)

// keys are the lines of a text but for the first.
func keys(t *testing.T, text string) (all []string) {
	t.Helper()
	if err := Lines(text, func(key, value string) error { all = append(all, key+"="+value); return nil }); err != nil {
		t.Fatal(err)
	}
	return all[1:]
}

// FuzzLines: a task's name adds nothing to the lines, and takes nothing from them.
func FuzzLines(f *testing.F) {
	own, err := os.ReadFile("/proc/self/status")
	if err != nil {
		f.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(own), "\n")
	for _, comm := range []string{"sh", "", "x\nUid:\t0\t0\t0\t0", "Uid:\t0\t0", `\`, "\r\v\u0085", "a:b", "\xff"} {
		f.Add(comm, rest)
	}
	f.Add("sh", "Threads:\n1\n:\n\n")
	f.Add("sh", "")
	escape := strings.NewReplacer("\n", `\n`, `\`, `\\`) // proc_task_name() in fs/proc/array.c
	f.Fuzz(func(t *testing.T, comm, rest string) {
		comm = strings.ReplaceAll(comm, "\x00", "")
		plain := keys(t, "Name:\tsh\n"+rest)
		named := keys(t, "Name:\t"+escape.Replace(comm[:min(len(comm), 15)])+"\n"+rest)
		if strings.Join(named, "\n") != strings.Join(plain, "\n") {
			t.Errorf("with the name %q it is %q, with another %q", comm, named, plain)
		}
	})
}

// TestStatus reads the test's own status, and says which line is wrong.
func TestStatus(t *testing.T) {
	pid := ""
	take := func(key, value string) error {
		if key == "Tgid" {
			pid = value
		}
		return nil
	}
	if err := Status("thread-self", take); err != nil || pid != strconv.Itoa(os.Getpid()) {
		t.Errorf("the process is %s, %v", pid, err)
	}
	wrong := errors.New("wrong")
	err := Status("self", func(key, _ string) error {
		if key == "Umask" {
			return wrong
		}
		return nil
	})
	if !errors.Is(err, wrong) || err.Error() != "/proc/self/status: Umask: wrong" {
		t.Errorf("the error is %v", err)
	}
	if err := Status("0", take); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of no task: %v", err)
	}
}
