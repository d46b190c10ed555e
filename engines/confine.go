// From a plan to what the kernel is asked for before the program runs: domain, namespaces, mounts, limits, capabilities.

package engines

import (
	"fmt"
	"slices"

	"golang.org/x/sys/unix"

	"jail/internal/realpath"
	"jail/policy"
	"jail/supervisor/confine"
)

// Unmet is a rule that this kernel, or the container around us, can't hold as it is written.
type Unmet struct {
	Rule    int    // index into Plan.Rules; -1: none of them
	Missing string // what is missing, as a clause
	Holds   string // what holds without it, as a clause; empty: nothing
	Instead string // what to write, or to do, to get along
	// Closed: more is refused than the rule says. That is sound, so it keeps nothing from being started.
	Closed bool
}

// Unsound are those that let through more than their rules say: with policy.EnforceStrict nothing may be started then.
func Unsound(list []Unmet) []Unmet {
	return slices.DeleteFunc(slices.Clone(list), func(u Unmet) bool { return u.Closed })
}

// Of is the rule, as a person would write it, and where it stands.
func (u Unmet) Of(plan *policy.Plan) (origin, text string) {
	if u.Rule < 0 || u.Rule >= len(plan.Rules) {
		return policy.BuiltIn, ""
	}
	return plan.Rules[u.Rule].Origin, plan.Rules[u.Rule].Text
}

// Confine says how this kernel confines a program as plan wants it, and which rules it can't hold: with
// policy.EnforceStrict nothing may be started if one is Unsound. around is what the plan's paths, at, were located in: its Tmp is
// what confine.Held made if the plan wants a private one, in which places for granted folders of /tmp are made; where it is empty
// nothing is made, and the Spec is not for a start, but says what is unmet. has is what
// confine.Probe found. It looks at files, which may block on a network's file system. Any goroutine.
func Confine(plan *policy.Plan, around policy.Surroundings, at *policy.Located, has confine.Kernel) (confine.Spec, []Unmet) {
	c := &confiner{plan: plan, around: around, at: at, has: has}
	c.seal()
	c.files()
	c.dev() // its folder may lie in one that tmp covers
	c.tmp()
	c.fix() // it takes the places that tmp and dev have made
	c.network()
	c.exec()
	c.limits()
	c.capabilities()
	ns := &c.spec.Namespaces
	ns.IPC = c.spec.Domain.Seal && (ns.Mount || ns.Network)
	c.spec.Domain.BestEffort = plan.Enforce == policy.EnforceBestEffort
	c.gaps()
	c.advisory()
	return c.spec, c.unmet
}

// confiner makes one Spec.
type confiner struct {
	plan   *policy.Plan
	around policy.Surroundings
	at     *policy.Located
	has    confine.Kernel
	spec   confine.Spec
	unmet  []Unmet
	reals  map[string]string // what real has found
}

// real is realpath.Of, once for each path that is there: grants are compared with every path that is denied.
func (c *confiner) real(name string) (string, error) {
	if real, ok := c.reals[name]; ok {
		return real, nil
	}
	if c.at.Absent(name) {
		return "", unix.ENOENT
	}
	real, err := realpath.Of(name)
	if err == nil {
		if c.reals == nil {
			c.reals = make(map[string]string)
		}
		c.reals[name] = real
	}
	return real, err
}

func (c *confiner) miss(rule int, missing, holds, instead string) {
	c.unmet = append(c.unmet, Unmet{Rule: rule, Missing: missing, Holds: holds, Instead: instead})
}

// seal keeps processes outside of the jail out of its reach.
func (c *confiner) seal() {
	c.spec.Domain.Seal = c.plan.Outside == policy.OutsideSealed
}

// network asks for what the filter does not decide.
func (c *confiner) network() {
	n := c.plan.Network
	switch n.Reach {
	case policy.NetworkLoopback:
		if !c.has.NetworkNamespaces.OK() {
			c.miss(n.Rule, "a network namespace: "+c.has.NetworkNamespaces.Missing, "no socket but local ones can be made", "network: none")
			return
		}
		c.spec.Namespaces.Network = true
	case policy.NetworkListed:
		c.ports(n)
		c.datagrams(n)
	}
	if n.Reach != policy.NetworkAny && !n.UnixAny && !c.has.PidfdGetfd.OK() {
		c.miss(n.UnixRule, "pidfd_getfd(2): "+c.has.PidfdGetfd.Missing, "connections to local sockets are refused", "network: {unix: any}")
		c.unmet[len(c.unmet)-1].Closed = len(n.Unix) == 0 // nobody has asked for one of them
	}
	if n.Reach == policy.NetworkListed && !c.has.PidfdGetfd.OK() {
		c.unseen(n)
	}
}

// unseen tells of lists where sockets can't be looked at: addresses are decided about only as far as they can be sealed. What is
// refused beyond the lists is what somebody asked for, so it is not Closed.
func (c *confiner) unseen(n policy.NetworkRules) {
	const instead = "network: none; in a container, a filter that allows it (--cap-add SYS_PTRACE with Docker's)"
	missing := "pidfd_getfd(2): " + c.has.PidfdGetfd.Missing
	if sealing := c.has.Sealing(); !sealing.OK() {
		c.miss(n.Rule, missing+"; and sealed arguments: "+sealing.Missing, "all connections are refused", instead)
		return
	}
	protocols := make(map[string]bool)
	for _, e := range slices.Concat(n.Connect, n.Bind) {
		protocols[e.Protocol] = true
	}
	if len(protocols) > 1 {
		c.miss(n.Rule, missing, "addresses that are listed for TCP or UDP only are refused", instead)
	}
	if slices.ContainsFunc(n.Bind, func(e policy.Endpoint) bool { return e.Protocol == "tcp" }) {
		c.miss(n.BindRule, missing, "listen(2) is refused unless all ports are listed", instead)
	}
}

// datagrams tells of rules for UDP where messages can't be sealed: jail sends datagrams itself then, but not what programs with
// threads send on other sockets, which one of UDP may replace. Nobody's rule is about those, so it is Closed.
func (c *confiner) datagrams(n policy.NetworkRules) {
	sealing := c.has.Sealing()
	if sealing.OK() || !c.has.PidfdGetfd.OK() {
		return
	}
	for _, e := range slices.Concat(n.Connect, n.Bind) {
		if e.Protocol == "udp" {
			c.miss(e.Rule, "sealed arguments: "+sealing.Missing, "programs with threads can't use sendmsg(2) on sockets of other kinds", "TCP")
			c.unmet[len(c.unmet)-1].Closed = true
			return
		}
	}
}

// advisory tells of the other rules that no kernel can hold against every program.
func (c *confiner) advisory() {
	for i, r := range c.plan.Rules {
		if !r.Sound && !slices.ContainsFunc(c.unmet, func(u Unmet) bool { return u.Rule == i }) {
			c.miss(i, "what no kernel gives", r.Why, "enforce: best-effort, where the program is not hostile")
		}
	}
}

// ports puts a floor of TCP ports under the lists, which an engine decides by address.
func (c *confiner) ports(n policy.NetworkRules) {
	d := &c.spec.Domain
	var all bool
	if d.ConnectTCPPorts, all = tcpPorts(n.Connect); !all {
		d.ConnectTCP = c.has.LandlockABI >= 4
	}
	if d.BindTCPPorts, all = tcpPorts(n.Bind); !all {
		d.BindTCP = c.has.LandlockABI >= 4
	}
}

// maxPorts is how many ports a domain may name: each is a rule of its own.
const maxPorts = 4096

// tcpPorts lists the TCP ports of endpoints. all says that a domain can't be bounded by them: there are too many.
func tcpPorts(list []policy.Endpoint) (ports []uint16, all bool) {
	seen := make(map[uint16]bool)
	for _, e := range list {
		if e.Protocol != "tcp" {
			continue
		}
		for p := int(e.Low); p <= int(e.High); p++ {
			if !seen[uint16(p)] {
				seen[uint16(p)] = true
				ports = append(ports, uint16(p))
			}
			if len(ports) > maxPorts {
				return nil, true
			}
		}
	}
	return ports, false
}

// gaps reports what this kernel's Landlock can't hold of the domain.
func (c *confiner) gaps() {
	for _, g := range c.spec.Domain.Gaps(c.has.LandlockABI) {
		if g.Closed {
			continue
		}
		missing := fmt.Sprintf("Landlock of Linux %s (ABI %d; here it is ABI %d)", g.Kernel, g.ABI, c.has.LandlockABI)
		if c.has.LandlockABI == 0 && c.has.Landlock.Missing != "" {
			missing = "Landlock: " + c.has.Landlock.Missing
		}
		c.miss(c.domainRule(g), missing, g.What, "enforce: best-effort")
	}
}

// domainRule is the rule that a gap of the domain is about.
func (c *confiner) domainRule(g confine.Gap) int {
	if g.ABI >= 6 {
		return c.plan.OutsideRule
	}
	if c.plan.Files.Restrict {
		return c.plan.Files.Rule
	}
	return c.plan.Network.Rule
}
