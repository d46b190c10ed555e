// Faults: whom they come to, when, and each effect as the program sees it.

package integration

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"jail/engines/fault"
	"jail/supervisor"
	"jail/supervisor/utrace"
)

func TestFaultEffects(t *testing.T) {
	sh := func(script string) []string { return []string{"sh", "-c", script} }
	python := func(code string) []string { return []string{"python3", "-c", code} }
	for _, c := range []struct {
		name, rules string
		command     []string
		want        string
	}{
		{"the second child", "write:fd=1:child=2:retval=2", sh("echo 1; (echo 2); (echo 3); (echo 4); echo 5"), "1\n2\n4\n5\n"},
		{"the first process", "write:fd=1:depth=0:retval=2", sh("echo 1; (echo 2); echo 3"), "2\n"},
		{"from the first child on", "write:fd=1:depth=1+:retval=2", sh("echo 1; (echo 2; (echo 3); echo 4); echo 5"), "1\n5\n"},
		{"a program", "write:fd=1:program=cat:retval=2", sh("echo 1; echo 2 | cat; echo 3"), "1\n3\n"},
		{"a program's path", "write:fd=1:program=*/bin/cat:retval=2", sh("echo 1; echo 2 | cat; echo 3"), "1\n3\n"},
		{"each task counts for itself", "write:fd=1:retval=2:when=2", sh("echo 1; echo 2; (echo 3; echo 4); echo 5"), "1\n3\n5\n"},
		{"all count together", "write:fd=1:retval=2:when=2+2:per=tree", sh("echo 1; echo 2; (echo 3; echo 4); echo 5"), "1\n3\n5\n"},
		{"each call counts for itself", "getppid,getpgrp:program=python*:retval=7:when=2", python("import os\nprint([f() == 7 for f in [os.getppid, os.getpgrp] * 3])"),
			"[False, False, True, True, False, False]\n"},
		{"a signal", "write:fd=1:signal=USR1:when=1", sh("trap 'echo caught' USR1; echo 1; echo 2"), "1\ncaught\n2\n"},
		{"a signal and an error", "write:fd=1:signal=USR1:error=EIO:when=1", sh("trap 'echo caught' USR1; echo 1 2>&-; echo 2"), "caught\n2\n"},
		{"memory before", "write:fd=1:poke_enter=@arg2=5859:when=1", sh("echo hello; echo hello"), "XYllo\nhello\n"},
		{"memory after", "read:fd=0:program=python*:poke_exit=@arg2=58:when=1", python("import os\nr, w = os.pipe(); os.dup2(r, 0); os.write(w, b'hello')\nprint(os.read(0, 9))"),
			"b'Xello'\n"},
		{"another argument", "write:fd=1:program=python*:set=@arg3=2:when=1", python("import os\nprint(os.write(1, b'hello'))"), "he2\n"},
		{"another path", `openat:path=*/no/such:set=@arg2="/dev/null"`, sh("cat /no/such; echo $?"), "0\n"},
		{"another call", "write:fd=1:program=python*:syscall=getpid:retval=3:when=1", python("import os\nprint(os.write(1, b'hello'))"), "3\n"},
		{"another call's own answer", "getppid:syscall=getpid", python("import os\nprint(os.getppid() == os.getpid())"), "True\n"},
		{"an error after the call was made", "write:fd=1:program=python*:error=EIO:at=exit:when=1",
			python("import os\ntry: os.write(1, b'hello ')\nexcept OSError as e: print(e.errno)"), "hello 5\n"},
		{"what failed by itself keeps its error", "openat:path=/no/such:error=EIO:at=exit",
			python("try: open('/no/such')\nexcept OSError as e: print(e.errno)"), "2\n"},
		{"flags", "openat:path=*/f:flags=O_CREAT|!O_EXCL:error=EROFS", python("import os\nfor how in 'w', 'x', 'r':\n  try: print(open('f', how).close())\n  except OSError as e: print(e.errno)"),
			"30\nNone\nNone\n"},
		{"sizes", "write:fd=1:size>3:retval=4", sh("echo a; echo abc; echo ab"), "a\nab\n"},
		{"arguments", "kill:arg2==0:error=EPERM", sh("kill -0 $$ 2>/dev/null || echo no; kill -CONT $$ && echo yes"), "no\nyes\n"},
		{"two rules, the first answer", "write:fd=1:error=EIO:when=1\nwrite:fd=1:retval=2:when=1..2", sh("echo 1 2>&- || echo 2; echo 3"), "3\n"},
		{"until it is full", "write:path=*/f:after=5", sh("echo abc >f; { echo abc >>f; } 2>/dev/null; wc -c <f; { echo abc >>f; } 2>/dev/null; wc -c <f; echo abc >g; wc -c <g"), "5\n5\n4\n"},
		{"one bound for all files", "write:path=*/[fg]:after=5:per=tree", sh("echo abc >f; { echo abc >g; } 2>/dev/null; { echo abc >>g; } 2>/dev/null; cat f; wc -c <g"), "abc\n1\n"},
		{"it is full once", "write:path=*/f:after=4:when=1:error=EDQUOT", sh("echo abc >f; { echo abc >>f; } 2>/dev/null; echo abc >>f; wc -c <f"), "8\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, _ := faultRun(t, t.TempDir(), c.rules, c.command[0], c.command[1:]...)
			if got := strings.ReplaceAll(r.Output, "/usr/bin/", ""); got != c.want || r.Status.Signal != 0 {
				t.Errorf("it ended with %v and said\n%s, not\n%s", r.Status, got, c.want)
			}
		})
	}
}

func TestFaultCrash(t *testing.T) {
	for when, want := range map[string]string{"before": "a\n", "after": "a\nb\n"} {
		t.Run(when, func(t *testing.T) {
			dir := t.TempDir()
			// The second write is another process's: all count together.
			r, e := faultRun(t, dir, "write:path=*/f:when=2:crash="+when, "sh", "-c", "echo a >>f; (echo b >>f); echo c >>f; echo end")
			if r.Status.Signal != unix.SIGKILL || r.Output != "" {
				t.Errorf("it ended with %v and said %q", r.Status, r.Output)
			}
			if got, err := os.ReadFile(filepath.Join(dir, "f")); err != nil || string(got) != want {
				t.Errorf("the file has %q (%v), not %q", got, err, want)
			}
			if k := r.result.Killer; k.By != "policy" || k.Engine != "fault" || !strings.Contains(k.Why.Rule, "rules:1  write") {
				t.Errorf("killed by %+v", k)
			}
			counted(t, e, [2]uint64{2, 1})
		})
	}
}

// TestFaultDelay: a task is held for an hour, its parent goes on and can kill it; a short delay ends by itself.
func TestFaultDelay(t *testing.T) {
	for _, at := range []string{"delay_enter", "delay_exit"} {
		r, _ := faultRun(t, t.TempDir(), "write:path=*/f:depth=1:"+at+"=3600s", "sh", "-c", "echo a >f & echo b; kill -9 $!; { wait $!; } 2>/dev/null; echo $?")
		if r.Output != "b\n137\n" {
			t.Errorf("%s: %q", at, r.Output)
		}
		r, e := faultRun(t, t.TempDir(), "write:"+at+"=1ms", "sh", "-c", "echo a; echo b; (echo c)")
		if r.Output != "a\nb\nc\n" {
			t.Errorf("%s: %q", at, r.Output)
		}
		counted(t, e, [2]uint64{3, 3})
	}
}

// TestFaultChance: one seed, one pattern for every process of a tree, however they are scheduled.
func TestFaultChance(t *testing.T) {
	const code = `
import os
for i in range(4):
    if os.fork() == 0:
        with open(str(i), 'w') as f:
            f.write(''.join('01'[os.access('/no/such', 0)] for n in range(60)))
        os._exit(0)
for i in range(4): os.wait()
print([open(str(i)).read() for i in range(4)])`
	run := func(seed string, more ...supervisor.Engine) string {
		rules, err := fault.Parse("", "access,faccessat,faccessat2:path=/no/such:retval=0:chance=0.5:seed="+seed)
		if err != nil {
			t.Fatal(err)
		}
		_, engines := faulty(t, rules...)
		return jailed(t, supervisor.Command{Engines: append(more, engines...), Dir: t.TempDir()}, program(t, "python3"), "-c", code).Output
	}
	first := run("1")
	for range 2 {
		if again := run("1"); again != first {
			t.Errorf("the same seed gives\n%s\n%s", first, again)
		}
	}
	if again := run("1", stopping.engines(t)...); again != first {
		t.Errorf("stopped everywhere, the same seed gives\n%s\n%s", first, again)
	}
	if other := run("2"); other == first {
		t.Error("another seed gives the same")
	}
	seen := make(map[string]bool)
	for _, pattern := range strings.Split(strings.Trim(first, "[]\n"), ", ") {
		if n := strings.Count(pattern, "1"); n < 10 || n > 50 {
			t.Errorf("%d of 60 with a chance of 0.5", n)
		}
		seen[pattern] = true
	}
	if len(seen) != 4 {
		t.Errorf("processes have the same pattern: %s", first)
	}
}

// TestFaultForOneCall: a rule that is attached while the program runs, fires once, and is gone by itself.
func TestFaultForOneCall(t *testing.T) {
	stdin, feed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	r := startWith(t, supervisor.Command{Traceable: callSet("getppid")}, stdin, victim(t, "spin"))
	task := r.Jail.Tasks()[0]
	spins := make(chan bool, 1)
	var n atomic.Int64
	if _, err := task.Attach(&onEntry{"looker", callSet("getppid"), func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		if n.Add(1) < 5 { // the first one tells the victim who its parent is
			return ev.Continue()
		}
		spins <- true
		return ev.Continue().Then(utrace.Detach)
	}}); err != nil {
		t.Fatal(err)
	}
	<-spins
	effects := fault.Effects{Result: new(int64(1<<20 + 7))}
	late := effects
	late.DelayExit = 2 * time.Millisecond // the engine goes when that is over
	for i, do := range []fault.Effects{effects, late, effects} {
		e, err := fault.New([]fault.Rule{{Calls: []string{"getppid"}, When: fault.Nth(1), Effects: do}}, fault.Settings{Once: true})
		if err != nil {
			t.Fatal(err)
		}
		for again := range 2 { // one engine can come more than once
			onceAttached(t, task, e)
			counted(t, e, [2]uint64{uint64(again + 1), uint64(again + 1)})
		}
		if t.Failed() {
			t.Fatalf("engine %d", i)
		}
	}
	if deaf, err := fault.New([]fault.Rule{{Calls: []string{"write"}, Effects: fault.Effects{Errno: unix.EIO}}}, fault.Settings{}); err != nil {
		t.Fatal(err)
	} else if _, err := task.Attach(deaf); err == nil {
		t.Error("a fault that would never come is attached")
	}
	feed.Close()
	r.wait()
	compare(t, outcome{"ready\nwrong answers: 6\n", utrace.ExitStatus{}}, r.outcome)
}

// onceAttached attaches an engine to a task that makes its call again and again, and waits until it has gone.
func onceAttached(t *testing.T, task *utrace.Task, e *fault.Engine) {
	t.Helper()
	a, err := task.Attach(e)
	if err != nil {
		t.Fatal(err)
	}
	for gone := false; !gone; {
		if err := a.Barrier(context.Background()); err != nil {
			t.Fatal(err)
		}
		_, err := task.Match("fault")
		gone = err == unix.ENOENT
	}
	if err := a.Barrier(context.Background()); err != nil {
		t.Error(err)
	}
}

// TestFaultOfACallThatIsMadeAgain: somebody looks at the task while it waits in a read; the read that is made again is no second one.
func TestFaultOfACallThatIsMadeAgain(t *testing.T) {
	stdin, feed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	rules, err := fault.Parse("", "read:fd=0:short=2")
	if err != nil {
		t.Fatal(err)
	}
	e, engines := faulty(t, rules...)
	look := &looker{entered: make(chan *utrace.Attachment, 1), again: make(chan bool, 9)}
	r := startWith(t, supervisor.Command{Engines: append(one(look), engines...)}, stdin, program(t, "cat"))
	a := <-look.entered
	if err := a.Barrier(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := a.Control(utrace.Interrupt); err != nil {
		t.Fatal(err)
	}
	<-look.again
	if _, err := feed.WriteString("abc"); err != nil {
		t.Fatal(err)
	}
	feed.Close()
	r.wait()
	if r.Output != "abc" {
		t.Errorf("%q", r.Output)
	}
	counted(t, e, [2]uint64{3, 3}) // ab, c, and the end
}

// looker tells of reads of descriptor 0.
type looker struct {
	entered chan *utrace.Attachment
	again   chan bool
	reads   int
}

func (*looker) Name() string                 { return "looker" }
func (*looker) Events() utrace.Mask          { return utrace.On(utrace.SyscallEntry, utrace.Quiesce) }
func (*looker) Syscalls() *utrace.SyscallSet { return callSet("read") }

func (l *looker) ReportSyscallEntry(s *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	if ev.Call().Args[0] == 0 {
		if l.reads++; l.reads == 1 {
			l.entered <- s.Attachment()
		} else {
			l.again <- true
		}
	}
	return ev.Continue()
}

func (*looker) ReportQuiesce(_ *utrace.Stopped, ev *utrace.QuiesceEvent) utrace.QuiesceVerdict {
	return ev.Continue()
}
