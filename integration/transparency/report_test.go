// report_test.go tests the tallies, what the final table says, and the exit status.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"jail/integration/internal/fetch"
)

func TestTally(t *testing.T) {
	list := known{
		{pattern: "s/listed", place: "kernel", reason: "ptrace"},
		{pattern: "s/flaky", place: "policy", reason: "seccomp"},
		{pattern: "s/skipped", place: "policy", reason: "needs gdb"},
		{pattern: "s/kept", place: "kernel", reason: "none", line: 7},
		{pattern: "other/x", place: "kernel", reason: "not run"},
	}
	var out bytes.Buffer
	tl := tally{suite: "s", whole: true}
	tl.add(&out, []finding{
		{test: "s/kept", class: same, verdict: pass},
		{test: "s/listed", class: lost, verdict: pass},
		{test: "s/flaky", class: flaky},
		{test: "s/new", class: gained},
		{test: "s/fails", class: same, verdict: fail},
		{test: "s/skipped", class: same, verdict: skip},
	}, list)
	if tl.tests != 6 || tl.passed != 1 || tl.listed != 1 || tl.flaky != 1 || tl.gained != 1 || tl.lost != 0 {
		t.Errorf("%+v", tl)
	}
	if end := summary(&out, "k.yaml", []tally{tl}, list, false); end != different {
		t.Errorf("ends as %d although an entry is stale", end)
	}
	for _, want := range []string{"LOST (kernel)  s/listed", "GAINED", "FLAKY", "STALE", "s/kept  k.yaml:7:"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in:\n%s", want, out.String())
		}
	}
	for _, not := range []string{"other/x", "s/fails", "STALE          s/flaky", "STALE          s/skipped"} {
		if strings.Contains(out.String(), not) {
			t.Errorf("%q in:\n%s", not, out.String())
		}
	}
}

func TestStaleNeedsTheWholeSuite(t *testing.T) {
	list := known{{pattern: "s/a", place: "kernel", reason: "r"}}
	for _, tt := range []struct {
		whole []string
		want  int
	}{{nil, 0}, {[]string{"other"}, 0}, {[]string{"other", "s"}, 1}} {
		if got := list.stale(tt.whole); len(got) != tt.want {
			t.Errorf("whole %v: %d stale, want %d", tt.whole, len(got), tt.want)
		}
	}
}

func TestEnding(t *testing.T) {
	gone := errors.New("no network")
	good := tally{suite: "good", whole: true, tests: 3}
	tests := []struct {
		name    string
		tallies []tally
		list    known
		skip    bool
		want    ending
		says    string
	}{
		{"all well", []tally{good}, nil, false, allWell, ""},
		{"a loss", []tally{{suite: "s", tests: 1, lost: 1}, good}, nil, false, different, ""},
		{"a stale entry", []tally{good}, known{{pattern: "good/x"}}, false, different, "STALE"},
		{"a known loss", []tally{{suite: "s", tests: 1, listed: 1}}, nil, false, allWell, ""},
		{"gained and flaky", []tally{{suite: "s", tests: 2, gained: 1, flaky: 1}}, nil, false, allWell, ""},
		{"no tests", []tally{good, {suite: "s"}}, nil, false, undone, ""},
		{"not to be had", []tally{{suite: "s", notRun: gone}, good}, nil, false, undone, "s        not run: no network"},
		{"not to be had, and a loss", []tally{{suite: "s", notRun: gone}, {suite: "t", tests: 1, lost: 1}}, nil, false, undone, "not run"},
		{"skipped", []tally{{suite: "s", notRun: gone}, good}, nil, true, allWell, "s        skipped: no network"},
		{"skipped, and a loss", []tally{{suite: "s", notRun: gone}, {suite: "t", tests: 1, lost: 1}}, nil, true, different, "skipped"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			if got := summary(&out, "k.yaml", tt.tallies, tt.list, tt.skip); got != tt.want {
				t.Errorf("ends as %d, want %d", got, tt.want)
			}
			if !strings.Contains(out.String(), tt.says) {
				t.Errorf("no %q in:\n%s", tt.says, out.String())
			}
		})
	}
}

// script is a suite of one unit for each name.
func script(name string, err error, units ...unit) suite {
	return suite{name: name, prepare: func(context.Context, *env) ([]unit, error) { return units, err }}
}

func TestSuites(t *testing.T) {
	good := shell("echo hello")
	good.name = "good/hello"
	missing := script("missing", fmt.Errorf("fetching it: %w", fetch.ErrUnavailable))
	tests := []struct {
		name string
		o    options
		want string // suite: tests, and w if it was run whole
	}{
		{"all", options{suites: []suite{script("good", nil, good), missing}}, "good:1w missing:not run"},
		{"a subset for CI", options{suites: []suite{script("good", nil, good), missing}, ci: true}, "good:1 missing:not run"},
		{"one unit", options{suites: []suite{missing, script("good", nil, good)}, only: "good/h*"}, "good:1"},
		{"a suite without tests", options{suites: []suite{script("empty", nil)}}, "empty:0w"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.o.runs = 2
			var out bytes.Buffer
			tallies, err := newRunner(t, "/usr/bin/env").suites(context.Background(), tt.o, nil, &out)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, tl := range tallies {
				text := fmt.Sprintf("%s:%d", tl.suite, tl.tests)
				if tl.notRun != nil {
					text = tl.suite + ":not run"
				}
				if tl.whole {
					text += "w"
				}
				got = append(got, text)
			}
			if got := strings.Join(got, " "); got != tt.want {
				t.Errorf("%s, want %s\n%s", got, tt.want, out.String())
			}
		})
	}
	o := options{suites: []suite{script("good", nil, good)}, only: "good/x", runs: 1}
	if _, err := newRunner(t).suites(context.Background(), o, nil, &bytes.Buffer{}); err == nil {
		t.Error("-only that matches nothing is no error")
	}
	broken := options{suites: []suite{script("broken", errors.New("broken"))}, runs: 1}
	if _, err := newRunner(t).suites(context.Background(), broken, nil, &bytes.Buffer{}); err == nil {
		t.Error("a failure of our own is no error")
	}
}

// TestBoth runs a unit that can tell its runs apart: runs holds a letter for each
// so far, n for native and w for wrapped.
func TestBoth(t *testing.T) {
	tests := []struct {
		name, fails string // a pattern of runs in which the unit fails
		listed      bool
		class       class
		why, runs   string
	}{
		{"passes", "-", false, same, "native pass, wrapped pass", "nwnwnw"},
		{"fails in the second wrapped run", "nwnw", false, lost, "native pass, wrapped pass | fail | pass", "nwnwnwnn"},
		{"the same, and listed", "nwnw", true, lost, "native pass, wrapped pass | fail | pass", "nwnwnw"},
		{"fails in one more native run too", "nwnw|nwnwnwn", false, flaky, "native pass | pass | pass | fail, wrapped pass | fail | pass", "nwnwnwn"},
		{"fails natively alone", "*n", false, gained, "native fail, wrapped pass", "nwnwnw"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			count := filepath.Join(t.TempDir(), "runs")
			u := shell(`printf ${SIDE:-n} >>` + count + `; case $(cat ` + count + `) in ` + tt.fails + `) exit 1;; esac`)
			u.name = "s/u"
			u.parse = parseStatus(77)
			var list known
			if tt.listed {
				list = known{{pattern: "s/*"}}
			}
			r := newRunner(t, "/usr/bin/env", "SIDE=w")
			got, err := r.both(context.Background(), u, options{runs: 3, confirm: 2}, list, &tally{})
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != 1 || got[0].test != "s/u" || got[0].class != tt.class || got[0].why != tt.why {
				t.Errorf("%+v", got)
			}
			if runs, err := os.ReadFile(count); err != nil || string(runs) != tt.runs {
				t.Errorf("runs %s, %v, want %s", runs, err, tt.runs)
			}
		})
	}
}
