// suite_go.go is the suite go-std: the tests of Go's own standard library.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"jail/integration/internal/fetch"
)

// goPackages are those that lean hardest on processes, signals and syscalls.
// The first four are also the subset for a CI run.
var goPackages = []string{"os", "os/exec", "os/signal", "syscall", "time", "net", "runtime"}

func goStd(ctx context.Context, e *env) ([]unit, error) {
	goroot, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("%w: go env GOROOT: %w", fetch.ErrUnavailable, err)
	}
	root := strings.TrimSpace(string(goroot))
	packages := goPackages
	if e.ci {
		packages = packages[:4]
	}
	// Tests that build programs share one build cache, kept between runs.
	cache := filepath.Join(e.store.Dir(), fmt.Sprintf("build-gocache-%d", e.uid()))
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return nil, err
	}
	if e.cred != nil {
		if err := os.Chown(cache, int(e.cred.Uid), int(e.cred.Gid)); err != nil {
			return nil, err
		}
	}
	var units []unit
	for _, pkg := range packages {
		src := filepath.Join(root, "src", pkg)
		if _, err := os.Stat(src); err != nil {
			return nil, fmt.Errorf("%w: this Go has no sources: %w", fetch.ErrUnavailable, err)
		}
		bin := filepath.Join(e.work, strings.ReplaceAll(pkg, "/", "_")+".test")
		cmd := exec.CommandContext(ctx, "go", "test", "-c", "-o", bin, pkg)
		cmd.Dir = e.work
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%w: building the tests of %s: %w\n%s", fetch.ErrUnavailable, pkg, err, out)
		}
		argv := []string{bin, "-test.v=test2json"}
		if !e.long {
			argv = append(argv, "-test.short")
		}
		units = append(units, unit{
			name:    "go-std/" + pkg,
			argv:    argv,
			dir:     src,
			env:     []string{"GOCACHE=" + cache, "GOFLAGS=-modcacherw"},
			quiet:   3 * time.Minute,
			limit:   15 * time.Minute,
			parse:   parseGo,
			without: withoutGo(argv),
		})
	}
	return units, nil
}

// withoutGo leaves out top-level tests by the testing package's own flag.
func withoutGo(argv []string) func([]string) []string {
	return func(tests []string) []string {
		quoted := make([]string, len(tests))
		for i, t := range tests {
			quoted[i] = regexp.QuoteMeta(t)
		}
		return append(append([]string{}, argv...), "-test.skip=^("+strings.Join(quoted, "|")+")$")
	}
}
