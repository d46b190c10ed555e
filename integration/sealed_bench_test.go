// What sealing costs: a call whose address is checked, unsealed and sealed, and the first one of a process.

package integration

import (
	"os"
	"strconv"
	"testing"

	"jail/supervisor"
	"jail/supervisor/utrace"
)

// untold asks for the call and is never told of anything worth a look.
type untold struct{ openGate }

func (*untold) ReportSyscallEntry(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	return ev.Continue()
}

func BenchmarkSealed(b *testing.B) {
	for _, what := range []string{"speed", "first"} {
		for _, e := range []utrace.Engine{new(untold), new(openGate), new(portGate)} {
			name := map[bool]string{true: "checked"}[e.Name() == "open-gate"]
			if _, ok := e.(*untold); ok {
				name = "stopped"
			} else if _, ok := e.(*portGate); ok {
				name = "sealed"
			}
			b.Run(what+"/"+name, func(b *testing.B) { connects(b, e, what) })
		}
	}
}

// connects has the victim connect b.N times.
func connects(b *testing.B, e utrace.Engine, what string) {
	path := victim(b, "sealed")
	b.ResetTimer()
	c := supervisor.Command{Path: path, Files: []*os.File{nil, os.Stderr, os.Stderr}, Engines: []supervisor.Engine{{Engine: e}}, Budget: -1,
		Args: []string{path, what, strconv.Itoa(openPort), strconv.Itoa(shutPort), strconv.Itoa(b.N)}}
	j, err := c.Start()
	if err != nil {
		b.Fatal(err)
	}
	if res, err := j.Wait(); err != nil || res.Status != (utrace.ExitStatus{}) {
		b.Fatal(res.Status, err)
	}
}
