// The part of a plan that is about running programs.

package policy

import (
	"slices"
	"strings"
)

// ExecRules say which programs may be run, and how they are rewritten.
type ExecRules struct {
	// Restrict says that only the programs in Allow and Programs may run. It
	// is its own field because an empty list, nothing may run, is not the same
	// as none.
	Restrict bool `json:"restrict"`
	// Allow are patterns for [MatchPath], compared with the path of the file
	// that was mapped (/proc/PID/exe): symlinks are resolved, and for a script
	// it is the interpreter, which may run for a script that is itself allowed.
	Allow []string `json:"allow,omitempty"`
	// Programs may run too, if their conditions hold.
	Programs []ExecProgram `json:"programs,omitempty"`
	// Refuse is what happens to all other programs: Errno, KillProcess or
	// KillTree.
	Refuse Action `json:"refuse"`
	Report bool   `json:"report"`
	// Rule is an index into Plan.Rules; only if Restrict is set.
	Rule int `json:"rule,omitempty"`
	// Also are the lists of the policies that this one extends: a program must match a pattern of each of them too.
	Also []ExecList `json:"also,omitempty"`

	// Rewrites are tried in their order, each on the path that the program gave
	// and on that of the file that it leads to; the first that matches is
	// done, and what it names is not rewritten again.
	Rewrites []ExecRewrite `json:"rewrites,omitempty"`
}

// ExecList is one more list of programs that may run.
type ExecList struct {
	Allow    []string      `json:"allow"`              // patterns, as ExecRules.Allow
	Programs []ExecProgram `json:"programs,omitempty"` // as ExecRules.Programs
	Rule     int           `json:"rule"`               // index into Plan.Rules
}

// ExecProgram is a program that may run if more holds than its path.
type ExecProgram struct {
	Path   string   `json:"path"`             // a pattern for MatchPath
	SHA256 string   `json:"sha256,omitempty"` // of the file, in lower-case hexadecimal; empty: any
	Argv   []string `json:"argv,omitempty"`   // patterns for MatchArgv; none: any
}

// ExecStart is what is known of a program that is about to run. The functions are called only where an answer depends on
// them, nil or an error of theirs means that it is not known, and then no program with such a condition matches.
type ExecStart struct {
	Path string // of the real file: absolute, without symlinks
	// Script says that it is one. Its argv[0] reaches nobody, so it is not compared; and its checksum decides nothing, since what
	// the interpreter will read may be something else.
	Script bool
	SHA256 func() (string, error) // of the file, in lower-case hexadecimal
	Argv   func() ([]string, error)
}

// Allows tells whether the program in file, an absolute path without
// symlinks, may run with any arguments and whatever is in it.
func (r ExecRules) Allows(file string) bool {
	_, refused := r.RefusedBy(ExecStart{Path: file})
	return !refused
}

// Conditions tells whether there are programs that are allowed by more than their path: by a checksum, by arguments.
func (r ExecRules) Conditions() (sums, argv bool) {
	all := slices.Clone(r.Programs)
	for _, l := range r.Also {
		all = append(all, l.Programs...)
	}
	for _, x := range all {
		sums, argv = sums || x.SHA256 != "", argv || x.Argv != nil
	}
	return sums, argv
}

// RefusedBy is the rule, an index into Plan.Rules, that keeps a program from running, if there is one.
func (r ExecRules) RefusedBy(s ExecStart) (rule int, refused bool) {
	if !r.Restrict {
		return 0, false
	}
	if !s.in(r.Allow, r.Programs) {
		return r.Rule, true
	}
	for _, l := range r.Also {
		if !s.in(l.Allow, l.Programs) {
			return l.Rule, true
		}
	}
	return 0, false
}

// in tells whether a list allows the program.
func (s ExecStart) in(allow []string, programs []ExecProgram) bool {
	return slices.ContainsFunc(allow, func(p string) bool { return MatchPath(p, s.Path) }) ||
		slices.ContainsFunc(programs, s.meets)
}

// meets tells whether all holds that x says.
func (s ExecStart) meets(x ExecProgram) bool {
	if !MatchPath(x.Path, s.Path) || x.SHA256 != "" && (s.Script || s.SHA256 == nil) || x.Argv != nil && s.Argv == nil {
		return false
	}
	if x.Argv != nil {
		argv, err := s.Argv()
		if err != nil || !x.takes(argv, s.Script) {
			return false
		}
	}
	if x.SHA256 == "" {
		return true
	}
	sum, err := s.SHA256()
	return err == nil && sum == x.SHA256
}

// takes compares arguments, for a script without the first.
func (x ExecProgram) takes(argv []string, script bool) bool {
	pattern := x.Argv
	if script && len(pattern) > 0 && pattern[0] != RestOfArgv {
		if len(argv) == 0 {
			return false
		}
		pattern, argv = pattern[1:], argv[1:]
	}
	return MatchArgv(pattern, argv)
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
