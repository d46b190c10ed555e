// What is wrong with a rule: what is misspelt, contradicts itself, or can never happen.

package fault

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"jail/engines/decode"
	"jail/seccomp"
)

// ErrNothing is wrapped by the error of a rule that does nothing.
var ErrNothing = errors.New("nothing is to happen")

// compile makes a rule ready.
func compile(in Rule, filter *seccomp.Spec) (*rule, error) {
	r := &rule{Rule: in, scope: in.per(), text: in.String()}
	err := r.prepare(filter)
	if err != nil {
		return nil, in.at(err)
	}
	return r, nil
}

func (r *rule) prepare(filter *seccomp.Spec) error {
	names, named, err := resolveCalls(r.Calls)
	if err != nil {
		return err
	}
	for _, check := range []func() error{r.checkEffects, r.checkNumbers, r.checkCounting} {
		if err := check(); err != nil {
			return err
		}
	}
	if err := r.patterns(); err != nil {
		return err
	}
	var first error
	for _, name := range names {
		err := r.possible(name)
		if err == nil && filter != nil && refused(filter, name) {
			err = fmt.Errorf("the policy's filter refuses %s before there could be a fault", name)
		}
		switch {
		case err == nil:
			r.names = append(r.names, name)
		case named:
			return err
		case first == nil:
			first = err
		}
	}
	if len(r.names) == 0 {
		return fmt.Errorf("it can never happen: %w", first)
	}
	return nil
}

// patterns compiles them.
func (r *rule) patterns() (err error) {
	if r.Path != "" {
		if r.path, err = pathGlob(r.Path); err != nil {
			return err
		}
		r.want |= decode.Paths
	}
	if r.Addr != "" {
		if r.addr, err = compileGlob(r.Addr); err != nil {
			return err
		}
		r.want |= decode.Addrs
	}
	if len(r.Flags) > 0 {
		r.want |= decode.Names
	}
	if r.Program != "" {
		r.program, err = compileGlob(r.Program)
	}
	return err
}

// checkEffects looks at what is to happen.
func (r *rule) checkEffects() error {
	switch {
	case r.Errno != 0 && r.Result != nil:
		return errors.New("error and retval are both given; a call has one result")
	case r.Crash != NoCrash && (r.answers() || r.Call != "" || r.Short != 0 || len(r.Set) > 0 || r.After != 0):
		return errors.New("crash ends the program, so nothing else can be made of the call")
	case r.Late && !r.answers() && r.Signal == 0:
		return errors.New("at=exit is for error, retval and signal, and there is none of them")
	case r.After != 0 && r.Result != nil:
		return errors.New("after is for an error, and retval is none")
	case r.After != 0 && (r.Late || r.Call != ""):
		return errors.New("after fails the calls of a full file before they are made; at=exit and syscall do not go with it")
	case r.Storm != 0 && r.When != (When{}):
		return errors.New("storm and when are both given; each says which of the calls")
	case r.Crash == NoCrash && !r.answers() && r.After == 0 && r.Call == "" && r.sideEffects() == "" && r.Short == 0 && len(r.Set) == 0:
		return fmt.Errorf("%w; give error, retval, signal, syscall, delay_enter, delay_exit, poke_enter, poke_exit, short, set, after or crash", ErrNothing)
	case r.answers() && r.Call == "" && !r.Late && (r.Short != 0 || len(r.Set) > 0):
		return errors.New("a call that is answered is not made, so short and set change nothing; with at=exit it is made first")
	}
	if r.Call != "" && !seccomp.KnownName(r.Call) {
		return fmt.Errorf("there is no system call %q to make instead", r.Call)
	}
	return checkErrno(r.Errno)
}

// checkNumbers looks at bounds.
func (r *rule) checkNumbers() error {
	switch {
	case r.Result != nil && *r.Result < 0:
		return fmt.Errorf("the result %d would be an error; write error=", *r.Result)
	case r.Signal < 0 || r.Signal > lastSignal:
		return fmt.Errorf("there is no signal %d: they are 1 to %d", r.Signal, lastSignal)
	case r.DelayEnter < 0 || r.DelayExit < 0:
		return errors.New("a delay can't be negative")
	case r.Short < 0:
		return errors.New("short is a number of bytes, from 1 on")
	case r.After < 0:
		return errors.New("after is a number of bytes, from 1 on")
	case r.Chance < 0 || r.Chance > 1 || r.Chance != r.Chance:
		return errors.New("a chance is above 0 and at most 1")
	case r.Storm < 0:
		return errors.New("storm is a number of calls, from 1 on")
	case r.Crash > CrashAfter:
		return errors.New("crash is before or after the call")
	}
	return nil
}

// checkCounting looks at who counts, and which calls.
func (r *rule) checkCounting() error {
	switch w := r.When; {
	case w.Last != 0 && w.Last < max(w.First, 1):
		return fmt.Errorf("when=%v ends before it begins", w)
	case r.Depth.Limited && (r.Depth.From < 0 || r.Depth.To < 0), r.Child.Limited && (r.Child.From < 1 || r.Child.To < 0):
		return errors.New("depth counts from 0, and child from 1")
	case r.Child.Limited && r.Depth == Exactly(0):
		return errors.New("the process of depth 0 is nobody's child")
	case r.Per > PerFile:
		return errors.New("there is no such count")
	case r.Per == PerFile && r.After == 0:
		return errors.New("per=file is for after")
	case r.Seed != 0 && r.Chance == 0:
		return errors.New("a seed is for chance, which is not given")
	}
	for _, c := range r.Args {
		if c.Arg < ArgSize || c.Arg > 5 || !slices.Contains(operators(), c.Op) {
			return fmt.Errorf("there is no comparison %q of argument %d", c.Op, c.Arg+1)
		}
	}
	return nil
}

// operators are those of Compare, longer ones before those that they begin with.
func operators() []string { return []string{"==", "!=", "<=", ">=", "<", ">", "&"} }

// Calls that never fail, and those that never come back (each call's page).
const (
	neverFail = " getpid getppid gettid getuid geteuid getgid getegid getuid32 geteuid32 getgid32 getegid32 getpgrp umask sync set_tid_address sched_yield alarm "
	neverEnd  = " exit exit_group rt_sigreturn sigreturn "
)

func listed(list, name string) bool { return strings.Contains(list, " "+name+" ") }

// possible tells why the rule can't come true for a call.
func (r *rule) possible(name string) error {
	tr, transfers := transferOf(name)
	switch {
	case listed(neverEnd, name) && (r.answers() || r.Late || r.DelayExit != 0 || len(r.PokeExit) > 0 || r.Crash == CrashAfter):
		return fmt.Errorf("%s does not come back to the program, so it has no result and no end", name)
	case listed(neverFail, name) && r.Errno != 0:
		return fmt.Errorf("%s always succeeds, no program sees it fail", name)
	case r.Short != 0 && (!transfers || tr.whole):
		return fmt.Errorf("%s can't be made to transfer less", name)
	case r.After != 0 && (!transfers || !tr.writes):
		return fmt.Errorf("%s writes no bytes that could be added up", name)
	}
	return r.fits(name)
}

// fits tells why a call's arguments can't be as the rule wants them.
func (r *rule) fits(name string) error {
	w := decode.Conditions{Path: r.Path != "", FD: r.FD != nil, Addr: r.Addr != "", Flags: r.Flags}
	if err := w.Possible(name); err != nil {
		return err
	}
	call, ok := decode.Shape(name)
	if !ok || !call.Known() {
		return nil
	}
	_, transfers := transferOf(name)
	var used []int
	for _, c := range r.Args {
		if c.Arg == ArgSize && !transfers {
			return fmt.Errorf("%s transfers nothing that has a size", name)
		}
		used = append(used, c.Arg)
	}
	for _, x := range slices.Concat(r.PokeEnter, r.PokeExit) {
		used = append(used, x.Arg)
	}
	for _, x := range r.Set {
		used = append(used, x.Arg)
	}
	for _, n := range used {
		if n >= len(call.Args) {
			return fmt.Errorf("%s has %d arguments, and no arg%d", name, len(call.Args), n+1)
		}
	}
	return nil
}
