// Calls that nobody hears of: the policy's filter answers them by itself.

package harness

import (
	"math"
	"slices"
	"strings"

	"jail/engines/expect"
	"jail/seccomp"
	"jail/supervisor"
)

// blind are the calls, by name, that the installed filter refuses without a stop, whatever their arguments. clone3 is not among them: it is
// always answered ENOSYS, and who makes it calls clone then.
func blind(c *supervisor.Command) (map[string]bool, error) {
	spec, err := c.Installed()
	if err != nil {
		return nil, err
	}
	d, err := spec.Decider()
	if err != nil {
		return nil, err
	}
	abi, out := seccomp.Native(), make(map[string]bool)
	for _, name := range abi.Names() {
		nr, _ := abi.Number(name)
		call := seccomp.Data{Nr: int32(nr), Arch: abi.AuditArch()}
		none, _ := d.Decide(call)
		for i := range call.Args {
			call.Args[i] = math.MaxUint64
		}
		all, _ := d.Decide(call)
		if name != "clone3" && none.Kind() == seccomp.KindErrno && all.Kind() == seccomp.KindErrno {
			out[name] = true
		}
	}
	return out, nil
}

// unheard are the calls that an expectation names, one by one and not by a group or a pattern, and that nobody hears of.
func (r *Result) unheard(x *expect.Expectation) (names []string) {
	patterns := append([]expect.Pattern{x.Want}, x.Then...)
	for _, p := range []*expect.Pattern{x.Before, x.After} {
		if p != nil {
			patterns = append(patterns, *p)
		}
	}
	for _, p := range patterns {
		for _, words := range p.Calls {
			for _, w := range strings.Split(words, ",") {
				if w = strings.TrimSpace(w); r.blind[w] && !slices.Contains(names, w) {
					names = append(names, w)
				}
			}
		}
	}
	return names
}
