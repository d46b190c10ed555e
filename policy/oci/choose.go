// Choosing the rules that hold on one machine, for one set of capabilities, and joining them as libseccomp does.

package oci

import (
	"slices"

	"jail/seccomp"
)

// use is a rule's say about one call: always, or when all of some conditions
// hold.
type use struct {
	rule int // index into chosen.rules
	part int // which of the rules that its args make; see split
	args []arg
}

// verdicts is all that a profile says about one call.
type verdicts struct {
	name   string
	always *use // decides alone, if it is there
	when   []use
}

// chosen is a profile cut down to one machine.
type chosen struct {
	rules   []rule
	foreign []seccomp.ABI // let in beside the machine's own
	calls   []*verdicts   // in the order in which the profile names them
	byName  map[string]*verdicts
	work    int

	suggested int
}

// maxWork bounds the names that rules have, each counted once for every
// condition.
const maxWork = 100_000

// hostArch is a machine's name in includes and excludes, which is Go's.
func hostArch(machine seccomp.ABI) string {
	if machine == seccomp.ARM64 {
		return "arm64"
	}
	return "amd64"
}

// choose makes of a profile what holds for a machine.
func (d *decoder) choose(p *profile, o Options) (*chosen, error) {
	c := &chosen{byName: make(map[string]*verdicts)}
	c.foreign = d.foreign(p, o.Machine)
	for i := range p.rules {
		r := &p.rules[i]
		switch {
		case !r.holds(o):
		case r.do.same(p.byItself):
			d.notef(r.place, "is left out: its action is that of the default, and such a rule is none")
		default:
			c.rules = append(c.rules, *r)
			if err := c.add(d, len(c.rules)-1); err != nil {
				return nil, err
			}
		}
	}
	c.multiplexers()
	return c, nil
}

// holds tells whether a rule is for a machine, a kernel and capabilities.
func (r *rule) holds(o Options) bool {
	host := hostArch(o.Machine)
	isHost := func(w word) bool { return w.text == host }
	has := func(w word) bool { return slices.Contains(o.Capabilities, w.text) }
	lacks := func(w word) bool { return !has(w) }
	in, ex := &r.includes, &r.excludes
	switch {
	case slices.ContainsFunc(ex.arches, isHost), slices.ContainsFunc(ex.caps, has), ex.hasKernel && o.Kernel.atLeast(ex.kernel):
		return false
	case len(in.arches) > 0 && !slices.ContainsFunc(in.arches, isHost), slices.ContainsFunc(in.caps, lacks):
		return false
	default:
		return !in.hasKernel || o.Kernel.atLeast(in.kernel)
	}
}

// foreign is the ABIs beside the machine's own that a profile lets in.
func (d *decoder) foreign(p *profile, machine seccomp.ABI) []seccomp.ABI {
	runs := []seccomp.ABI{seccomp.I386, seccomp.X32}
	if machine == seccomp.ARM64 {
		runs = []seccomp.ABI{seccomp.ARM}
	}
	words := p.arches
	for _, f := range p.families {
		if abi, _ := archNamed(f.arch.text); abi == machine {
			words = append(words, f.subs...)
			break // as Docker does: the first that fits
		}
	}
	var all []seccomp.ABI
	for _, w := range words {
		abi, ok := archNamed(w.text)
		switch {
		case slices.Contains(runs, abi) && !slices.Contains(all, abi):
			all = append(all, abi)
		case !ok:
			d.notef(w.place, "the architecture %s is left out: this machine runs no such programs, and they are killed", quote(w.text))
		}
	}
	return all
}

// archNamed is the ABI with a profile's name. Unlike seccomp.ParseABI it knows
// no other names.
func archNamed(name string) (seccomp.ABI, bool) {
	if len(name) < 5 || name[:5] != "SCMP_" {
		return 0, false
	}
	return seccomp.ParseABI(name)
}

// add files a rule under the calls that it names.
func (c *chosen) add(d *decoder, index int) error {
	r := &c.rules[index]
	parts := r.split()
	for _, w := range r.names {
		if !seccomp.KnownName(w.text) {
			hint := c.suggest(w.text)
			d.notef(w.place, "%s is left out: no ABI of jail has such a call, so it is refused with ENOSYS%s", quote(w.text), hint)
			continue
		}
		if c.work += 1 + len(r.args); c.work > maxWork {
			return Errors{{File: d.file, Line: w.line, Column: w.column, kind: ErrTooBig,
				Msg: "the rules up to here have more names and conditions than any policy may have"}}
		}
		v := c.byName[w.text]
		if v == nil {
			v = &verdicts{name: w.text}
			c.byName[w.text] = v
			c.calls = append(c.calls, v)
		}
		for part, args := range parts {
			u := use{index, part, args}
			if len(args) > 0 {
				v.when = append(v.when, u)
			} else if v.always == nil {
				v.always = &u
			}
		}
	}
	return nil
}

// suggest is what may have been meant by a name, for the first few that are
// none: finding it takes a millisecond.
func (c *chosen) suggest(name string) string {
	const most = 50
	if c.suggested++; c.suggested > most {
		return ""
	}
	if near := seccomp.Suggest(name); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
}

// split is the conditions of each of the rules that runtimes make of one:
// libseccomp takes no two conditions on one argument, so then each stands for
// itself.
func (r *rule) split() [][]arg {
	var seen [6]bool
	for _, a := range r.args {
		if seen[a.index] {
			var each [][]arg
			for _, a := range r.args {
				each = append(each, []arg{a})
			}
			return each
		}
		seen[a.index] = true
	}
	return [][]arg{r.args}
}

// multiplexers adds what libseccomp adds on i386: a rule for a call that
// socketcall or ipc does too is one for those. (Only rules without conditions:
// after others jail refuses the multiplexer.)
func (c *chosen) multiplexers() {
	if !slices.Contains(c.foreign, seccomp.I386) {
		return
	}
	for _, m := range multiplexed() {
		v, mux := c.byName[m.call], c.byName[m.by]
		if v == nil || v.always == nil || mux != nil && mux.always != nil {
			continue
		}
		if mux == nil {
			mux = &verdicts{name: m.by}
			c.byName[m.by] = mux
			c.calls = append(c.calls, mux)
		}
		number := arg{index: 0, op: seccomp.Eq, value: m.number, source: "as for " + m.call}
		mux.when = append(mux.when, use{v.always.rule, 1000 + int(m.number), []arg{number}})
	}
}

// muxed is a call that a multiplexer of i386 does too.
type muxed struct {
	call, by string
	number   uint64
}

// multiplexed lists them, with their numbers (linux/net.h, linux/ipc.h).
func multiplexed() []muxed {
	var all []muxed
	for i, call := range []string{"socket", "bind", "connect", "listen", "accept", "getsockname", "getpeername", "socketpair", "send", "recv",
		"sendto", "recvfrom", "shutdown", "setsockopt", "getsockopt", "sendmsg", "recvmsg", "accept4", "recvmmsg", "sendmmsg"} {
		all = append(all, muxed{call, "socketcall", uint64(i + 1)})
	}
	for i, call := range []string{"semop", "semget", "semctl", "semtimedop"} {
		all = append(all, muxed{call, "ipc", uint64(i + 1)})
	}
	for i, call := range []string{"msgsnd", "msgrcv", "msgget", "msgctl"} {
		all = append(all, muxed{call, "ipc", uint64(i + 11)})
	}
	for i, call := range []string{"shmat", "shmdt", "shmget", "shmctl"} {
		all = append(all, muxed{call, "ipc", uint64(i + 21)})
	}
	return all
}
