// A report that somebody else writes to: each change is noticed, at the latest at the end.

package report_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/report"
)

// opened is a report with a line of a run before and one of this.
func opened(t *testing.T) (*report.File, string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "r")
	if err := os.WriteFile(name, []byte("before\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	f, err := report.OpenFile(name)
	if err != nil {
		t.Fatal(err)
	}
	put(t, f, "one\n")
	return f, name
}

func put(t *testing.T, f *report.File, text string) {
	t.Helper()
	if n, err := io.WriteString(f, text); err != nil || n != len(text) {
		t.Fatalf("wrote %d bytes: %v", n, err)
	}
}

func appendTo(name, text string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

func overwrite(name string, at int64, text string) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt([]byte(text), at)
	return errors.Join(err, f.Close())
}

func TestTamperingIsNoticed(t *testing.T) {
	for _, c := range []struct {
		name      string
		change    func(name string) error
		next, end bool // noticed by the next Write; by Check
		says      string
	}{
		{"nothing", func(string) error { return nil }, false, false, ""},
		{"reading", func(n string) error { _, err := os.ReadFile(n); return err }, false, false, ""},
		{"what was there before", func(n string) error { return overwrite(n, 0, "BEFORE\n") }, false, false, ""},
		{"emptied", func(n string) error { return os.Truncate(n, 0) }, true, true, "has 0 bytes, and jail left it with 11"},
		{"cut", func(n string) error { return os.Truncate(n, 8) }, true, true, "has 8 bytes, and jail left it with 11"},
		{"appended", func(n string) error { return appendTo(n, "forged\n") }, true, true, "has 18 bytes, and jail left it with 11"},
		{"cut, and filled again", func(n string) error {
			return errors.Join(os.Truncate(n, 0), appendTo(n, "before\nOne\n"))
		}, false, true, "not what jail wrote"},
		{"overwritten", func(n string) error { return overwrite(n, 8, "N") }, false, true, "not what jail wrote"},
		{"removed", os.Remove, true, true, "removed"},
		{"renamed", func(n string) error { return os.Rename(n, n+"x") }, false, true, "cannot be found any more: no such file"},
		{"replaced", func(n string) error {
			return errors.Join(os.Rename(n, n+"x"), os.WriteFile(n, []byte("before\none\n"), 0o600))
		}, false, true, "is another file now"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, name := opened(t)
			if err := c.change(name); err != nil {
				t.Fatal(err)
			}
			err := f.Check()
			if errors.Is(err, report.ErrTampered) != c.end || err != nil && (!strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), name)) {
				t.Errorf("Check: %v", err)
			}
			if again := f.Check(); !errors.Is(again, err) {
				t.Errorf("Check once more: %v", again)
			}
			if err := f.Close(); err != nil {
				t.Errorf("Close tells it again: %v", err)
			}

			f, name = opened(t)
			if err := c.change(name); err != nil {
				t.Fatal(err)
			}
			if _, err := f.Write([]byte("two\n")); errors.Is(err, report.ErrTampered) != c.next {
				t.Errorf("the next Write: %v", err)
			}
			if err := f.Check(); errors.Is(err, report.ErrTampered) != c.end {
				t.Errorf("Check after it: %v", err)
			}
			_ = f.Close()
		})
	}
}

// TestTamperingWithTheLastLine: what comes between Check and Close is noticed by Close, as far as its size tells.
func TestTamperingWithTheLastLine(t *testing.T) {
	f, name := opened(t)
	if err := f.Check(); err != nil {
		t.Fatal(err)
	}
	put(t, f, "end\n")
	if err := appendTo(name, "more\n"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); !errors.Is(err, report.ErrTampered) {
		t.Errorf("Close: %v", err)
	}
}

// TestReportHasOneWriterAtATime: two runs can't tell each other's lines from forged ones.
func TestReportHasOneWriterAtATime(t *testing.T) {
	f, name := opened(t)
	if second, err := report.OpenFile(name); !errors.Is(err, report.ErrShared) {
		t.Errorf("opened twice: %v, %v", second, err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := report.OpenFile(name)
	if err != nil {
		t.Fatal("after the first has ended:", err)
	}
	put(t, f, "two\n")
	if err := errors.Join(f.Check(), f.Close()); err != nil {
		t.Error(err)
	}
}

// TestReportThatIsNoFile: pipes and devices have no size.
func TestReportThatIsNoFile(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(fifo, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	for _, name := range []string{"/dev/null", fifo} {
		var files [2]*report.File // several at once are fine
		for i := range files {
			if files[i], err = report.OpenFile(name); err != nil {
				t.Fatal(err)
			}
		}
		for _, f := range files {
			put(t, f, "one\n")
			if err := errors.Join(f.Check(), f.Close()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestUnreadableReport: jail may write a file that it may not read; sizes are looked at all the same.
func TestUnreadableReport(t *testing.T) {
	name := filepath.Join(t.TempDir(), "r")
	if err := os.WriteFile(name, nil, 0o200); err != nil {
		t.Fatal(err)
	}
	f, err := report.OpenFile(name)
	if err != nil {
		t.Fatal(err)
	}
	put(t, f, "one\n")
	if err := f.Check(); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, 0); err != nil {
		t.Fatal(err)
	}
	if err := f.Check(); !errors.Is(err, report.ErrTampered) {
		t.Errorf("Check: %v", err)
	}
	_ = f.Close()
}

// TestLongReportIsReadBack: more than one piece of what is read at once.
func TestLongReportIsReadBack(t *testing.T) {
	f, name := opened(t)
	long := strings.Repeat("x", 3<<20)
	put(t, f, long)
	if err := f.Check(); err != nil {
		t.Fatal(err)
	}
	if err := overwrite(name, 2<<20, "y"); err != nil {
		t.Fatal(err)
	}
	if err := f.Check(); !errors.Is(err, report.ErrTampered) {
		t.Errorf("Check: %v", err)
	}
	_ = f.Close()
}
