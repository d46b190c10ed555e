// Finding the policy that the command line names.

package main

import (
	"jail/policy"
	"jail/supervisor/launch"
)

// loadPlan reads a policy, built in or from a file, and compiles it for this machine.
func loadPlan(name string) (*policy.Plan, error) { return launch.Plan(name) }

func loadPolicy(name string) (*policy.Policy, error) { return launch.Policy(name) }
