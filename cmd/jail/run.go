// jail run

package main

import (
	"errors"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"jail/engines"
	"jail/engines/clock"
	"jail/engines/fault"
	"jail/supervisor"
	"jail/supervisor/launch"
	"jail/supervisor/report"
	"jail/supervisor/utrace"
)

type runFlags struct {
	policy, report string
	summary        bool
	explain        bool
	all            bool      // tasks have lines of their own in the report
	trace          *traceOut // nil: nothing is traced
	inject         injections
}

func runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run [--policy NAME|FILE] [--report FILE [--report-all]] [--summary] [--explain] [--inject FAULT]… [--clock TIME] [--seed N] [--] PROGRAM [ARGUMENT]…",
		Short: "Run a program, and all that it starts, under a policy",
		Long:  runHelp,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("no program is given; try: jail run --policy observe -- ls")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return run(f, args) },

		DisableFlagsInUseLine: true,
	}
	cmd.Flags().SetInterspersed(false) // what follows the program's name is the program's
	cmd.Flags().StringVar(&f.policy, "policy", "observe", "built-in policy, or file: its name has a / or ends in .yaml")
	cmd.Flags().StringVar(&f.report, "report", "", "append what happens to this file, one JSON object a line; put it where the program can't write, or it is only noticed if it does")
	cmd.Flags().BoolVar(&f.all, "report-all", false, "write the birth, programs and death of every task to the report; without it those of the first 10000, deaths by signal, and how many more there were")
	cmd.Flags().BoolVar(&f.summary, "summary", false, "tell on standard error at the end how every process died")
	cmd.Flags().BoolVar(&f.explain, "explain", false, "tell of every file that the policy keeps from the program, also of those that it only wanted to read; that makes opening files several times as slow")
	f.inject.flags(cmd)
	return cmd
}

const runHelp = `Run runs a program under a policy: it, and all processes that it starts. When it has ended, processes that are left are
killed, or waited for if the policy says "survivors: wait".

Standard input, output and error and the terminal belong to the program. jail writes to standard error only what was
denied, its own errors, each line beginning with "jail: ", and with --summary how every process died. A signal that is sent to
jail is passed on to the program; when the program stops, jail stops.

The kernel refuses files without giving a reason. jail tells which rule it was for calls that execute, open for writing, or make
folders, links and nodes; of files that were to be read or listed it guesses from the arguments of programs that fail, and of
files that were to be removed, or made where none may be (O_EXCL), it says nothing, because a stop at each such call would cost what
they do several times over. With --explain all of them stop, and nothing is guessed.

Under a policy that bounds output the program's standard output and error are pipes to jail, which counts and passes on what
comes. So it can't be bounded where one of them is a terminal: send it through a pipe (jail run … 2>&1 | cat).

The folders of tmp: private and dev: private are removed at the end. When jail itself is ended by SIGKILL, the programs end with it and the
folders stay: jail-tmp-* in $TMPDIR or /tmp, and in /dev/shm. The user's next run with private folders there removes them.

Exit codes:
  the program's own, if it ended by itself
  123  the policy killed the program, or a limit ended the run: wall-time, cpu-time, output, or memory for the first process.
       What the program makes of the limit's signal changes nothing about that
  125  jail itself failed: a wrong policy or flag, the kernel or an engine lets jail down, the report can't be written
  126  the program was found but cannot be executed
  127  the program was not found
When a signal ended the program jail dies of the same signal, without a core image of its own. The last line of a report
says which of these it was.

  2    Go's runtime itself could not go on: no memory (ulimit -v) or no thread (ulimit -u) was left for jail; it says so
       in words of its own, and what was started is killed

Go's runtime, which runs before jail does, has four effects: a closed descriptor among 0, 1 and 2 is /dev/null for the
program; a signal that jail was started with as ignored, other than HUP, INT, QUIT with INT, TSTP, TTIN and TTOU, is not
ignored; HUP, INT, QUIT, ABRT, TERM, CHLD, URG, PROF and the signals of faults are not blocked where jail was started with them
blocked, and one of the first five that was pending then ends jail; and the signals 32, 33 and 34 (SIGRTMIN) can't be passed on:
33 does nothing, and 32 and 34 end jail as SIGKILL does, with all of the program, and the report has no end.

A report that can't be written to its end, because the disk is full or nobody reads the pipe any more, ends the run: the
program is killed, and jail exits with 125. So it is when the report is a file and somebody else changes it: it has one
writer at a time, and a program of the same user that cuts, overwrites, extends, removes or replaces it is noticed at the next
line, or at the end. Only a file that the program can't write to is kept from that; and one that is also the program's
standard output or error, a pipe or a device is not looked after. Decisions that are repeated are written 100 times, then
summed up ("times").

--inject makes system calls fail, be late, or do less than they were asked for, to see what the program makes of it; it may be
given several times. A fault is

` + fault.Grammar + `

  jail run --inject 'write:path=*/journal:error=ENOSPC:when=3' -- mydb import data.csv
  jail run --inject 'fsync,fdatasync:error=EIO' --inject 'read:short=1' -- git commit -m x

Faults make a policy stricter and never looser: what the policy refuses stays refused, and a fault that can't come for that reason
is an error. They stand in the report as decisions of the engine "fault", and change nothing about exit codes: a crash is a
death by SIGKILL. Faults that never came are told at the end.

--clock gives the program another time of day, and --seed other randomness, the same in every run. A clock is

` + clock.Grammar + `

  jail run --clock 2024-02-29T23:59:59Z,rate=1 --seed 7 -- ./report.py

Waiting takes as long as ever, but for waits until a time of a changed clock. Time-stamps of files, /proc, /dev/urandom and what the processor
tells by itself are not changed; docs/faults.md has the whole list.`

// run is jail run, from flags to exit.
func run(f runFlags, args []string) error {
	w := newJob()
	keep, err := newKeeper(f, args)
	if err != nil {
		w.end(false)
		return err
	}
	rec := keep.rec
	w.pause = keep.pause
	j, err := start(args, keep, w)
	if err != nil {
		w.end(false)
		exit := exitOf(err)
		rec.End(utrace.ExitStatus{}, utrace.Killer{}, report.Exit{Code: exit.code, By: "jail"}, err)
		return exit
	}
	w.follow(j)
	rec.follow(j)
	res, err := j.Wait()
	keep.end(&res)
	w.end(true)
	keep.faults.end()
	if f.trace != nil {
		err = errors.Join(err, f.trace.end())
	}
	return finish(rec, res, err)
}

// newKeeper makes what a run has from its flags, and begins its report.
func newKeeper(f runFlags, args []string) (*keeper, error) {
	plan, err := loadPlan(f.policy)
	if err != nil {
		return nil, err
	}
	broken, err := newFaults(f.inject, plan)
	if err != nil {
		return nil, err
	}
	rec, err := newRecord(f)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(supervisor.BecomeSubreaper(), supervisor.SetUndumpable(), supervisor.QuietStops()); err != nil {
		return nil, err
	}
	rec.Start(f.policy, args[0], args)
	if rec.Err() != nil {
		return nil, &exitError{code: exitJail} // it was told already
	}
	return &keeper{plan: plan, rec: rec, explain: f.explain, trace: f.trace, faults: broken}, nil
}

// start finds the program and starts it; its errors are *exitError.
func start(args []string, keep *keeper, w *job) (*supervisor.Jail, error) {
	plan := keep.plan
	path, err := launch.Find(args[0], "", os.Environ())
	if err != nil {
		return nil, startError(args[0], "", err)
	}
	if err := engines.Check(plan, path, args...); err != nil {
		return nil, &exitError{code: exitNotExec, err: err}
	}
	world, err := confined(plan, complain)
	if err != nil {
		return nil, &exitError{code: exitJail, err: err}
	}
	keep.plan = world.Plan
	for _, u := range world.Unmet {
		origin, rule := u.Of(plan)
		keep.rec.Unmet(origin+"  "+rule, u.Missing, u.Holds)
	}
	j, err := startPath(keep, world, path, args, w)
	if errors.Is(err, unix.ENOEXEC) && launch.ShellScript(path) {
		args = append([]string{"/bin/sh", path}, args[1:]...)
		if err := engines.Check(plan, "/bin/sh", args...); err != nil { // what execvp runs in its place is run by the same rules
			return nil, &exitError{code: exitNotExec, err: err}
		}
		if world, err = confined(plan, func(error) {}); err != nil { // the folders that the first start was given are gone
			return nil, &exitError{code: exitJail, err: err}
		}
		j, err = startPath(keep, world, "/bin/sh", args, w)
	}
	if err != nil {
		return nil, startError(args[0], path, err)
	}
	return j, nil
}

func startPath(keep *keeper, world *confinement, path string, args []string, w *job) (*supervisor.Jail, error) {
	c, err := world.Command(path, args, launch.Hearer{Passed: keep.rec.Passed, Refused: keep.refused, All: keep.explain})
	if err != nil {
		return nil, err
	}
	c.Sink = keepSink{sink{keep.rec.Recorder, w}, keep}
	if err := errors.Join(keep.faults.prepare(c, keep.rec.Passed), keep.prepare(c, world.unbounded)); err != nil {
		return nil, errors.Join(err, world.Spec.RemoveTmp())
	}
	c.Before = w.settle
	j, err := c.Start()
	keep.begin(j)
	return j, err
}

// finish ends jail as the program ended. It returns only if it was no signal that ended it.
func finish(rec *record, res supervisor.Result, err error) error {
	err = errors.Join(err, rec.check())
	exit, sig := exitFor(res, err != nil || rec.Err() != nil || rec.Failed())
	rec.Spent(res.Engines)
	rec.End(res.Status, res.Killer, exit, err)
	if closeErr := rec.close(); exit.By == "jail" || closeErr != nil {
		return &exitError{code: exitJail, err: errors.Join(err, closeErr)}
	}
	if sig != 0 {
		if err := supervisor.DieOf(sig); err != nil {
			return err
		}
		return &exitError{code: 128 + int(sig)} // it does not end a process by default; this is how shells say it
	}
	if exit.Code != 0 {
		return &exitError{code: exit.Code}
	}
	return nil
}

// exitFor says how jail ends: with a code, or of a signal. failed: supervision failed, or the report, or an engine.
func exitFor(res supervisor.Result, failed bool) (report.Exit, unix.Signal) {
	switch {
	case failed:
		return report.Exit{Code: exitJail, By: "jail"}, 0
	case res.Killer.By == "policy" && !byFault(res.Killer):
		return report.Exit{Code: exitPolicy, By: "policy"}, 0
	case res.Status.Signal != 0:
		return report.Exit{Signal: report.SignalName(res.Status.Signal), By: "program"}, res.Status.Signal
	}
	return report.Exit{Code: res.Status.Code, By: "program"}, 0
}
