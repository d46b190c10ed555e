// Output that goes through jail arrives, to the byte, or is cut off; nobody can keep it from ending.

package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor"
	"jail/supervisor/report"
	"jail/supervisor/utrace"
)

// target is a file for output.
func target(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// relayed makes a relay, and duplicates of the program's descriptors 1 and 2.
func relayed(t *testing.T, most uint64, over func(), out, err int) (*relay, *os.File, *os.File) {
	t.Helper()
	r, e := newRelay(most, over, [2]int{out, err})
	if e != nil {
		t.Fatal(e)
	}
	files := r.files([]*os.File{os.Stdin, os.Stdout, os.Stderr})
	var dups []*os.File
	for _, f := range files[1:] {
		fd, e := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
		if e != nil {
			t.Fatal(e)
		}
		dup := os.NewFile(uintptr(fd), "program's")
		t.Cleanup(func() { dup.Close() })
		dups = append(dups, dup)
	}
	r.begin()
	return r, dups[0], dups[1]
}

func send(t *testing.T, f *os.File, text string) {
	t.Helper()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

func contents(t *testing.T, f *os.File) string {
	t.Helper()
	data, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestRelay(t *testing.T) {
	out, err := target(t, "out"), target(t, "err")
	r, p1, p2 := relayed(t, 20, func() { t.Error("the bound was reached") }, int(out.Fd()), int(err.Fd()))
	send(t, p1, "0123456789")
	send(t, p2, "0123456789")
	p1.Close()
	p2.Close()
	r.end(false)
	if a, b := contents(t, out), contents(t, err); a != "0123456789" || b != a {
		t.Errorf("out %q, err %q", a, b)
	}
}

// TestRelayOrder: one file for both gets what is written to them in its order.
func TestRelayOrder(t *testing.T) {
	out := target(t, "out")
	r, p1, p2 := relayed(t, 1<<20, func() {}, int(out.Fd()), int(out.Fd()))
	var want strings.Builder
	for i := range 200 {
		send(t, []*os.File{p1, p2}[i%2], strings.Repeat(string(rune('a'+i%26)), i))
		want.WriteString(strings.Repeat(string(rune('a'+i%26)), i))
	}
	p1.Close()
	p2.Close()
	r.end(false)
	if contents(t, out) != want.String() {
		t.Error("it is in another order")
	}
}

// TestRelayBound: what is over the bound is cut off and told once, and the program's writes go on without effect.
func TestRelayBound(t *testing.T) {
	out, err := target(t, "out"), target(t, "err")
	told := make(chan struct{}, 10)
	r, p1, p2 := relayed(t, 5, func() { told <- struct{}{} }, int(out.Fd()), int(err.Fd()))
	send(t, p1, "0123456789")
	<-told
	send(t, p2, strings.Repeat("x", 1<<20)) // more than a pipe holds
	p1.Close()
	p2.Close()
	r.end(true)
	if a, b := contents(t, out), contents(t, err); a != "01234" || b != "" || len(told) > 0 {
		t.Errorf("out %q, err %q, told %d times more", a, b, len(told))
	}
}

// TestRelayOutsider: the end does not wait for a descriptor that somebody else has; what lies in the pipe arrives.
func TestRelayOutsider(t *testing.T) {
	out, err := target(t, "out"), target(t, "err")
	r, p1, _ := relayed(t, 1<<20, func() {}, int(out.Fd()), int(err.Fd()))
	text := strings.Repeat("0123456789", 6000)
	send(t, p1, text)
	r.end(false) // p1 and p2 are open
	if contents(t, out) != text {
		t.Errorf("%d bytes arrived of %d", len(contents(t, out)), len(text))
	}
}

// TestRelayNobodyReads: the program hears that nobody reads any more.
func TestRelayNobodyReads(t *testing.T) {
	read, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	read.Close()
	r, p1, p2 := relayed(t, 1<<30, func() {}, int(to.Fd()), int(target(t, "err").Fd()))
	for err == nil {
		_, err = p1.Write(make([]byte, 4096))
	}
	if !errors.Is(err, unix.EPIPE) {
		t.Errorf("the program's write answers %v, want EPIPE", err)
	}
	p2.Close()
	r.end(false)
}

// TestRelayHurry: who does not read keeps nobody who has come to a limit.
func TestRelayHurry(t *testing.T) {
	read, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	defer read.Close()
	r, p1, p2 := relayed(t, 1<<30, func() {}, int(to.Fd()), int(target(t, "err").Fd()))
	for range 12 { // more than the reader's pipe holds, and less than that with the program's
		send(t, p1, strings.Repeat("x", 8<<10))
	}
	p1.Close()
	p2.Close()
	r.end(true)
	go io.Copy(io.Discard, read) // lets the relay's goroutine end
	r.running.Wait()
}

// TestMemory: a kill for memory is told; it is the policy that killed the program if that was the first process.
func TestMemory(t *testing.T) {
	plan, err := loadPlan("./testdata/simple.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		res  supervisor.Result
		told bool
		by   string
	}{
		{supervisor.Result{MemoryKills: 2, Status: utrace.ExitStatus{Signal: unix.SIGKILL}, Killer: utrace.Killer{By: "unknown"}}, true, "policy"},
		{supervisor.Result{MemoryKills: 1, Status: utrace.ExitStatus{Code: 2}}, true, ""},
		{supervisor.Result{MemoryKills: 1, Status: utrace.ExitStatus{Signal: unix.SIGKILL}, Killer: utrace.Killer{By: "supervisor"}}, true, "supervisor"},
		{supervisor.Result{Status: utrace.ExitStatus{Signal: unix.SIGKILL}, Killer: utrace.Killer{By: "unknown"}}, false, "unknown"},
	} {
		var said bytes.Buffer
		k := &keeper{plan: plan, rec: &record{Recorder: report.New(report.Config{People: &said})}}
		res := c.res
		k.end(&res)
		if told := strings.Contains(said.String(), "using up its memory of 1GiB") && strings.Contains(said.String(), "simple.yaml:6:18"); told != c.told || res.Killer.By != c.by {
			t.Errorf("%+v: killer %+v, said %q", c.res, res.Killer, said.String())
		}
	}
}
