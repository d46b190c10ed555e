// Patterns that no event could match: a "never" of one would hold of every trace.

package expect

import (
	"fmt"
	"strings"

	"jail/engines/decode"
	"jail/engines/trace"
	"jail/seccomp"
)

// possible tells why no call could have the arguments that the pattern wants. names are the calls that it is about. Each that was
// given by its name has to have them; of classes and patterns one is enough.
func (p *Pattern) possible(names []string) error {
	if p.kind() != trace.KindSyscall {
		return nil
	}
	w := decode.Conditions{Path: p.Path != "", FD: p.FD != nil, Addr: p.Addr != "", Flags: p.Flags}
	named := named(p.Calls)
	var first error
	for _, name := range names {
		switch err := w.Possible(name); {
		case err == nil && !named:
			return nil
		case err != nil && first == nil:
			first = err
		}
	}
	if first == nil {
		return nil
	}
	return fmt.Errorf("%s is %w that a call could match: %w", p, ErrPattern, first)
}

// named tells whether all of the words are names of calls.
func named(words []string) bool {
	for word := range strings.SplitSeq(strings.Join(words, ","), ",") {
		if !seccomp.KnownName(strings.TrimSpace(word)) {
			return false
		}
	}
	return true
}

// absolute tells of a pattern for files that no absolute path can match. What is no file in the file system has a colon in it, as
// pipe:[7].
func (p *Pattern) absolute() error {
	globs := []string{p.Path}
	if strings.Contains(p.Program, "/") {
		globs = append(globs, p.Program)
	}
	for _, g := range globs {
		if g != "" && !strings.ContainsAny(g[:1], "/*?") && !strings.Contains(g, ":") {
			return fmt.Errorf("%s is %w: paths are absolute, so %q matches none; write */%s, or the whole path", p, ErrPattern, g, g)
		}
	}
	return nil
}
