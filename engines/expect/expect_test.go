// Expectations on small traces: what holds, what does not, and what is said of it.

package expect_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"jail/engines/decode"
	"jail/engines/expect"
	"jail/engines/trace"
	"jail/supervisor/utrace"
)

// The processes of the traces here: a shell, a database that it started, and the database's child.
var (
	sh   = &trace.Process{PID: 10, Program: "sh", Path: "/bin/dash"}
	mydb = &trace.Process{PID: 12, Program: "mydb", Path: "/opt/mydb-3", Parent: sh, Depth: 1, Nth: 2}
	sub  = &trace.Process{PID: 14, Program: "mydb", Path: "/opt/mydb-3", Parent: mydb, Depth: 2, Nth: 1}
)

// tape is a trace that is being made.
type tape []trace.Event

func (t *tape) put(p *trace.Process, ev trace.Event) {
	ev.Seq = uint64(len(*t) + 1)
	if ev.After == 0 {
		ev.After = ev.Seq - 1
	}
	ev.Task, ev.Process, ev.Program = utrace.TaskID{Serial: uint64(p.PID), TID: p.PID, TGID: p.PID}, p, p.Program
	*t = append(*t, ev)
}

func result(v int64) decode.Result {
	r := decode.Result{Value: v, Text: "0"}
	if v < 0 {
		r.Errno = unix.Errno(-v)
		r.Text = "-1 " + unix.ErrnoName(r.Errno)
	}
	return r
}

func (t *tape) call(p *trace.Process, name string, v int64, args ...decode.Arg) {
	t.put(p, trace.Event{Kind: trace.KindSyscall, Took: 20 * time.Microsecond, Call: &decode.Call{Name: name, Args: args}, Result: result(v)})
}

func fd(n int, file string) decode.Arg {
	return decode.Arg{Name: "fd", Kind: decode.Descriptor, FD: n, Path: file, Text: string(rune('0' + n))}
}

func file(name string) decode.Arg {
	return decode.Arg{Name: "pathname", Kind: decode.Path, FD: -1, Path: name, Text: `"` + name + `"`}
}

func flags(list ...string) decode.Arg {
	return decode.Arg{Name: "flags", Kind: decode.Flags, FD: -1, Flags: list, Text: strings.Join(list, "|")}
}

func count(n int64) decode.Arg {
	return decode.Arg{Name: "count", Kind: decode.Size, FD: -1, Size: n, Raw: uint64(n), Text: time.Duration(n).String()}
}

// story is a database that writes its journal and renames it too early.
func story() tape {
	var t tape
	t.put(sh, trace.Event{Kind: trace.KindExec, Exec: &trace.Exec{Found: true, Path: "/bin/dash", Argv: []string{"sh", "x"}}})
	t.put(mydb, trace.Event{Kind: trace.KindExec, Exec: &trace.Exec{Path: "/opt/mydb-3", Argv: []string{"mydb", "import", "data.csv"}}})
	t.call(mydb, "openat", 3, file("/data/journal"), flags("O_WRONLY", "O_CREAT"))
	t.call(mydb, "write", 512, fd(3, "/data/journal"), count(512))
	t.call(mydb, "write", -int64(unix.ENOSPC), fd(3, "/data/journal"), count(4096))
	t.call(mydb, "rename", 0, file("/data/journal"), file("/data/db"))
	t.call(mydb, "fsync", 0, fd(3, "/data/db"))
	t.put(mydb, trace.Event{Kind: trace.KindSignal, Signal: &trace.Signal{Number: unix.SIGCHLD}})
	t.call(sub, "connect", -int64(unix.ECONNREFUSED), fd(4, "socket:[7]"), decode.Arg{Name: "addr", Kind: decode.Address, FD: -1, Addr: "127.0.0.1:80", Text: "{…}"})
	t.put(sub, trace.Event{Kind: trace.KindDeath, Death: &trace.Death{Status: utrace.ExitStatus{Signal: unix.SIGSEGV}}})
	t.put(mydb, trace.Event{Kind: trace.KindDeath, Death: &trace.Death{Status: utrace.ExitStatus{Code: 1}}})
	t.put(sh, trace.Event{Kind: trace.KindDeath, Death: &trace.Death{}})
	return t
}

func three() *int { n := 3; return &n }

func TestHolds(t *testing.T) {
	wo := expect.Pattern{Calls: []string{"open*"}, Flags: []string{"O_WRONLY", "!O_APPEND"}, Path: "*/journal"}
	for _, x := range []expect.Expectation{
		expect.Exactly(2, expect.Call("write")),
		expect.Exactly(1, wo),
		expect.AtLeast(2, expect.Call("%desc")),
		expect.AtMost(2, expect.Call("write")),
		expect.Never(expect.Call("%file").By("cat")),
		expect.Exactly(1, expect.Pattern{Calls: []string{"write"}, Errno: unix.ENOSPC}),
		expect.Exactly(1, expect.Pattern{Calls: []string{"write"}, Outcome: expect.Succeeds}),
		expect.Exactly(2, expect.Pattern{Outcome: expect.Fails}),
		expect.Never(expect.Pattern{Outcome: expect.Unfinished}),
		expect.Exactly(1, expect.Pattern{Args: []expect.Compare{{Arg: "size", Op: ">", Value: 1000}}}),
		expect.Exactly(1, expect.Pattern{Args: []expect.Compare{{Arg: "result", Op: "==", Value: 512}}}),
		expect.Exactly(3, expect.Pattern{Args: []expect.Compare{{Arg: "fd", Op: "==", Value: 3}}}),
		expect.Exactly(1, expect.Pattern{Args: []expect.Compare{{Arg: "1", Op: "&", Value: 0x1000}}}),
		expect.Exactly(3, expect.Pattern{FD: three()}),
		expect.Exactly(2, expect.Pattern{Calls: []string{"write"}, Path: "/data/journal"}),
		expect.Exactly(1, expect.Pattern{Addr: "127.0.0.1:*"}),
		expect.Never(expect.Pattern{Addr: "10.*"}),
		expect.Exactly(1, expect.Exec("/opt/*")),
		expect.Never(expect.Exec("*/dash")),
		expect.Exactly(1, expect.Pattern{Kind: trace.KindExec, Argv: []string{"mydb", "import", "..."}}),
		expect.Exactly(1, expect.Signal(unix.SIGCHLD)),
		expect.Never(expect.Signal(unix.SIGTERM)),
		expect.Exactly(1, expect.Exited(1)),
		expect.Exactly(1, expect.KilledBy(unix.SIGSEGV)),
		expect.Exactly(1, expect.Pattern{Kind: trace.KindDeath, Depth: expect.Span{From: 2, To: 1, Limited: true}}),
		expect.Exactly(6, expect.Pattern{Program: "mydb"}),
		expect.Exactly(6, expect.Pattern{Program: "mydb-?"}),
		expect.Exactly(5, expect.Pattern{Program: "/opt/*", Nth: expect.One(2)}),
		expect.AtLeast(1, expect.Call("write")).FirstBefore(expect.Call("rename*")),
		expect.Exactly(1, expect.Call("fsync")).FirstAfter(expect.Call("rename*")),
		expect.Never(expect.Call("fsync")).Between(expect.Call("open*"), expect.Call("rename")),
		expect.Sequence(expect.Call("openat"), expect.Call("write"), expect.Call("write"), expect.Exited(1)),
		expect.Exactly(1, expect.Call("connect")).In(expect.InSome),
		expect.AtMost(1, expect.Pattern{Outcome: expect.Fails}).In(expect.InEach),
		expect.Exactly(1, expect.Pattern{Outcome: expect.Fails, Program: "mydb"}).In(expect.InEach),
		{Want: expect.Call("fsync"), Then: []expect.Pattern{expect.Call("rename")}},
	} {
		for _, f := range expect.Check(story(), x) {
			t.Error(f)
		}
	}
}

// TestOverlap: what happens at the same time has no order, and of two events that overlap the first is the one that began first.
func TestOverlap(t *testing.T) {
	var tr tape
	tr.call(mydb, "openat", 3) // 1
	tr.call(sh, "fsync", 0)    // 2, over before both renames began
	tr.call(sh, "close", 0)    // 3: over after the long rename began
	tr.call(sub, "rename", 0)  // 4: the short one
	tr.call(mydb, "rename", 0) // 5: the long one, which began after 2
	tr[4].After = 2
	for _, f := range expect.Check(tr,
		expect.AtLeast(1, expect.Call("fsync")).FirstBefore(expect.Call("rename")),
		expect.Never(expect.Call("close")).FirstBefore(expect.Call("rename")),
		expect.Never(expect.Call("rename").By("mydb")).FirstAfter(expect.Pattern{Calls: []string{"rename"}, Depth: expect.One(2)}),
		expect.Expectation{Want: expect.Call("close"), Then: []expect.Pattern{{Calls: []string{"rename"}, Depth: expect.One(1)}}},
		expect.Sequence(expect.Call("close"), expect.Pattern{Calls: []string{"rename"}, Depth: expect.One(2)}),
	) {
		t.Error(f)
	}
}

// TestFails: one expectation each, and all that is said when it fails.
func TestFails(t *testing.T) {
	for _, c := range append(countsThatFail(), ordersThatFail()...) {
		list := expect.Check(story(), c.x)
		if len(list) != 1 {
			t.Errorf("%v: %d failures", c.x, len(list))
			continue
		}
		if diff := cmp.Diff(c.says, list[0].Error()); diff != "" {
			t.Errorf("%v (-want +got):\n%s", c.x, diff)
		}
	}
	if f := expect.Check(nil, expect.AtLeast(1, expect.Call("read"))); len(f) != 1 || !strings.HasSuffix(f[0].Error(), "it did not happen; nothing was traced") {
		t.Errorf("of nothing: %v", f)
	}
}

type failing struct {
	x    expect.Expectation
	says string
}

func countsThatFail() []failing {
	return []failing{
		{expect.AtLeast(1, expect.Call("fsync")).FirstBefore(expect.Call("rename*")),
			`expected fsync at least once before the first rename*: it did not happen
  [pid 12 mydb] rename("/data/journal", "/data/db") = 0 <0.000020>  (the first rename*)
  [pid 12 mydb] fsync(3) = 0 <0.000020>  (too late)
  12: mydb ← sh[10]`},
		{expect.Never(expect.Call("connect")),
			`expected connect never: it happened once
  [pid 14 mydb] connect(4, {…}) = -1 ECONNREFUSED <0.000020>
  14: mydb ← mydb[12] ← sh[10]`},
		{expect.Exactly(1, expect.Call("write")),
			`expected write exactly once: it happened 2 times
  [pid 12 mydb] write(3, 4.096µs) = -1 ENOSPC <0.000020>  (2nd)
  12: mydb ← sh[10]`},
		{expect.Exactly(1, expect.Pattern{Calls: []string{"open", "openat"}, Path: "/etc/*", Flags: []string{"O_APPEND"}}),
			`expected open,openat path /etc/* flags O_APPEND exactly once: it did not happen
  [pid 12 mydb] openat("/data/journal", O_WRONLY|O_CREAT) = 0 <0.000020>  (the path is /data/journal, O_APPEND is not set)
  12: mydb ← sh[10]`},
		{expect.AtLeast(3, expect.Pattern{Calls: []string{"write"}, Outcome: expect.Succeeds}),
			`expected write that succeeds at least 3 times: it happened once
  [pid 12 mydb] write(3, 512ns) = 0 <0.000020>  (this one did)
  [pid 12 mydb] write(3, 4.096µs) = -1 ENOSPC <0.000020>  (the result is -1 ENOSPC)
  12: mydb ← sh[10]`},
		{expect.AtLeast(1, expect.Call("listen")),
			`expected listen at least once: it did not happen; there were write ×2, connect ×1, fsync ×1, openat ×1, rename ×1
  [pid 14 mydb] connect(4, {…}) = -1 ECONNREFUSED <0.000020>  (the last failure)
  [pid 10 sh] +++ exited with 0 +++
  14: mydb ← mydb[12] ← sh[10]
  10: sh`},
	}
}

func ordersThatFail() []failing {
	return []failing{
		{expect.Exactly(1, expect.Exited(3)),
			`expected death with exit code 3 exactly once: it did not happen
  [pid 14 mydb] +++ killed by SIGSEGV +++  (it ended with SIGSEGV)
  [pid 12 mydb] +++ exited with 1 +++  (it ended with exit 1)
  [pid 10 sh] +++ exited with 0 +++  (it ended with exit 0)
  14: mydb ← mydb[12] ← sh[10]
  12: mydb ← sh[10]
  10: sh`},
		{expect.Sequence(expect.Call("openat"), expect.Call("fsync"), expect.Call("rename")),
			`expected openat, then fsync, then rename at least once: there is no rename after that
  [pid 12 mydb] openat("/data/journal", O_WRONLY|O_CREAT) = 0 <0.000020>  (1st: as expected)
  [pid 12 mydb] rename("/data/journal", "/data/db") = 0 <0.000020>  (not at the right time)
  [pid 12 mydb] fsync(3) = 0 <0.000020>  (2nd: as expected)
  12: mydb ← sh[10]`},
		{expect.Never(expect.Call("write")).FirstBefore(expect.Call("listen")),
			`expected write never before the first listen: there is no listen; there were write ×2, connect ×1, fsync ×1, openat ×1, rename ×1
  [pid 14 mydb] connect(4, {…}) = -1 ECONNREFUSED <0.000020>  (the last failure)
  [pid 10 sh] +++ exited with 0 +++
  14: mydb ← mydb[12] ← sh[10]
  10: sh`},
		{expect.Exactly(1, expect.Pattern{Kind: trace.KindDeath, Exit: new(int)}).In(expect.InEach),
			`expected death with exit code 0 exactly once in each process: it did not happen; one process is not as expected
  [pid 12 mydb] +++ exited with 1 +++  (it ended with exit 1)
  12: mydb ← sh[10]`},
	}
}

// TestManyEvents: a trace of 200,000 calls is looked at in passing, also when the expectation fails.
func TestManyEvents(t *testing.T) {
	events := make([]trace.Event, 200_000)
	call := &decode.Call{Name: "write", Args: []decode.Arg{fd(1, "/x")}}
	for i := range events {
		events[i] = trace.Event{Seq: uint64(i + 1), After: uint64(i), Process: mydb, Kind: trace.KindSyscall, Call: call, Result: result(0)}
	}
	x := expect.AtLeast(400_000, expect.Pattern{Calls: []string{"write"}, Path: "/x"})
	if list := expect.Check(events, x); len(list) != 1 || list[0].Says != "it happened 200000 times" || len(list[0].Excerpt) != 2 {
		t.Errorf("%v", list)
	}
}

// TestMeaningless: what no trace could fulfil or fail is an error, and fails.
func TestMeaningless(t *testing.T) {
	one := 1
	for _, c := range []struct {
		x    expect.Expectation
		says string
	}{
		{expect.Never(expect.Call("opneat")), "did you mean openat?"},
		{expect.Never(expect.Pattern{Kind: trace.KindSignal, Calls: []string{"read"}}), "a signal has not conditions of a call"},
		{expect.Never(expect.Pattern{Exit: &one}), "a syscall has not an exit code"},
		{expect.Never(expect.Pattern{Kind: trace.KindDeath, Exit: &one, Signal: unix.SIGTERM}), "an exit code and a signal"},
		{expect.Never(expect.Pattern{Outcome: expect.Succeeds, Errno: unix.EPERM}), "an errno and success"},
		{expect.Never(expect.Pattern{Args: []expect.Compare{{Arg: "fd", Op: "=", Value: 1}}}), "compared with"},
		{expect.Never(expect.Pattern{Kind: 99}), "no kind that there is"},
		{expect.Never(expect.Pattern{Calls: []string{"openat"}, Path: "x"}), `paths are absolute, so "x" matches none; write */x`},
		{expect.Never(expect.Pattern{Kind: trace.KindExec, Path: "cp"}), `paths are absolute, so "cp" matches none; write */cp`},
		{expect.Never(expect.Pattern{Program: "bin/cp"}), `paths are absolute, so "bin/cp" matches none; write */bin/cp`},
		{expect.Never(expect.Pattern{Calls: []string{"openat"}, Flags: []string{"O_CREATE"}}), `openat has no flag "O_CREATE"; did you mean O_CREAT?`},
		{expect.Never(expect.Pattern{Calls: []string{"%file"}, Flags: []string{"O_CREATE"}}), "no flag"},
		{expect.Never(expect.Pattern{Calls: []string{"openat,connect"}, Addr: "*"}), "openat has no socket's address"},
		{expect.Never(expect.Pattern{Calls: []string{"close"}, Flags: []string{"!O_CREAT"}}), "close has no flags"},
		{expect.Never(expect.Pattern{Calls: []string{"rename"}, FD: &one}), "rename has no descriptor"},
		{expect.AtLeast(0, expect.Call()), "nothing could fail"},
		{expect.Expectation{Min: 3, Max: 2}, "no number is both"},
		{expect.Expectation{Min: 2, Max: 2, Then: []expect.Pattern{{}}}, "at least once, or never"},
		{expect.Never(expect.Call()).In(9), "no scope"},
	} {
		list := expect.Check(story(), c.x)
		err := c.x.Compile()
		if len(list) != 1 || err == nil || !errors.Is(list[0], expect.ErrPattern) && !errors.Is(list[0], trace.ErrNoCall) || !strings.Contains(list[0].Error(), c.says) {
			t.Errorf("%v: %v, want %q", c.x, list, c.says)
		}
	}
}

func TestCalls(t *testing.T) {
	x := expect.Sequence(expect.Call("rename", "fsync"), expect.Exited(0)).FirstAfter(expect.Call("fsync"))
	got, err := x.Calls()
	if diff := cmp.Diff([]string{"fsync", "rename"}, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	all := expect.Never(expect.Pattern{Outcome: expect.Fails})
	if got, _ := all.Calls(); len(got) < 300 {
		t.Errorf("any call needs %d calls to be traced", len(got))
	}
}
