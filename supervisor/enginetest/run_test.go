// The conformance test itself: it accepts a good engine, and finds each kind of bad one.

package enginetest

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// good asks for much and does nothing wrong.
type good struct{ live map[uint64]bool }

func newGood() *good { return &good{live: make(map[uint64]bool)} }

func (*good) Name() string { return "good" }
func (*good) Events() utrace.Mask {
	return utrace.On(utrace.Clone, utrace.SyscallEntry, utrace.Signals, utrace.Reap)
}
func (*good) Syscalls() *utrace.SyscallSet { return new(utrace.SyscallSet).AddAll() }
func (g *good) Len() int                   { return len(g.live) }

func (g *good) ReportClone(_ *utrace.Stopped, ev *utrace.CloneEvent) utrace.CloneVerdict {
	g.live[ev.Child.ID().Serial] = true
	return ev.Continue()
}

func (g *good) ReportSyscallEntry(s *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	if _, err := s.ReadString(ev.Call().Args[0], 4096); err != nil {
		return ev.Abort(unix.EFAULT, utrace.Why{What: "a bad string"})
	}
	return ev.Continue()
}

func (g *good) ReportSignal(_ *utrace.Stopped, ev *utrace.SignalEvent) utrace.SignalVerdict {
	return ev.Deliver()
}
func (g *good) ReportReap(id utrace.TaskID) { delete(g.live, id.Serial) }

func TestGoodEngine(t *testing.T) { Run(t, func() utrace.Engine { return newGood() }) }

// The bad engines, each good but for one thing.
type (
	nameless  struct{ *good }
	hoarder   struct{ *good }
	panicker  struct{ *good }
	greedy    struct{ *good }
	mute      struct{ *good }
	zero      struct{ *good }
	moody     struct{ *good }
	oddSignal struct{ *good }
	oddResult struct{ *good }
	deaf      struct{ *good }
)

func (nameless) Name() string              { return "" }
func (h hoarder) ReportReap(utrace.TaskID) {}
func (panicker) ReportSyscallEntry(s *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	var p [8]byte
	n, _ := s.ReadMem(ev.Call().Args[0], p[:])
	_ = p[:n][7] // what is not mapped is not there
	return ev.Continue()
}
func (greedy) ReportSyscallEntry(s *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	p := make([]byte, mostRead/2)
	for range 3 {
		if _, err := s.ReadMem(ev.Call().Args[0], p); err != nil {
			break
		}
	}
	return ev.Continue()
}
func (mute) ReportSyscallEntry(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	return ev.Abort(unix.EPERM, utrace.Why{})
}
func (zero) ReportSignal(*utrace.Stopped, *utrace.SignalEvent) utrace.SignalVerdict {
	return utrace.SignalVerdict{}
}
func (m moody) ReportSignal(_ *utrace.Stopped, ev *utrace.SignalEvent) utrace.SignalVerdict {
	for k := range map[int]bool{1: true, 2: true, 3: true, 4: true} { // an order that is never the same
		if k == 1 {
			return ev.Ignore(utrace.Why{Quiet: true})
		}
		break
	}
	return ev.Deliver()
}
func (oddSignal) ReportSignal(_ *utrace.Stopped, ev *utrace.SignalEvent) utrace.SignalVerdict {
	return ev.Replace(utrace.Siginfo{Signo: 65}, utrace.Why{})
}
func (oddResult) ReportSyscallEntry(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	return ev.Result(-5000, utrace.Why{What: "all"})
}
func (deaf) Events() utrace.Mask { return utrace.On(utrace.Exec) }

func TestBadEngines(t *testing.T) {
	for _, c := range []struct {
		check string
		want  string
		make  func() utrace.Engine
	}{
		{"attach", "has no name", func() utrace.Engine { return nameless{newGood()} }},
		{"attach", "lacks the method", func() utrace.Engine { return deaf{newGood()} }},
		{"forgets", "births and deaths", func() utrace.Engine { return hoarder{newGood()} }},
		{"hostile", "panicked", func() utrace.Engine { return panicker{newGood()} }},
		{"killed", "panicked", func() utrace.Engine { return panicker{newGood()} }},
		{"unreadable", "panicked", func() utrace.Engine { return panicker{newGood()} }},
		{"unreadable", "does not say what", func() utrace.Engine { return mute{newGood()} }},
		{"killed", "did not get from the event", func() utrace.Engine { return zero{newGood()} }},
		{"unreadable", "a signal or a call that does not exist", func() utrace.Engine { return oddSignal{newGood()} }},
		{"unreadable", "negated errno", func() utrace.Engine { return oddResult{newGood()} }},
		{"deterministic", "two engines answered", func() utrace.Engine { return moody{newGood()} }},
	} {
		t.Run(c.want, func(t *testing.T) {
			for _, k := range checks() {
				if k.name != c.check {
					continue
				}
				for _, err := range k.run(c.make) {
					if strings.Contains(err.Error(), c.want) {
						return
					}
				}
			}
			t.Errorf("the check %s did not find it", c.check)
		})
	}
}

func TestGreedyEngine(t *testing.T) {
	s, err := newScript(greedy{newGood()}, machines()[3])
	if err != nil {
		t.Fatal(err)
	}
	s.call(s.jail.First, Call("execve"))
	if len(s.errs) == 0 {
		t.Error("an engine that reads without end was not found")
	}
}
