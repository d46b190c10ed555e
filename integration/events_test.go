// Engines that change at the entry of a call what they hear of it.

package integration

import (
	"testing"

	"jail/supervisor"
	"jail/supervisor/utrace"
)

// A chooser hears of every other exit: it says so at each entry.
type chooser struct {
	onEntry
	t       *testing.T
	entries int
	exits   []int // which calls' exits it heard
}

func (*chooser) Events() utrace.Mask { return utrace.SyscallEntry | utrace.SyscallExit }

func (c *chooser) ReportSyscallEntry(s *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	c.entries++
	a, err := s.Task().Match("chooser")
	if err != nil {
		c.t.Error(err)
		return ev.Continue()
	}
	mask := utrace.SyscallEntry
	if c.entries%2 == 0 {
		mask |= utrace.SyscallExit
	}
	if err := a.SetEvents(mask); err != nil {
		c.t.Error(err)
	}
	return ev.Continue()
}

func (c *chooser) ReportSyscallExit(_ *utrace.Stopped, ev *utrace.ExitedEvent) utrace.ExitedVerdict {
	c.exits = append(c.exits, c.entries)
	return ev.Continue()
}

// TestExitsAreChosenAtTheEntry: what an engine asks for at the entry of a call holds for this call's exit already.
func TestExitsAreChosenAtTheEntry(t *testing.T) {
	c := &chooser{onEntry: onEntry{name: "chooser", calls: callSet("mmap", "close", "fstat", "newfstatat")}, t: t} // the loader's
	r := startWith(t, supervisor.Command{Engines: []supervisor.Engine{{Engine: c, Observe: true}}}, nil, victim(t, "calls"))
	r.wait()
	if c.entries < 4 {
		t.Fatalf("%d calls", c.entries)
	}
	if len(c.exits) != c.entries/2 {
		t.Errorf("of %d calls it heard the exits of %v", c.entries, c.exits)
	}
	for i, n := range c.exits {
		if n != 2*(i+1) {
			t.Errorf("it heard the exits of %v, which it had not asked for at their entry", c.exits)
			break
		}
	}
}
