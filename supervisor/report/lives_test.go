// A loop of forks: the report counts what it does not write.

package report_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/report"
	"jail/supervisor/utrace"
)

// events are the lines of a report.
func events(t *testing.T, text string) []report.Event {
	t.Helper()
	var all []report.Event
	for line := range strings.Lines(text) {
		var e report.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// forks tells of a first process that makes so many children, one after the other. Each runs a program and ends; every fifth dies of
// a signal. The tids come again and again, the serials do not.
func forks(r *report.Recorder, n int) {
	first := id(1, 10, 10)
	r.Birth(first, utrace.TaskID{}, false)
	for i := range n {
		tid := 11 + i%100
		child := id(uint64(i)+2, tid, tid)
		r.Birth(child, first, false)
		r.Exec(child, child)
		var s utrace.ExitStatus
		if i%5 == 4 {
			s.Signal = unix.SIGSEGV
		}
		r.Death(child, utrace.DeathEvent{Status: s}, utrace.Usage{})
		r.Reap(child)
	}
	r.Death(first, utrace.DeathEvent{}, utrace.Usage{})
	r.Reap(first)
	r.End(utrace.ExitStatus{}, utrace.Killer{}, report.Exit{By: "program"}, nil)
}

func TestFloodOfForksIsBounded(t *testing.T) {
	const most = 100
	for _, n := range []int{0, 1, most - 1, most, most + 1, 3 * most, 20_000} {
		var lines bytes.Buffer
		forks(report.New(report.Config{Lines: &lines, Tasks: most, Now: clock(), Probe: fake{}, Run: "r"}), n)
		validate(t, lines.String())
		all := events(t, lines.String())
		if limit := 5*most + 40; len(all) > limit {
			t.Errorf("%d forks: %d lines, want no more than %d", n, len(all), limit)
		}
		count := map[string]int{}
		var untold report.Untold
		born, killed := map[uint64]bool{}, 0
		for _, e := range all {
			count[e.Event]++
			switch {
			case e.Event == report.KindBirth:
				born[e.Task.Serial] = true
			case e.Event == report.KindUntold:
				untold = *e.Untold
			case e.Event == report.KindDeath && e.Status.Signal != "":
				killed++
			case e.Task != nil && !born[e.Task.Serial]:
				t.Errorf("%d forks: %s of task %d, whose birth is not told", n, e.Event, e.Task.Serial)
			}
		}
		for kind, more := range map[string]int{report.KindBirth: untold.Births, report.KindExec: untold.Execs, report.KindDeath: untold.Deaths, report.KindReap: untold.Reaps} {
			if got := count[kind] + more; got != n+1 {
				t.Errorf("%d forks: %d %ss are told and %d counted, want %d", n, count[kind], kind, more, n+1)
			}
			if more > 0 && count[kind] < most {
				t.Errorf("%d forks: only %d %ss are told", n, count[kind], kind)
			}
		}
		if want := min(n/5, most); killed < want {
			t.Errorf("%d forks: of %d deaths by signal %d are told", n, n/5, killed)
		}
		end := all[len(all)-1]
		if end.Event != report.KindEnd || end.Totals.Tasks != n+1 || end.Totals.Processes != n+1 || end.Totals.Execs != n+1 ||
			end.Totals.Deaths != n+1 || end.Totals.Killed != n/5 {
			t.Errorf("%d forks: the end is %s %+v", n, end.Event, end.Totals)
		}
	}
}

// A report whose supervisor is killed has no end: half of what is untold is counted all the same.
func TestUntoldLinesAreCountedInTime(t *testing.T) {
	var lines bytes.Buffer
	r := report.New(report.Config{Lines: &lines, Tasks: 1, Now: clock(), Probe: fake{}, Run: "r"})
	r.Birth(id(1, 10, 10), utrace.TaskID{}, false)
	for i := range 1000 {
		r.Birth(id(uint64(i)+2, 11, 11), id(1, 10, 10), false)
		all := events(t, lines.String())
		last := all[len(all)-1]
		if last.Event != report.KindUntold || 2*last.Untold.Births < i+1 {
			t.Fatalf("after %d untold births: %s %+v", i+1, last.Event, last.Untold)
		}
	}
}

func TestAllLivesAreTold(t *testing.T) {
	const n = report.DefaultTasks + 10
	for tasks, want := range map[int]int{-1: 4*(n+1) + 1, 0: 4*report.DefaultTasks + 4} {
		var lines bytes.Buffer
		forks(report.New(report.Config{Lines: &lines, Tasks: tasks, Now: clock(), Probe: fake{}, Run: "r"}), n)
		got := strings.Count(lines.String(), "\n")
		if told := strings.Contains(lines.String(), `"event":"untold"`); tasks < 0 && (got != want || told) || tasks == 0 && (!told || got < want || got > want+20) {
			t.Errorf("Tasks %d: %d lines, want %d", tasks, got, want)
		}
	}
}

// Programs with long arguments: these are cut when they have filled some megabytes.
func TestArgumentsOfAllProgramsAreBounded(t *testing.T) {
	var lines bytes.Buffer
	argv := []string{"/bin/a", "a", strings.Repeat("x", 60_000)}
	r := report.New(report.Config{Lines: &lines, Now: clock(), Probe: fake{10: argv}, Run: "r"})
	first := id(1, 10, 10)
	r.Birth(first, utrace.TaskID{}, false)
	for range 2000 {
		r.Exec(first, first)
	}
	if lines.Len() > 20<<20 || !strings.Contains(lines.String(), `"argv":["a"],"cut":true`) {
		t.Errorf("the report has %d bytes", lines.Len())
	}
	validate(t, lines.String())
}
