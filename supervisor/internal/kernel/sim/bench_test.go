// What the loop costs, on the model kernel: to be compared with benchstat, run by run. What the model itself takes is in it.

package sim_test

import (
	"testing"

	"jail/supervisor/internal/kernel/sim"
	"jail/supervisor/utrace"
)

// plainly takes choice 0 always: the plain course of things.
type plainly struct{}

func (plainly) Choose(int) int { return 0 }

// BenchmarkLoop is a whole jail of one task that makes a hundred traced calls, which one engine looks at, and of one that has
// twenty children.
func BenchmarkLoop(b *testing.B) {
	calls, children := script{}, script{}
	for range 100 {
		calls = append(calls, sim.Call(1).Traced())
	}
	for range 20 {
		children = append(children, sim.Fork(script{sim.Call(2)}))
	}
	looks := func(w *world) {
		w.attach(w.first, w.engine("looks", behaviour{}), utrace.On(utrace.SyscallEntry), utrace.Follow())
	}
	for name, s := range map[string]*scenario{
		"calls":  {name: "calls", script: calls, policy: looks},
		"births": {name: "births", script: children, policy: looks, wait: true},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := newWorld(s, plainly{}, nil).run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
