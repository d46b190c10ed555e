// Signals and job control: what arrives, in which order, with which siginfo, and what parents see of stops.

package integration

import "testing"

func TestGroupStops(t *testing.T) { same(t, allModes, "stops") }

func TestQueuedSignals(t *testing.T) { same(t, allModes, "queue") }

func TestSiginfo(t *testing.T) { same(t, allModes, "siginfo") }

func TestSignalFrames(t *testing.T) { same(t, allModes, "sigframe") }
