// Command bench measures what supervision costs: real work natively, under jail with each built-in policy, and under what people
// would use instead; and what single stops, signals, births and many tasks cost, beside the least that a tracer in C takes
// (floor.c). All take turns in one run, and what is compared are the ratios of the same round: only they carry over.
//
//	go run ./integration/bench                      # everything, as a table; the numbers go to bench.json in the temporary folder
//	go run ./integration/bench -quick -runs 2 stop  # one trial, with short loops
//	go run ./integration/bench -peers -docs         # with the peers, into docs/performance.md
//
// It fails when something crashes, or when a figure is more than three times its goal in every round.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == roleWord {
		os.Exit(playRole(os.Args[2:], os.Stdout, os.Stderr))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
		os.Exit(1)
	}
}

// options are the command line.
type options struct {
	wrap, cache, policies   string
	json, from              string
	runs                    int
	quick, peers            bool
	markdown, docs, listing bool
	names                   []string
}

// Where -docs puts the table and the numbers.
const (
	docsPage    = "docs/performance.md"
	docsNumbers = "docs/performance.json"
)

func parseOptions(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.wrap, "wrap", "", "another wrapper for real work in place of jail and the peers, split at spaces")
	f.StringVar(&o.policies, "policies", "", "the policies to run real work with, parted by commas (default: all that are built in; with -quick ci-build)")
	f.StringVar(&o.cache, "cache", "", "where sources are kept (default: $XDG_CACHE_HOME/jail-transparency)")
	f.StringVar(&o.json, "json", "", "where the numbers go (default: bench.json in the temporary folder)")
	f.StringVar(&o.from, "from", "", "measure nothing, show the numbers of this file")
	f.IntVar(&o.runs, "runs", 7, "how many rounds")
	f.BoolVar(&o.quick, "quick", false, "short loops, few policies")
	f.BoolVar(&o.peers, "peers", false, "other sandboxes and tracers too, installed with apt-get and go where they are absent")
	f.BoolVar(&o.markdown, "markdown", false, "print Markdown")
	f.BoolVar(&o.docs, "docs", false, "put the table into "+docsPage+" and the numbers beside it")
	f.BoolVar(&o.listing, "list", false, "print the names of the trials")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if o.runs < 1 {
		return o, fmt.Errorf("-runs %d: want at least 1", o.runs)
	}
	if o.json == "" {
		o.json = filepath.Join(os.TempDir(), "bench.json")
	}
	if o.docs {
		o.json = docsNumbers
	}
	o.names = f.Args()
	return o, nil
}

// run is main without the process.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseOptions(args, stderr)
	if err != nil {
		return err
	}
	var r *results
	if o.from != "" {
		r, err = load(o.from)
	} else {
		r, err = measureAll(ctx, o, stdout, stderr)
	}
	if err != nil || r == nil {
		return err
	}
	if o.docs {
		if err := embed(docsPage, r); err != nil {
			return err
		}
	}
	form := text
	if o.markdown {
		form = markdown
	}
	if _, err := io.WriteString(stdout, form(r)); err != nil {
		return err
	}
	return r.judge()
}

// measureAll runs the trials that were asked for, and saves the numbers. With -list there are no results.
func measureAll(ctx context.Context, o options, stdout, stderr io.Writer) (*results, error) {
	work, err := os.MkdirTemp("", "jail-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	b := &bench{options: o, work: work, log: stderr}
	var notes []string
	if o.peers && !o.listing {
		notes = b.install(ctx)
	}
	trials := b.trials()
	if o.listing {
		for _, t := range trials {
			fmt.Fprintf(stdout, "%-12s %s\n", t.name, t.about)
		}
		return nil, nil
	}
	if trials, err = chosen(trials, o.names); err != nil {
		return nil, err
	}
	if err := b.build(ctx, trials); err != nil {
		return nil, err
	}
	r := newResults(o)
	r.Notes = notes
	for _, t := range trials {
		if err := b.measure(ctx, t, r); err != nil {
			return nil, err
		}
	}
	r.finish()
	return r, r.save(o.json)
}

// chosen are the trials of these names, all if there are none.
func chosen(all []trial, names []string) ([]trial, error) {
	if len(names) == 0 {
		return all, nil
	}
	var known []string
	for _, t := range all {
		known = append(known, t.name)
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("no trial %q; there are %s", name, strings.Join(known, ", "))
		}
	}
	return slices.DeleteFunc(all, func(t trial) bool { return !slices.Contains(names, t.name) }), nil
}
