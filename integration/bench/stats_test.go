// Tests of the arithmetic, and of what is judged by it.

package main

import (
	"strings"
	"testing"
)

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		list []float64
		want spread
	}{
		{[]float64{7}, spread{7, 7, 7, 7}},
		{[]float64{4, 1, 3, 2}, spread{1.75, 2.5, 3.25, 1}},
		{[]float64{5, 1, 3, 2, 4}, spread{2, 3, 4, 1}},
	} {
		if got := spreadOf(c.list); got != c.want {
			t.Errorf("%v: got %v, want %v", c.list, got, c.want)
		}
	}
}

// TestReached: a ratio is the median of the rounds' ratios, not the ratio of the medians.
func TestReached(t *testing.T) {
	r := row{Cells: []cell{{Name: "native", Values: []float64{10, 30, 20}}, {Name: "x", Values: []float64{20, 30, 80}}, {Name: "absent", Absent: "why"}}}
	got, ok := r.reached(goal{Of: "x", To: "native"})
	if want := (spread{1.5, 2, 3, 1}); !ok || got != want {
		t.Errorf("got %v, %v, want %v", got, ok, want)
	}
	for _, g := range []goal{{Of: "absent", To: "native"}, {Of: "nobody"}, {Of: "x", To: "nobody"}} {
		if s, ok := r.reached(g); ok {
			t.Errorf("%v was measured: %v", g, s)
		}
	}
}

func TestJudge(t *testing.T) {
	made := func(value float64) *results {
		return &results{Rows: []row{{Name: "t", Cells: []cell{{Name: "a", Values: []float64{100, value}}}, Goals: []goal{{Of: "a", Most: 2}, {Of: "b", Most: 1}}}}}
	}
	if err := made(5.9).judge(); err != nil {
		t.Errorf("a figure of less than three times its goal fails: %v", err)
	}
	if err := made(6.1).judge(); err == nil || !strings.Contains(err.Error(), "t: a is never below 6.1") {
		t.Errorf("a figure of more than three times its goal: %v", err)
	}
}

func TestRowAddAndSort(t *testing.T) {
	var r row
	for range 2 {
		r.add(figures{{"late", 3}, {"second", 2}})
		r.add(figures{{"first", 1}})
	}
	r.sort([]entry{{name: "first"}, {name: "second"}})
	for i, want := range []string{"first", "second", "late"} {
		if c := r.Cells[i]; c.Name != want || len(c.Values) != 2 {
			t.Errorf("cell %d is %v, want %s with two values", i, c, want)
		}
	}
}
