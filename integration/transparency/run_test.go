// run_test.go tests the runner with small shell programs: what it captures, that
// it goes on after a death, and that nothing outlives a run.
package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"jail/integration/internal/fetch"

	"golang.org/x/sys/unix"
)

func newRunner(t *testing.T, wrap ...string) *runner {
	t.Helper()
	if err := becomeReaper(); err != nil {
		t.Fatal(err)
	}
	store, err := fetch.Open(t.TempDir(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return &runner{env: &env{store: store, log: io.Discard, work: t.TempDir()}, wrap: wrap}
}

func shell(script string) unit {
	return unit{name: "u", argv: []string{"/bin/sh", "-c", script}, quiet: time.Minute, limit: time.Minute, parse: parseOutput(noSkip)}
}

func TestCapture(t *testing.T) {
	tests := []struct{ name, script, output, status string }{
		{"output and exit", "echo out; echo err >&2; exit 3", "out\nerr\n", "exit 3"},
		{"death by signal", "kill -TERM $$", "", "signal terminated"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u := shell(tt.script)
			c, err := newRunner(t).capture(context.Background(), u, u.argv, false)
			if err != nil {
				t.Fatal(err)
			}
			if c.output != tt.output || c.status != tt.status {
				t.Errorf("%q, %s; want %q, %s", c.output, c.status, tt.output, tt.status)
			}
		})
	}
}

func TestWrapped(t *testing.T) {
	u := shell("echo $WRAPPED")
	r := newRunner(t, "/usr/bin/env", "WRAPPED=yes")
	for wrapped, want := range map[bool]string{true: "yes\n", false: "\n"} {
		c, err := r.capture(context.Background(), u, u.argv, wrapped)
		if err != nil || c.output != want {
			t.Errorf("wrapped %v: %q, %v", wrapped, c.output, err)
		}
	}
}

func TestTTY(t *testing.T) {
	u := shell("test -t 0 && : >/dev/tty && echo has one")
	u.tty = true
	c, err := newRunner(t).capture(context.Background(), u, u.argv, false)
	if err != nil || c.output != "has one\n" {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestNothingOutlivesARun(t *testing.T) {
	// One child stays in the group, one leaves it as a daemon does.
	u := shell("mkfifo p; sleep 1000 & echo $!; setsid sh -c 'echo $$ >p; exec sleep 1000' & cat p")
	c, err := newRunner(t).capture(context.Background(), u, u.argv, false)
	if err != nil {
		t.Fatal(err)
	}
	pids := strings.Fields(c.output)
	if len(pids) != 2 {
		t.Fatalf("output %q", c.output)
	}
	for _, pid := range pids {
		if _, err := os.Stat(filepath.Join("/proc", pid)); err == nil {
			t.Errorf("process %s is still there", pid)
		}
	}
	if _, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); err != unix.ECHILD {
		t.Errorf("children left: %v", err)
	}
}

func TestStall(t *testing.T) {
	u := shell("sleep 1000")
	u.limit = time.Nanosecond
	c, err := newRunner(t).capture(context.Background(), u, u.argv, false)
	if err != nil || !c.stalled || c.status != "signal killed" {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestGoesOnAfterADeath(t *testing.T) {
	run := func(tests string) []string {
		return []string{"/bin/sh", "-c", `for t in ` + tests + `; do echo start $t >>$JOURNAL; [ $t = b ] && kill -9 $$; echo pass $t >>$JOURNAL; done; echo end >>$JOURNAL`}
	}
	u := unit{name: "u", argv: run("a b c"), quiet: time.Minute, limit: time.Minute, parse: parseJournal}
	u.without = func(tests []string) []string {
		if got := strings.Join(tests, " "); got != "a b" {
			t.Errorf("goes on without %q", got)
		}
		return run("c")
	}
	got, err := newRunner(t).once(context.Background(), u, false, "x")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]verdict{"a": pass, "b": died, "c": pass} {
		if got[name].verdict != want {
			t.Errorf("%s: %s, want %s", name, got[name].verdict, want)
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	u := shell("sleep 1000")
	if _, err := newRunner(t).capture(ctx, u, u.argv, false); err != context.Canceled {
		t.Errorf("error %v", err)
	}
}
