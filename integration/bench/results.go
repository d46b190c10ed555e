// Results: what was measured where, as it is saved.

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

// results is one run of this program. All numbers are kept, in the order of rounds, so that others can be made of them.
type results struct {
	Machine machine   `json:"machine"`
	Began   time.Time `json:"began"`
	Took    string    `json:"took"`
	Runs    int       `json:"runs"`
	Quick   bool      `json:"quick"`
	Notes   []string  `json:"notes,omitempty"`
	Rows    []row     `json:"rows"`
}

// A row is a trial with its figures.
type row struct {
	Name  string `json:"name"`
	About string `json:"about"`
	Group string `json:"group"`
	Unit  string `json:"unit"`
	Cells []cell `json:"cells"` // the first is what the others are divided by
	Goals []goal `json:"goals,omitempty"`
}

// A cell is one figure in all rounds.
type cell struct {
	Name   string    `json:"name"`
	Absent string    `json:"absent,omitempty"`
	Values []float64 `json:"values,omitempty"`
}

func newResults(o options) *results {
	return &results{Machine: thisMachine(), Began: time.Now().UTC().Truncate(time.Second), Runs: o.runs, Quick: o.quick}
}

// finish notes what is known at the end.
func (r *results) finish() {
	r.Took = time.Since(r.Began).Round(time.Second).String()
	r.Machine.LoadAfter = load1()
}

func (r *results) save(path string) error {
	data, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}

func load(path string) (*results, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := new(results)
	if err := json.Unmarshal(data, r); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// add adds the figures of one run.
func (r *row) add(got figures) {
	for _, f := range got {
		c := r.cell(f.name)
		if c == nil {
			r.Cells = append(r.Cells, cell{Name: f.name})
			c = &r.Cells[len(r.Cells)-1]
		}
		c.Values = append(c.Values, f.value)
	}
}

func (r *row) cell(name string) *cell {
	for i := range r.Cells {
		if r.Cells[i].Name == name {
			return &r.Cells[i]
		}
	}
	return nil
}

// sort puts the cells in the order of entries; those that an entry has beside its own, or in place of it, stay as they came.
func (r *row) sort(entries []entry) {
	place := func(c cell) int {
		i := slices.IndexFunc(entries, func(e entry) bool { return e.name == c.Name })
		if i < 0 {
			return len(entries)
		}
		return i
	}
	slices.SortStableFunc(r.Cells, func(a, b cell) int { return place(a) - place(b) })
}

// reached is what a goal's figure came to: the median of the ratios of the same rounds. ok is false if it was not measured.
func (r *row) reached(g goal) (s spread, ok bool) {
	of := r.cell(g.Of)
	if of == nil || len(of.Values) == 0 {
		return s, false
	}
	if g.To == "" {
		return spreadOf(of.Values), true
	}
	to := r.cell(g.To)
	if to == nil || len(to.Values) != len(of.Values) {
		return s, false
	}
	return spreadOf(ratios(of.Values, to.Values)), true
}

// intolerable is how far beyond its goal a figure must be for the whole to fail: machines differ, and are busy.
const intolerable = 3

// judge is an error for each figure that is intolerable in every round: which processor a tracer runs on makes more than that of
// a single one.
func (r *results) judge() error {
	var all []error
	for i := range r.Rows {
		for _, g := range r.Rows[i].Goals {
			if s, ok := r.Rows[i].reached(g); ok && s.Least > intolerable*g.Most {
				all = append(all, fmt.Errorf("%s: %s is never below %.3g, more than %d times the goal of %g", r.Rows[i].Name, g.what(), s.Least, intolerable, g.Most))
			}
		}
	}
	return errors.Join(all...)
}

// what names a goal's figure.
func (g goal) what() string {
	if g.To == "" {
		return g.Of
	}
	return g.Of + " / " + g.To
}
