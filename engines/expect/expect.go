// Expectations: how many events, when, and in which processes.

package expect

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"jail/engines/trace"
)

// Many as Expectation.Max is no bound.
const Many = -1

// A Scope says what is looked at by itself.
type Scope uint8

// The scopes.
const (
	InTree Scope = iota // all tasks together
	InSome              // at least one process has to be as expected, by itself
	InEach              // each process in which First… events happen; without those, each that the pattern's Program, Depth and Nth pick
)

// An Expectation is what a trace should be like. It is made by AtLeast, Exactly, AtMost, Never and Sequence, or by hand.
type Expectation struct {
	Want     Pattern
	Min, Max int // how many events; Max: Many is no bound. Of 0 and 0 there are to be none
	// Then: after an event of Want come, each when the one before is over, events of these: the sequence is what is expected, once
	// (Min 1, Max Many) or never (0, 0).
	Then []Pattern
	// After and Before bound what is looked at: what began after the first event of After was over, and was over before the first
	// event of Before (after that of After) began. nil: no bound. That it happens is expected, too.
	After, Before *Pattern
	Within        Scope
	Origin        string // file:line, for failures; may be empty
}

// AtLeast expects n events or more.
func AtLeast(n int, p Pattern) Expectation { return Expectation{Want: p, Min: n, Max: Many} }

// Exactly expects n events.
func Exactly(n int, p Pattern) Expectation { return Expectation{Want: p, Min: n, Max: n} }

// AtMost expects n events or fewer.
func AtMost(n int, p Pattern) Expectation { return Expectation{Want: p, Max: n} }

// Never expects no event.
func Never(p Pattern) Expectation { return Expectation{Want: p} }

// Sequence expects events in this order, each over before the next begins. Others may come between.
func Sequence(first Pattern, then ...Pattern) Expectation {
	return Expectation{Want: first, Min: 1, Max: Many, Then: then}
}

// FirstBefore is the expectation about what was over before the first event of p began.
func (x Expectation) FirstBefore(p Pattern) Expectation { x.Before = &p; return x }

// FirstAfter is the expectation about what began after the first event of p was over.
func (x Expectation) FirstAfter(p Pattern) Expectation { x.After = &p; return x }

// Between is FirstAfter(a) and FirstBefore(b), the first b after that a.
func (x Expectation) Between(a, b Pattern) Expectation { return x.FirstAfter(a).FirstBefore(b) }

// In is the expectation within a scope.
func (x Expectation) In(s Scope) Expectation { x.Within = s; return x }

// String is the expectation as a sentence.
func (x Expectation) String() string {
	var b strings.Builder
	if x.Origin != "" {
		b.WriteString(x.Origin + ": ")
	}
	b.WriteString(x.Want.String())
	for _, p := range x.Then {
		b.WriteString(", then " + p.String())
	}
	b.WriteString(" " + x.times())
	if x.After != nil {
		b.WriteString(" after the first " + x.After.String())
	}
	if x.Before != nil {
		b.WriteString(" before the first " + x.Before.String())
	}
	b.WriteString([...]string{"", " in some process", " in each process"}[min(x.Within, InEach)])
	return b.String()
}

func (x *Expectation) times() string {
	switch {
	case x.Min == 0 && x.Max == 0:
		return "never"
	case x.Min == x.Max:
		return fmt.Sprintf("exactly %s", times(x.Min))
	case x.Max == Many:
		return fmt.Sprintf("at least %s", times(x.Min))
	case x.Min == 0:
		return fmt.Sprintf("at most %s", times(x.Max))
	}
	return fmt.Sprintf("%d to %s", x.Min, times(x.Max))
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// Calls are the names of the system calls that must be traced for the expectation to mean something, sorted: an expectation on a
// call that nobody traces can't be checked. Patterns of any call want all of them.
func (x *Expectation) Calls() ([]string, error) {
	var words []string
	for _, p := range x.patterns() {
		if p.kind() == trace.KindSyscall {
			names, err := trace.Names(p.Calls)
			if err != nil {
				return nil, err
			}
			words = append(words, names...)
		}
	}
	slices.Sort(words)
	return slices.Compact(words), nil
}

func (x *Expectation) patterns() []*Pattern {
	list := []*Pattern{&x.Want}
	for i := range x.Then {
		list = append(list, &x.Then[i])
	}
	for _, p := range []*Pattern{x.After, x.Before} {
		if p != nil {
			list = append(list, p)
		}
	}
	return list
}

// ready is an Expectation made ready.
type ready struct {
	x             *Expectation
	steps         []*matcher // Want and Then
	after, before *matcher
}

// Compile tells what is wrong with the expectation, as Check would; nil if nothing is. Errors wrap ErrPattern or trace.ErrNoCall.
func (x *Expectation) Compile() error {
	_, err := x.compile()
	return err
}

func (x *Expectation) compile() (*ready, error) {
	r := &ready{x: x}
	var errs []error
	one := func(p *Pattern) *matcher {
		m, err := p.compile()
		errs = append(errs, err)
		return m
	}
	r.steps = append(r.steps, one(&x.Want))
	for i := range x.Then {
		r.steps = append(r.steps, one(&x.Then[i]))
	}
	if x.After != nil {
		r.after = one(x.After)
	}
	if x.Before != nil {
		r.before = one(x.Before)
	}
	switch {
	case x.Min < 0 || x.Max != Many && x.Max < x.Min:
		errs = append(errs, fmt.Errorf("at least %d and at most %d times is %w: no number is both", x.Min, x.Max, ErrPattern))
	case x.Min == 0 && x.Max == Many:
		errs = append(errs, fmt.Errorf("any number of %s is %w: nothing could fail", x.Want, ErrPattern))
	case len(x.Then) > 0 && (x.Max != 0 && (x.Min != 1 || x.Max != Many)):
		errs = append(errs, fmt.Errorf("%s is %w: a sequence happens at least once, or never", x, ErrPattern))
	case x.Within > InEach:
		errs = append(errs, fmt.Errorf("%d is %w: no scope", x.Within, ErrPattern))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return r, nil
}

// Check holds a trace against expectations, and answers those that failed, in their order. Events are in the order of their Seq.
// An expectation that means nothing has failed, too: see Expectation.Compile. Check changes nothing; any goroutine.
func Check(events []trace.Event, list ...Expectation) []*Failure {
	var failures []*Failure
	for i := range list {
		x := &list[i]
		r, err := x.compile()
		if err != nil {
			failures = append(failures, &Failure{Expectation: *x, Says: err.Error(), Err: err})
			continue
		}
		if f := r.check(events); f != nil {
			failures = append(failures, f)
		}
	}
	return failures
}
