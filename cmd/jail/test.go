// jail test

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"jail/supervisor"
	"jail/supervisor/harness"
	"jail/supervisor/testspec"
)

type testFlags struct {
	format, run string
	crash       bool
}

// exitFailed is how jail test ends when a case has failed.
const exitFailed = 1

func testCommand() *cobra.Command {
	var f testFlags
	cmd := &cobra.Command{
		Use:   "test [--run REGEXP] [--crash-points] [--format text|junit|tap|json] FILE…",
		Short: "Run test cases of a file: programs under policies, with faults, and what is expected of their system calls",
		Long:  testHelp,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("no file of cases is given; try: jail test spec.yaml")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return runTests(f, args) },

		DisableFlagsInUseLine: true,
	}
	cmd.Flags().StringVar(&f.format, "format", "text", "text, junit, tap or json")
	cmd.Flags().StringVar(&f.run, "run", "", "only cases whose names this regular expression matches")
	cmd.Flags().BoolVar(&f.crash, "crash-points", false, "of cases with crash: kill everything before each of its calls in turn, and run its check")
	return cmd
}

const testHelp = `Test runs the cases of YAML files, one after the other, each in a folder of its own that is made afresh. A case is a command with its
files, a policy, faults, and expectations: exit code, output, system calls and their order, programs, deaths, denials, files.

  version: 1
  cases:
    - name: a full disk
      command: [cp, data, copy]
      files: {data: hello}
      faults: ['write,copy_file_range:path=*/copy:error=ENOSPC']
      expect:
        exit: 1
        stderr: {contains: No space left}
        calls: [{call: unlink*, count: 0}]

docs/testing.md has the language, and jail version --test-schema its JSON Schema. A case that is wrong is told with line and column and
keeps no other from being run; so does one that never ends: it is killed after its timeout, and what it was doing is told.

Exit codes: 0: all cases passed; 1: some did not; 125: a file can't be read, or jail itself failed.`

// runTests is jail test, from flags to exit.
func runTests(f testFlags, files []string) error {
	only, err := harness.Regexp(f.run)
	if err != nil {
		return fmt.Errorf("--run: %w", err)
	}
	rep, err := testspec.NewReporter(f.format, os.Stdout)
	if err != nil {
		return fmt.Errorf("--format: %w", err)
	}
	var all []*testspec.File
	cases := 0
	var none error // of files that are none: the others are run, and then it is told
	for _, name := range files {
		file, err := testspec.Load(name)
		if err != nil {
			none = errors.Join(none, err)
			continue
		}
		var kept []testspec.Case
		for _, c := range file.Cases {
			if only.MatchString(c.Name) {
				kept = append(kept, c)
			}
		}
		file.Cases = kept
		cases += len(kept)
		all = append(all, file)
	}
	if cases == 0 && none != nil {
		return none
	}
	if cases == 0 {
		return fmt.Errorf("no case has a name that %q matches", f.run)
	}
	if err := errors.Join(supervisor.BecomeSubreaper(), supervisor.SetUndumpable(), supervisor.QuietStops(), rep.Begin(cases)); err != nil {
		return err
	}
	failed, err := runCases(testspec.Runner{CrashPoints: f.crash, Tell: complain}, all, rep)
	if err != nil {
		return err
	}
	if err := rep.End(); err != nil {
		return err
	}
	if none == nil && failed > 0 {
		return &exitError{code: exitFailed}
	}
	return none
}

// runCases runs them all, or until a signal comes: then what runs is killed, its folder removed, and jail dies of the signal.
func runCases(run testspec.Runner, files []*testspec.File, rep testspec.Reporter) (failed int, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	run.Context = ctx
	signals := make(chan os.Signal, 1)
	came := make(chan unix.Signal, 1)
	signal.Notify(signals, unix.SIGINT, unix.SIGTERM, unix.SIGHUP)
	defer signal.Stop(signals)
	go func() {
		select {
		case sig := <-signals:
			came <- sig.(unix.Signal)
			cancel()
		case <-ctx.Done():
		}
	}()
	for _, file := range files {
		for i := range file.Cases {
			out := run.Run(&file.Cases[i])
			if ctx.Err() != nil {
				sig := <-came
				return failed, errors.Join(supervisor.DieOf(sig), &exitError{code: 128 + int(sig)})
			}
			if out.Verdict != testspec.Passed {
				failed++
			}
			if err := rep.Case(file.Name, &out); err != nil {
				return failed, err
			}
		}
	}
	return failed, nil
}
