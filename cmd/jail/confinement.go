// What this kernel makes of a policy for one run of jail.

package main

import (
	"os"

	"jail/policy"
	"jail/supervisor/launch"
)

// confinement is all of it.
type confinement struct {
	*launch.Confinement
	unbounded bool // limits: output can't be held, and is not
}

// confined works it out: see launch.Confine. tell hears of what does not keep the program from starting.
func confined(plan *policy.Plan, tell func(error)) (*confinement, error) {
	w := launch.World{Environ: os.Environ(), Tell: tell}
	var err error
	if w.Files, err = inherited(plan.Descriptors); err != nil {
		return nil, err
	}
	u, unbounded := outputUnmet(plan)
	if unbounded {
		w.Unmet = append(w.Unmet, u)
	}
	c, err := launch.Confine(plan, w)
	if err != nil {
		return nil, err
	}
	return &confinement{c, unbounded}, nil
}
