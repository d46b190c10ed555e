// Files that are full, closed or slow, and floods.

package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"jail/supervisor/report"
	"jail/supervisor/utrace"
)

// writes keeps what each Write was given, and fails after some.
type writes struct {
	all  []string
	room int
}

func (w *writes) Write(p []byte) (int, error) {
	if w.room == 0 {
		return 0, unix.ENOSPC
	}
	w.room--
	w.all = append(w.all, string(p))
	return len(p), nil
}

func TestEachLineIsOneWrite(t *testing.T) {
	w := &writes{room: 1000}
	probe := fake{}
	makeRun(report.New(report.Config{Lines: w, Now: clock(), Probe: probe, Run: "r"}), probe)
	if len(w.all) < 20 {
		t.Fatalf("%d writes", len(w.all))
	}
	for _, line := range w.all {
		if !json.Valid([]byte(line)) || strings.Count(line, "\n") != 1 || !strings.HasSuffix(line, "\n") {
			t.Errorf("not one line: %q", line)
		}
	}
}

// TestFileHasTheSameLines as somebody has who is given each by itself.
func TestFileHasTheSameLines(t *testing.T) {
	name := filepath.Join(t.TempDir(), "r")
	f, err := report.OpenFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var lines bytes.Buffer
	for _, w := range []io.Writer{f, &lines} {
		probe := fake{}
		makeRun(report.New(report.Config{Lines: w, Now: clock(), Probe: probe, Run: "r"}), probe)
	}
	if got, err := os.ReadFile(name); err != nil || string(got) != lines.String() {
		t.Errorf("%v, in the file is\n%s, want\n%s", err, got, lines.String())
	}
	if err := errors.Join(f.Check(), f.Close()); err != nil {
		t.Error(err)
	}
}

// TestDeathsAreNotKept: in a file a death is there when its reap was told, whether that has a line or not; or something else, or
// the end.
func TestDeathsAreNotKept(t *testing.T) {
	name := filepath.Join(t.TempDir(), "r")
	f, err := report.OpenFile(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := report.New(report.Config{Lines: f, Now: clock(), Probe: fake{}, Run: "r", Tasks: 1})
	first, other := id(1, 10, 10), id(2, 11, 11)
	r.Birth(first, utrace.TaskID{}, false)
	r.Birth(other, first, false)
	deaths := func(when string, want int) {
		t.Helper()
		if got, err := os.ReadFile(name); err != nil || bytes.Count(got, []byte(`"event":"death"`)) != want {
			t.Errorf("%s: %v, want %d deaths:\n%s", when, err, want, got)
		}
	}
	killed := utrace.DeathEvent{Status: utrace.ExitStatus{Signal: unix.SIGKILL}}
	r.Death(other, killed, utrace.Usage{})
	r.Reap(other)
	deaths("a reap that is not told", 1)
	r.Death(first, killed, utrace.Usage{})
	r.Refused(first, "e", utrace.Why{What: "x"})
	deaths("a denial after a death", 2)
	r.Reap(first)

	r = report.New(report.Config{Lines: f, Now: clock(), Probe: fake{}, Run: "r"})
	r.Birth(first, utrace.TaskID{}, false)
	r.Death(first, killed, utrace.Usage{})
	r.End(utrace.ExitStatus{}, utrace.Killer{}, report.Exit{By: "jail"}, nil)
	deaths("the end after a death", 3)
}

func TestLossIsToldOnce(t *testing.T) {
	w := &writes{room: 3}
	var lost []error
	probe := fake{}
	r := report.New(report.Config{Lines: w, Now: clock(), Probe: probe, Run: "r", Lost: func(err error) { lost = append(lost, err) }})
	makeRun(r, probe)
	if len(lost) != 1 || !errors.Is(lost[0], report.ErrReport) || !errors.Is(lost[0], unix.ENOSPC) {
		t.Errorf("told of the loss: %v", lost)
	}
	if !errors.Is(r.Err(), unix.ENOSPC) {
		t.Errorf("Err is %v", r.Err())
	}
	if len(w.all) != 3 {
		t.Errorf("%d lines after the loss, want the 3 before it", len(w.all))
	}
}

func TestFileAppends(t *testing.T) {
	name := filepath.Join(t.TempDir(), "r")
	for _, text := range []string{"one\n", "two\n"} {
		f, err := report.OpenFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, text); err != nil {
			t.Fatal(err)
		}
		// What Write has returned from is the kernel's: it is there before Close.
		if got, err := os.ReadFile(name); err != nil || !strings.HasSuffix(string(got), text) {
			t.Errorf("the file has %q (%v), %q was written", got, err, text)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := os.ReadFile(name); string(got) != "one\ntwo\n" {
		t.Errorf("the file has %q", got)
	}
}

func TestFullDiskAndMissingFolder(t *testing.T) {
	f, err := report.OpenFile("/dev/full")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write([]byte("x")); !errors.Is(err, unix.ENOSPC) || !strings.Contains(err.Error(), "/dev/full") {
		t.Errorf("writing to /dev/full: %v", err)
	}
	if _, err := report.OpenFile(filepath.Join(t.TempDir(), "no", "r")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file in a folder that is not there: %v", err)
	}
}

func TestPipeThatNobodyReads(t *testing.T) {
	name := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	f, err := report.OpenFile(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	reader.Close()
	if _, err := f.Write([]byte("x")); !errors.Is(err, unix.EPIPE) {
		t.Errorf("writing to a pipe without reader: %v", err)
	}
}

// TestNonBlockingFile: whoever shares the file may have made it non-blocking; a line is written whole all the same.
func TestNonBlockingFile(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	fd := int(w.Fd())
	if err := unix.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	long := bytes.Repeat([]byte("x"), 1<<20) // more than a pipe holds
	done := make(chan error)
	go func() {
		_, err := report.Terminal{FD: fd}.Write(long)
		w.Close()
		done <- err
	}()
	got, err := io.ReadAll(r)
	if err != nil || len(got) != len(long) {
		t.Errorf("%d of %d bytes (%v)", len(got), len(long), err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestFloodOfDenialsIsBounded(t *testing.T) {
	var people bytes.Buffer
	r := report.New(report.Config{People: &people, Now: clock(), Probe: fake{}, Run: "r"})
	r.Birth(id(1, 10, 10), utrace.TaskID{}, false)
	for i := range 100_000 {
		r.Decided(id(1, 10, 10), utrace.Decision{Engine: "e", Event: utrace.SyscallEntry, Strictness: utrace.Answered,
			Why: utrace.Why{What: fmt.Sprintf("call%d(%d)", i%1000, i), Rule: "p.yaml:1:1"}})
	}
	r.End(utrace.ExitStatus{}, utrace.Killer{}, report.Exit{By: "program"}, nil)
	if n := strings.Count(people.String(), "\n"); n > 400 {
		t.Errorf("%d lines for people", n)
	}
	for _, want := range []string{"denied call63 by ?: 100 times in all\n", "jail: 93600 more denials, different from those\n"} {
		if !strings.Contains(people.String(), want) {
			t.Errorf("not said: %q", want)
		}
	}
}

func TestNamesCannotMoveTheCursor(t *testing.T) {
	var people, lines bytes.Buffer
	evil := "a\x1b]0;owned\x07\x1b[2J\r\nb\xff\u202e"
	probe := fake{10: {"/x/" + evil, evil, evil + strings.Repeat("long", 1000)}}
	r := report.New(report.Config{Lines: &lines, People: &people, Now: clock(), Probe: probe, Run: "r", Summary: true})
	r.Birth(id(1, 10, 10), utrace.TaskID{}, false)
	r.Decided(id(1, 10, 10), utrace.Decision{Engine: evil, Event: utrace.SyscallEntry, Strictness: utrace.Answered,
		Why: utrace.Why{What: evil, Rule: evil, Allow: evil}})
	r.Death(id(1, 10, 10), utrace.DeathEvent{Killer: utrace.Killer{By: "policy", Why: utrace.Why{What: evil}}}, utrace.Usage{})
	r.End(utrace.ExitStatus{}, utrace.Killer{}, report.Exit{By: "program"}, nil)
	for _, text := range []string{people.String(), lines.String()} {
		if strings.ContainsAny(text, "\x1b\x07\r") || !utf8.ValidString(text) {
			t.Errorf("control characters got through: %q", text)
		}
	}
	if strings.Contains(people.String(), "\u202e") {
		t.Errorf("a change of direction got through: %q", people.String())
	}
	if n := people.Len(); n > 4000 {
		t.Errorf("%d bytes for people", n)
	}
	validate(t, lines.String())
}

func TestLongArgumentsAreCut(t *testing.T) {
	var lines bytes.Buffer
	argv := append([]string{"/bin/x", "x"}, make([]string, 5000)...)
	r := report.New(report.Config{Lines: &lines, Now: clock(), Probe: fake{10: argv, 11: {"/bin/x", "x", strings.Repeat("y", 1<<20)}}, Run: "r"})
	r.Birth(id(1, 10, 10), utrace.TaskID{}, false)
	r.Birth(id(2, 11, 11), id(1, 10, 10), false)
	r.Exec(id(2, 11, 11), id(2, 11, 11))
	if lines.Len() > 10_000 {
		t.Errorf("%d bytes", lines.Len())
	}
	if n := strings.Count(lines.String(), `"cut":true`); n != 2 {
		t.Errorf("%d lines say that they are cut, want 2", n)
	}
	validate(t, lines.String())
}

func TestAncestryOfAnEndlessChainIsBounded(t *testing.T) {
	var lines bytes.Buffer
	r := report.New(report.Config{Lines: &lines, Now: clock(), Probe: fake{}, Run: "r"})
	parent := utrace.TaskID{}
	for i := range 10_000 {
		child := id(uint64(i+1), 100+i, 100+i)
		r.Birth(child, parent, false)
		if parent.Serial != 0 {
			r.Death(parent, utrace.DeathEvent{}, utrace.Usage{})
			r.Reap(parent)
		}
		parent = child
	}
	lines.Reset()
	r.Decided(parent, utrace.Decision{Engine: "e", Event: utrace.Exec, Strictness: utrace.KillProcess})
	var e report.Event
	if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
		t.Fatal(err)
	}
	if len(e.Ancestry) != 16 || e.Ancestry[0].PID != 10099 || e.Ancestry[15].PID != 10084 {
		t.Errorf("ancestry: %v", e.Ancestry)
	}
}

// TestConcurrentDetach: Detached may come from any goroutine while the loop tells of other things.
func TestConcurrentDetach(t *testing.T) {
	var lines bytes.Buffer // guarded by the Recorder: each line is written under its mutex
	r := report.New(report.Config{Lines: &lines, Now: clock(), Probe: fake{}, Run: "r"})
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 100 {
				r.Detached(id(1, 10, 10), "e", "asked for")
			}
		})
	}
	for range 100 {
		r.Stopped(id(1, 10, 10), unix.SIGSTOP)
	}
	all.Wait()
	if n := strings.Count(lines.String(), "\n"); n != 500 {
		t.Errorf("%d lines, want 500", n)
	}
	validate(t, lines.String())
}

func TestSignalNames(t *testing.T) {
	for sig, want := range map[unix.Signal]string{0: "", 15: "SIGTERM", 34: "SIGRTMIN", 64: "SIGRTMIN+30", 32: "signal 32"} {
		if got := report.SignalName(sig); got != want {
			t.Errorf("SignalName(%d) is %q, want %q", int(sig), got, want)
		}
	}
}
