// Signals and job control: what arrives, in which order, with which siginfo, and what parents see of stops.

package integration

import "testing"

func TestGroupStops(t *testing.T) { same(t, allModes, "stops") }

func TestQueuedSignals(t *testing.T) { same(t, allModes, "queue") }

func TestSiginfo(t *testing.T) { same(t, allModes, "siginfo") }

func TestSignalFrames(t *testing.T) { same(t, allModes, "sigframe") }

// A tracee is told of each signal, also of those that its program ignores: who sends them in a loop must not keep it from running.
func TestSignalStorms(t *testing.T) {
	same(t, []mode{bare, stopping}, "storms", "30")
	same(t, []mode{observed}, "storms", "5") // each of its thousands of calls stops
}
