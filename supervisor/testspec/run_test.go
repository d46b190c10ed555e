// Cases that are run, and what is told of them to machines.

package testspec

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// one parses a file with one case.
func one(t *testing.T, text string) *Case {
	t.Helper()
	f, err := Parse(filepath.Join(t.TempDir(), "s.yaml"), []byte("version: 1\ncases:\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	return &f.Cases[0]
}

// A run that is interrupted says nothing about the program, and leaves nothing behind.
func TestInterrupted(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	ctx, cancel := context.WithCancel(context.Background())
	c := one(t, "  - {name: a, command: 'echo $PPID >&2; echo begun; exec sleep 1000'}")
	done := make(chan Outcome)
	go func() { done <- Runner{Context: ctx}.Run(c) }()
	cancel()
	out := <-done
	if out.Verdict != Wrong || !strings.Contains(out.Failures[0].Text, "interrupted") {
		t.Errorf("%+v", out)
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// What a program leaves in the place of a file is not waited for, nor followed out of the folder.
func TestFilesThatAreNone(t *testing.T) {
	c := one(t, "  - {name: a, command: 'mkfifo f; ln -s /etc/passwd l; mkdir -m 0 d; ln -s nothing n', expect: {files: {f: x, l: x, d/e: x, n: null}}}")
	out := Runner{}.Run(c)
	var all []string
	for _, f := range out.Failures {
		all = append(all, f.Text)
	}
	text := strings.Join(all, "\n")
	for _, want := range []string{"f is no regular file", "the file l can't be read: ", "the file d/e ", "n is there"} {
		if !strings.Contains(text, want) {
			t.Errorf("nothing says %q:\n%s", want, text)
		}
	}
}

// A program that counts its runs in a file outside does not come to the same points twice.
func TestCrashPointsThatDoNotCome(t *testing.T) {
	count := filepath.Join(t.TempDir(), "count")
	c := one(t, "  - {name: a, command: 'echo x >>"+count+"; test $(wc -l <"+count+") -gt 2 || { echo a >f; echo b >>f; }', crash: {calls: write, path: '*/f', check: 'true'}}")
	out := Runner{CrashPoints: true}.Run(c)
	if out.Verdict != Wrong || len(out.Failures) != 1 ||
		!strings.Contains(out.Failures[0].Text, "crash point 1 of 3 did not come: the program does not make the same calls each time (exit 0)") {
		t.Errorf("%+v", out)
	}
}

// Whatever a program writes, the formats are whole, and nothing acts on a terminal.
func TestFormats(t *testing.T) {
	c := one(t, `  - {name: "a <b> # \e[1m", command: "printf '\\033[31m]]>&\\001\\377'; exit 3"}`)
	out := Runner{}.Run(c)
	said := make(map[string]string)
	for _, format := range []string{"text", "tap", "junit", "json"} {
		var b bytes.Buffer
		rep, err := NewReporter(format, &b)
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{rep.Begin(1), rep.Case("s.yaml", &out), rep.End()} {
			if err != nil {
				t.Fatal(err)
			}
		}
		said[format] = b.String()
		if strings.ContainsAny(b.String(), "\x1b\x01") {
			t.Errorf("%s acts on a terminal: %q", format, b.String())
		}
	}
	var s suite
	if err := xml.Unmarshal([]byte(said["junit"]), &s); err != nil || s.Tests != 1 || s.Failures != 1 || !strings.Contains(s.Cases[0].Failure.Message, "exit 3, not with exit 0") {
		t.Errorf("junit: %v, %+v\n%s", err, s, said["junit"])
	}
	var l line
	if err := json.Unmarshal([]byte(said["json"]), &l); err != nil || l.File != "s.yaml" || l.Verdict != Failed {
		t.Errorf("json: %v\n%s", err, said["json"])
	}
	if !strings.Contains(said["tap"], `not ok 1 - a <b> \# `) {
		t.Errorf("tap:\n%s", said["tap"])
	}
}

// A missing newline is seen.
func TestMismatchIsQuoted(t *testing.T) {
	want := "a\nb\n"
	var out Outcome
	out.Verdict = Passed
	(&Match{Whole: &want}).check("standard output", "a\nb", &out)
	if len(out.Failures) != 1 || out.Failures[0].Text != "standard output is\n  \"a\\n\"\n  \"b\"\nnot\n  \"a\\n\"\n  \"b\\n\"" {
		t.Errorf("%+v", out)
	}
}
