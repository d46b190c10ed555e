// Return pads: a call whose argument was sealed ends without a stop, and nobody sees how.

package integration

import (
	"path/filepath"
	"testing"

	"jail/supervisor"
	"jail/supervisor/utrace"
)

// A pathSealer seals the path of every openat.
type pathSealer struct{ calls int }

func (*pathSealer) Name() string                 { return "path-sealer" }
func (*pathSealer) Events() utrace.Mask          { return utrace.On(utrace.SyscallEntry) }
func (*pathSealer) Syscalls() *utrace.SyscallSet { return callSet("openat") }
func (g *pathSealer) Seals() *utrace.SyscallSet  { return g.Syscalls() }

func (g *pathSealer) ReportSyscallEntry(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	g.calls++
	if _, err := st.Path(1); err != nil {
		return ev.KillTree(utrace.Why{What: "openat of a path that can't be sealed: " + err.Error()})
	}
	return ev.Continue()
}

// ends asks for the end of the same calls: then there is a stop, and no pad.
type ends struct{ pathSealer }

func (*ends) Name() string { return "ends" }
func (*ends) Events() utrace.Mask {
	return utrace.On(utrace.SyscallEntry, utrace.SyscallExit)
}
func (*ends) ReportSyscallExit(_ *utrace.Stopped, ev *utrace.ExitedEvent) utrace.ExitedVerdict {
	return ev.Continue()
}

// TestHandlersFindTheProgramsOwnRegisters: in the middle of a call and after it, over a pad as with a stop as natively.
func TestHandlersFindTheProgramsOwnRegisters(t *testing.T) {
	needsSealing(t)
	want := outcome{"restarted: 50 handled, 0 odd, 0 broken off, opened 1, registers wrong 0\n" +
		"interrupted: 50 handled, 0 odd, 50 broken off, opened 1, registers wrong 0\n", utrace.ExitStatus{}}
	compare(t, want, native(t, victim(t, "pads"), filepath.Join(t.TempDir(), "fifo")))
	for _, engines := range [][]supervisor.Engine{
		{{Engine: new(pathSealer)}},
		{{Engine: new(ends)}},
		append([]supervisor.Engine{{Engine: new(pathSealer)}}, both.engines(t)...),
	} {
		r := jailed(t, supervisor.Command{Engines: engines}, victim(t, "pads"), filepath.Join(t.TempDir(), "fifo"))
		compare(t, want, r.outcome)
	}
}
