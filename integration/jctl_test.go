// Job control of processes with threads: when their parent hears of it.

package integration

import (
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor"
	"jail/supervisor/utrace"
)

// A brake observes job control, and continues a process when the parent was told of its stop.
type brake struct{ stops, lasts []utrace.TaskID }

func (*brake) Name() string        { return "brake" }
func (*brake) Events() utrace.Mask { return utrace.On(utrace.Jctl) }

func (b *brake) ReportJctl(s *utrace.Stopped, ev *utrace.JctlEvent) utrace.JctlVerdict {
	if !ev.Stopped {
		return ev.Continue()
	}
	b.stops = append(b.stops, s.ID())
	if ev.Last {
		b.lasts = append(b.lasts, s.ID())
		_ = unix.Kill(s.TGID(), unix.SIGCONT) // it is stopped
	}
	return ev.Continue()
}

func TestLastThreadToStop(t *testing.T) {
	for name, c := range map[string]struct {
		args  []string
		stops int
	}{"all": {nil, 4}, "the leader has ended": {[]string{"leaderless"}, 3}} {
		t.Run(name, func(t *testing.T) {
			b := &brake{}
			r := jailed(t, supervisor.Command{Engines: []supervisor.Engine{{Engine: b, Observe: true}}}, victim(t, "thread_stop"), c.args...)
			if r.Status != (utrace.ExitStatus{}) {
				t.Errorf("it ended with %v", r.Status)
			}
			if len(b.stops) != c.stops || len(b.lasts) != 1 || b.lasts[0] != b.stops[c.stops-1] {
				t.Errorf("stops %v, last %v", b.stops, b.lasts)
			}
		})
	}
}
