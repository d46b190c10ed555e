// The filter that is installed: what the policy decides, and a stop for each call that an engine asks for.

package supervisor

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"jail/seccomp"
	"jail/supervisor/utrace"
)

// traceSpec is a filter before and after engines' wishes were put in.
type traceSpec struct {
	base      decider       // what would be decided without engines
	traced    *seccomp.Spec // what is compiled and installed
	installed decider       // the same, to ask
	wanted    map[string]*wish
}

// decider answers as a filter does. It is made when it is asked first: most runs never do.
type decider struct {
	once sync.Once
	spec *seccomp.Spec // checked, and not changed any more
	made *seccomp.Decider
}

// Decide is seccomp.Decider's. Any goroutine.
func (d *decider) Decide(call seccomp.Data) (seccomp.Action, int) {
	d.once.Do(func() { d.made, _ = d.spec.Decider() })
	if d.made == nil { // never: it was checked
		return seccomp.KillProcess, seccomp.ByInvalid
	}
	return d.made.Decide(call)
}

// spec joins the command's filter with what its engines ask for. A rule that allows a wanted call is split so that the
// call stops instead; a rule that refuses one stays as it is, since an engine can't make a verdict looser.
func (c *Command) spec() (*traceSpec, error) {
	base := c.Filter
	if base == nil {
		base = &seccomp.Spec{ABIs: []seccomp.ABI{seccomp.Native()}, Default: seccomp.Allow,
			Unknown: seccomp.Errno(unix.ENOSYS), Foreign: seccomp.KillProcess}
	}
	if err := base.Check(); err != nil {
		return nil, fmt.Errorf("seccomp: %w", err)
	}
	wanted := wantedNames(c.Engines, c.Traceable)
	traced := *base
	traced.Rules = make([]seccomp.Rule, 0, len(base.Rules)+16)
	for _, r := range base.Rules {
		traced.Rules = append(traced.Rules, split(r, wanted)...)
	}
	if base.Default == seccomp.Allow && len(wanted) > 0 {
		names := slices.Sorted(maps.Keys(wanted))
		traced.Rules = append(traced.Rules, stops(seccomp.Rule{Do: seccomp.Allow}, names, wanted)...)
	}
	if seals(c.Engines) { // of its memory a program can only take rights away from itself with it
		traced.Rules = append([]seccomp.Rule{{Names: []string{"mseal"}, Do: seccomp.Allow}}, traced.Rules...)
	}
	return &traceSpec{base: decider{spec: base}, traced: &traced, installed: decider{spec: &traced}, wanted: wanted}, nil
}

// split makes an allowing rule stop for the wanted calls among its own.
func split(r seccomp.Rule, wanted map[string]*wish) []seccomp.Rule {
	if r.Do != seccomp.Allow {
		return []seccomp.Rule{r}
	}
	var stop []string
	pass := r
	pass.Names = nil
	for _, n := range expand(r.Names) {
		w := wanted[n]
		if w != nil {
			stop = append(stop, n)
		}
		if w == nil || !w.always {
			pass.Names = append(pass.Names, n)
		}
	}
	out := stops(r, stop, wanted)
	if len(pass.Names) > 0 {
		out = append(out, pass)
	}
	return out
}

// stops are rules as r is that stop for names, each under the conditions that engines have for it.
func stops(r seccomp.Rule, names []string, wanted map[string]*wish) []seccomp.Rule {
	r.Do, r.Names = seccomp.Trace(0), nil
	var out []seccomp.Rule
	for _, n := range names {
		w := wanted[n]
		if w.always {
			r.Names = append(r.Names, n)
			continue
		}
		for _, c := range w.when {
			narrow := r
			narrow.Names, narrow.When = []string{n}, slices.Concat(r.When, c)
			out = append(out, narrow)
		}
	}
	if len(r.Names) > 0 {
		out = append(out, r)
	}
	return out
}

func expand(names []string) []string {
	var out []string
	for _, n := range names {
		if members, ok := seccomp.Group(n); ok {
			out = append(out, members...)
		} else {
			out = append(out, n)
		}
	}
	return out
}

// seals tells whether an engine seals arguments. The tasks are made to call mseal for that, which the filter judges as it
// does their own calls.
func seals(engines []Engine) bool {
	return slices.ContainsFunc(engines, func(e Engine) bool {
		_, ok := e.Engine.(utrace.ArgumentSealer)
		return ok
	})
}

func (s *traceSpec) decide(c utrace.Call) (seccomp.Action, int) {
	return s.base.Decide(data(c))
}

func data(c utrace.Call) seccomp.Data {
	return seccomp.Data{Nr: int32(c.Nr), Arch: c.Arch, IP: c.IP, Args: c.Args}
}

// unclaimed lets a stopped call run that no engine asks for at this moment, if the policy itself allows it and the stop was
// for an engine. A stop that is none of ours comes from a filter of the program's own, which has no tracer natively: ENOSYS.
func (s *traceSpec) unclaimed(c utrace.Call) bool {
	act, _ := s.decide(c)
	ours, _ := s.installed.Decide(data(c))
	return act == seccomp.Allow && ours.Kind() == seccomp.KindTrace
}

// isClone tells the calls that make a child, on any ABI.
func isClone(arch uint32, nr int64) bool {
	name, ok := seccomp.ABIOf(arch, uint32(nr)).Name(int(nr))
	return ok && slices.Contains(makers[:], name)
}
