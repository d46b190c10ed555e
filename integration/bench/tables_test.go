// Tests of the tables, of the page that has them, and of what takes part in trials.

package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func sample() *results {
	return &results{Runs: 2, Took: "1s", Notes: []string{"nothing was installed"}, Rows: []row{
		{Name: "make", Group: groupWork, Unit: "s", Goals: []goal{{strict, native, 1.02}},
			Cells: []cell{{Name: native, Values: []float64{2, 2}}, {Name: strict, Values: []float64{2.1, 2.1}}, {Name: "runsc", Absent: "not installed"}}},
		{Name: "stop", About: "a stop", Group: groupCost, Unit: "ns", Cells: []cell{{Name: floor, Values: []float64{1500, 1500}}, {Name: library, Values: []float64{3000, 3000}}}},
	}}
}

func TestTables(t *testing.T) {
	for name, form := range map[string]func(*results) string{"text": text, "markdown": markdown} {
		got := strings.Join(strings.Fields(form(sample())), " ")
		for _, want := range []string{"nothing was installed", "runsc: not installed.", "not met", "1.050 (1.050–1.050)", "1.5 µs", "3 µs"} {
			if !strings.Contains(got, want) {
				t.Errorf("%s lacks %q:\n%s", name, want, got)
			}
		}
	}
}

func TestSaveAndLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.json")
	if err := sample().save(path); err != nil {
		t.Fatal(err)
	}
	r, err := load(path)
	if err != nil {
		t.Fatal(err)
	}
	if markdown(r) != markdown(sample()) {
		t.Errorf("what was saved is something else:\n%s", markdown(r))
	}
}

func TestEmbed(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	write := func(text string) {
		if err := os.WriteFile(page, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("before\n" + figuresBegin + "old\n" + figuresEnd + "after\n")
	if err := embed(page, sample()); err != nil {
		t.Fatal(err)
	}
	got, _ := os.ReadFile(page)
	if text := string(got); !strings.HasPrefix(text, "before\n") || !strings.HasSuffix(text, "after\n") || strings.Contains(text, "old") || !strings.Contains(text, markdown(sample())) {
		t.Errorf("got\n%s", text)
	}
	write("no place\n")
	if err := embed(page, sample()); err == nil {
		t.Error("a page without a place for figures has got some")
	}
}

// TestPage: the page shows the numbers that lie beside it.
func TestPage(t *testing.T) {
	page, err := os.ReadFile("../../" + docsPage)
	if err != nil {
		t.Fatal(err)
	}
	r, err := load("../../" + docsNumbers)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), figuresBegin+"\n"+markdown(r)+"\n"+figuresEnd) {
		t.Errorf("%s does not show %s: go run ./integration/bench -from %[2]s -docs", docsPage, docsNumbers)
	}
}

// TestOptionalEntry: a peer that fails is absent, and one of ours is an error.
func TestOptionalEntry(t *testing.T) {
	fails := func(context.Context) (figures, error) { return nil, errors.New("exit status 1\nno such thing") }
	works := func(context.Context) (figures, error) { return figures{{"works", 1}}, nil }
	b := &bench{options: options{runs: 3}, log: io.Discard}
	r := new(results)
	tr := trial{name: "t", entries: []entry{{name: "works", run: works}, {name: "peer", run: fails, optional: true}}}
	if err := b.measure(context.Background(), tr, r); err != nil {
		t.Fatal(err)
	}
	if c := r.Rows[0].Cells; len(c) != 2 || len(c[0].Values) != 3 || c[1].Absent != "failed: no such thing" {
		t.Errorf("got %+v", c)
	}
	tr.entries[1].optional = false
	if err := b.measure(context.Background(), tr, r); err == nil {
		t.Error("an entry of ours that fails is no error")
	}
}

// TestTrials: every goal is about an entry, or about a figure that one has; names are different.
func TestTrials(t *testing.T) {
	b := &bench{options: options{peers: true, cache: t.TempDir()}, log: io.Discard}
	seen := map[string]bool{}
	for _, tr := range b.trials() {
		if seen[tr.name] {
			t.Errorf("two trials are called %s", tr.name)
		}
		seen[tr.name] = true
		for _, g := range tr.goals {
			known := false
			for _, e := range tr.entries {
				known = known || e.name == g.Of || strings.HasPrefix(g.Of, e.name+":") || strings.HasPrefix(g.Of, e.name+" tasks")
			}
			if !known {
				t.Errorf("%s: the goal %q is about nobody", tr.name, g.what())
			}
		}
	}
}
