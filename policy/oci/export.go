// From a policy's filter to a profile for containers.

package oci

import (
	"fmt"
	"slices"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/seccomp"
)

// Exported is a policy's filter as a profile.
type Exported struct {
	Profile Profile
	Lost    []string // what the profile does not do or does otherwise, one sentence each
}

// Export writes the filter of a plan as a profile for container runtimes. A
// profile has no order, cannot tell ABIs apart, and knows no engines; rules
// with conditions are cut into ones that do not overlap. What has no form in a
// profile is in Exported.Lost: the profile refuses all calls that the filter
// refuses. The error is of the kind ErrExport. Export may be called from any
// goroutine.
func Export(plan *policy.Plan) (*Exported, error) {
	if len(plan.Filter.ABIs) == 0 {
		return nil, fmt.Errorf("%w: it is for no ABI", ErrExport)
	}
	x := &exporter{plan: plan, abi: plan.Filter.ABIs[0]}
	x.byItself = x.does(&plan.Rules[plan.DefaultRule])
	profile := &x.out.Profile
	profile.DefaultAction, profile.DefaultErrnoRet = x.byItself.words()
	profile.Architectures = []specs.Arch{specs.Arch(archName(x.abi))}
	whole := make(map[outcome][]string)
	for _, call := range x.calls() {
		x.call(call, whole)
	}
	x.wholeCalls(whole)
	x.foreign()
	x.sections()
	if len(profile.Syscalls) > maxExported {
		return nil, fmt.Errorf("%w: it would have %d rules, and the kernel takes no filter of that length; name fewer values in conditions with != or <",
			ErrExport, len(profile.Syscalls))
	}
	return &x.out, nil
}

// maxExported is how many rules a profile may have: each with a condition on
// 64 bits is about six instructions of a filter's 4096.
const maxExported = 500

// outcome is what happens to a call, as far as a profile can say it.
type outcome struct {
	kind  seccomp.Kind
	errno policy.ErrnoNumber
}

func (o outcome) runs() bool { return o.kind == seccomp.KindAllow || o.kind == seccomp.KindLog }

// words is the outcome in a profile's words.
func (o outcome) words() (specs.LinuxSeccompAction, *uint) {
	switch o.kind {
	case seccomp.KindAllow:
		return specs.ActAllow, nil
	case seccomp.KindLog:
		return specs.ActLog, nil
	case seccomp.KindErrno:
		e := uint(o.errno)
		return specs.ActErrno, &e
	default:
		return specs.ActKillProcess, nil
	}
}

// exporter makes one profile.
type exporter struct {
	plan     *policy.Plan
	abi      seccomp.ABI
	byItself outcome
	out      Exported
}

func (x *exporter) lose(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(x.out.Lost, text) {
		x.out.Lost = append(x.out.Lost, text)
	}
}

// does is what a rule of the plan does.
func (x *exporter) does(r *policy.RuleInfo) outcome {
	switch r.Action.Verb {
	case policy.Allow:
		return outcome{kind: seccomp.KindAllow}
	case policy.Trace:
		x.lose("%s: %s: the kernel logs the call, and no report tells of it", r.Origin, r.Text)
		return outcome{kind: seccomp.KindLog}
	case policy.Errno:
		return outcome{seccomp.KindErrno, r.Action.Errno}
	case policy.KillTree:
		x.lose("%s: %s: only the caller's process is killed", r.Origin, r.Text)
	}
	return outcome{kind: seccomp.KindKillProcess}
}

// calls lists one name for each of the ABI's numbers.
func (x *exporter) calls() []string {
	var all []string
	for _, name := range x.abi.Names() {
		if nr, _ := x.abi.Number(name); nr >= 0 {
			if first, _ := x.abi.Name(nr); first == name {
				all = append(all, name)
			}
		}
	}
	return all
}

// piece is a part of a call's arguments with one outcome.
type piece struct {
	cube
	outcome
}

// pieces cuts the arguments of a call into parts, rule by rule of the filter,
// as far as their outcome is not the default's. bare says that there are
// arguments that have the default's.
func (x *exporter) pieces(call string) (all []piece, bare bool, err error) {
	rest := []cube{{}}
	for i := range x.plan.Filter.Rules {
		r := &x.plan.Filter.Rules[i]
		if len(rest) == 0 || !speaksOf(r, x.abi, call) {
			continue
		}
		if does := x.does(&x.plan.Rules[r.Tag]); does == x.byItself {
			bare = true // runtimes take such a rule for none, and what no rule matches has this outcome
		} else if all, err = add(all, rest, r.When, does); err != nil {
			return nil, false, err
		}
		if rest, err = outside(rest, r.When); err != nil {
			return nil, false, err
		}
	}
	return all, bare || len(rest) > 0, nil
}

// add adds the part of some cubes for which all conditions hold.
func add(all []piece, from []cube, when []seccomp.Cond, does outcome) ([]piece, error) {
	theirs, err := cubes(when)
	if err != nil {
		return nil, err
	}
	var mine []cube
	for _, c := range theirs {
		for _, have := range from {
			if both, ok := have.meet(c); ok {
				mine = addCube(mine, both)
			}
		}
		if len(all)+len(mine) > maxCubes {
			return nil, errCubes
		}
	}
	for _, c := range mine {
		all = append(all, piece{c, does})
	}
	return all, nil
}

// speaksOf tells whether a rule of a filter is about a call of an ABI.
func speaksOf(r *seccomp.Rule, abi seccomp.ABI, call string) bool {
	if len(r.ABIs) > 0 && !slices.Contains(r.ABIs, abi) {
		return false
	}
	return slices.ContainsFunc(r.Names, func(name string) bool {
		members, group := seccomp.Group(name)
		return name == call || group && slices.Contains(members, call)
	})
}

// call exports the rules for one call.
func (x *exporter) call(call string, whole map[outcome][]string) {
	all, bare, err := x.pieces(call)
	if err != nil {
		x.lose("%s: %v; the call is refused", call, err)
		if x.byItself.runs() {
			refused := outcome{seccomp.KindErrno, policy.ErrnoNumber(unix.EPERM)}
			whole[refused] = append(whole[refused], call)
		}
		return
	}
	if len(all) == 0 {
		return
	}
	if !bare && !slices.ContainsFunc(all, func(p piece) bool { return p.outcome != all[0].outcome }) {
		whole[all[0].outcome] = append(whole[all[0].outcome], call)
		return
	}
	for _, p := range all {
		action, errno := p.words()
		x.out.Profile.Syscalls = append(x.out.Profile.Syscalls, specs.LinuxSyscall{Names: []string{call}, Action: action, ErrnoRet: errno, Args: p.args()})
	}
}

// wholeCalls exports the calls that have one outcome whatever their arguments.
func (x *exporter) wholeCalls(whole map[outcome][]string) {
	var all []outcome
	for o := range whole {
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b outcome) int { return int(b.kind)*1000 - int(b.errno) - int(a.kind)*1000 + int(a.errno) })
	var rules []specs.LinuxSyscall
	for _, o := range all {
		action, errno := o.words()
		rules = append(rules, specs.LinuxSyscall{Names: whole[o], Action: action, ErrnoRet: errno})
	}
	x.out.Profile.Syscalls = append(rules, x.out.Profile.Syscalls...)
}

// foreign tells what becomes of other ABIs: a profile has the same rules for
// all, of which libseccomp compares 32 bits only, and adds rules for
// multiplexers. So they are not let in.
func (x *exporter) foreign() {
	var names []string
	for _, a := range x.plan.Filter.ABIs[1:] {
		names = append(names, a.String())
	}
	if len(names) > 0 {
		x.lose("abis: [%s]: calls of these ABIs are killed, because a profile cannot have other rules for them", strings.Join(names, ", "))
	}
	x.lose("numbers of calls that are newer than the runtime get the default's action and not ENOSYS")
}

// sections tells of what is no part of a filter: of one rule of a key by its text, of several how many there are.
func (x *exporter) sections() {
	var keys []string
	rules := make(map[string][]policy.RuleInfo)
	decides := make(map[int]bool)
	for _, r := range x.plan.Filter.Rules {
		decides[r.Tag] = true
	}
	for i, r := range x.plan.Rules {
		inFilter := decides[i] || r.Layer == policy.LayerBPF || strings.HasPrefix(r.Text, "syscalls:") || strings.HasPrefix(r.Text, "default:") ||
			r.Origin == policy.BuiltIn && r.Layer == policy.LayerEngine || strings.HasPrefix(r.Text, "clone: refuse-flags")
		if inFilter {
			continue
		}
		key, _, _ := strings.Cut(r.Text, ":")
		if len(rules[key]) == 0 {
			keys = append(keys, key)
		}
		rules[key] = append(rules[key], r)
	}
	for _, key := range keys {
		first := rules[key][0]
		if n := len(rules[key]); n > 1 {
			x.lose("%s: %s: its %d rules are no part of a seccomp filter", first.Origin, key, n)
		} else {
			x.lose("%s: %s: is no part of a seccomp filter", first.Origin, first.Text)
		}
	}
}

// archName is an ABI in a profile's words.
func archName(a seccomp.ABI) string {
	if a == seccomp.ARM64 {
		return "SCMP_ARCH_AARCH64"
	}
	return "SCMP_ARCH_X86_64"
}
