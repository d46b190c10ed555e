// The environment of the first program.

package engines

import (
	"jail/policy"
	"jail/supervisor/confine"
)

// Environ is what becomes of jail's environment, strings "NAME=value", under a plan; around is what its paths were located in,
// and spec is what Confine made of it. A private
// folder for temporary files is named by TMPDIR unless the policy sets that itself.
func Environ(plan *policy.Plan, around policy.Surroundings, spec *confine.Spec, environ []string) []string {
	tmp := around.Tmp
	if spec.Tmp != "" {
		tmp = spec.Tmp
		if spec.Namespaces.Mount {
			tmp = tmpFolders()[0]
		}
	}
	env := plan.Environment.Located(around.Cwd, tmp).Apply(environ)
	if spec.Tmp == "" {
		return env
	}
	for _, v := range plan.Environment.Set {
		if v.Name == "TMPDIR" {
			return env
		}
	}
	drop := policy.Environment{Remove: []string{"TMPDIR", "TMP", "TEMP", "TEMPDIR"}}
	return append(drop.Apply(env), "TMPDIR="+tmp)
}
