// parse_test.go tests the parsers against what the real programs wrote.
package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func golden(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func verdicts(r report) map[string]verdict {
	out := map[string]verdict{}
	for name, o := range r.results {
		out[name] = o.verdict
	}
	return out
}

func TestParseGo(t *testing.T) {
	common := map[string]verdict{
		"TestPass":            pass, // although it ends no line, and another test prints that it fails
		"TestSkip":            skip,
		"TestFail":            fail,
		"TestFail/sub":        fail,
		"TestFail/fine":       pass,
		"TestPrintsLikeATest": pass,
	}
	with := func(more map[string]verdict) map[string]verdict {
		out := map[string]verdict{}
		for _, m := range []map[string]verdict{common, more} {
			for k, v := range m {
				out[k] = v
			}
		}
		return out
	}
	tests := []struct {
		name, file string
		stalled    bool
		want       map[string]verdict
		ended      bool
		seen       int
	}{
		{"ended", "go-ended.txt", false, with(map[string]verdict{"TestParallel": pass, "TestParallel2": pass, "TestDies": pass}), true, 7},
		// The parallel tests had not begun: another run can reach them.
		{"died", "go-died.txt", false, with(map[string]verdict{"TestDies": died}), false, 5},
		{"stalled", "go-died.txt", true, with(map[string]verdict{"TestDies": hung}), false, 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := parseGo(capture{output: golden(t, tt.file), stalled: tt.stalled})
			if diff := cmp.Diff(tt.want, verdicts(r)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if r.ended != tt.ended || len(r.seen) != tt.seen {
				t.Errorf("ended %v, seen %v; want %v and %d", r.ended, r.seen, tt.ended, tt.seen)
			}
		})
	}
}

func TestParseGoOfNothing(t *testing.T) {
	r := parseGo(capture{status: "signal killed"})
	if len(r.results) != 0 || r.ended {
		t.Errorf("%v, ended %v, of no output", r.results, r.ended)
	}
}

func TestParseJournal(t *testing.T) {
	r := parseJournal(capture{journal: golden(t, "python.journal")})
	want := map[string]verdict{
		"g.T.test_pass":     pass,
		"g.T.test_skip":     skip,
		"g.T.test_fail":     fail,
		"g.T.test_error":    fail,
		"g.T.test_sub":      fail,
		"g.T.test_expected": pass,
	}
	if diff := cmp.Diff(want, verdicts(r)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if !r.ended {
		t.Error("not seen to have ended")
	}
	r = parseJournal(capture{journal: "start a\npass a\nstart b\n", stalled: true})
	want = map[string]verdict{"a": pass, "b": hung}
	if diff := cmp.Diff(want, verdicts(r)); diff != "" || r.ended {
		t.Errorf("ended %v, -want +got:\n%s", r.ended, diff)
	}
}

func TestParseStatus(t *testing.T) {
	tests := []struct {
		status  string
		stalled bool
		want    verdict
	}{
		{"exit 0", false, pass},
		{"exit 7", false, skip},
		{"exit 1", false, fail},
		{"signal killed", false, fail},
		{"signal killed", true, hung},
	}
	for _, tt := range tests {
		r := parseStatus(7)(capture{status: tt.status, stalled: tt.stalled})
		if got := r.results[""].verdict; got != tt.want {
			t.Errorf("%s, stalled %v: %s, want %s", tt.status, tt.stalled, got, tt.want)
		}
	}
}

func TestParseOutput(t *testing.T) {
	of := func(output, status string) outcome {
		return parseOutput(77)(capture{output: output, status: status}).results[""]
	}
	a := of("pid 1234  at 0x7ffe12345678 in /tmp/jt-00ab34cd/w, 13:15:05\n", "exit 0")
	b := of("pid 567   at 0x7ffc00000000 in /tmp/jt-deadbeef/w, 13:16:06\n", "exit 0")
	if a.forms[1] != b.forms[1] || a.forms[0] == b.forms[0] {
		t.Errorf("two runs that differ in pid, address, folder and time: %+v and %+v", a, b)
	}
	if c := of("pid 1234  at 0x7ffe12345678 in /tmp/jt-00ab34cd/w, 13:15:05\n", "exit 1"); c.forms[2] == a.forms[2] || c.status == a.status {
		t.Error("another exit status makes no difference")
	}
	if s := of("no such call\n", "exit 77"); s.verdict != skip {
		t.Errorf("a skipped test: %+v", s)
	}
	if s := of("", "exit 7"); s.verdict != ran {
		t.Errorf("a test that is not skipped: %+v", s)
	}
	if x, y := of("x = 3\n", "exit 0"), of("x = 4\n", "exit 0"); x.forms[1] == y.forms[1] || x.forms[2] != y.forms[2] {
		t.Errorf("a small number differs: %+v and %+v", x, y)
	}
}

func TestWithoutNumbers(t *testing.T) {
	of := func(output, status string) outcome {
		return withoutNumbers(parseOutput(77))(capture{output: output, status: status}).results[""]
	}
	if a, b := of("cpu 0\n", "exit 0"), of("cpu 1\n", "exit 0"); a != b {
		t.Errorf("%+v and %+v differ", a, b)
	}
	if a, b := of("cpu 0\n", "exit 0"), of("no cpu 0\n", "exit 0"); a.forms[0] == b.forms[0] {
		t.Error("another text makes no difference")
	}
	if a, b := of("cpu 0\n", "exit 0"), of("cpu 0\n", "exit 1"); a.forms[0] == b.forms[0] || a.status == b.status {
		t.Error("another exit status makes no difference")
	}
}
