// The engine against the conformance test, and its decisions as plain data.

package network

import (
	"testing"

	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

// planOf compiles a policy that has the given text for network, and is otherwise open.
func planOf(t testing.TB, network string) *policy.Plan {
	t.Helper()
	p, err := policy.Parse("test.yaml", []byte("version: 1\nname: test\ndefault: allow\n"+network+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := p.Compile(seccomp.Native())
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func engineOf(t testing.TB, network string) *Engine {
	t.Helper()
	plan := planOf(t, network)
	return New(Settings{Rules: plan.Network, Infos: plan.Rules})
}

// policies are one for each way in which the engine can be set up.
var networks = map[string]string{
	"none":     "network: none",
	"loopback": "network: loopback",
	"tcp":      `network: {connect: ["203.0.113.7:443"], bind: ["127.0.0.1:80-90"]}`,
	"mixed":    `network: {connect: ["*:443", "9.9.9.9:53/udp"], bind: ["*:1-65535", "[::1]:5000/udp"], families: [AF_NETLINK], unix: any}`,
	"unix":     "network: {unix: [/run/allowed]}",
}

func TestConformance(t *testing.T) {
	for name, text := range networks {
		t.Run(name, func(t *testing.T) {
			enginetest.Run(t, func() utrace.Engine { return engineOf(t, text) })
		})
	}
}
