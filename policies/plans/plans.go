// Package plans holds the plans of the built-in policies as the policy compiler made them, so that a start with one of them reads no YAML:
// that takes longer than the kernel needs to run the program. The files of package policies are what they are made from, and a
// test compares them.
package plans

import (
	"jail/policy"
	"jail/seccomp"
)

//go:generate go test -run TestPlans -update

// Of is what the built-in policy with this name compiles to for an ABI; ok is false where that is not known beforehand: for other names,
// and for ABIs other than this machine's. Nothing of it may be changed: all answers share their lists. It does not block; any goroutine.
func Of(name string, abi seccomp.ABI) (plan *policy.Plan, ok bool) {
	if abi != seccomp.Native() {
		return nil, false
	}
	plan = compiled(name)
	return plan, plan != nil
}
