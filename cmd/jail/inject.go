// --inject: faults.

package main

import (
	"errors"
	"fmt"

	"jail/engines/fault"
	"jail/policy"
	"jail/supervisor"
	"jail/supervisor/utrace"
)

// faults are the rules of --inject, and the engine that carries them out.
type faults struct {
	rules  []fault.Rule
	engine *fault.Engine // of the last start
}

// newFaults reads the flags. What can never happen under the plan is an error.
func newFaults(texts []string, plan *policy.Plan) (*faults, error) {
	f := new(faults)
	var all []error
	for _, text := range texts {
		r, err := fault.ParseRule("--inject", text)
		if err == nil {
			err = fault.Check(r, &plan.Filter)
		}
		if err != nil {
			all = append(all, fmt.Errorf("%w (in %q)", err, text))
		}
		f.rules = append(f.rules, r)
	}
	return f, errors.Join(all...)
}

// prepare adds the engine, after those of the policy: it is told of calls before they are, and what it makes of one they decide
// about.
func (f *faults) prepare(c *supervisor.Command, tell func(utrace.TaskID, string, utrace.Why)) (err error) {
	if f == nil || len(f.rules) == 0 {
		return nil
	}
	set := fault.Settings{Tell: func(id utrace.TaskID, why utrace.Why) { tell(id, "fault", why) }}
	if f.engine, err = fault.New(f.rules, set); err == nil {
		c.Engines = append(c.Engines, supervisor.Engine{Engine: f.engine.Attachable()})
	}
	return err
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
