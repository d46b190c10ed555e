// Explaining whom the program may connect to.

package main

import (
	"fmt"
	"io"
	"net/netip"
	"path/filepath"
	"strings"

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
	hint := fmt.Sprintf("%s/%s", to, protocol)
	if protocol == "tcp" {
		hint = to.String()
	}
	switch n.Reach {
	case policy.NetworkAny:
		return []string{"as without jail: the policy does not restrict the network"}, nil
	case policy.NetworkNone:
		return append([]string{"refused: no socket of that family can be made"}, by(plan, n.Rule, "address", hint)...), nil
	case policy.NetworkLoopback:
		what := "out of reach: the jail's network has a loopback interface and no other (ENETUNREACH)"
		if to.Addr().Unmap().IsLoopback() {
			what = "granted, to what listens in the jail itself: its loopback interface is not the machine's"
		}
		return append([]string{what}, by(plan, n.Rule, "address", hint)...), nil
	}
	for _, e := range n.Connect {
		if e.Protocol == protocol && e.Prefix.Contains(to.Addr().Unmap()) && e.Low <= to.Port() && to.Port() <= e.High {
			return append([]string{"granted"}, by(plan, e.Rule, "address", hint)...), nil
		}
	}
	return append([]string{"refused (EACCES)"}, by(plan, n.Rule, "address", hint)...), nil
}

// localAnswer is about a local socket, by path or by its abstract name, "@name".
func localAnswer(plan *policy.Plan, name string) ([]string, error) {
	if strings.HasPrefix(name, "@") {
		if plan.Outside == policy.OutsideSealed {
			return append([]string{"refused, if somebody outside of the jail has it (EPERM); granted, if a task of the jail has"}, by(plan, plan.OutsideRule, "path", name)...), nil
		}
		return []string{"as without jail: outside is open"}, nil
	}
	n := plan.Network
	if n.Reach == policy.NetworkAny || n.UnixAny {
		return []string{"as without jail: the policy does not restrict local sockets"}, nil
	}
	at, _, err := located(plan)
	if err != nil {
		return nil, err
	}
	if name, err = filepath.Abs(name); err != nil {
		return nil, err
	}
	real, _, err := resolve(name)
	if err != nil {
		return nil, err
	}
	for _, list := range [][]policy.PathRule{at.Unix, at.Files.Write} {
		for _, g := range list {
			if folder, err := filepath.EvalSymlinks(g.Path); err == nil && inFolder(real, folder) {
				return append([]string{"granted"}, by(plan, g.Rule, "path", real)...), nil
			}
		}
	}
	return append([]string{"refused (EACCES)"}, by(plan, n.UnixRule, "path", real)...), nil
}
