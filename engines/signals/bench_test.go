// What a signal costs that a rule lets through and reports, as observe's does.

package signals_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"jail/engines/signals"
	"jail/policy"
	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

func BenchmarkDelivered(b *testing.B) {
	told := 0
	e := signals.New([]policy.SignalRule{{
		Signals: []policy.Signal{policy.Signal(unix.SIGCHLD)}, From: []policy.Source{policy.FromKernel}, Do: policy.Deliver, Report: true,
	}}, infos(), func(utrace.TaskID, utrace.Why) { told++ })
	j, err := enginetest.Start(e)
	if err != nil {
		b.Fatal(err)
	}
	si := enginetest.Sent(unix.SIGCHLD, 1, enginetest.FirstTID)
	b.ReportAllocs()
	for b.Loop() {
		j.Signal(j.First, si, utrace.ToHandler)
	}
	if told == 0 {
		b.Error("nobody was told")
	}
}
