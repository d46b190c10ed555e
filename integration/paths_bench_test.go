// What it costs to open a file whose name an engine decides about, beside a stop that does nothing, and no jail.

package integration

import (
	"os"
	"os/exec"
	"strconv"
	"testing"

	"jail/supervisor"
	"jail/supervisor/utrace"
)

// idle stops at the calls that open, and looks at nothing.
type idle struct{ readingGate }

func (*idle) Syscalls() *utrace.SyscallSet { return callSet("open", "openat") }

func (*idle) ReportSyscallEntry(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	return ev.Continue()
}

func BenchmarkPathsOpen(b *testing.B) {
	dir, path := pathsPlace(b), victim(b, "paths")
	args := func(b *testing.B) []string { return []string{"speed", dir, strconv.Itoa(b.N)} }
	b.Run("native", func(b *testing.B) {
		if out, err := exec.Command(path, args(b)...).CombinedOutput(); err != nil {
			b.Fatal(string(out), err)
		}
	})
	for name, e := range map[string]utrace.Engine{"stopped": new(idle), "held": pathsEngine(dir)} {
		b.Run(name, func(b *testing.B) {
			c := supervisor.Command{Path: path, Args: append([]string{path}, args(b)...), Files: []*os.File{nil, os.Stderr, os.Stderr},
				Engines: []supervisor.Engine{{Engine: e}}, Budget: -1}
			j, err := c.Start()
			if err != nil {
				b.Fatal(err)
			}
			if res, err := j.Wait(); err != nil || res.Status != (utrace.ExitStatus{}) {
				b.Fatal(res.Status, err)
			}
		})
	}
}
