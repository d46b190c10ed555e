// run_test.go tests the runner with small shell programs: what it captures, that
// it goes on after a death, and that nothing outlives a run.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"jail/integration/internal/fetch"

	"golang.org/x/sys/unix"
)

// leaver in the environment makes the test binary stopAndLeave.
const leaver = "TRANSPARENCY_TEST_LEAVER"

// orphans is set before all tests, and never again.
var orphans *orphanage

// TestMain runs the tests in the second incarnation of this program, as what they
// test is.
func TestMain(m *testing.M) {
	if os.Getenv(leaver) != "" {
		if err := stopAndLeave(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code, o, err := enterSession()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if o == nil {
		os.Exit(code)
	}
	orphans = o
	os.Exit(m.Run())
}

func newRunner(t *testing.T, wrap ...string) *runner {
	t.Helper()
	store, err := fetch.Open(t.TempDir(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return &runner{env: &env{store: store, log: io.Discard, work: t.TempDir()}, wrap: wrap, orphans: orphans}
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

// stopAndLeave starts a shell in a process group of its own, waits until it has
// stopped, and leaves it behind. The shell says in the pipe p that it was hung up.
func stopAndLeave() error {
	cmd := exec.Command("/bin/sh", "-c", `trap 'echo hung up >p; exit' HUP; kill -STOP $$`)
	cmd.SysProcAttr = &unix.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	var ws unix.WaitStatus
	_, err := unix.Wait4(cmd.Process.Pid, &ws, unix.WUNTRACED, nil)
	if err == nil && !ws.Stopped() {
		err = fmt.Errorf("wait status %#x", ws)
	}
	return err
}

// TestOrphans checks what a login finds: orphans are reaped while a program runs,
// and their parent is in another session, so that a stopped process group whose
// leader has died is sent SIGHUP (setpgid(2)).
func TestOrphans(t *testing.T) {
	tests := []struct{ name, script, output string }{
		{"reaped", "p=$(sh -c 'sleep 0 & echo $!'); while [ -d /proc/$p ]; do :; done; echo gone", "gone\n"},
		{"hung up", `mkfifo p; ` + leaver + `=1 "$0" && cat p`, "hung up\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u := shell(tt.script)
			u.argv = append(u.argv, os.Args[0])
			u.limit = 10 * time.Second
			c, err := newRunner(t).capture(context.Background(), u, u.argv, false)
			if err != nil || c.output != tt.output {
				t.Errorf("%+v, %v", c, err)
			}
		})
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
