// Names are read late: only for who is told of, and before what they were can be lost.

package report_test

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/report"
	"jail/supervisor/utrace"
)

// world is a Prober that knows what runs now, and notes what it is asked.
type world struct {
	runs  map[int]string
	asked []string
}

func (w *world) ask(what string, tid int) string {
	w.asked = append(w.asked, fmt.Sprintf("%s %d", what, tid))
	return w.runs[tid]
}

func (w *world) Exe(tid int) string     { return w.ask("exe", tid) }
func (w *world) Comm(tid int) string    { return w.ask("comm", tid) }
func (w *world) Program(tid int) string { return w.ask("program", tid) }
func (w *world) Argv(tid int) []string  { return []string{w.ask("argv", tid)} }

// wasAsked checks what it was asked since the last time.
func (w *world) wasAsked(t *testing.T, when string, want ...string) {
	t.Helper()
	if !slices.Equal(w.asked, want) {
		t.Errorf("%s: asked for %q, want %q", when, w.asked, want)
	}
	w.asked = nil
}

// late is a run without a report, whose first process, 10, runs "first".
func late(cfg report.Config) (*report.Recorder, *world) {
	w := &world{runs: map[int]string{10: "first"}}
	cfg.Probe, cfg.Now, cfg.Run = w, clock(), "r"
	r := report.New(cfg)
	r.Birth(id(1, 10, 10), utrace.TaskID{}, false)
	return r, w
}

// executes tells that a process of one thread executed a program.
func (w *world) executes(r *report.Recorder, who utrace.TaskID, name string) {
	w.runs[who.TID] = name
	r.Exec(who, who)
}

// dies tells that a process is dead and reaped; from then on its number is somebody else's.
func (w *world) dies(r *report.Recorder, who utrace.TaskID) {
	w.runs[who.TID] = "stranger"
	r.Death(who, utrace.DeathEvent{Status: utrace.ExitStatus{Signal: unix.SIGKILL}}, utrace.Usage{})
	r.Reap(who)
}

func denied(what string) utrace.Decision {
	return utrace.Decision{Engine: "e", Event: utrace.SyscallEntry, Strictness: utrace.Answered, Why: utrace.Why{What: what}}
}

// TestLeavesAreNotNamed: who has no children and is denied nothing is asked nothing, however often it executes something, and
// whatever it dies of.
func TestLeavesAreNotNamed(t *testing.T) {
	var people bytes.Buffer
	r, w := late(report.Config{People: &people})
	first, child := id(1, 10, 10), id(2, 11, 11)
	w.wasAsked(t, "the first program")
	r.Birth(child, first, false)
	w.wasAsked(t, "the first child", "program 10")
	w.executes(r, child, "a")
	w.executes(r, child, "b")
	r.Passed(child, "e", utrace.Why{What: "x"})
	r.Decided(child, utrace.Decision{Engine: "e", Strictness: utrace.Answered, Why: utrace.Why{What: "x", Quiet: true}})
	r.Stopped(child, unix.SIGTSTP)
	w.dies(r, child)
	r.Birth(id(3, 11, 11), first, false)
	w.wasAsked(t, "a leaf's life")
	r.End(utrace.ExitStatus{}, utrace.Killer{}, report.Exit{By: "program"}, nil)
	w.wasAsked(t, "the end")
}

// TestNamesAreReadOnce: at the first denial, the first child, the first thread after an exec, and not again before the next.
func TestNamesAreReadOnce(t *testing.T) {
	var people bytes.Buffer
	r, w := late(report.Config{People: &people})
	first := id(1, 10, 10)
	r.Decided(first, denied("one"))
	w.wasAsked(t, "a denial", "program 10", "argv 10")
	r.Decided(first, denied("one"))
	r.Birth(id(2, 11, 11), first, false)
	w.wasAsked(t, "another, and a child")

	r.Birth(id(3, 12, 12), first, false)
	child := id(3, 12, 12)
	w.executes(r, child, "threads")
	r.Birth(id(4, 13, 12), child, true)
	w.wasAsked(t, "a thread", "program 12")
	r.Birth(id(5, 14, 12), child, true)
	r.Refused(id(5, 14, 12), "e", utrace.Why{What: "two"})
	w.wasAsked(t, "a second one, and what it is refused", "argv 14")
	for _, want := range []string{"denied one\n  by   first[10]\n", "denied two\n  by   threads[12] ← first[10]\n"} {
		if !strings.Contains(people.String(), want) {
			t.Errorf("%q is not said:\n%s", want, people.String())
		}
	}
}

// TestAncestorsAreNamed: who has a child and executes something then is asked at once. When its child is told of it may be dead, and
// its number somebody else's.
func TestAncestorsAreNamed(t *testing.T) {
	var people bytes.Buffer
	r, w := late(report.Config{People: &people})
	first, mother, child := id(1, 10, 10), id(2, 11, 11), id(3, 12, 12)
	r.Birth(mother, first, false)
	w.executes(r, mother, "before")
	r.Birth(child, mother, false)
	w.asked = nil
	w.executes(r, mother, "after")
	w.wasAsked(t, "a mother's exec", "comm 11")
	w.executes(r, child, "child")
	w.dies(r, mother)
	r.Decided(child, denied("x"))
	if want := "by   child[12] ← after[11] ← first[10]\n"; !strings.Contains(people.String(), want) {
		t.Errorf("%q is not said:\n%s", want, people.String())
	}
}

// TestChildHasItsParentsName of when it was made: what the parent executes next is not the child's program.
func TestChildHasItsParentsName(t *testing.T) {
	var people bytes.Buffer
	r, w := late(report.Config{People: &people})
	first, child := id(1, 10, 10), id(2, 11, 11)
	r.Birth(child, first, false)
	w.executes(r, first, "next")
	r.Decided(child, denied("x"))
	if want := "by   first[11] ← next[10]\n"; !strings.Contains(people.String(), want) {
		t.Errorf("%q is not said:\n%s", want, people.String())
	}
}

// TestKilledBeforeItsNameIsRead: of who was killed at the stop that is told of /proc may say nothing any more. That it is not known
// is said then, and no other program's name.
func TestKilledBeforeItsNameIsRead(t *testing.T) {
	var people bytes.Buffer
	r, w := late(report.Config{People: &people})
	first, child := id(1, 10, 10), id(2, 11, 11)
	r.Birth(child, first, false)
	w.executes(r, child, "b")
	w.runs[11] = ""
	r.Decided(child, denied("x"))
	w.dies(r, child)
	r.Decided(child, denied("y")) // whose number it is now is nobody's business
	if want := "by   ?[11] ← first[10]\n"; !strings.Contains(people.String(), want) {
		t.Errorf("%q is not said:\n%s", want, people.String())
	}
	if strings.Contains(people.String(), "stranger[") {
		t.Errorf("another's name is said:\n%s", people.String())
	}
}

// TestExecOfAThreadIsNamed: the process's number stays, its program does not.
func TestExecOfAThreadIsNamed(t *testing.T) {
	var people bytes.Buffer
	r, w := late(report.Config{People: &people})
	first, thread := id(1, 10, 10), id(2, 11, 10)
	r.Birth(thread, first, true)
	r.Death(first, utrace.DeathEvent{Status: utrace.ExitStatus{Signal: unix.SIGKILL}, Killer: utrace.Killer{PID: 10, By: "exec"}}, utrace.Usage{})
	r.Reap(first)
	w.runs[10] = "next"
	r.Exec(id(2, 10, 10), thread)
	r.Decided(id(2, 10, 10), denied("x"))
	if want := "by   next[10]\n"; !strings.Contains(people.String(), want) {
		t.Errorf("%q is not said:\n%s", want, people.String())
	}
}

// TestSummaryAndReportNameAtOnce: a death is told when the process is gone; and who has a line of its own has its name in it.
func TestSummaryAndReportNameAtOnce(t *testing.T) {
	var people bytes.Buffer
	r, w := late(report.Config{People: &people, Summary: true})
	w.wasAsked(t, "for a summary", "comm 10")
	w.dies(r, id(1, 10, 10))
	r.End(utrace.ExitStatus{}, utrace.Killer{}, report.Exit{By: "program"}, nil)
	if !strings.Contains(people.String(), "1 × first ") {
		t.Errorf("the summary lacks it:\n%s", people.String())
	}
	r, w = late(report.Config{Lines: io.Discard, Tasks: 1})
	w.wasAsked(t, "for a report", "comm 10", "exe 10", "argv 10")
	r.Birth(id(2, 11, 11), id(1, 10, 10), false)
	w.executes(r, id(2, 11, 11), "untold")
	w.wasAsked(t, "beyond those that have lines")
	r.Passed(id(2, 11, 11), "e", utrace.Why{What: "x"})
	w.wasAsked(t, "for its first line", "program 11")
}
