// known_test.go tests the list of known losses: reading, patterns, and that an
// entry too many is told.
package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func writeKnown(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "known.yaml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadKnownErrors(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a list", "- a\n", ":1:1: want a mapping"},
		{"no reason", "a/b:\n", "want the reason"},
		{"a mapping as reason", "a:\n  b: c\n", ":2:3: want the reason"},
		{"an alias", "a: &x why\nb: *x\n", ":2:4: want the reason"},
		{"twice", "a: x\na: y\n", ":2:1: a is listed twice"},
		{"no yaml", "a: [\n", "known losses"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := readKnown(writeKnown(t, tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
	if _, err := readKnown(filepath.Join(t.TempDir(), "none")); !os.IsNotExist(err) && err == nil {
		t.Error("a missing list is no error")
	}
}

func TestReadKnownEmpty(t *testing.T) {
	for _, text := range []string{"", "# nothing lost\n", "~\n"} {
		if list, err := readKnown(writeKnown(t, text)); err != nil || len(list) != 0 {
			t.Errorf("%q: %v, %v", text, list, err)
		}
	}
}

func TestShippedListIsReadable(t *testing.T) {
	if _, err := readKnown("known.yaml"); err != nil {
		t.Error(err)
	}
}

func TestMatches(t *testing.T) {
	tests := []struct {
		pattern, name string
		want          bool
	}{
		{"a/b", "a/b", true},
		{"a/b", "a/b/c", false},
		{"a/*", "a/b/c", true},
		{"a/*/c", "a/b/c", true},
		{"a/*/c", "a/c", false},
		{"*c", "abc", true},
		{"a*a", "a", false},
		{"a*b*b", "ab", false},
		{"a*b*b", "abb", true},
		{"*", "", true},
	}
	for _, tt := range tests {
		if got := matches(tt.pattern, tt.name); got != tt.want {
			t.Errorf("matches(%q, %q) = %v", tt.pattern, tt.name, got)
		}
	}
}

func TestTally(t *testing.T) {
	path := writeKnown(t, "s/u/known: ptrace\ns/u/kept: seccomp\ns/other/x: not run\n")
	list, err := readKnown(path)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	tl := tally{suite: "s"}
	tl.add(&out, []finding{
		{test: "s/u/kept", class: same, verdict: pass},
		{test: "s/u/known", class: lost, verdict: pass},
		{test: "s/u/new", class: gained},
	}, list)
	if ok := summary(&out, []tally{tl}); !ok {
		t.Error("a listed loss is an error")
	}
	reportUnused(&out, path, list, []string{"s/u"})
	for _, want := range []string{"LOST (known)  s/u/known", "GAINED", ":2: s/u/kept is listed"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "s/other/x") {
		t.Error("an entry of a unit that did not run is told to be unused")
	}
	tl.add(&out, []finding{{test: "s/u/lost", class: lost, verdict: pass}}, list)
	if summary(&out, []tally{tl}) {
		t.Error("an unlisted loss is no error")
	}
	if summary(&out, []tally{{suite: "empty"}}) {
		t.Error("a suite without tests is no error")
	}
}
