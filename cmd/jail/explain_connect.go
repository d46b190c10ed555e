// Explaining whom the program may connect to.

package main

import (
	"fmt"
	"io"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"jail/engines/network"
	"jail/policy"
)

// explainConnect prints who decides a connection.
func explainConnect(w io.Writer, plan *policy.Plan, to string) error {
	var lines []string
	var err error
	if strings.HasPrefix(to, "/") || strings.HasPrefix(to, ".") || strings.HasPrefix(to, "@") {
		lines, err = localAnswer(plan, to)
	} else {
		lines, err = addressAnswer(plan, to)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n  %s\n", to, strings.Join(lines, "\n  "))
	return err
}

// by is a rule as a line, and its hint as another if it refuses.
func by(plan *policy.Plan, rule int, placeholder, value string) []string {
	r := plan.Rules[rule]
	lines := []string{fmt.Sprintf("by %s  %s (%s)", r.Origin, r.Text, r.Layer)}
	if !r.Sound {
		lines = append(lines, "advisory: "+r.Why)
	}
	if hint := r.HintFor(placeholder, value); hint != "" && r.Action.Refuses() {
		lines = append(lines, "to allow it:  "+hint)
	}
	return lines
}

// addressAnswer is about "203.0.113.7:443" or "[::1]:80/udp".
func addressAnswer(plan *policy.Plan, text string) ([]string, error) {
	address, protocol, given := strings.Cut(text, "/")
	if !given {
		protocol = "tcp"
	}
	to, err := netip.ParseAddrPort(address)
	if err != nil || to.Port() == 0 || protocol != "tcp" && protocol != "udp" {
		return nil, fmt.Errorf("--connect %q is not written like 203.0.113.7:443, [2001:db8::1]:53/udp or /run/socket: names are not looked up", text)
	}
	n := plan.Network
	who := network.Meant(netip.AddrPortFrom(to.Addr().Unmap(), to.Port()))
	hint := endpoint(who[0], protocol)
	switch n.Reach {
	case policy.NetworkAny:
		return []string{"as without jail: the policy does not restrict the network"}, nil
	case policy.NetworkNone:
		return append([]string{"refused: no socket of that family can be made"}, by(plan, n.Rule, "address", hint)...), nil
	case policy.NetworkLoopback:
		what := "out of reach: the jail's network has a loopback interface and no other (ENETUNREACH)"
		if who[0].Addr().IsLoopback() {
			what = "granted, to what listens in the jail itself: its loopback interface is not the machine's"
		}
		return append([]string{what}, by(plan, n.Rule, "address", hint)...), nil
	}
	var lines []string
	if who[0].Addr() != to.Addr().Unmap() {
		lines = append(lines, "the kernel takes that for "+joined(who))
	}
	rule := n.Rule
	for _, one := range who {
		i := slices.IndexFunc(n.Connect, func(e policy.Endpoint) bool {
			return e.Protocol == protocol && e.Prefix.Contains(one.Addr()) && e.Low <= one.Port() && one.Port() <= e.High
		})
		if i < 0 {
			return append(append(lines, "refused (EACCES)"), by(plan, n.Rule, "address", endpoint(one, protocol))...), nil
		}
		rule = n.Connect[i].Rule
	}
	return append(append(lines, "granted"), by(plan, rule, "address", hint)...), nil
}

// endpoint is how a policy writes it.
func endpoint(to netip.AddrPort, protocol string) string {
	if protocol == "tcp" {
		return to.String()
	}
	return to.String() + "/" + protocol
}

// joined is "[::1]:80 and 127.0.0.1:80".
func joined(all []netip.AddrPort) string {
	text := all[0].String()
	for _, a := range all[1:] {
		text += " and " + a.String()
	}
	return text
}

// localAnswer is about a local socket, by path or by its abstract name, "@name".
func localAnswer(plan *policy.Plan, name string) ([]string, error) {
	if strings.HasPrefix(name, "@") {
		if plan.Outside == policy.OutsideSealed {
			return append([]string{"refused, if somebody outside of the jail has it (EPERM); granted, if a task of the jail has"}, by(plan, plan.OutsideRule, "path", name)...), nil
		}
		return []string{"as without jail: outside is open"}, nil
	}
	p, err := newPlace(plan, name)
	if err != nil {
		return nil, err
	}
	n := plan.Network
	listed := n.Reach != policy.NetworkAny && !n.UnixAny
	if rule := p.deniedSocket(listed || p.at.Shown); rule >= 0 {
		return append([]string{"refused: what lies there is denied"}, by(plan, rule, "path", p.real)...), nil
	}
	if p.cover != "" && (!p.memory || !listed) {
		return append([]string{"granted, if a program of the jail has made it: of the machine's nothing is seen there"}, by(plan, plan.Files.TmpRule, "path", p.real)...), nil
	}
	if !listed {
		return []string{"as without jail: the policy does not restrict local sockets"}, nil
	}
	for _, list := range [][]policy.PathRule{p.at.Unix, p.at.Files.Write} {
		for _, g := range list {
			if folder, err := filepath.EvalSymlinks(g.Path); err == nil && inFolder(p.real, folder) {
				return append([]string{"granted"}, by(plan, g.Rule, "path", p.real)...), nil
			}
		}
	}
	return append([]string{"refused (EACCES)"}, by(plan, n.UnixRule, "path", p.real)...), nil
}

// deniedSocket is the rule of filesystem: deny that a local socket comes under; -1: none. The engine network, which decides where
// local sockets are listed and where no mount hides what is denied, refuses by name too what was made after the start.
func (p *place) deniedSocket(decides bool) int {
	if rule := p.denied(); rule >= 0 || !decides || p.cover != "" {
		return rule
	}
	for _, d := range p.at.Files.Deny {
		if isPattern(d.Path) && matchesAbove(d.Path, p.real) || !isPattern(d.Path) && p.named(d.Path) {
			return d.Rule
		}
	}
	return -1
}
