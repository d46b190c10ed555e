// Command transparency runs test suites that nobody here wrote, natively and
// under jail by turns, compares them test by test and says what was LOST, GAINED
// or is FLAKY. It exits 1 when a test is lost that known.yaml does not list, or
// an entry there is stale, and 2 when it could not do its work: a suite that
// cannot be had is such a failure, unless -skip-missing says otherwise.
//
// Usage: go run ./integration/transparency [flags] [suite...]
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
	"strings"
	"syscall"
	"time"

	"jail/integration/internal/fetch"
)

func main() {
	code, orphans, err := enterSession()
	if err != nil {
		fmt.Fprintln(os.Stderr, "transparency:", err)
		os.Exit(int(undone))
	}
	if orphans == nil {
		os.Exit(code)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	end, err := run(ctx, orphans, os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "transparency:", err)
	}
	os.Exit(int(end))
}

// options are the command line.
type options struct {
	wrap, known, cache, keep, only string
	runs, confirm                  int
	long, ci, asRoot, skipMissing  bool
	suites                         []suite
}

func parseOptions(args []string, stderr io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("transparency", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.wrap, "wrap", "", "the wrapper, split at spaces (default: ./cmd/jail, built, as 'jail run --policy observe --')")
	f.IntVar(&o.runs, "runs", 0, "how often to run each side (default 3, with -ci 2)")
	f.IntVar(&o.confirm, "confirm", 6, "how often at most a unit is run natively again, to see whether what was LOST differs natively too")
	f.StringVar(&o.known, "known", "integration/transparency/known.yaml", "list of known losses")
	f.StringVar(&o.cache, "cache", "", "where sources and builds are kept (default: $XDG_CACHE_HOME/jail-transparency)")
	f.StringVar(&o.keep, "keep", "", "directory that gets the output of every run")
	f.StringVar(&o.only, "only", "", "only units that match, * standing for anything, as 'go-std/os*'")
	f.BoolVar(&o.long, "long", false, "Go's tests without -test.short")
	f.BoolVar(&o.ci, "ci", false, "the subset for a CI run: a part of go-std and python")
	f.BoolVar(&o.skipMissing, "skip-missing", false, "pass over suites that cannot be had here (no registry, no compiler), instead of failing")
	f.BoolVar(&o.asRoot, "as-root", false, "when started as root, run the programs as root, not as nobody")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	switch {
	case o.confirm < 0:
		return o, fmt.Errorf("-confirm %d: want at least 0", o.confirm)
	case o.runs < 0:
		return o, fmt.Errorf("-runs %d: want at least 1", o.runs)
	case o.runs == 0 && o.ci:
		o.runs = 2
	case o.runs == 0:
		o.runs = 3
	}
	names := f.Args()
	if o.ci && len(names) == 0 {
		names = []string{"go-std", "python"}
	}
	var err error
	o.suites, err = choose(names)
	return o, err
}

// run is main without the process: it returns how it is to end, and with an error
// always as undone.
func run(ctx context.Context, orphans *orphanage, args []string, stdout, stderr io.Writer) (ending, error) {
	o, err := parseOptions(args, stderr)
	if err != nil {
		return undone, err
	}
	list, err := readKnown(o.known)
	if err != nil {
		return undone, err
	}
	e, err := newEnv(o, stderr)
	if err != nil {
		return undone, err
	}
	defer os.RemoveAll(e.work)
	wrap, err := wrapper(ctx, o.wrap, e.work)
	if err != nil {
		return undone, err
	}
	if o.keep != "" {
		if err := os.MkdirAll(o.keep, 0o755); err != nil {
			return undone, fmt.Errorf("-keep: %w", err)
		}
	}
	r := &runner{env: e, wrap: wrap, keep: o.keep, orphans: orphans}
	tallies, err := r.suites(ctx, o, list, stdout)
	if err != nil {
		return undone, err
	}
	return summary(stdout, o.known, tallies, list, o.skipMissing), nil
}

// suites runs the chosen suites, leaving out those of which -only leaves nothing.
func (r *runner) suites(ctx context.Context, o options, list known, stdout io.Writer) ([]tally, error) {
	var tallies []tally
	for _, s := range o.suites {
		if name, _, ok := strings.Cut(o.only, "/"); ok && !matches(name, s.name) {
			continue
		}
		t, err := r.suite(ctx, s, o, list, stdout)
		if err != nil {
			return nil, err
		}
		if t.tests > 0 || t.notRun != nil || o.only == "" {
			tallies = append(tallies, t)
		}
	}
	if len(tallies) == 0 {
		return nil, fmt.Errorf("-only %s: no such unit; they are named as in go-std/os, python/test_os, libuv/*, bash/run-* and strace/*", o.only)
	}
	return tallies, nil
}

// suite runs one suite and prints its findings.
func (r *runner) suite(ctx context.Context, s suite, o options, list known, stdout io.Writer) (tally, error) {
	t := tally{suite: s.name, whole: o.only == "" && !o.ci}
	units, err := s.prepare(ctx, r.env)
	if errors.Is(err, fetch.ErrUnavailable) && ctx.Err() == nil {
		t.notRun, t.whole = err, false
		return t, nil
	}
	if err != nil {
		return t, fmt.Errorf("suite %s: %w", s.name, err)
	}
	for _, u := range units {
		if o.only != "" && !matches(o.only, u.name) {
			continue
		}
		findings, err := r.both(ctx, u, o, list, &t)
		if err != nil {
			return t, err
		}
		t.add(stdout, findings, list)
	}
	return t, nil
}

// both runs u on both sides by turns and compares. Few runs may agree by chance:
// a loss that is not listed must stand up to more native runs.
func (r *runner) both(ctx context.Context, u unit, o options, list known, t *tally) ([]finding, error) {
	var native, wrapped []results
	for i := range o.runs {
		start := time.Now()
		n, err := r.once(ctx, u, false, fmt.Sprintf("native%d", i+1))
		if err != nil {
			return nil, err
		}
		between := time.Now()
		w, err := r.once(ctx, u, true, fmt.Sprintf("wrapped%d", i+1))
		if err != nil {
			return nil, err
		}
		if i == 0 {
			t.native += between.Sub(start)
			t.wrapped += time.Since(between)
		}
		native, wrapped = append(native, n), append(wrapped, w)
	}
	findings := compare(u.name, native, wrapped)
	for i := range o.confirm {
		if !list.unlisted(findings) {
			break
		}
		n, err := r.once(ctx, u, false, fmt.Sprintf("native%d", o.runs+i+1))
		if err != nil {
			return nil, err
		}
		native = append(native, n)
		findings = compare(u.name, native, wrapped)
	}
	return findings, nil
}

// newEnv makes the temporary directory and opens the cache.
func newEnv(o options, log io.Writer) (*env, error) {
	e := &env{log: log, long: o.long, ci: o.ci}
	if os.Geteuid() == 0 && !o.asRoot {
		// jail drops all capabilities: as root, every test that uses one is
		// lost, which says nothing about transparency.
		const nobody = 65534
		e.cred = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	dir := o.cache
	if dir == "" {
		var err error
		if dir, err = fetch.DefaultDir("jail-transparency"); err != nil {
			return nil, err
		}
	}
	var err error
	if e.store, err = fetch.Open(dir, log); err != nil {
		return nil, err
	}
	if e.work, err = os.MkdirTemp("", "jt-work-"); err != nil {
		return nil, err
	}
	if err := os.Chmod(e.work, 0o755); err != nil {
		return nil, err
	}
	return e, nil
}

// wrapper returns the words to put before a program, building jail if need be.
func wrapper(ctx context.Context, words, work string) ([]string, error) {
	wrap := strings.Fields(words)
	if len(wrap) == 0 {
		jail := filepath.Join(work, "jail")
		cmd := exec.CommandContext(ctx, "go", "build", "-o", jail, "./cmd/jail")
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("building ./cmd/jail (start this at the root of the module, or name a -wrap): %w\n%s", err, out)
		}
		return []string{jail, "run", "--policy", "observe", "--"}, nil
	}
	path, err := exec.LookPath(wrap[0])
	if err != nil {
		return nil, fmt.Errorf("-wrap: %w", err)
	}
	if wrap[0], err = filepath.Abs(path); err != nil {
		return nil, fmt.Errorf("-wrap: %w", err)
	}
	return wrap, nil
}
