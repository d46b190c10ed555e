// Finding the policy that the command line names.

package main

import (
	"fmt"
	"strings"

	"jail/policies"
	"jail/policy"
	"jail/seccomp"
)

// loadPlan reads a policy, built in or from a file, and compiles it for this machine. A name with a slash or with a YAML
// file's ending is a file.
func loadPlan(name string) (*policy.Plan, error) {
	p, err := loadPolicy(name)
	if err != nil {
		return nil, err
	}
	return p.Compile(seccomp.Native())
}

func loadPolicy(name string) (*policy.Policy, error) {
	loader := policy.Loader{BuiltIn: policies.Lookup}
	if isFile(name) {
		return loader.Load(name)
	}
	p, ok, err := loader.Named(name)
	if !ok {
		return nil, fmt.Errorf("no built-in policy is named %q: there are %s; a file's name has a / or ends in .yaml",
			name, strings.Join(policies.Names(), ", "))
	}
	return p, err
}

func isFile(name string) bool {
	return strings.Contains(name, "/") || strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
}
