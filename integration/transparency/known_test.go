// known_test.go tests the list of known losses: reading and patterns.
package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func writeKnown(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "known.yaml")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadKnown(t *testing.T) {
	list, err := readKnown(writeKnown(t, "kernel:\n  s/a: why\npolicy:\nparent:\n  s/*: because\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := known{
		{pattern: "s/a", place: "kernel", reason: "why", line: 2},
		{pattern: "s/*", place: "parent", reason: "because", line: 5},
	}
	if diff := cmp.Diff(want, list, cmp.AllowUnexported(knownLoss{})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestReadKnownErrors(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a list", "- a\n", ":1:1: want a mapping"},
		{"another place", "elsewhere:\n  a/b: c\n", ":1:1: want one of the places kernel, policy, parent"},
		{"no place", "a/b: why\n", ":1:1: want one of the places"},
		{"a list of tests", "kernel:\n  - a/b\n", ":2:3: want a mapping"},
		{"an alias of a section", "kernel: &x\n  a/b: c\npolicy: *x\n", ":3:9: want a mapping"},
		{"a section twice", "kernel:\n  a/b: c\nkernel:\n  a/c: d\n", ":3:1: kernel is there twice"},
		{"no suite", "kernel:\n  a: why\n", ":2:3: want the name of a test"},
		{"everything", "kernel:\n  \"*\": why\n", ":2:3: want the name of a test"},
		{"no reason", "kernel:\n  a/b:\n", ":2:7: want the reason"},
		{"a mapping as reason", "kernel:\n  a/b:\n    b: c\n", ":3:5: want the reason"},
		{"an alias", "kernel:\n  a/b: &x why\n  a/c: *x\n", ":3:8: want the reason"},
		{"twice", "kernel:\n  a/b: x\npolicy:\n  a/b: y\n", ":4:3: a/b is listed twice"},
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
	if _, err := readKnown(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing list: error %v", err)
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
