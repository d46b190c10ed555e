// The part of a plan that is about what the first program is given.

package policy

import (
	"slices"
	"strings"
)

// Environment says what becomes of jail's environment on its way to the first program.
type Environment struct {
	// Restrict says that only what Keep matches stays.
	Restrict bool     `json:"restrict,omitempty"`
	Keep     []string `json:"keep,omitempty"`   // names, or patterns with *
	Remove   []string `json:"remove,omitempty"` // names, or patterns with *; done after Keep
	Set      []EnvVar `json:"set,omitempty"`    // done last; sorted by name
	Rule     int      `json:"rule,omitempty"`   // index into Plan.Rules
}

// Identity says which rights the jail keeps.
type Identity struct {
	// KeepCapabilities says that the capabilities of the caller stay as they are (but those that lift the seal of
	// OutsideSealed).
	KeepCapabilities bool `json:"keepCapabilities,omitempty"`
	// Capabilities stay, of those that the caller has: names of capabilities(7), CAP_CHOWN.
	Capabilities []string `json:"capabilities,omitempty"`
	Rule         int      `json:"rule,omitempty"` // index into Plan.Rules
}

// Outgoing says which signals the jail may send, wherever to: [Outside] says whether they reach beyond the jail.
type Outgoing struct {
	Restrict bool     `json:"restrict,omitempty"`
	Signals  []Signal `json:"signals,omitempty"`
	Rule     int      `json:"rule,omitempty"` // index into Plan.Rules
}

// Enforce says what becomes of a rule that this kernel can't enforce soundly.
type Enforce string

// What may become of it.
const (
	EnforceStrict     Enforce = "strict"      // nothing is started
	EnforceBestEffort Enforce = "best-effort" // it is enforced as well as can be, and the report says so
)

// Located is the environment for one run: values of Set that begin with {cwd} or {tmp} begin with these folders instead, as
// the program sees them. One whose folder is "" is not set.
func (e Environment) Located(cwd, tmp string) Environment {
	var set []EnvVar
	for _, v := range e.Set {
		for _, p := range [][2]string{{cwdPlaceholder, cwd}, {tmpPlaceholder, tmp}} {
			if rest, ok := strings.CutPrefix(v.Value, p[0]); ok && (rest == "" || rest[0] == '/') {
				v.Value = p[1] + rest
				if p[1] == "" {
					v.Name = ""
				}
				break
			}
		}
		if v.Name != "" {
			set = append(set, v)
		}
	}
	e.Set = set
	return e
}

// Apply is what becomes of an environment, whose strings are "NAME=value". A string without = is removed where anything is: nobody
// can say what it means.
func (e Environment) Apply(environ []string) []string {
	if !e.Restrict && len(e.Remove) == 0 && len(e.Set) == 0 {
		return environ
	}
	matches := func(patterns []string, name string) bool {
		return slices.ContainsFunc(patterns, func(p string) bool { return matchComponent(p, name) })
	}
	env := make([]string, 0, len(environ)+len(e.Set))
	for _, s := range environ {
		name, _, ok := strings.Cut(s, "=")
		set := slices.ContainsFunc(e.Set, func(v EnvVar) bool { return v.Name == name })
		if ok && !set && (!e.Restrict || matches(e.Keep, name)) && !matches(e.Remove, name) {
			env = append(env, s)
		}
	}
	for _, v := range e.Set {
		env = append(env, v.Name+"="+v.Value)
	}
	return env
}
