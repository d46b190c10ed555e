// --inject, --clock and --seed: faults, and other clocks and randomness.

package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"jail/engines/clock"
	"jail/engines/fault"
	"jail/policy"
	"jail/supervisor"
	"jail/supervisor/utrace"
)

// injections are the flags for it.
type injections struct {
	faults      []string
	clock, seed string
}

// flags adds them to a command.
func (i *injections) flags(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&i.faults, "inject", nil, "make system calls fail, as strace's --inject does and more: write:error=ENOSPC:when=3+ (jail run --help has the grammar)")
	cmd.Flags().StringVar(&i.clock, "clock", "", "the time of day when the program begins, where it stands still: 2024-02-29T12:00:00Z[,rate=N][,step=DURATION]")
	cmd.Flags().StringVar(&i.seed, "seed", "", "a number on which getrandom depends, and what the kernel gives programs of randomness")
}

// faults are the rules of --inject and the clock, and the engine that carries the rules out.
type faults struct {
	rules  []fault.Rule
	clock  clock.Settings // without Start and Seed: the machine's
	engine *fault.Engine  // of the last start
}

// newFaults reads the flags. What can never happen under the plan is an error.
func newFaults(in injections, plan *policy.Plan) (*faults, error) {
	f := new(faults)
	var all []error
	for _, text := range in.faults {
		r, err := fault.ParseRule("--inject", text)
		if err == nil {
			err = fault.Check(r, &plan.Filter)
		}
		if err != nil {
			all = append(all, fmt.Errorf("%w (in %q)", err, text))
		}
		f.rules = append(f.rules, r)
	}
	var err error
	if in.clock != "" {
		if f.clock, err = clock.Parse(in.clock); err != nil {
			all = append(all, fmt.Errorf("--clock: %w", err))
		}
	}
	if in.seed != "" {
		if f.clock.Seed, err = clock.ParseSeed(in.seed); err != nil {
			all = append(all, fmt.Errorf("--seed: %w", err))
		}
	}
	return f, errors.Join(all...)
}

// prepare adds the engines, after those of the policy: it is told of calls before they are, and what it makes of one they decide
// about.
func (f *faults) prepare(c *supervisor.Command, tell func(utrace.TaskID, string, utrace.Why)) (err error) {
	if f == nil {
		return nil
	}
	if len(f.rules) > 0 {
		set := fault.Settings{Tell: func(id utrace.TaskID, why utrace.Why) { tell(id, "fault", why) }}
		if f.engine, err = fault.New(f.rules, set); err != nil {
			return err
		}
		c.Engines = append(c.Engines, supervisor.Engine{Engine: f.engine.Attachable()})
	}
	if !f.clock.Start.IsZero() || f.clock.Seed != nil {
		e, err := clock.New(f.clock)
		if err != nil {
			return err
		}
		c.Engines = append(c.Engines, supervisor.Engine{Engine: e.Attachable()})
	}
	return nil
}

// end says which faults never came: a test that passes without its fault has tested nothing.
func (f *faults) end() {
	if f.engine == nil {
		return
	}
	for _, c := range f.engine.Counts() {
		if c.Fired == 0 {
			complain(fmt.Errorf("this fault never came: %v; calls that it is about: %d", &c.Rule, c.Matched))
		}
	}
}

// byFault tells whether a fault ended the tree (crash). That is what was asked for, and no death by the policy.
func byFault(k utrace.Killer) bool { return k.By == "policy" && k.Engine == "fault" }
