// Finding the policy that somebody names.

package launch

import (
	"fmt"
	"strings"

	"jail/policies"
	"jail/policies/plans"
	"jail/policy"
	"jail/seccomp"
)

// Plan reads a policy as Policy does, and compiles it for this machine. The plan may not be changed: that of a built-in policy is
// part of the program.
func Plan(name string) (*policy.Plan, error) {
	if plan, ok := plans.Of(name, seccomp.Native()); ok {
		return plan, nil
	}
	p, err := Policy(name)
	if err != nil {
		return nil, err
	}
	return p.Compile(seccomp.Native())
}

// Policy reads a policy, built in or from a file. Errors are policy.Loader's; for a name that no policy has it says which
// there are. It blocks for the reading; any goroutine.
func Policy(name string) (*policy.Policy, error) {
	loader := policy.Loader{BuiltIn: policies.Lookup}
	if IsFile(name) {
		return loader.Load(name)
	}
	p, ok, err := loader.Named(name)
	if !ok {
		hint := ""
		if near := seccomp.Nearest(name, policies.Names()); near != "" {
			hint = "; did you mean " + near + "?"
		}
		return nil, fmt.Errorf("no built-in policy is named %q%s; there are %s; a file's name has a / or ends in .yaml",
			name, hint, strings.Join(policies.Names(), ", "))
	}
	return p, err
}

// IsFile tells whether a policy's name is a file's: one with a slash, or with a YAML file's ending.
func IsFile(name string) bool {
	return strings.Contains(name, "/") || strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
}
