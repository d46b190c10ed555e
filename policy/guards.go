// What is refused under every policy, and what is refused unless a policy names it.

package policy

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"jail/seccomp"
)

// A guard is a rule that stands before those of the policy.
//
// The policy may always be stricter than a guard: of what its rules say of the
// call and what the guard says, the stricter holds. Only if the guard opens may the policy be looser, and
// then only with a rule that names the call itself; that a group has it as a
// member, or that the default allows it, is not enough.
type guard struct {
	call   string
	when   []condition
	action Action
	quiet  bool
	text   string
	hint   string               // what to write to allow it; "" if nothing opens the guard
	abis   []seccomp.ABI        // empty: all
	opens  func(condition) bool // if set: a rule must have such a condition too to open the guard
	// stands says that the policy asks for the guard, which does not loosen the policy's default then.
	stands bool
}

// equal is the condition arg == value.
func equal(arg int, value uint64) condition {
	return condition{arg: arg, op: seccomp.Eq, value: number{bits: value}}
}

// differs is the condition arg != value.
func differs(arg int, value uint64) condition {
	return condition{arg: arg, op: seccomp.Ne, value: number{bits: value}}
}

// asks tells of conditions arg == value.
func asks(arg int, value uint64) func(condition) bool {
	return func(c condition) bool {
		return c.arg == arg && c.op == seccomp.Eq && !c.masked && c.value.bits == value
	}
}

// has is the condition that all of some bits are set.
func has(arg int, bits uint64) condition {
	return condition{arg: arg, op: seccomp.Eq, value: number{bits: bits}, mask: bits, masked: true}
}

// hasAny is the condition that one of some bits is set.
func hasAny(arg int, bits uint64) condition {
	return condition{arg: arg, op: seccomp.Ne, mask: bits, masked: true}
}

// alwaysGuards are the rules that no policy can loosen: each of the calls
// would take a task out of the supervisor's sight.
func alwaysGuards() []guard {
	eperm := errnoAction(unix.EPERM)
	return []guard{
		// The child would not be traced (clone(2)).
		{call: "clone", when: []condition{has(0, unix.CLONE_UNTRACED)}, action: eperm, text: "clone with CLONE_UNTRACED: errno EPERM"},
		// The child would be its parent's sibling, and so, for the first
		// program, a child of the supervisor's own.
		{call: "clone", when: []condition{has(0, unix.CLONE_PARENT)}, action: eperm, text: "clone with CLONE_PARENT: errno EPERM"},
		// A listener could let calls run that our filter wants to stop: user
		// notification outranks trace (seccomp(2)).
		{call: "seccomp", when: []condition{equal(0, unix.SECCOMP_SET_MODE_FILTER), has(1, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER)},
			action: eperm, quiet: true, text: "seccomp with a new listener: errno EPERM"},
	}
}

// namedGuards are refused unless the policy names the call.
func namedGuards(outside Outside) []guard {
	eperm, enosys := errnoAction(unix.EPERM), errnoAction(unix.ENOSYS)
	all := []guard{
		{call: "ptrace", action: eperm, text: "ptrace: errno EPERM", hint: "under syscalls: - {syscalls: [ptrace], action: allow}"},
		// Queries stay free: SECCOMP_GET_ACTION_AVAIL and _GET_NOTIF_SIZES.
		{call: "seccomp", when: []condition{differs(0, unix.SECCOMP_GET_ACTION_AVAIL), differs(0, unix.SECCOMP_GET_NOTIF_SIZES)},
			action: eperm, text: "seccomp that installs a filter: errno EPERM",
			hint: "under syscalls: - {syscalls: [seccomp], action: allow}"},
		// prctl is in every list of calls, so only a rule that speaks of this
		// option opens it.
		{call: "prctl", when: []condition{equal(0, unix.PR_SET_SECCOMP)}, action: eperm, text: "prctl(PR_SET_SECCOMP): errno EPERM",
			hint:  `under syscalls: - {syscalls: [prctl], when: ["arg0 == PR_SET_SECCOMP"], action: allow}`,
			opens: asks(0, unix.PR_SET_SECCOMP)},
		// Its flags are in memory, which a filter cannot see. C libraries fall back to clone, which costs them no stop; where a
		// rule names it an engine judges its flags, from a copy.
		{call: "clone3", action: enosys, quiet: true, text: "clone3: errno ENOSYS", hint: "under syscalls: - {syscalls: [clone3], action: allow}"},
		// io_uring does its work where no filter sees it. Programs look
		// whether it is there and do without, so it is quiet.
		{call: "io_uring_setup", action: enosys, quiet: true, text: "io_uring_setup: errno ENOSYS", hint: "under syscalls: - {syscalls: [io_uring_setup, io_uring_enter, io_uring_register], action: allow}"},
		{call: "io_uring_enter", action: enosys, quiet: true, text: "io_uring_enter: errno ENOSYS", hint: "under syscalls: - {syscalls: [io_uring_setup, io_uring_enter, io_uring_register], action: allow}"},
		{call: "io_uring_register", action: enosys, quiet: true, text: "io_uring_register: errno ENOSYS", hint: "under syscalls: - {syscalls: [io_uring_setup, io_uring_enter, io_uring_register], action: allow}"},
	}
	if outside == OutsideSealed {
		all = append(all, typing()...)
	}
	return all
}

// typing are the ways to put input into a terminal, which whoever reads there next, such as the shell from which jail was started,
// takes for typed: TIOCSTI (TIOCSTI(2const)), and the pasting of TIOCLINUX (TIOCLINUX(2const)). Landlock does not see them, the
// descriptor was open before.
func typing() []guard {
	var all []guard
	for _, request := range []struct {
		name   string
		number uint64
	}{{"TIOCSTI", unix.TIOCSTI}, {"TIOCLINUX", unix.TIOCLINUX}} {
		all = append(all, guard{call: "ioctl", when: []condition{equal(1, request.number)}, action: errnoAction(unix.EPERM), stands: true,
			text:  "ioctl with " + request.name + ", which puts input into a terminal: errno EPERM",
			hint:  fmt.Sprintf(`under syscalls: - {syscalls: [ioctl], when: ["arg1 == %s"], action: allow}`, request.name),
			opens: asks(1, request.number)})
	}
	return all
}

// hidden are calls of 32-bit ABIs that do the work of others, with arguments
// where the rules for those do not look.
type hidden struct {
	call  string   // the 32-bit call
	does  []string // whose work it does
	conds bool     // only rules with conditions miss it
}

// hiddenCalls lists them (socketcall(2), ipc(2), mmap2(2), and for the 16-bit
// user numbers setuid(2), "C library/kernel differences").
func hiddenCalls() []hidden {
	all := []hidden{
		{call: "socketcall", does: []string{"socket", "bind", "connect", "listen", "accept", "accept4", "getsockname", "getpeername", "socketpair",
			"sendto", "recvfrom", "shutdown", "setsockopt", "getsockopt", "sendmsg", "recvmsg", "recvmmsg", "sendmmsg"}},
		{call: "ipc", does: []string{"semget", "semop", "semctl", "semtimedop", "msgget", "msgsnd", "msgrcv", "msgctl", "shmget", "shmat", "shmdt", "shmctl"}},
		{call: "mmap", does: []string{"mmap", "mmap2"}, conds: true}, // its arguments are in memory
	}
	for _, call := range []string{"chown", "fchown", "lchown", "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setfsuid", "setfsgid"} {
		all = append(all, hidden{call: call, does: []string{call}, conds: true})
	}
	return all
}

// narrowGuards refuse, where a 32-bit ABI is let in, the calls that would get
// round a rule of the policy. C libraries have newer calls for each of them.
func narrowGuards(p *Policy, abis []seccomp.ABI) []guard {
	var all []guard
	for _, abi := range abis {
		for _, h := range hiddenCalls() {
			if _, has := abi.Number(h.call); has && narrow(abi) && p.touches(h) {
				all = append(all, guard{call: h.call, stands: true, action: errnoAction(unix.ENOSYS), quiet: true, abis: []seccomp.ABI{abi},
					text: fmt.Sprintf("%s of %v, which gets round rules of this policy: errno ENOSYS", h.call, abi)})
			}
		}
	}
	return all
}

// touches tells whether the policy has a rule that the hidden call gets round.
func (p *Policy) touches(h hidden) bool {
	for i := range p.syscalls {
		r := &p.syscalls[i]
		decides := len(r.when) > 0 || r.action.Refuses() && !h.conds
		if decides && slices.ContainsFunc(h.does, r.covers) {
			return true
		}
	}
	return false
}

// covers tells whether the rule names a call, itself or in a group.
func (r *syscallRule) covers(call string) bool {
	_, found := slices.BinarySearch(r.calls, call)
	return found
}

// opensGuard tells whether the rule loosens a guard.
func (r *syscallRule) opensGuard(g guard) bool {
	if g.hint == "" || r.action.Refuses() || !slices.Contains(r.names, g.call) {
		return false
	}
	return g.opens == nil || slices.ContainsFunc(r.when, g.opens)
}

// guards compiles rules that stand before the policy's: for the calls that a
// guard is about, first what the policy says about them, as far as it may,
// and then the guard.
func (c *compiler) guards(all []guard) {
	for _, g := range all {
		info := filterInfo(BuiltIn, g.text, g.action, g.quiet)
		if rule, ok := strings.CutPrefix(g.hint, "under syscalls: - "); ok {
			also := ""
			if strings.HasPrefix(g.call, "io_uring") && c.policy.network.restricts() { // the two contradict each other
				also = nextKey + "network: any"
			}
			info.AllowHint = c.loosen(place{file: c.policy.File}, g.hint+also, "syscalls: ["+rule+"]"+also)
		}
		c.guard(g, info)
	}
}

// only leaves of the filter's rules from an index on what is about some ABIs.
func (c *compiler) only(from int, abis []seccomp.ABI) {
	rules := c.plan.Filter.Rules[:from]
	for _, r := range c.plan.Filter.Rules[from:] {
		if len(r.ABIs) == 0 {
			r.ABIs = abis
		}
		r.ABIs = slices.DeleteFunc(slices.Clone(r.ABIs), func(a seccomp.ABI) bool { return !slices.Contains(abis, a) })
		if len(r.ABIs) > 0 {
			rules = append(rules, r)
		}
	}
	c.plan.Filter.Rules = rules
}

func (c *compiler) guard(g guard, info RuleInfo) {
	from := len(c.plan.Filter.Rules)
	c.guardRules(g, info)
	if len(g.abis) > 0 {
		c.only(from, g.abis)
	}
}

// harder tells whether one of the policy's rules for a call, from an index on, is stricter than an action.
func (p *Policy) harder(call string, from int, than Action) bool {
	return slices.ContainsFunc(p.syscalls[from:], func(r syscallRule) bool { return r.action.rank() > than.rank() && r.covers(call) })
}

func (c *compiler) guardRules(g guard, info RuleInfo) {
	index := c.info(info)
	call := []string{g.call}
	// Then the guard is only for what the policy's rules match; the rest is left to the default.
	stricter := g.stands && c.policy.byItself.action.rank() > info.Action.rank()
	for i := range c.policy.syscalls {
		r := &c.policy.syscalls[i]
		if !r.covers(g.call) {
			continue
		}
		by := index
		if r.opensGuard(g) || r.action.rank() >= info.Action.rank() {
			by = c.rules[i]
		} else if !stricter && !c.policy.harder(g.call, i+1, info.Action) {
			continue
		}
		c.emit(call, call, slices.Concat(g.when, r.when), filterAction(c.plan.Rules[by], by), by)
		if len(r.when) == 0 {
			return // it decides all that the guard is about
		}
	}
	if stricter {
		return
	}
	c.emit(call, call, g.when, filterAction(info, index), index)
}
