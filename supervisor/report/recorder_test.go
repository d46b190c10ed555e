// A run told to a Recorder by hand: what it writes is in testdata/*.golden, and of the schema.

package report_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"jail/supervisor/report"
	"jail/supervisor/utrace"
)

var update = flag.Bool("update", false, "write testdata/*.golden anew")

// fake is a Prober of programs that are nowhere.
type fake map[int][]string // tid → exe, argv…

func (f fake) Comm(tid int) string {
	if len(f[tid]) < 2 {
		return ""
	}
	return filepath.Base(f[tid][1])
}

func (f fake) Exe(tid int) string {
	if len(f[tid]) == 0 {
		return ""
	}
	return f[tid][0]
}

func (f fake) Argv(tid int) []string {
	if len(f[tid]) == 0 {
		return nil
	}
	return f[tid][1:]
}

// clock answers one millisecond more each time.
func clock() func() time.Time {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return func() time.Time {
		at = at.Add(time.Millisecond)
		return at
	}
}

func id(serial uint64, tid, tgid int) utrace.TaskID {
	return utrace.TaskID{Serial: serial, TID: tid, TGID: tgid}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got:\n%s", file, got)
	}
}

// blankPID hides the pid of the test.
func blankPID(s string) string {
	return strings.ReplaceAll(s, fmt.Sprintf(`"pid":%d,`, os.Getpid()), `"pid":0,`)
}

// makeRun tells of: make, which starts sh, which starts node, which is denied a connect twice and dies.
func makeRun(r *report.Recorder, probe fake) {
	first := id(1, 10, 10)
	probe[10] = []string{"/usr/bin/make", "make", "-j2"}
	r.Start("ci-build", "make", []string{"make", "-j2"})
	r.Birth(first, utrace.TaskID{}, false)

	sh := id(2, 11, 11)
	r.Birth(sh, first, false)
	probe[11] = []string{"/usr/bin/dash", "sh", "-c", "node install.js"}
	r.Exec(sh, sh)
	node, thread := id(3, 12, 12), id(4, 13, 12)
	r.Birth(node, sh, false)
	probe[12] = []string{"/usr/bin/node", "node", "install.js"}
	probe[13] = probe[12]
	r.Exec(node, node)
	r.Birth(thread, node, true)

	why := utrace.Why{What: "connect(3, 0x7f01, 16)", Rule: "ci-build.yaml:31:3  connect: errno EPERM", Allow: "before line 31: …"}
	refused := utrace.Decision{Engine: "syscalls", Event: utrace.SyscallEntry, Strictness: utrace.Answered, Why: why}
	r.Decided(thread, refused)
	refused.Why.What = "connect(4, 0x7f02, 16)"
	r.Decided(node, refused)
	r.Passed(node, "syscalls", utrace.Why{What: "unshare(0)", Rule: "ci-build.yaml:7:3"})
	r.Decided(node, utrace.Decision{Engine: "signals", Event: utrace.SignalTerm, Strictness: utrace.Answered, Why: utrace.Why{What: "SIGTERM from inside (pid 11)"}})
	r.Decided(node, utrace.Decision{Engine: "exec", Event: utrace.SyscallEntry, Strictness: utrace.Rewritten, Why: utrace.Why{What: "exec of /bin/cc"}})
	r.Detached(node, "slow", "took longer than its time budget")

	r.Stopped(first, unix.SIGTSTP)
	r.Continued(first)

	// A thread that is not the leader calls execve: the leader vanishes, the thread takes its place.
	r.Death(node, utrace.DeathEvent{Status: utrace.ExitStatus{Signal: unix.SIGKILL}, Killer: utrace.Killer{PID: 12, By: "exec"}}, utrace.Usage{})
	r.Reap(node)
	now := id(4, 12, 12)
	probe[12] = []string{"/usr/bin/curl", "curl", "http://example.org"}
	r.Exec(now, thread)
	r.Decided(now, refused)

	term := utrace.DeathEvent{Status: utrace.ExitStatus{Signal: unix.SIGSEGV, Core: true}, Killer: utrace.Killer{By: "kernel"}}
	r.Death(now, term, utrace.Usage{User: 1500 * time.Millisecond, System: 20 * time.Millisecond, MaxRSS: 1024})
	r.Reap(now)
	r.Death(sh, utrace.DeathEvent{Status: utrace.ExitStatus{Code: 139}}, utrace.Usage{User: 1510 * time.Millisecond, MaxRSS: 2048})
	r.Reap(sh)
	r.Death(first, utrace.DeathEvent{Status: utrace.ExitStatus{Code: 2}}, utrace.Usage{User: 1520 * time.Millisecond, MaxRSS: 2048})
	r.Reap(first)
	r.Spent([]utrace.Spent{{Engine: "exec", Calls: 7, Total: 30 * time.Millisecond, Longest: 20 * time.Millisecond}, {Engine: "signals", Calls: 1}})
	r.End(utrace.ExitStatus{Code: 2}, utrace.Killer{}, report.Exit{Code: 2, By: "program"}, nil)
}

func TestRunIsTold(t *testing.T) {
	var lines, people bytes.Buffer
	probe := fake{}
	r := report.New(report.Config{Lines: &lines, People: &people, Summary: true, Now: clock(), Probe: probe, Run: "r"})
	makeRun(r, probe)
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	golden(t, "make.jsonl", blankPID(lines.String()))
	golden(t, "make.stderr", people.String())
	validate(t, lines.String())
}

func TestFailedEngineIsTold(t *testing.T) {
	var lines, people bytes.Buffer
	r := report.New(report.Config{Lines: &lines, People: &people, Now: clock(), Probe: fake{}, Run: "r"})
	first := id(1, 10, 10)
	r.Birth(first, utrace.TaskID{}, false)
	slow := utrace.Decision{Engine: "slow", Event: utrace.SignalIgn, Observed: true, Failure: &utrace.Failure{Overrun: true}}
	r.Decided(first, slow)
	if r.Failed() {
		t.Error("an observer's failure is told as a failure of the jail")
	}
	why := utrace.Why{What: "engine broken panicked: out of cheese in its callback for Exec"}
	r.Decided(first, utrace.Decision{Engine: "broken", Event: utrace.Exec, Strictness: utrace.KillTree, Why: why,
		Failure: &utrace.Failure{Panic: "out of cheese", Stack: []byte("goroutine 1\n")}})
	if !r.Failed() {
		t.Error("the failure of an enforcing engine is not told")
	}
	golden(t, "failure.jsonl", lines.String())
	golden(t, "failure.stderr", people.String())
	validate(t, lines.String())
}

func TestQuietAndObservedAreNotSaid(t *testing.T) {
	var lines, people bytes.Buffer
	r := report.New(report.Config{Lines: &lines, People: &people, Now: clock(), Probe: fake{}, Run: "r"})
	d := utrace.Decision{Engine: "e", Event: utrace.SyscallEntry, Strictness: utrace.Answered}
	d.Why.Quiet = true
	r.Decided(id(1, 10, 10), d)
	d.Why.Quiet, d.Observed = false, true
	r.Decided(id(1, 10, 10), d)
	if people.Len() != 0 {
		t.Errorf("said: %q", people.String())
	}
	if n := strings.Count(lines.String(), `"event":"denial"`); n != 2 {
		t.Errorf("%d denials in the report, want 2:\n%s", n, lines.String())
	}
	validate(t, lines.String())
}
