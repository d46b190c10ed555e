// The part of a plan that is about running programs.

package policy

import (
	"slices"
	"strings"
)

// ExecRules say which programs may be run, and how they are rewritten.
type ExecRules struct {
	// Restrict says that only the programs in Allow may run. It is its own
	// field because an empty Allow, nothing may run, is not the same as none.
	Restrict bool `json:"restrict"`
	// Allow are patterns for [MatchPath], compared with the path of the file
	// that was mapped (/proc/PID/exe): symlinks are resolved, and for a script
	// it is the interpreter, which may run for a script that is itself allowed.
	Allow []string `json:"allow,omitempty"`
	// Refuse is what happens to all other programs: Errno, KillProcess or
	// KillTree.
	Refuse Action `json:"refuse"`
	Report bool   `json:"report"`
	// Rule is an index into Plan.Rules; only if Restrict is set.
	Rule int `json:"rule,omitempty"`
	// Also are the lists of the policies that this one extends: a program must match a pattern of each of them too.
	Also []ExecList `json:"also,omitempty"`

	// Rewrites are tried in their order on the path that the program gave;
	// the first that matches is done, and what it names is not rewritten
	// again.
	Rewrites []ExecRewrite `json:"rewrites,omitempty"`
}

// ExecList is one more list of programs that may run.
type ExecList struct {
	Allow []string `json:"allow"` // patterns, as ExecRules.Allow
	Rule  int      `json:"rule"`  // index into Plan.Rules
}

// Allows tells whether the program in file, an absolute path without
// symlinks, may run.
func (r ExecRules) Allows(file string) bool {
	_, refused := r.RefusedBy(file)
	return !refused
}

// RefusedBy is the rule, an index into Plan.Rules, that keeps the program in file from running, if there is one.
func (r ExecRules) RefusedBy(file string) (rule int, refused bool) {
	if !r.Restrict {
		return 0, false
	}
	matches := func(p string) bool { return MatchPath(p, file) }
	if !slices.ContainsFunc(r.Allow, matches) {
		return r.Rule, true
	}
	for _, l := range r.Also {
		if !slices.ContainsFunc(l.Allow, matches) {
			return l.Rule, true
		}
	}
	return 0, false
}

// ExecRewrite changes what an execve(2) runs.
type ExecRewrite struct {
	Path      string   `json:"path"`                // which calls: a pattern for MatchPath
	To        string   `json:"to,omitempty"`        // the path to run instead; empty: the same
	Argv      []string `json:"argv,omitempty"`      // the arguments instead; empty: the same
	EnvSet    []EnvVar `json:"envSet,omitempty"`    // variables to set, sorted by name
	EnvRemove []string `json:"envRemove,omitempty"` // names, or patterns with *, to leave out; done first
	Report    bool     `json:"report"`              // each use is reported
	Rule      int      `json:"rule"`                // index into Plan.Rules
}

// EnvVar is one variable of an environment.
type EnvVar struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// ArgsPlaceholder, as an element of ExecRewrite.Argv, stands for the
// arguments that the program gave after the first.
const ArgsPlaceholder = "{args}"

// Arguments are the arguments to run with in the place of old. The answer may
// share memory with old or with the rule.
func (r ExecRewrite) Arguments(old []string) []string {
	if len(r.Argv) == 0 {
		return old
	}
	var argv []string
	for _, a := range r.Argv {
		switch {
		case a != ArgsPlaceholder:
			argv = append(argv, a)
		case len(old) > 1:
			argv = append(argv, old[1:]...)
		}
	}
	return argv
}

// Environment is the environment to run with in the place of old, whose
// strings are "NAME=value". A string without = is kept: execve(2) passes
// anything.
func (r ExecRewrite) Environment(old []string) []string {
	if len(r.EnvSet) == 0 && len(r.EnvRemove) == 0 {
		return old
	}
	var env []string
	for _, s := range old {
		name, _, _ := strings.Cut(s, "=")
		removed := slices.ContainsFunc(r.EnvRemove, func(p string) bool { return matchComponent(p, name) })
		set := slices.ContainsFunc(r.EnvSet, func(v EnvVar) bool { return v.Name == name })
		if !removed && !set {
			env = append(env, s)
		}
	}
	for _, v := range r.EnvSet {
		env = append(env, v.Name+"="+v.Value)
	}
	return env
}
