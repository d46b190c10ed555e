// What is wrong with a policy, where, and what would be right.

package policy

import (
	"errors"
	"fmt"
	"strings"
)

// The kinds of mistakes, to be told apart with errors.Is. Each mistake that
// [Load], [Parse] or [Policy.Compile] reports is of one of these kinds.
var (
	ErrRead          = errors.New("the policy cannot be read")
	ErrNotRegular    = errors.New("not a regular file")
	ErrEmpty         = errors.New("empty policy")
	ErrTooBig        = errors.New("policy too big")
	ErrBinary        = errors.New("not a text file")
	ErrSyntax        = errors.New("not valid YAML")
	ErrDocuments     = errors.New("more than one document")
	ErrAlias         = errors.New("anchors and aliases are not allowed")
	ErrMergeKey      = errors.New("merge keys are not allowed")
	ErrTag           = errors.New("tags are not allowed")
	ErrUnknownKey    = errors.New("unknown key")
	ErrDuplicateKey  = errors.New("duplicate key")
	ErrMissingKey    = errors.New("missing key")
	ErrType          = errors.New("value of the wrong type")
	ErrValue         = errors.New("value that cannot be")
	ErrNumber        = errors.New("number out of range")
	ErrVersion       = errors.New("unknown version of the language")
	ErrUnknownName   = errors.New("unknown name")
	ErrUnknownABI    = errors.New("unknown ABI")
	ErrUnknownErrno  = errors.New("unknown errno")
	ErrUnknownSignal = errors.New("unknown signal")
	// ErrUnknownSyscall is also the kind of an unknown group.
	ErrUnknownSyscall = errors.New("unknown syscall")
	ErrCondition      = errors.New("condition that cannot be decided")
	ErrUnstoppable    = errors.New("signal that nobody can hold back")
	ErrContradiction  = errors.New("contradiction")
	ErrExtends        = errors.New("policy that cannot be extended")
	ErrLooser         = errors.New("looser than the policy that it extends")
	// ErrNoEffect is the kind of warnings: something in the policy does nothing, or not all that it seems to.
	ErrNoEffect = errors.New("no effect")
)

// Error is one mistake in a policy.
type Error struct {
	File   string // as it was given to Parse or Load
	Line   int    // counted from 1; 0 if the mistake is in the file as a whole
	Column int    // counted from 1 in characters; 0 if Line is
	Msg    string // what is wrong
	Hint   string // what would be right; may be empty

	kind  error // one of the Err… values
	cause error // what another package said; may be nil
}

// Error is one line: "file:line:column: what is wrong; what would be right".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", e.Line, e.Column)
	}
	b.WriteString(": ")
	b.WriteString(e.Msg)
	if e.Hint != "" {
		b.WriteString("; ")
		b.WriteString(e.Hint)
	}
	return b.String()
}

// Unwrap gives errors.Is the kind of the mistake and what caused it.
func (e *Error) Unwrap() []error {
	all := []error{e.kind}
	if e.cause != nil {
		all = append(all, e.cause)
	}
	return all
}

// maxErrors is how many mistakes one call reports: more help nobody, and a
// hostile policy must not be answered with megabytes.
const maxErrors = 20

// Errors are all mistakes that were found in a policy, in the order of the
// file, at most 20. It has at least one element.
type Errors []*Error

// Error is one line for each mistake.
func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap makes errors.Is and errors.As look at each mistake.
func (es Errors) Unwrap() []error {
	all := make([]error, len(es))
	for i, e := range es {
		all[i] = e
	}
	return all
}
