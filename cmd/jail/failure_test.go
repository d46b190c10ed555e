// What jail says when a program can't be started, and its exit codes.

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor"
	"jail/supervisor/launch"
)

func write(t *testing.T, mode os.FileMode, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestStartErrors(t *testing.T) {
	execError := func(errno error) error {
		return fmt.Errorf("%w: %w", supervisor.ErrStart, &fs.PathError{Op: "exec", Path: "p", Err: errno})
	}
	script := write(t, 0o755, "#! /no/such/shell -e\n")
	for _, c := range []struct {
		name, path string
		err        error
		code       int
		says       string
	}{
		{"not in PATH", "", execError(unix.ENOENT), exitNotFound, "p: not found in $PATH"},
		{"no file", "./nosuch", execError(unix.ENOENT), exitNotFound, "p: no such file"},
		{"no interpreter", script, execError(unix.ENOENT), exitNotFound, `p: its interpreter "/no/such/shell" does not exist`},
		{"no permission", write(t, 0o644, "x"), execError(unix.EACCES), exitNotExec, "p: cannot be executed: it has no execute permission"},
		{"folder", t.TempDir(), execError(unix.EACCES), exitNotExec, "p: cannot be executed: it is a directory"},
		{"busy", script, execError(unix.ETXTBSY), exitNotExec, "p: cannot be executed: text file busy"},
		{"too long", script, execError(unix.E2BIG), exitNotExec, "p: cannot be executed: argument list too long"},
		{"data", write(t, 0o755, "\x00\x01"), execError(unix.ENOEXEC), exitNotExec, "p: cannot be executed: it is neither a program for"},
		{"foreign", "/proc/self/exe", fmt.Errorf("%w: %w", supervisor.ErrStart, supervisor.ErrForeignABI), exitNotExec, "p: cannot be executed: it is built for"},
		{"ptrace", script, fmt.Errorf("%w: %w: kernel.yama.ptrace_scope is 3 (%w)", supervisor.ErrStart, supervisor.ErrPtraceRefused, execError(unix.EPERM)),
			exitJail, "p was not started: the kernel refuses ptrace: kernel.yama.ptrace_scope is 3"},
		{"inherited folder", script, fmt.Errorf("%w: descriptor 0 is a folder (%w)", supervisor.ErrStart, unix.EISDIR), exitJail, "p was not started: descriptor 0 is a folder"},
		{"other", script, fmt.Errorf("%w: out of cheese", supervisor.ErrStart), exitJail, "p was not started: out of cheese"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := startError("p", c.path, c.err)
			if got.code != c.code || !strings.HasPrefix(got.Error(), c.says) || strings.Contains(got.Error(), "\n") {
				t.Errorf("exit %d, %q; want %d, %q", got.code, got, c.code, c.says)
			}
			if !errors.Is(got, c.err) {
				t.Error("the cause is lost")
			}
		})
	}
}

// A name that is empty, as of a variable that is not set, stands in quotes: without them the message would begin with a colon.
func TestStartErrorOfNoName(t *testing.T) {
	err := fmt.Errorf("%w: %w", supervisor.ErrStart, &fs.PathError{Op: "exec", Err: unix.ENOENT})
	if got := startError("", "", err); got.code != exitNotFound || got.Error() != `"": not found in $PATH` {
		t.Errorf("exit %d, %q", got.code, got)
	}
}

func TestInterpreter(t *testing.T) {
	for text, want := range map[string]string{
		"#!/bin/sh\n":                 "/bin/sh",
		"#!  /usr/bin/env python3 -u": "/usr/bin/env",
		"#!":                          "",
		"#!\n":                        "",
		"":                            "",
		"echo":                        "",
		"\x7fELF":                     "",
		"\x7fELF\x02\x01\x01" + "\xff\xff\xff\xff": "",
	} {
		if got := interpreter(write(t, 0o644, text)); got != want {
			t.Errorf("interpreter of %q is %q, want %q", text, got, want)
		}
	}
}

func TestShellScript(t *testing.T) {
	for text, want := range map[string]bool{"": true, "echo hi\n": true, "\x7fELF": false, "a\x00b": false} {
		if got := launch.ShellScript(write(t, 0o644, text)); got != want {
			t.Errorf("shellScript of %q is %v", text, got)
		}
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	for _, f := range []struct {
		name string
		mode os.FileMode
	}{{"a/tool", 0o644}, {"b/tool", 0o755}, {"a/plain", 0o644}, {"a/folder/x", 0o644}} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(f.name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, f.name), nil, f.mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	t.Setenv("PATH", "nosuch:a::b")
	for _, c := range []struct {
		name, path string
		err        error
	}{
		{"tool", "b/tool", nil},
		{"./tool", "./tool", nil}, // for execve to judge
		{"/", "/", nil},
		{"plain", "", fs.ErrPermission},
		{"folder", "", fs.ErrNotExist},
		{"nosuch", "", fs.ErrNotExist},
		{"", "", fs.ErrNotExist},
		{".", "", fs.ErrNotExist},
	} {
		path, err := launch.Find(c.name, "", os.Environ())
		if path != c.path || !errors.Is(err, c.err) {
			t.Errorf("find(%q) is %q, %v; want %q, %v", c.name, path, err, c.path, c.err)
		}
	}
	if err := os.Unsetenv("PATH"); err != nil { // t.Setenv puts it back
		t.Fatal(err)
	}
	if path, err := launch.Find("sh", "", os.Environ()); err != nil || path != "/bin/sh" {
		t.Errorf("without $PATH sh is %q, %v", path, err)
	}
}

func TestPrefixed(t *testing.T) {
	for text, want := range map[string]string{
		"one":          "jail: one\n",
		"one\ntwo\n":   "jail: one\njail: two\n",
		"one\n\ntwo\n": "jail: one\njail: \njail: two\n",
	} {
		if got := prefixed(text); got != want {
			t.Errorf("prefixed(%q) is %q", text, got)
		}
	}
}
