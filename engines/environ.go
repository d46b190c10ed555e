// The environment of the first program.

package engines

import (
	"jail/policy"
	"jail/supervisor/confine"
)

// Environ is what becomes of jail's environment, strings "NAME=value", under a plan; spec is what Confine made of it. A private
// folder for temporary files is named by TMPDIR unless the policy sets that itself.
func Environ(plan *policy.Plan, spec *confine.Spec, environ []string) []string {
	env := plan.Environment.Apply(environ)
	if spec.Tmp == "" {
		return env
	}
	tmp := spec.Tmp
	if spec.Namespaces.Mount {
		tmp = tmpFolders()[0]
	}
	for _, v := range plan.Environment.Set {
		if v.Name == "TMPDIR" {
			return env
		}
	}
	drop := policy.Environment{Remove: []string{"TMPDIR", "TMP", "TEMP", "TEMPDIR"}}
	return append(drop.Apply(env), "TMPDIR="+tmp)
}
