// Real builds, without jail and under it, in a folder of the same name: everything must be the same to the byte.

package builds

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"jail/integration/internal/fetch"
)

// outcome is all that can be seen of a build from outside.
type outcome struct {
	Exit   int
	Output string
	Files  map[string]string // path → mode and hash
}

// jail builds the command once per test binary run.
func jail(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "jail")
	if out, err := exec.Command("go", "build", "-o", path, "jail/cmd/jail").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// same fills a folder by prepare and runs a script in it, once natively and once under jail.
func same(t *testing.T, prepare func(t *testing.T, dir string), script string) {
	t.Helper()
	command := jail(t)
	dir := filepath.Join(t.TempDir(), "w") // the same path for both: compilers write it into what they make
	native := build(t, dir, prepare, "sh", "-c", script)
	if native.Exit != 0 {
		t.Fatalf("fails without jail: %s", native.Output)
	}
	if len(native.Files) < 2 {
		t.Fatalf("made nothing: %v", native.Files)
	}
	jailed := build(t, dir, prepare, command, "run", "--policy", "ci-build", "--report", filepath.Join(t.TempDir(), "report"), "--", "sh", "-c", script)
	if diff := cmp.Diff(native, jailed); diff != "" {
		t.Errorf("not the same under jail (-native +jail):\n%s", diff)
	}
}

func build(t *testing.T, dir string, prepare func(*testing.T, string), name string, args ...string) outcome {
	t.Helper()
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	prepare(t, dir)
	cache := t.TempDir() // a new one for each build: nothing may be taken from the other
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+filepath.Join(cache, "home"), "GOCACHE="+filepath.Join(cache, "go"), "GOFLAGS=-trimpath", "PYTHONDONTWRITEBYTECODE=1", "SOURCE_DATE_EPOCH=1")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return outcome{Exit: cmd.ProcessState.ExitCode(), Output: timings.ReplaceAllString(out.String(), "TIME"), Files: hashes(t, dir)}
}

// timings are what test runners print of how long they took.
var timings = regexp.MustCompile(`\b[0-9.]+m?s\b`)

func hashes(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		files[path[len(dir):]] = fmt.Sprintf("%v %x", info.Mode(), sha256.Sum256(data))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestCProject configures, builds and tests Debian's zlib, two jobs at a time: what those print comes in any order, and
// configure.log has pids in it. Where Debian's sources are not to be had it is a project that the test writes.
func TestCProject(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: a real project takes a minute")
	}
	dir, err := fetch.DefaultDir("jail-transparency")
	if err != nil {
		t.Fatal(err)
	}
	store, err := fetch.Open(dir, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	source, err := store.Source(context.Background(), "zlib")
	if errors.Is(err, fetch.ErrUnavailable) {
		t.Logf("a small project takes the place of zlib: %v", err)
		same(t, write(smallCProject()), `make -j2 2>&1 | sort && ./sum`)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	same(t, func(t *testing.T, dir string) {
		if err := os.CopyFS(dir, os.DirFS(source)); err != nil {
			t.Fatal(err)
		}
	}, `./configure 2>&1 && { make -j2 2>&1; make -j2 test 2>&1; } | sort && rm -f configure.log`)
}

// TestSmallCProject is what TestCProject does where it can't have more.
func TestSmallCProject(t *testing.T) {
	same(t, write(smallCProject()), `make -j2 2>&1 | sort && ./sum`)
}

// smallCProject is a program of many files, with its Makefile.
func smallCProject() map[string]string {
	const parts = 24
	files := map[string]string{}
	var names, calls, protos strings.Builder
	for i := range parts {
		fmt.Fprintf(&names, " part%d.o", i)
		fmt.Fprintf(&calls, " + part%d()", i)
		fmt.Fprintf(&protos, "int part%d(void);\n", i)
		files[fmt.Sprintf("part%d.c", i)] = fmt.Sprintf("#include <string.h>\n#include \"parts.h\"\nint part%d(void) { return %d + (int)strlen(\"part\"); }\n", i, i)
	}
	files["parts.h"] = protos.String()
	files["main.c"] = "#include <stdio.h>\n#include \"parts.h\"\nint main(void) { printf(\"%d\\n\", 0" + calls.String() + "); return 0; }\n"
	files["Makefile"] = "sum: main.o" + names.String() + "\n\t$(CC) -o $@ $^\n%.o: %.c parts.h\n\t$(CC) -O1 -c -o $@ $<\n"
	return files
}

// TestGoModule builds and tests a module of its own with an empty cache.
func TestGoModule(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: a real project takes a minute")
	}
	same(t, write(map[string]string{
		"go.mod":   "module example.test/words\n\ngo 1.25\n",
		"words.go": "// Package words counts them.\npackage words\n\nimport \"strings\"\n\n// Count counts.\nfunc Count(s string) int { return len(strings.Fields(s)) }\n",
		"words_test.go": `package words

import (
	"os/exec"
	"testing"
)

func TestCount(t *testing.T) {
	if n := Count("a b  c"); n != 3 {
		t.Fatal(n)
	}
}

func TestProcesses(t *testing.T) {
	out, err := exec.Command("sh", "-c", "echo one two").Output()
	if err != nil || Count(string(out)) != 2 {
		t.Fatal(string(out), err)
	}
}
`,
		"cmd/words/main.go": "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\n\t\"example.test/words\"\n)\n\nfunc main() { fmt.Println(words.Count(os.Args[1])) }\n",
	}), `go build -o ./words ./cmd/words && ./words "one two three" && go test -v ./...`)
}

// TestPythonTests runs a file of unittest with processes, threads, signals and files.
func TestPythonTests(t *testing.T) {
	same(t, write(map[string]string{
		"test_all.py": `import os, queue, signal, subprocess, sys, tempfile, threading, unittest

class All(unittest.TestCase):
    def test_processes(self):
        out = subprocess.run([sys.executable, "-c", "print(6*7)"], capture_output=True, text=True)
        self.assertEqual((out.stdout, out.returncode), ("42\n", 0))

    def test_fork_and_signal(self):
        r, w = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(w)
            os.read(r, 1)
            signal.pause()
        os.kill(pid, signal.SIGTERM)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), -signal.SIGTERM)

    def test_threads(self):
        q = queue.Queue()
        ts = [threading.Thread(target=q.put, args=(i,)) for i in range(50)]
        [t.start() for t in ts]; [t.join() for t in ts]
        self.assertEqual(sorted(q.get() for _ in ts), list(range(50)))

    def test_files(self):
        with open("made.txt", "w") as f:
            f.write("by python\n")
        with tempfile.TemporaryDirectory() as d:
            os.symlink("/", os.path.join(d, "x"))

    def test_failure_is_seen(self):
        self.assertEqual(subprocess.call(["false"]), 1)

if __name__ == "__main__":
    unittest.main(verbosity=2)
`}), `python3 -B test_all.py && python3 -m py_compile test_all.py`)
}

// write makes a prepare that writes files.
func write(files map[string]string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		for name, text := range files {
			path := filepath.Join(dir, name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
				t.Fatal(err)
			}
		}
	}
}
