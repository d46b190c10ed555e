// Names of programs are read at their exec: later they are what the program says, or nobody's any more.

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

func (w *world) Exe(tid int) string    { return w.ask("exe", tid) }
func (w *world) Comm(tid int) string   { return w.ask("comm", tid) }
func (w *world) Argv(tid int) []string { return []string{w.ask("argv", tid)} }

// wasAsked checks what it was asked since the last time.
func (w *world) wasAsked(t *testing.T, when string, want ...string) {
	t.Helper()
	if !slices.Equal(w.asked, want) {
		t.Errorf("%s: asked for %q, want %q", when, w.asked, want)
	}
	w.asked = nil
}

// unreported is a run without a report, whose first process, 10, runs "first".
func unreported(cfg report.Config) (*report.Recorder, *world) {
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

// TestNameIsReadAtExec: and never again. By then the program may have changed it, or have its memory make who reads there wait.
func TestNameIsReadAtExec(t *testing.T) {
	var people bytes.Buffer
	r, w := unreported(report.Config{People: &people})
	first, child := id(1, 10, 10), id(2, 11, 11)
	w.wasAsked(t, "the first program", "comm 10")
	w.runs[10] = "forged"
	r.Decided(first, denied("one"))
	w.wasAsked(t, "a denial", "argv 10")
	r.Birth(child, first, false)
	w.wasAsked(t, "a child")
	w.executes(r, child, "leaf")
	w.wasAsked(t, "its exec", "comm 11")
	w.runs[11] = "forged"
	r.Birth(id(3, 12, 11), child, true)
	r.Refused(child, "e", utrace.Why{What: "two"})
	w.wasAsked(t, "a thread, and what is refused", "argv 11")
	for _, want := range []string{"denied one\n  by   first[10]\n", "denied two\n  by   leaf[11] ← first[10]\n"} {
		if !strings.Contains(people.String(), want) {
			t.Errorf("%q is not said:\n%s", want, people.String())
		}
	}
}

// TestNamesThatNobodyReads are not looked at.
func TestNamesThatNobodyReads(t *testing.T) {
	r, w := unreported(report.Config{})
	r.Birth(id(2, 11, 11), id(1, 10, 10), false)
	w.executes(r, id(2, 11, 11), "a")
	r.Decided(id(2, 11, 11), denied("x"))
	w.dies(r, id(2, 11, 11))
	w.wasAsked(t, "with nobody to tell")
}

// TestAncestorsAreNamed as what they executed last. When their child is told of they may be dead, and their number somebody else's.
func TestAncestorsAreNamed(t *testing.T) {
	var people bytes.Buffer
	r, w := unreported(report.Config{People: &people})
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
	r, w := unreported(report.Config{People: &people})
	first, child := id(1, 10, 10), id(2, 11, 11)
	r.Birth(child, first, false)
	w.executes(r, first, "next")
	r.Decided(child, denied("x"))
	if want := "by   first[11] ← next[10]\n"; !strings.Contains(people.String(), want) {
		t.Errorf("%q is not said:\n%s", want, people.String())
	}
}

// TestExecOfAThreadIsNamed: the process's number stays, its program does not.
func TestExecOfAThreadIsNamed(t *testing.T) {
	var people bytes.Buffer
	r, w := unreported(report.Config{People: &people})
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

// TestSummaryAndReportNameAtOnce: a death is told when the process is gone; who has a line of its own has its name in it, and so has who is told
// of in other lines only.
func TestSummaryAndReportNameAtOnce(t *testing.T) {
	var people bytes.Buffer
	r, w := unreported(report.Config{People: &people, Summary: true})
	w.wasAsked(t, "for a summary", "comm 10")
	w.dies(r, id(1, 10, 10))
	r.End(utrace.ExitStatus{}, utrace.Killer{}, report.Exit{By: "program"}, nil)
	if !strings.Contains(people.String(), "1 × first ") {
		t.Errorf("the summary lacks it:\n%s", people.String())
	}
	r, w = unreported(report.Config{Lines: io.Discard, Tasks: 1})
	w.wasAsked(t, "for a report", "comm 10", "exe 10", "argv 10")
	r.Birth(id(2, 11, 11), id(1, 10, 10), false)
	w.executes(r, id(2, 11, 11), "untold")
	w.wasAsked(t, "beyond those that have lines", "comm 11")
	r.Passed(id(2, 11, 11), "e", utrace.Why{What: "x"})
	w.wasAsked(t, "for its first line")
}
