// workloads.go says what is measured, and measures it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"jail/integration/internal/fetch"
)

// A workload is one line of the table.
type workload struct {
	name, about string
	// prepare makes what all runs share; once returns the command of one run, in
	// a directory of its own that is empty at first.
	prepare func(ctx context.Context, b *bench) (shared string, err error)
	once    func(b *bench, shared, dir string) (*exec.Cmd, error)
	repeat  func(b *bench) int // starts of the command in one measurement
}

func workloads() []workload {
	return []workload{
		{name: "c-build", about: "configure and make -j2 of zlib", prepare: source("zlib"), once: cBuild},
		{name: "go-build", about: "a small module, empty build cache", prepare: goModule, once: goBuild},
		{name: "shell-loop", about: "/bin/true, 5,000 times (1,000 with -quick)", once: shellLoop},
		{name: "read-tree", about: "tar of a source tree to nowhere, 20 times", prepare: source("zlib"), once: readTree},
		{name: "copy-tree", about: "cp -r of it and rm -r, 20 times", prepare: source("zlib"), once: copyTree},
		{name: "one-start", about: "/bin/true, once", once: oneStart, repeat: func(b *bench) int { return b.pick(100, 20) }},
	}
}

// A bench runs workloads.
type bench struct {
	store *fetch.Store
	work  string
	wrap  []string
	quick bool
	runs  int
}

// pick chooses a loop count.
func (b *bench) pick(full, quick int) int {
	if b.quick {
		return quick
	}
	return full
}

// measure runs w natively and under the wrapper by turns; which goes first
// alternates too, so that a machine that slows down favours neither.
func (b *bench) measure(ctx context.Context, w workload) (result, error) {
	shared := ""
	if w.prepare != nil {
		var err error
		if shared, err = w.prepare(ctx, b); err != nil {
			return result{}, err
		}
	}
	// Once unmeasured, so that no side pays for cold files.
	for _, wrapped := range []bool{false, true} {
		if _, err := b.time(ctx, w, shared, wrapped); err != nil {
			return result{}, err
		}
	}
	times := map[bool][]time.Duration{}
	for i := range b.runs {
		for _, wrapped := range []bool{i%2 == 1, i%2 == 0} {
			d, err := b.time(ctx, w, shared, wrapped)
			if err != nil {
				return result{}, err
			}
			times[wrapped] = append(times[wrapped], d)
		}
	}
	return summarise(times[false], times[true]), nil
}

// time measures one run, per start where the workload repeats.
func (b *bench) time(ctx context.Context, w workload, shared string, wrapped bool) (time.Duration, error) {
	dir, err := os.MkdirTemp(b.work, "run-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	n := 1
	if w.repeat != nil {
		n = w.repeat(b)
	}
	var total time.Duration
	for range n {
		cmd, err := w.once(b, shared, dir)
		if err != nil {
			return 0, err
		}
		argv := cmd.Args
		if wrapped {
			argv = append(append([]string{}, b.wrap...), argv...)
		}
		c := exec.CommandContext(ctx, argv[0], argv[1:]...)
		c.Dir, c.Env = dir, cmd.Env
		c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
		start := time.Now()
		out, err := c.CombinedOutput()
		total += time.Since(start)
		if err != nil {
			if len(out) > 2000 {
				out = out[len(out)-2000:]
			}
			return 0, fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, out)
		}
	}
	return total / time.Duration(n), nil
}

// source fetches a Debian source package.
func source(name string) func(context.Context, *bench) (string, error) {
	return func(ctx context.Context, b *bench) (string, error) {
		return b.store.Source(ctx, name)
	}
}

// cBuild builds the library and its programs in a copy of the source tree.
func cBuild(_ *bench, shared, dir string) (*exec.Cmd, error) {
	if err := os.CopyFS(dir, os.DirFS(shared)); err != nil {
		return nil, err
	}
	return exec.Command("/bin/sh", "-c", "./configure && make -j2"), nil
}

// goModule generates a module of a few packages that uses enough of the
// standard library to keep the compiler busy.
func goModule(_ context.Context, b *bench) (string, error) {
	dir := filepath.Join(b.work, "module")
	files := map[string]string{"go.mod": "module example.test/hello\n\ngo 1.21\n"}
	var imports, calls strings.Builder
	for i := range 8 {
		pkg := "p" + strconv.Itoa(i)
		files[pkg+"/"+pkg+".go"] = fmt.Sprintf("package %s\n\nimport \"encoding/json\"\n\n"+
			"// Text is %d in JSON.\nfunc Text() string { b, _ := json.Marshal(map[string]int{\"n\": %d}); return string(b) }\n", pkg, i, i)
		fmt.Fprintf(&imports, "\t\"example.test/hello/%s\"\n", pkg)
		fmt.Fprintf(&calls, "\tfmt.Println(%s.Text())\n", pkg)
	}
	files["main.go"] = "package main\n\nimport (\n\t\"fmt\"\n\n" + imports.String() + ")\n\nfunc main() {\n" + calls.String() + "}\n"
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return "", err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// goBuild builds the module, and with it the standard library, into an empty
// build cache.
func goBuild(b *bench, shared, dir string) (*exec.Cmd, error) {
	goTool, err := exec.LookPath("go")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", fetch.ErrUnavailable, err)
	}
	if err := os.CopyFS(dir, os.DirFS(shared)); err != nil { // the working folder is all that every policy lets it use
		return nil, err
	}
	cmd := exec.Command(goTool, "build", "-o", "hello", ".")
	cmd.Env = append(os.Environ(), "GOCACHE="+filepath.Join(dir, "cache"), "GOFLAGS=", "GOPROXY=off", "GOTOOLCHAIN=local")
	return cmd, nil
}

// shellLoop starts /bin/true over and over from one shell.
func shellLoop(b *bench, _, _ string) (*exec.Cmd, error) {
	n := b.pick(5000, 1000)
	return exec.Command("/bin/sh", "-c", fmt.Sprintf("i=0; while [ $i -lt %d ]; do /bin/true; i=$((i+1)); done", n)), nil
}

// readTree opens many files and only reads them: none of that may stop.
func readTree(_ *bench, shared, dir string) (*exec.Cmd, error) {
	return looped(shared, dir, "tar cf - tree | cat >/dev/null")
}

// copyTree makes and removes many files.
func copyTree(_ *bench, shared, dir string) (*exec.Cmd, error) {
	return looped(shared, dir, "cp -r tree copy && rm -r copy")
}

// looped runs a shell command 20 times where the source tree is called tree.
func looped(shared, dir, command string) (*exec.Cmd, error) {
	if _, err := os.Lstat(filepath.Join(dir, "tree")); err != nil {
		if err := os.CopyFS(filepath.Join(dir, "tree"), os.DirFS(shared)); err != nil {
			return nil, err
		}
	}
	return exec.Command("/bin/sh", "-ec", "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do "+command+"; done"), nil
}

// oneStart starts it once.
func oneStart(*bench, string, string) (*exec.Cmd, error) {
	return exec.Command("/bin/true"), nil
}
