// Real work: whole programs, from start to end.

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"jail/integration/internal/fetch"
)

// A work is a command, with what it needs.
type work struct {
	name, about string
	writes      bool    // files, in its working folder
	most        float64 // the goal under ci-build, as a multiple of native
	// prepare finds what all runs share; fill makes of it the folder of one run, which is empty at first. Both may be nil.
	prepare func(ctx context.Context, b *bench) (shared string, err error)
	fill    func(shared, dir string) error
	argv    func(b *bench, shared, dir string) (argv, env []string)
	starts  func(b *bench) int // of the command in one measurement; nil: one
}

// works are the trials of real work.
func (b *bench) works() []trial {
	var all []trial
	for _, w := range []work{
		{name: "c-build", about: "configure and make -j2 of zlib", writes: true, most: 1.02, prepare: source("zlib"), fill: copyOf, argv: cBuild},
		{name: "go-build", about: "go build with an empty cache", writes: true, most: 1.03, prepare: goModule, fill: copyOf, argv: goBuild},
		{name: "shell-loop", about: "/bin/true over and over, from one shell", most: 1.10, argv: shellLoop},
		{name: "find", about: "find over a source tree", most: 1.03, prepare: tree, argv: over("find . >/dev/null")},
		{name: "tar", about: "tar of it through a pipe to nowhere", most: 1.03, prepare: tree, argv: over("tar cf - . | cat >/dev/null")},
		{name: "copy", about: "cp -r of a small one and rm -r, 20 times", writes: true, prepare: source("zlib"), fill: copyOf, argv: copies},
		{name: "one-start", about: "/bin/true, once", argv: oneStart, starts: func(b *bench) int { return b.pick(50, 20) }},
	} {
		all = append(all, b.trialOf(w))
	}
	return all
}

// trialOf has a work done under each wrapper.
func (b *bench) trialOf(w work) trial {
	t := trial{name: w.name, about: w.about, group: groupWork, unit: "s"}
	shared := ""
	t.prepare = func(ctx context.Context) (err error) {
		if w.prepare != nil {
			shared, err = w.prepare(ctx, b)
		}
		return err
	}
	for _, u := range b.wrappers() {
		e := entry{name: u.name, absent: u.absent, optional: u.peer}
		if u.may != nil && !u.may(w) {
			e.absent = "lets nothing be written"
		}
		e.run = func(ctx context.Context) (figures, error) {
			took, err := b.time(ctx, w, shared, u)
			return figures{{u.name, took.Seconds()}}, err
		}
		t.entries = append(t.entries, e)
	}
	switch {
	case w.most != 0:
		t.goals = []goal{{strict, native, w.most}}
	case w.name == "one-start" && b.peers:
		t.goals = []goal{{strict, "bwrap", 1}}
	}
	return t
}

// time does a work once, in a folder of its own; it is the time for one start of its command.
func (b *bench) time(ctx context.Context, w work, shared string, u wrapper) (time.Duration, error) {
	dir, err := os.MkdirTemp(b.work, "run-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	if w.fill != nil {
		if err := w.fill(shared, dir); err != nil {
			return 0, err
		}
	}
	argv, env := w.argv(b, shared, dir)
	n := 1
	if w.starts != nil {
		n = w.starts(b)
	}
	var total time.Duration
	for range n {
		_, took, err := start(ctx, dir, env, append(u.words(dir), argv...)...)
		if err != nil {
			return 0, err
		}
		total += took
	}
	return total / time.Duration(n), nil
}

// source fetches a Debian source package.
func source(name string) func(context.Context, *bench) (string, error) {
	return func(ctx context.Context, b *bench) (string, error) {
		store, err := b.sources()
		if err != nil {
			return "", err
		}
		return store.Source(ctx, name)
	}
}

func copyOf(shared, dir string) error { return os.CopyFS(dir, os.DirFS(shared)) }

func cBuild(*bench, string, string) (argv, env []string) {
	return []string{"/bin/sh", "-c", "./configure && make -j2"}, nil
}

// goModule generates a module of a few packages that uses enough of the standard library to keep the compiler busy.
func goModule(_ context.Context, b *bench) (string, error) {
	if _, err := exec.LookPath("go"); err != nil {
		return "", fmt.Errorf("%w: %w", fetch.ErrUnavailable, err)
	}
	dir := filepath.Join(b.work, "module")
	uses, body, result := "encoding/json", "b, _ := json.Marshal(map[string]int{\"n\": %d}); return string(b)", "string"
	if b.quick { // nothing that depends on package runtime, which takes long
		uses, body, result = "unicode", "return unicode.IsUpper(%d)", "bool"
	}
	files := map[string]string{"go.mod": "module example.test/hello\n\ngo 1.21\n"}
	var imports, calls strings.Builder
	for i := range 8 {
		pkg := "p" + strconv.Itoa(i)
		files[pkg+"/"+pkg+".go"] = fmt.Sprintf("package %s\n\nimport %q\n\n// Of says something of a number.\nfunc Of() %s { "+body+" }\n", pkg, uses, result, i)
		fmt.Fprintf(&imports, "\t\"example.test/hello/%s\"\n", pkg)
		fmt.Fprintf(&calls, "\tprintln(%s.Of())\n", pkg)
	}
	if !b.quick {
		files["main.go"] = "package main\n\nimport (\n" + imports.String() + ")\n\nfunc main() {\n" + calls.String() + "}\n"
	}
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

// goBuild builds the module, and with it the standard library, into an empty build cache.
func goBuild(_ *bench, _, dir string) (argv, env []string) {
	return []string{"go", "build", "./..."},
		append(os.Environ(), "GOCACHE="+filepath.Join(dir, "cache"), "GOFLAGS=", "GOPROXY=off", "GOTOOLCHAIN=local")
}

// shellLoop starts /bin/true over and over: birth, exec, death, and a signal for each.
func shellLoop(b *bench, _, _ string) (argv, env []string) {
	return []string{"/bin/sh", "-c", fmt.Sprintf("i=0; while [ $i -lt %d ]; do /bin/true; i=$((i+1)); done", b.pick(3000, 500))}, nil
}

// tree is a big folder that every policy lets be read: the sources of Go's library.
func tree(ctx context.Context, _ *bench) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("%w: %w", fetch.ErrUnavailable, err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "src"), nil
}

// over runs a shell command over the tree; what takes less than half a second natively, several times.
func over(command string) func(*bench, string, string) (argv, env []string) {
	return func(b *bench, shared, _ string) (argv, env []string) {
		times := b.pick(5, 1)
		if strings.HasPrefix(command, "find") {
			times *= 4
		}
		return []string{"/bin/sh", "-ec", fmt.Sprintf("cd '%s'; i=0; while [ $i -lt %d ]; do %s; i=$((i+1)); done", shared, times, command)}, nil
	}
}

// copies makes and removes many files.
func copies(*bench, string, string) (argv, env []string) {
	return []string{"/bin/sh", "-ec", "mkdir t; mv [!t]* t; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do cp -r t copy && rm -r copy; done"}, nil
}

func oneStart(*bench, string, string) (argv, env []string) { return []string{"/bin/true"}, nil }
