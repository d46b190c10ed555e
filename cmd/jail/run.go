// jail run

package main

import (
	"errors"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/supervisor"
	"jail/supervisor/report"
	"jail/supervisor/utrace"
)

type runFlags struct {
	policy, report string
	summary        bool
}

func runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run [--policy NAME|FILE] [--report FILE] [--summary] [--] PROGRAM [ARGUMENT]…",
		Short: "Run a program, and all that it starts, under a policy",
		Long:  runHelp,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("no program is given; try: jail run --policy observe -- ls")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return run(f, args) },
	}
	cmd.Flags().SetInterspersed(false) // what follows the program's name is the program's
	cmd.Flags().StringVar(&f.policy, "policy", "observe", "built-in policy, or file: its name has a / or ends in .yaml")
	cmd.Flags().StringVar(&f.report, "report", "", "append what happens to this file, one JSON object a line")
	cmd.Flags().BoolVar(&f.summary, "summary", false, "tell on stderr at the end how every process died")
	return cmd
}

const runHelp = `Run runs a program under a policy: it, and all processes that it starts.

Standard input, output and error and the terminal belong to the program. jail writes to standard error only what was
denied, its own errors, and with --summary how every process died.

Exit codes:
  the program's own, if it ended by itself
  123  the policy killed the program
  125  jail itself failed: a bad policy or flag, the kernel lacks something, the report could not be written
  126  the program was found but cannot be executed
  127  the program was not found
If a signal ended the program jail dies of the same signal, without a core image of its own.`

// run is jail run, from flags to exit.
func run(f runFlags, args []string) error {
	plan, err := loadPlan(f.policy)
	if err != nil {
		return err
	}
	rec, out, err := openReport(f)
	if err != nil {
		return err
	}
	if err := supervisor.BecomeSubreaper(); err != nil {
		return err
	}
	if err := supervisor.SetUndumpable(); err != nil {
		return err
	}
	rec.Start(f.policy, args[0], args)
	w := newJob()
	j, err := command(plan, args, sink{rec, w}).Start()
	if err != nil {
		w.end(false)
		exit := startError(args[0], err)
		rec.End(utrace.ExitStatus{}, utrace.Killer{}, report.Exit{Code: exit.code, By: "jail"}, err)
		return exit
	}
	w.follow(j)
	res, err := j.Wait()
	w.end(true)
	return finish(rec, out, res, err)
}

// openReport makes the recorder and opens its file, if one was asked for.
func openReport(f runFlags) (*report.Recorder, *report.File, error) {
	cfg := report.Config{People: report.Terminal{FD: 2}, Summary: f.summary}
	var out *report.File
	if f.report != "" {
		var err error
		if out, err = report.OpenFile(f.report); err != nil {
			return nil, nil, err
		}
		cfg.Lines = out
	}
	return report.New(cfg), out, nil
}

// command is what the plan makes of a program.
func command(plan *policy.Plan, args []string, sink supervisor.Sink) *supervisor.Command {
	return &supervisor.Command{
		Path: args[0], Args: args,
		Filter: &plan.Filter, Explain: explain(plan), Sink: sink,
		WaitSurvivors: plan.Survivors == policy.SurvivorsWait,
	}
}

// finish ends jail as the program ended.
func finish(rec *report.Recorder, out *report.File, res supervisor.Result, err error) error {
	exit := report.Exit{Code: res.Status.Code, By: "program"}
	sig := unix.Signal(0)
	switch {
	case err != nil:
		exit = report.Exit{Code: exitJail, By: "jail"}
	case res.Killer.By == "policy":
		exit = report.Exit{Code: exitPolicy, By: "policy"}
	case res.Status.Signal != 0:
		sig = res.Status.Signal
		exit = report.Exit{Signal: unix.SignalName(sig), By: "program"}
	}
	rec.End(res.Status, res.Killer, exit, err)
	if out != nil {
		err = errors.Join(err, rec.Err(), out.Close())
	}
	if err != nil {
		return &exitError{code: exitJail, err: err}
	}
	if sig != 0 {
		if err := supervisor.DieOf(sig); err != nil {
			return err
		}
		return &exitError{code: 128 + int(sig)} // it does not end a process of ours, as the shell says it
	}
	if exit.Code != 0 {
		return &exitError{code: exit.Code}
	}
	return nil
}
