// Command bench prints what supervision costs, as ratios to native: every
// workload runs natively and under jail by turns, and the medians are divided.
// Seconds belong to the machine; only the ratios carry over.
//
// Usage: go run ./integration/bench [flags] [workload...]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"jail/integration/internal/fetch"
)

func main() {
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
	wrap, cache string
	policies    []string
	runs        int
	quick       bool
	names       []string
}

func parseOptions(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.wrap, "wrap", "", "another wrapper than jail, split at spaces")
	names := f.String("policies", "ci-build,observe", "the policies to run jail with, parted by commas")
	f.StringVar(&o.cache, "cache", "", "where sources are kept (default: $XDG_CACHE_HOME/jail-transparency)")
	f.IntVar(&o.runs, "runs", 5, "how many pairs of runs")
	f.BoolVar(&o.quick, "quick", false, "smaller loops")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if o.runs < 1 {
		return o, fmt.Errorf("-runs %d: want at least 1", o.runs)
	}
	o.names, o.policies = f.Args(), strings.Split(*names, ",")
	for _, name := range o.names {
		if !slices.ContainsFunc(workloads(), func(w workload) bool { return w.name == name }) {
			return o, fmt.Errorf("no workload %q; there are c-build, go-build, shell-loop, read-tree, copy-tree and one-start", name)
		}
	}
	return o, nil
}

// run is main without the process. An unavailable workload has its line in the
// table; it is no error.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseOptions(args, stderr)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "jail-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	under, err := wrappers(ctx, o, work)
	if err != nil {
		return err
	}
	dir := o.cache
	if dir == "" {
		if dir, err = fetch.DefaultDir("jail-transparency"); err != nil {
			return err
		}
	}
	store, err := fetch.Open(dir, stderr)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%-11s %-10s %10s %10s %7s %7s %7s  %s\n", "workload", "under", "native", "under it", "ratio", "lowest", "highest", "what")
	for _, w := range workloads() {
		if len(o.names) > 0 && !slices.Contains(o.names, w.name) {
			continue
		}
		for _, u := range under {
			b := &bench{store: store, work: work, wrap: u.words, quick: o.quick, runs: o.runs}
			if err := b.row(ctx, stdout, w, u.name); err != nil {
				return err
			}
		}
	}
	return nil
}

// row measures one workload under one wrapper, and prints its line.
func (b *bench) row(ctx context.Context, stdout io.Writer, w workload, under string) error {
	r, err := b.measure(ctx, w)
	if errors.Is(err, fetch.ErrUnavailable) {
		fmt.Fprintf(stdout, "%-11s %-10s NOT AVAILABLE: %v\n", w.name, under, err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s under %s: %w", w.name, under, err)
	}
	fmt.Fprintf(stdout, "%-11s %-10s %9.4fs %9.4fs %7.2f %7.2f %7.2f  %s\n",
		w.name, under, r.native.Seconds(), r.wrapped.Seconds(), r.ratio, r.low, r.high, w.about)
	return nil
}

// named is the words to put before a program, and what the table calls them.
type named struct {
	name  string
	words []string
}

// wrappers are what every workload runs under, jail being built if need be.
func wrappers(ctx context.Context, o options, work string) ([]named, error) {
	if words := strings.Fields(o.wrap); len(words) > 0 {
		return []named{{filepath.Base(words[0]), words}}, nil
	}
	jail := filepath.Join(work, "jail")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", jail, "./cmd/jail")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building ./cmd/jail (start this at the root of the module, or name a -wrap): %w\n%s", err, out)
	}
	var all []named
	for _, p := range o.policies {
		all = append(all, named{p, []string{jail, "run", "--policy", p, "--"}})
	}
	return all, nil
}

// A result is what pairs of runs amount to.
type result struct {
	native, wrapped time.Duration // medians
	ratio           float64       // median of the pairs' ratios
	low, high       float64       // the lowest and highest pair's
}

// summarise makes a result of pairs of times, native and wrapped, as measured
// one after the other.
func summarise(native, wrapped []time.Duration) result {
	ratios := make([]float64, len(native))
	for i := range native {
		ratios[i] = float64(wrapped[i]) / float64(native[i])
	}
	r := result{native: median(native), wrapped: median(wrapped), ratio: median(ratios)}
	r.low, r.high = slices.Min(ratios), slices.Max(ratios)
	return r
}

// median of a list that is not empty; the mean of the middle two of an even one.
func median[T ~int64 | ~float64](list []T) T {
	s := slices.Clone(list)
	slices.Sort(s)
	n := len(s)
	if n%2 == 1 {
		return s[n/2]
	}
	return (s[n/2-1] + s[n/2]) / 2
}
