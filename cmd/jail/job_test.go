// Which signals jail passes on.

package main

import (
	"os"
	"os/signal"
	"testing"
)

// TestForwardedSignalsAreHeard: Go's runtime leaves some signals at their defaults, whatever os/signal is asked for. To list one of
// those would promise what can't be done.
func TestForwardedSignalsAreHeard(t *testing.T) {
	heard := make(chan os.Signal, 1)
	var all []os.Signal
	for _, sig := range forwarded() {
		all = append(all, sig)
	}
	signal.Notify(heard, append(all, tide)...)
	defer signal.Stop(heard)
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	caught := signalSet(string(status), "SigCgt:")
	for _, sig := range append(forwarded(), tide) {
		if caught&(1<<(sig-1)) == 0 {
			t.Errorf("signal %d is not caught", sig)
		}
	}
}
