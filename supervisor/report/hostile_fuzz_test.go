// Random names, arguments and reasons: nothing acts on a terminal, adds a line, or is lost in the report's lines.

package report_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"jail/supervisor/report"
	"jail/supervisor/utrace"
)

// named is a Prober whose only program is called as somebody likes.
type named struct{ exe, comm, argument string }

func (n named) Exe(int) string    { return n.exe }
func (n named) Comm(int) string   { return n.comm }
func (n named) Argv(int) []string { return []string{n.comm, n.argument} }

// tellOf is a report of everything that programs have a say in.
func tellOf(n named, what string) (lines, people string) {
	var l, p bytes.Buffer
	r := report.New(report.Config{Lines: &l, People: &p, Now: clock(), Probe: n, Run: "r", Summary: true})
	first, child := id(1, 10, 10), id(2, 11, 11)
	r.Start("p", n.exe, []string{n.comm, n.argument})
	r.Birth(first, utrace.TaskID{}, false)
	r.Exec(first, first)
	r.Birth(child, first, false)
	r.Exec(child, child)
	r.Detached(child, "e", what)
	for i, strict := range []utrace.Strictness{utrace.Answered, utrace.Answered, utrace.KillProcess, utrace.Answered} {
		d := utrace.Decision{Engine: "e", Event: utrace.SyscallEntry, Strictness: strict, Why: utrace.Why{What: what, Rule: what, Allow: what}}
		if i == 3 {
			d.Failure = &utrace.Failure{Panic: what, Stack: []byte(what)}
			d.Observed = true
		}
		r.Decided(child, d)
	}
	why := utrace.Why{What: what + "!", Rule: what, Allow: what}
	r.Refused(child, "e", why)
	r.Passed(child, "e", why)
	r.Death(child, utrace.DeathEvent{Status: utrace.ExitStatus{Signal: unix.SIGKILL}}, utrace.Usage{})
	r.Death(first, utrace.DeathEvent{}, utrace.Usage{})
	r.End(utrace.ExitStatus{}, utrace.Killer{}, report.Exit{}, nil)
	return l.String(), p.String()
}

// FuzzHostileText compares with what is told of harmless names.
func FuzzHostileText(f *testing.F) {
	for _, s := range []string{"sh", "", "x\njail: denied nothing", "\x1b[2J\x1b]0;t\a", "a\u202eb\u2066", "\u009b31m", "\x9b31m", "\xff\xfe", "\ufffdff",
		"a b", `"\`, "← make[1]", "\u2028", "\U000e0001", "\ue0001", strings.Repeat("é", 200), strings.Repeat("\x01", 300), "\ufeff", "a\u0301", "\r  rule x"} {
		f.Add("/bin/"+s, s, s, "open of "+s)
		f.Add("/bin/sh", "sh", "-c", s)
	}
	plainLines, plainPeople := tellOf(named{"/bin/x", "x", "x"}, "x")
	f.Fuzz(func(t *testing.T, exe, comm, argument, what string) {
		if exe == "" || comm == "" || what == "" { // then less is told
			t.Skip()
		}
		lines, people := tellOf(named{exe, comm, argument}, what)
		if strings.Count(people, "\n") != strings.Count(plainPeople, "\n") || strings.Count(lines, "\n") != strings.Count(plainLines, "\n") {
			t.Errorf("lines were added or lost:\n%s%s", people, lines)
		}
		for _, text := range []string{people, lines} {
			strange := func(r rune) bool { return !unicode.IsPrint(r) }
			if !utf8.ValidString(text) || strings.ContainsFunc(strings.ReplaceAll(text, "\n", ""), strange) {
				t.Errorf("something does not print in %q", text)
			}
		}
		programs := 0
		for line := range strings.Lines(lines) {
			var e report.Event
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatalf("%v: %s", err, line)
			}
			var got, want []string
			switch e.Event {
			case report.KindExec:
				programs++
				got, want = []string{e.Path, e.Name, e.Argv[1]}, []string{exe, comm, argument}
			case report.KindDenial:
				got, want = []string{e.Rule, e.Allow, e.Ancestry[1].Name}, []string{what, what, comm}
			}
			for i := range got {
				if bytesOf(got[i]) != want[i] {
					t.Errorf("%q is told as %q", want[i], got[i])
				}
			}
		}
		if programs < 2 {
			t.Errorf("no programs in %s", lines)
		}
	})
}
