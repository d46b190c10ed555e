// jail trace without a program: its flags, and its buffer.

package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"jail/engines/trace"
	"jail/supervisor/utrace"
)

// idleJail counts what a traceOut asks of its jail.
type idleJail struct{ did chan bool }

func (j *idleJail) Do(f func()) bool      { f(); j.did <- true; return true }
func (j *idleJail) Tasks() []*utrace.Task { return nil }

// startOut is a traceOut that writes with w.
func startOut(t *testing.T, w func([]byte) error) (*traceOut, *idleJail) {
	t.Helper()
	o, err := newTraceOut(traceFlags{format: "text", file: filepath.Join(t.TempDir(), "x")})
	if err != nil {
		t.Fatal(err)
	}
	o.write = w
	if o.engine, err = trace.New(trace.Config{Sink: o.tell, Full: o.full}); err != nil {
		t.Fatal(err)
	}
	j := &idleJail{make(chan bool, 100)}
	o.begin(j)
	return o, j
}

// one is an event whose line is some hundred bytes long.
func one() trace.Event {
	return trace.Event{Kind: trace.KindExec, Exec: &trace.Exec{Path: strings.Repeat("x", 150)}}
}

// TestTraceWaits: with a reader that does not read the program is stopped before the buffer is much fuller than it may be, and let
// go when there is room; nothing is lost.
func TestTraceWaits(t *testing.T) {
	reads, got := make(chan bool), 0
	o, j := startOut(t, func(p []byte) error {
		<-reads
		got += strings.Count(string(p), "\n")
		return nil
	})
	told := 0
	for !o.full() {
		o.tell(one())
		if told++; told > traceFull {
			t.Fatal("it is never full")
		}
	}
	if len(o.buf) > traceFull+1000 { // what is being written is not in it
		t.Errorf("%d bytes wait", len(o.buf))
	}
	close(reads)
	<-j.did
	if o.full() {
		t.Error("there is room, and the program still waits")
	}
	if err := o.end(); err != nil || got != told {
		t.Errorf("of %d events %d were written: %v", told, got, err)
	}
}

// TestTraceReaderGone: the program goes on, nothing is kept, and only what is no closed pipe is an error.
func TestTraceReaderGone(t *testing.T) {
	for _, c := range []struct {
		err  error
		says string
	}{{unix.EPIPE, ""}, {unix.ENOSPC, "the trace is not whole"}} {
		o, j := startOut(t, func([]byte) error { return c.err })
		o.tell(one())
		<-j.did
		<-o.done
		for range 100_000 {
			o.tell(one())
		}
		if o.full() || len(o.buf) > 0 {
			t.Errorf("%v: the program waits, or %d bytes are kept", c.err, len(o.buf))
		}
		err := o.end()
		if (err == nil) != (c.says == "") || err != nil && err.Error() != c.says {
			t.Errorf("%v: %v, want %q", c.err, err, c.says)
		}
	}
}

func TestTraceSelection(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	if err := errors.Join(os.WriteFile("file", nil, 0o600), os.Symlink("file", "link")); err != nil {
		t.Fatal(err)
	}
	f := traceFlags{exprs: []string{"%file", "trace=read,write", "status=failed,unfinished", "signal=none"}, calls: []string{"!open"},
		errnos: []string{"ENOENT", "eacces"}, pids: []int{7}, quiet: true, strings: 32,
		paths: []string{"./link", "/etc/../etc/x", "*.so", "/lib/**"}}
	got, err := f.selection()
	want := trace.Select{Calls: []string{"!open", "%file", "read,write"}, Errnos: []unix.Errno{unix.ENOENT, unix.EACCES}, PIDs: []int{7},
		Status: trace.Failed | trace.Unreturned, NoSignals: true, NoLives: true,
		Paths: []string{dir + "/link", dir + "/file", "/etc/x", "*.so", "/lib/**"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, (-want +got):\n%s", err, diff)
	}
	for _, bad := range []traceFlags{{exprs: []string{"inject=x"}}, {exprs: []string{"signal=SIGINT"}}, {errnos: []string{""}}, {strings: -1}, {calls: []string{"zz*"}}} {
		if _, err := bad.selection(); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}
