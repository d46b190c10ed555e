// Tests of the role, its engines, and the programs in C.

package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// built is a bench with its programs.
func built(t *testing.T) *bench {
	b := &bench{options: options{quick: true, runs: 1, wrap: "env", cache: t.TempDir()}, work: t.TempDir(), log: io.Discard}
	if err := b.build(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestRoles: each engine hears the calls, and tells what it is there for.
func TestRoles(t *testing.T) {
	b := built(t)
	for name, c := range map[string]struct {
		argv func() []string
		want []string
	}{
		"look":    {under(b.subject(nil, "calls", 50), b.role("-engine", "look")), []string{"ns"}},
		"refuse":  {under(b.subject(nil, "calls", 50), b.role("-engine", "refuse", "-report", filepath.Join(t.TempDir(), "r.jsonl"))), []string{"ns"}},
		"fair":    {under(b.subject(nil, "busy", 1, 3), b.role("-engine", "fair", "-most", "300")), []string{"median", "99.9%", "longest", "tasks"}},
		"heap":    {under(b.subject(nil, "births", 20), b.role("-engine", "heap")), []string{"heap0", "heap1"}},
		"pinned":  {under(b.subject(nil, "-c", 0, "calls", 50), b.role("-engine", "look", "-c", "0")), []string{"ns"}},
		"preempt": {func() []string { return []string{b.made.self, roleWord, "-preempt", "2"} }, []string{"ns"}},
	} {
		got, err := b.told(context.Background(), c.argv()...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, want := range c.want {
			if got.of(want) <= 0 {
				t.Errorf("%s: told %v, which lacks %s", name, got, want)
			}
		}
	}
}

// TestFloor: it follows everything that the subject does, and ends as the program ends.
func TestFloor(t *testing.T) {
	b := built(t)
	for _, args := range [][]any{{"calls", 10}, {"crowd", 10, 3}, {"births", 20}, {"pingpong", 10}, {"urgent", 10}} {
		for _, flags := range [][]string{nil, {"-l"}, {"-n"}, {"-x"}, {"-c", "0"}} {
			got, err := b.told(context.Background(), under(b.subject(nil, args...), b.floor(flags...))()...)
			if err != nil || got.of("ns") <= 0 {
				t.Errorf("%v under floor %v: %v, %v", args, flags, got, err)
			}
		}
	}
	if _, _, err := start(context.Background(), "", nil, b.made.floor, "/bin/false"); err == nil {
		t.Error("the floor hides that the program failed")
	}
	if _, _, err := start(context.Background(), "", nil, b.made.floor, filepath.Join(os.TempDir(), "no", "program")); err == nil {
		t.Error("the floor hides that there is no program")
	}
}

func TestWrongRoles(t *testing.T) {
	for _, args := range [][]string{{"-engine", "nobody", "--", "/bin/true"}, {}, {"-policy", "no-such-policy", "--", "/bin/true"}, {"--", "/bin/false"}} {
		if code := playRole(args, io.Discard, io.Discard); code == 0 {
			t.Errorf("%v: exit code 0", args)
		}
	}
}
