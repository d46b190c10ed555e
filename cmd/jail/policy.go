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
	plan, err := p.Compile(seccomp.Native())
	if err != nil || isFile(name) {
		return plan, err
	}
	for i := range plan.Rules {
		plan.Rules[i].AllowHint = inCopy(name, p.File, plan.Rules[i].AllowHint)
	}
	return plan, nil
}

// inCopy is a hint about a rule of a built-in policy, which nobody can edit.
func inCopy(name, file, hint string) string {
	if hint == "" {
		return ""
	}
	hint, extended := strings.CutPrefix(hint, "in "+file+", ")
	if extended {
		hint = "and " + hint
	} else {
		hint = ": " + hint
	}
	return "in a copy (jail policy show " + name + " >my.yaml)" + strings.Replace(" "+hint, " : ", ": ", 1)
}

func loadPolicy(name string) (*policy.Policy, error) {
	loader := policy.Loader{BuiltIn: policies.Lookup}
	if isFile(name) {
		return loader.Load(name)
	}
	data, file, ok := policies.Lookup(name)
	if !ok {
		return nil, fmt.Errorf("no built-in policy is named %q: there are %s; a file's name has a / or ends in .yaml",
			name, strings.Join(policies.Names(), ", "))
	}
	return loader.Parse(file, data)
}

func isFile(name string) bool {
	return strings.Contains(name, "/") || strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
}
