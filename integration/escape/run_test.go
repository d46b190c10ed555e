// One attempt: how it is started, and what it comes to.

package escape

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long an attempt may take before it is given up as hung. No result depends on it.
const patience = 60 * time.Second

// attempt is a line of attempts --list.
type attempt struct{ group, name, flags string }

func (a attempt) has(flag string) bool { return strings.Contains(a.flags, flag) }

func attempts(t *testing.T) []attempt {
	t.Helper()
	out, err := exec.Command(built.attempts, "--list").Output()
	if err != nil {
		t.Fatal(err)
	}
	selected, err := regexp.Compile(*only)
	if err != nil {
		t.Fatal(err)
	}
	var list []attempt
	for line := range strings.Lines(string(out)) {
		var a attempt
		if _, err := fmt.Sscan(line, &a.group, &a.name, &a.flags); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if selected.MatchString(a.group + "/" + a.name) {
			list = append(list, a)
		}
	}
	return list
}

// outcome is what came of an attempt.
type outcome struct {
	verdict string // ESCAPED, BLOCKED, SKIP, DONE if the world is to say it, KILLED if nothing was said, HUNG, LEFT if the world has changed
	text    string
	code    int
	stderr  string
	peak    int64 // of jail's memory in KiB, when an attempt asked for it
	denied  int   // how many denials the attempt says there were; 0: it says nothing
	told    int   // how many the report says there were, then
}

func (o outcome) String() string {
	s := o.text
	if s == "" {
		s = o.verdict
	}
	return fmt.Sprintf("%s (exit %d)\n%s", strings.TrimSpace(s), o.code, o.stderr)
}

// try makes a world and an attempt in it.
func try(t *testing.T, c cell, a attempt) outcome {
	w := newWorld(t, c)
	o := w.run(t, c, a)
	changes := w.end(t)
	if o.verdict == "DONE" {
		o.verdict = map[bool]string{true: "BLOCKED", false: "ESCAPED"}[changes == ""]
	}
	if c.policy != "" && strings.Contains(o.text, w.secret) || o.verdict != "ESCAPED" && changes != "" {
		o.verdict, o.text = "LEFT", o.text+"the world has changed: "+changes+"\n"
	}
	return o
}

// command is the attempt in its place, under jail or what stands in for it.
func (w *world) command(c cell, a attempt) *exec.Cmd {
	args := append([]string{w.work + "/attempts", a.name}, w.words...)
	if c.policy == "" {
		args = append([]string{built.attempts, "--keeper"}, args...)
	} else {
		args = append([]string{built.jail, "run", "--policy", w.dir + "/policy.yaml", "--report", w.dir + "/home/report", "--"}, args...)
	}
	cmd := exec.Command(built.attempts, c.place(built.attempts, args...)...)
	cmd.Dir, cmd.ExtraFiles = w.work, w.extra
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // attempts on their group don't find the test
	cmd.Env = []string{"HOME=" + w.dir + "/home", "TMPDIR=" + os.TempDir(), "PATH=" + os.Getenv("PATH")}
	return cmd
}

func (w *world) run(t *testing.T, c cell, a attempt) outcome {
	cmd := w.command(c, a)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdin := input(t, cmd, a)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	hung := false
	watchdog := time.AfterFunc(patience, func() { hung = true; _ = cmd.Process.Kill() })
	o := outcome{verdict: "KILLED"}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		word, _, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case "MEASURE":
			o.peak = peak(cmd.Process.Pid)
			_ = stdin.Close()
			continue
		case "DENIED":
			_, _ = fmt.Sscan(lines.Text(), &word, &o.denied)
			continue
		case "ESCAPED", "SKIP", "BLOCKED", "DONE":
			if o.verdict != "ESCAPED" {
				o.verdict = word
			}
		}
		o.text += lines.Text() + "\n"
	}
	_ = cmd.Wait() // what it says stands in ProcessState
	if !watchdog.Stop() && hung {
		o.verdict = "HUNG"
	}
	_ = stdin.Close()
	if o.denied > 0 {
		o.told = w.denials(t)
	}
	o.code, o.stderr = cmd.ProcessState.ExitCode(), stderr.String()
	return o
}

// peak is the most memory that a process has had, in KiB; 0: it is not known.
func peak(pid int) int64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, after, _ := strings.Cut(string(text), "VmHWM:")
	var n int64
	_, _ = fmt.Sscan(after, &n)
	return n
}

// input gives the attempt a terminal of its own, or a pipe that ends when it is closed.
func input(t *testing.T, cmd *exec.Cmd, a attempt) io.Closer {
	t.Helper()
	if !a.has("t") {
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		return stdin
	}
	leader, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatalf("this machine has no terminals (/dev/pts): %v", err)
	}
	number, err := unix.IoctlGetInt(int(leader.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(leader.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("/dev/pts/%d", number)
	if err := os.Chmod(name, 0o666); err != nil {
		t.Fatal(err)
	}
	follower, err := os.OpenFile(name, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdin = follower
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	return terminal{leader, follower}
}

// terminal is both ends.
type terminal struct{ leader, follower *os.File }

func (t terminal) Close() error { return errors.Join(t.leader.Close(), t.follower.Close()) }

// denials is how many there were by the end of jail's report.
func (w *world) denials(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(w.dir + "/home/report")
	if err != nil {
		t.Errorf("no report: %v", err)
	}
	var last struct {
		Event  string
		Totals struct{ Denials int }
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	if err := json.Unmarshal(lines[len(lines)-1], &last); err != nil || last.Event != "end" {
		t.Errorf("the report ends with %q: %v", lines[len(lines)-1], err)
	}
	return last.Totals.Denials
}
