// Random names and arguments in traces: nothing acts on a terminal, a line stays a line, JSON stays JSON.

package trace_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"jail/engines/trace"
	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

// FuzzHostileNames: what programs are called, run, open and are refused.
func FuzzHostileNames(f *testing.F) {
	for _, s := range []string{"sh", "", evil, "] +++", "\u009b", "\x9b", "\u2028\u2066\U000e0001", `"\`, "\ufffd", strings.Repeat("é\x01", 200)} {
		f.Add(s, s, s)
		f.Add("sh", "/bin/sh", s)
	}
	f.Fuzz(func(t *testing.T, program, path, argument string) {
		r := start(t, trace.Select{})
		r.programs[enginetest.FirstTID] = program
		at := r.M.MapString(0x10000, path)
		open := enginetest.Call("openat", uint64(0xffffff9c), at, unix.O_RDONLY)
		r.Call(r.First, open)
		r.Return(r.First, open, 3)
		r.Space.Death(r.First, utrace.DeathEvent{Status: utrace.ExitStatus{Signal: unix.SIGKILL},
			Killer: utrace.Killer{By: "policy", Engine: "exec", Why: utrace.Why{What: argument}}})
		r.events = append(r.events, trace.Event{Seq: 99, Program: program, Kind: trace.KindExec, Process: &trace.Process{Program: program, Path: path},
			Exec: &trace.Exec{Path: path, Argv: []string{argument, program}}})
		for _, format := range []string{"text", "json", "chrome"} {
			out := encode(t, r, format, false)
			strange := func(c rune) bool { return c != '\n' && !unicode.IsPrint(c) }
			if !utf8.ValidString(out) || strings.ContainsFunc(out, strange) {
				t.Errorf("%s: something does not print in %q", format, out)
			}
			switch format {
			case "text":
				if n := strings.Count(out, "\n"); n != len(r.events)-1 && n != len(r.events) { // a call is one line, of two events
					t.Errorf("%d events are %d lines: %s", len(r.events), n, out)
				}
			case "json":
				for line := range strings.Lines(out) {
					if !json.Valid([]byte(line)) {
						t.Errorf("no JSON: %s", line)
					}
				}
			default:
				if !json.Valid([]byte(out)) {
					t.Errorf("no JSON: %s", out)
				}
			}
		}
	})
}
