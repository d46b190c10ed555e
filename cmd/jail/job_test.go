// Which signals jail passes on.

package main

import (
	"os"
	"os/signal"
	"testing"

	"golang.org/x/sys/unix"
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

// TestSignalsBeforeTheProgram: what all of the group was sent before the program was there it has not got, and is passed on.
func TestSignalsBeforeTheProgram(t *testing.T) {
	w := newJob()
	<-w.ready
	defer signal.Stop(w.signals)
	defer w.end(false)
	if w.canary == nil {
		t.Fatal("there is no canary")
	}
	for _, pid := range []int{os.Getpid(), w.canary.pid} { // as the terminal would
		if err := unix.Kill(pid, unix.SIGUSR2); err != nil {
			t.Fatal(err)
		}
	}
	w.settle()
	if !w.early[unix.SIGUSR2] || len(w.early) != 1 {
		t.Errorf("early are %v", w.early)
	}
	if w.canary.has(unix.SIGUSR2) {
		t.Error("the next one, if it is sent to jail alone, would be taken for one to the group")
	}
}
