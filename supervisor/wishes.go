// Wishes: which calls engines ask for, and so stop.

package supervisor

import (
	"fmt"
	"slices"
	"strings"

	"jail/seccomp"
	"jail/supervisor/utrace"
)

// makers are the calls that make a task.
var makers = [...]string{"clone", "clone3", "fork", "vfork"}

// A wish is when engines want a call: always, or when one of the conditions holds.
type wish struct {
	always bool
	when   [][]seccomp.Cond
}

// add makes the wish one for another call.
func (w *wish) add(c []seccomp.Cond) {
	if c == nil {
		w.always = true
	} else if !w.has(c) {
		w.when = append(w.when, c)
	}
}

// has tells whether a call under conditions c, nil for any, is wished for.
func (w *wish) has(c []seccomp.Cond) bool {
	return w.always || c != nil && slices.ContainsFunc(w.when, func(have []seccomp.Cond) bool { return slices.Equal(have, c) })
}

// each calls f for each name in a set, on any of the ABIs, with its condition; nil is none.
func each(set *utrace.SyscallSet, f func(name string, when []seccomp.Cond)) {
	set.Each(func(arch uint32, nr int64) {
		name, ok := seccomp.ABIOf(arch, uint32(nr)).Name(int(nr))
		if !ok {
			return
		}
		arg, some, without := set.When(arch, nr)
		if some == 0 {
			f(name, nil)
			return
		}
		when := []seccomp.Cond{{Arg: arg, Op: seccomp.MaskedNe, Mask: uint64(some), Width: 32}}
		if without != 0 {
			when = append(when, seccomp.Cond{Arg: arg, Op: seccomp.MaskedEq, Mask: uint64(without), Width: 32})
		}
		f(name, when)
	})
}

// wantedNames collects the calls that engines ask for, or will.
func wantedNames(engines []Engine, later *utrace.SyscallSet) map[string]*wish {
	wanted := make(map[string]*wish)
	want := func(name string, when []seccomp.Cond) {
		if wanted[name] == nil {
			wanted[name] = new(wish)
		}
		wanted[name].add(when)
	}
	each(later, want)
	for _, e := range engines {
		if s, ok := e.Engine.(utrace.Syscaller); ok {
			each(s.Syscalls(), want)
		}
		if _, ok := e.Engine.(utrace.CloneEntryReporter); ok {
			for _, m := range makers {
				want(m, nil)
			}
		}
	}
	return wanted
}

// stopsFor is utrace.Host's Stops. A call that the policy itself always refuses is none to be deaf for: it is never made.
func (s *traceSpec) stopsFor(set *utrace.SyscallSet, clones bool) error {
	var deaf []string
	hear := func(name string, when []seccomp.Cond) {
		if w := s.wanted[name]; (w == nil || !w.has(when)) && s.allows(name) && !slices.Contains(deaf, name) {
			deaf = append(deaf, name)
		}
	}
	each(set, hear)
	if clones {
		for _, m := range makers {
			hear(m, nil)
		}
	}
	if len(deaf) == 0 {
		return nil
	}
	slices.Sort(deaf)
	return fmt.Errorf("%w: %s; name what engines will ask for in Command.Traceable", utrace.ErrDeaf, strings.Join(deaf, ", "))
}

// allows tells whether a call may be made without a stop, with some arguments.
func (s *traceSpec) allows(name string) bool {
	named := func(r seccomp.Rule) bool { return r.Do == seccomp.Allow && slices.Contains(expand(r.Names), name) }
	return s.traced.Default == seccomp.Allow || slices.ContainsFunc(s.traced.Rules, named)
}
