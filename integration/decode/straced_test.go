// One run of a program under strace.

package decode

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// underStrace runs a program under strace -ff and gives back what each of its tasks called.
func underStrace(t *testing.T, p *program) trace {
	t.Helper()
	out := t.TempDir()
	args := append([]string{"-ff", "-s", "32", "-o", filepath.Join(out, "t"), "--"}, p.argv...)
	// What the test itself inherited is not the program's: in a jail it has three descriptors.
	if err := unix.CloseRange(3, 1<<32-1, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(strace(t), args...)
	cmd.Env, cmd.Dir = p.env(), p.dir
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	watchdog := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer watchdog.Stop()
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%q under strace: %v", p.argv, err)
	}
	files, err := filepath.Glob(filepath.Join(out, "t.*"))
	if err != nil {
		t.Fatal(err)
	}
	tr := trace{lines: make(map[int][]string)}
	for _, f := range files {
		tid, err := strconv.Atoi(strings.TrimPrefix(filepath.Ext(f), "."))
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		tr.lines[tid] = straceLines(string(text))
	}
	tr.first = root(tr)
	return tr
}

// padding is what strace aligns results with.
var padding = regexp.MustCompile(`\)\s+= `)

// straceLines are the calls of a file of strace's: without signals and ends.
func straceLines(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if line == "" || strings.HasPrefix(line, "---") || strings.HasPrefix(line, "+++") {
			continue
		}
		if i := padding.FindAllStringIndex(line, -1); i != nil {
			last := i[len(i)-1]
			line = line[:last[0]] + ") = " + line[last[1]:]
		}
		lines = append(lines, line)
	}
	return lines
}

// strace is its path; without it there is nothing to compare with.
func strace(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed (Debian: apt install strace): nothing to compare with")
	}
	return path
}
