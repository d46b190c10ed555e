// Trials: several ways to do the same, taking turns.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"jail/integration/internal/fetch"
)

// A trial is what is compared: its first entry is what the others are divided by.
type trial struct {
	name, about string
	group       string // of the tables: work, cost or size
	unit        string // of its figures: s, ns, bytes, steps
	entries     []entry
	goals       []goal
	// prepare makes what all rounds share, before the first. May be nil.
	prepare func(context.Context) error
	once    bool // its figures do not vary: one round, none unmeasured
}

// An entry is one that takes part in a trial.
type entry struct {
	name   string
	absent string // why it can't take part; "": it does
	// optional: if it fails in the round that is not measured, it is absent.
	optional bool
	run      func(context.Context) (figures, error)
}

// A figure is one result of one run. Most runs have one, of the entry's own name.
type figure struct {
	name  string
	value float64
}

type figures []figure

// A goal bounds the ratio of two figures of a trial, or one figure if To is "".
type goal struct {
	Of   string  `json:"of"`
	To   string  `json:"to,omitempty"`
	Most float64 `json:"most"`
}

// A bench runs trials.
type bench struct {
	options
	work  string // a folder that is removed at the end
	log   io.Writer
	store *fetch.Store
	made  struct{ jail, floor, subject, self string } // programs
}

// pick chooses a loop count.
func (b *bench) pick(full, quick int) int {
	if b.quick {
		return quick
	}
	return full
}

// measure runs all entries of a trial by turns, in as many rounds as were asked for. Each round begins with another entry, so
// that a machine that slows down favours none. Before the first all run once unmeasured, so that nobody pays for cold files;
// not so real work with -quick, unless there are peers, which may fail.
func (b *bench) measure(ctx context.Context, t trial, r *results) error {
	if t.prepare != nil {
		err := t.prepare(ctx)
		if errors.Is(err, fetch.ErrUnavailable) {
			r.Notes = append(r.Notes, fmt.Sprintf("%s: %v", t.name, err))
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	row := row{Name: t.name, About: t.about, Group: t.group, Unit: t.unit, Goals: t.goals}
	for _, e := range t.entries {
		if e.absent != "" {
			row.Cells = append(row.Cells, cell{Name: e.name, Absent: e.absent})
		}
	}
	playing := slices.DeleteFunc(slices.Clone(t.entries), func(e entry) bool { return e.absent != "" })
	fmt.Fprintf(b.log, "%s: %d of them\n", t.name, len(playing))
	rounds := 1
	if !t.once {
		rounds = b.runs
	}
	if !t.once && (!b.quick || b.peers || t.group != groupWork) {
		var err error
		if playing, err = row.warm(ctx, playing); err != nil {
			return err
		}
	}
	for i := range rounds {
		for j := range playing {
			e := playing[(j+i)%len(playing)]
			got, err := e.run(ctx)
			if err != nil {
				return fmt.Errorf("%s under %s: %w", t.name, e.name, err)
			}
			row.add(got)
		}
	}
	row.sort(t.entries)
	r.Rows = append(r.Rows, row)
	return nil
}

// failed begins the reason why a peer is absent from one trial.
const failed = "failed: "

// warm runs all entries once, and returns those that can do it. For one that is ours not to be able to is an error.
func (r *row) warm(ctx context.Context, list []entry) (able []entry, err error) {
	for _, e := range list {
		switch _, err := e.run(ctx); {
		case err == nil:
			able = append(able, e)
		case !e.optional || ctx.Err() != nil:
			return nil, fmt.Errorf("%s under %s: %w", r.Name, e.name, err)
		default:
			_, out, _ := strings.Cut(strings.TrimSpace(err.Error()), "\n")
			first, _, _ := strings.Cut(out, "\n")
			r.Cells = append(r.Cells, cell{Name: e.name, Absent: failed + first})
		}
	}
	return able, nil
}
