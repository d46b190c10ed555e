// Checking a Spec: everything that could make a filter say something else than was meant is an error.

package seccomp

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// What can be wrong with a [Spec]. Each comes wrapped in a [SpecError], or,
// for ErrTooLong, in the error of [Compile].
var (
	ErrNoABI      = errors.New("no ABI is allowed")
	ErrABI        = errors.New("not a known ABI")
	ErrAction     = errors.New("not an action")
	ErrErrno      = errors.New("the kernel answers no errno above 4095")
	ErrNoNames    = errors.New("the rule names no system call")
	ErrName       = errors.New("no such system call on any ABI")
	ErrGroup      = errors.New("no such group")
	ErrArg        = errors.New("arguments are numbered 0 to 5")
	ErrOp         = errors.New("not a comparison")
	ErrWidth      = errors.New("the width of an argument is 32 or 64 bits")
	ErrTooBig     = errors.New("does not fit into 32 bits")
	ErrMask       = errors.New("a mask goes with MaskedEq and MaskedNe, and only with them")
	ErrNeverEqual = errors.New("the value has bits that the mask takes away, so it never compares equal")
	ErrTooLong    = errors.New("the filter is longer than the kernel's 4096 instructions")
)

// SpecError is one thing that is wrong with a [Spec].
type SpecError struct {
	Rule  int    // index of the rule; -1: the Spec itself
	Tag   int    // the rule's Tag
	Field string // where: "Names[1]", "When[0].Arg", "Default"
	Got   string // what stands there
	Near  string // for a name: the nearest one there is, or ""
	Err   error  // one of the Err… values of this package
}

// Error says where, what is there, what is wrong with it, and what may have
// been meant.
func (e *SpecError) Error() string {
	var b strings.Builder
	if e.Rule >= 0 {
		fmt.Fprintf(&b, "rule %d: ", e.Rule)
	}
	fmt.Fprintf(&b, "%s: ", e.Field)
	if e.Got != "" {
		fmt.Fprintf(&b, "%s: ", e.Got)
	}
	b.WriteString(e.Err.Error())
	if e.Near != "" {
		fmt.Fprintf(&b, "; did you mean %q?", e.Near)
	}
	return b.String()
}

// Unwrap is the Err… value, for errors.Is.
func (e *SpecError) Unwrap() error { return e.Err }

// Check tells what is wrong with the Spec, nil if nothing is. The error is
// the [errors.Join] of a *[SpecError] for each problem, in the order of the
// rules.
func (s *Spec) Check() error {
	c := checker{rule: -1}
	if len(s.ABIs) == 0 {
		c.add("ABIs", "", ErrNoABI)
	}
	c.abis(s.ABIs)
	c.action("Default", s.Default)
	c.action("Unknown", s.Unknown)
	c.action("Foreign", s.Foreign)
	for i := range s.Rules {
		c.checkRule(i, &s.Rules[i])
	}
	return errors.Join(c.errs...)
}

// checker collects problems.
type checker struct {
	rule, tag int
	errs      []error
}

func (c *checker) add(field, got string, err error) {
	c.errs = append(c.errs, &SpecError{Rule: c.rule, Tag: c.tag, Field: field, Got: got, Err: err})
}

func (c *checker) abis(list []ABI) {
	for i, a := range list {
		if !slices.Contains(abis(), a) {
			c.add(fmt.Sprintf("ABIs[%d]", i), a.String(), ErrABI)
		}
	}
}

func (c *checker) action(field string, a Action) {
	switch {
	case a.Kind() > KindAllow:
		c.add(field, a.String(), ErrAction)
	case a.Errno() > maxErrno:
		c.add(field, a.String(), ErrErrno)
	}
}

func (c *checker) checkRule(i int, r *Rule) {
	c.rule, c.tag = i, r.Tag
	if len(r.Names) == 0 {
		c.add("Names", "", ErrNoNames)
	}
	for j, name := range r.Names {
		if !exists(name) {
			err := ErrName
			if isGroup(name) {
				err = ErrGroup
			}
			c.errs = append(c.errs, &SpecError{
				Rule: i, Tag: r.Tag, Field: fmt.Sprintf("Names[%d]", j),
				Got: fmt.Sprintf("%q", name), Near: Suggest(name), Err: err,
			})
		}
	}
	for j := range r.When {
		c.cond(j, &r.When[j])
	}
	c.action("Do", r.Do)
	c.abis(r.ABIs)
}

func (c *checker) cond(j int, w *Cond) {
	bad := func(field, got string, err error) { c.add(fmt.Sprintf("When[%d].%s", j, field), got, err) }
	if w.Arg < 0 || w.Arg > 5 {
		bad("Arg", fmt.Sprint(w.Arg), ErrArg)
	}
	if w.Op < Eq || w.Op > MaskedNe {
		bad("Op", w.Op.String(), ErrOp)
		return
	}
	switch w.Width {
	case 0, 64:
	case 32:
		if !fitsInt(w.Value) {
			bad("Value", fmt.Sprintf("%#x", w.Value), ErrTooBig)
		}
		if !fitsInt(w.Mask) {
			bad("Mask", fmt.Sprintf("%#x", w.Mask), ErrTooBig)
		}
	default:
		bad("Width", fmt.Sprint(w.Width), ErrWidth)
		return
	}
	masked := w.Op == MaskedEq || w.Op == MaskedNe
	if masked != (w.Mask != 0) {
		bad("Mask", fmt.Sprintf("%#x", w.Mask), ErrMask)
	} else if _, mask, value := w.parts(); value&^mask != 0 {
		bad("Value", fmt.Sprintf("%#x", w.Value), ErrNeverEqual)
	}
}

// fitsInt tells whether v is a 32-bit value or the sign extension of one.
func fitsInt(v uint64) bool {
	return v <= math.MaxUint32 || v>>31 == math.MaxUint64>>31
}

// isGroup tells whether a name is written as that of a group.
func isGroup(name string) bool {
	return strings.HasPrefix(name, "@") || strings.HasPrefix(name, "%")
}

// exists tells whether there is a system call or group of that name.
func exists(name string) bool {
	if isGroup(name) {
		_, ok := membersOf(name)
		return ok
	}
	return KnownName(name)
}
