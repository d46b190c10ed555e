// One run of a program in a jail, with every call decoded.

package decode

import (
	"os"
	"testing"
	"time"

	"jail/engines/decode"
	"jail/seccomp"
	"jail/supervisor"
	"jail/supervisor/utrace"
)

// patience is how long a run may take before it is given up as hung. No result depends on it.
const patience = time.Minute

// A decoder is an engine that writes down each call of each task, as strace prints it.
type decoder struct {
	open  map[uint64]*decode.Call // by serial: entered and not come back
	lines map[int][]string        // by tid
	calls int
}

func newDecoder() *decoder {
	return &decoder{open: make(map[uint64]*decode.Call), lines: make(map[int][]string)}
}

func (*decoder) Name() string { return "decoder" }
func (*decoder) Events() utrace.Mask {
	return utrace.On(utrace.SyscallEntry, utrace.SyscallExit, utrace.Reap)
}
func (*decoder) Syscalls() *utrace.SyscallSet {
	set, abi := new(utrace.SyscallSet), seccomp.Native()
	for _, n := range abi.Names() {
		if nr, ok := abi.Number(n); ok {
			set.Add(abi.AuditArch(), int64(nr))
		}
	}
	return set
}

func (e *decoder) ReportSyscallEntry(s *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	c := decode.Entry(decode.Task(s), ev.Call())
	e.open[s.ID().Serial] = &c
	return ev.Continue()
}

func (e *decoder) ReportSyscallExit(s *utrace.Stopped, ev *utrace.ExitedEvent) utrace.ExitedVerdict {
	if c := e.open[s.ID().Serial]; c != nil {
		r := c.Exit(decode.Task(s), ev.Result())
		e.say(s.ID(), c.String()+" = "+r.Text)
	}
	return ev.Continue()
}

func (e *decoder) ReportReap(id utrace.TaskID) {
	if c := e.open[id.Serial]; c != nil {
		e.say(id, c.String()+" = ?")
	}
}

func (e *decoder) say(id utrace.TaskID, line string) {
	delete(e.open, id.Serial)
	e.lines[id.TID] = append(e.lines[id.TID], line)
	e.calls++
}

// inJail runs a program in a jail and gives back what each of its tasks called.
func inJail(t *testing.T, p *program) trace {
	t.Helper()
	e := newDecoder()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	c := supervisor.Command{Path: p.argv[0], Args: p.argv, Env: p.env(), Dir: p.dir, Files: []*os.File{null, null, null},
		Engines: []supervisor.Engine{{Engine: e, Observe: true}}, Budget: -1}
	j, err := c.Start()
	if err != nil {
		t.Fatal(err)
	}
	watchdog := time.AfterFunc(patience, func() {
		t.Errorf("hung: %q", p.argv)
		j.Kill(utrace.Why{What: "the test gave up"})
	})
	defer watchdog.Stop()
	res, err := j.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if want := (utrace.ExitStatus{}); res.Status != want {
		t.Fatalf("%q ended with %v in a jail", p.argv, res.Status)
	}
	return trace{first: j.PID(), lines: e.lines}
}
