// suite_python.go is the suite python: Debian's Python and its own tests, from
// packages that are unpacked, not installed.
package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

//go:embed pydriver.py
var pyDriver []byte

// pythonModules with, for each, whether the subset for a CI run has it.
var pythonModules = []struct {
	name string
	ci   bool
}{
	{"test_os", true},
	{"test_posix", true},
	{"test_signal", false},
	{"test_subprocess", true},
	{"test_threading", false},
	{"test_pty", true},
	{"test_socket", false},
	{"test_multiprocessing_fork", false},
}

// pythonLeaveOut are tests that hang natively where the kernel offers vsock
// sockets but no peer.
var pythonLeaveOut = []string{"*VSOCK*"}

func python(ctx context.Context, e *env) ([]unit, error) {
	root, err := e.store.Packages(ctx, "python3.11",
		"python3.11", "python3.11-minimal",
		"libpython3.11-minimal", "libpython3.11-stdlib", "libpython3.11-testsuite")
	if err != nil {
		return nil, err
	}
	driver := filepath.Join(e.work, "pydriver.py")
	if err := os.WriteFile(driver, pyDriver, 0o644); err != nil {
		return nil, fmt.Errorf("python: %w", err)
	}
	var units []unit
	for _, m := range pythonModules {
		if e.ci && !m.ci {
			continue
		}
		argv := []string{filepath.Join(root, "usr/bin/python3.11"), driver}
		for _, p := range pythonLeaveOut {
			argv = append(argv, "--leave-out", p)
		}
		argv = append(argv, "test."+m.name)
		units = append(units, unit{
			name:  "python/" + m.name,
			argv:  argv,
			quiet: 2 * time.Minute,
			limit: 15 * time.Minute,
			parse: parseJournal,
			without: func(tests []string) []string {
				out := append([]string{}, argv...)
				for _, t := range tests {
					out = append(out, "--without", t)
				}
				return out
			},
			// The unpacked tree belongs to another user: no .pyc files beside it.
			env: []string{"PYTHONDONTWRITEBYTECODE=1"},
		})
	}
	return units, nil
}
