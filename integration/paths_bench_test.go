// What it costs to open a file under an engine, beside a stop that does nothing, a notification that hands a descriptor over, and no
// jail: all in turns, so that what else the machine does weighs on all of them.

package integration

import (
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
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

// opensAtOnce is how often a program opens a file while it is timed.
const opensAtOnce = 3000

// BenchmarkOpen reports medians of rounds: nanoseconds of a plain open, how many times that a stop makes of it, and how many times
// a stop the others take: an engine that seals the path and lets it be, one that resolves it and makes the call another
// (engines/paths), a notification, and a stop that nobody asks for (Command.Traceable).
func BenchmarkOpen(b *testing.B) {
	needsSealing(b)
	dir := pathsPlace(b)
	took := map[string][]float64{}
	for range b.N {
		for name, run := range map[string]func() string{
			"native":   func() string { return openNatively(b, victim(b, "paths"), dir) },
			"notified": func() string { return openNatively(b, victim(b, "notify_open"), dir) },
			"stopped":  func() string { return openUnder(b, new(idle), dir) },
			"skipped":  func() string { return openUnder(b, nil, dir) },
			"sealed":   func() string { return openUnder(b, new(pathSealer), dir) },
			"held":     func() string { return openUnder(b, pathsEngine(dir), dir) },
		} {
			ns, err := strconv.ParseFloat(strings.TrimSpace(run()), 64)
			if err != nil {
				b.Fatalf("%s: %v", name, err)
			}
			took[name] = append(took[name], ns/opensAtOnce)
		}
	}
	ratio := func(of, to string) float64 {
		var all []float64
		for i, x := range took[of] {
			all = append(all, x/took[to][i])
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	b.ReportMetric(slices.Min(took["native"]), "native-ns")
	b.ReportMetric(ratio("stopped", "native"), "stop/native")
	b.ReportMetric(ratio("skipped", "stopped"), "skipped/stop")
	b.ReportMetric(ratio("sealed", "stopped"), "sealed/stop")
	b.ReportMetric(ratio("held", "stopped"), "held/stop")
	b.ReportMetric(ratio("notified", "stopped"), "notified/stop")
}

func openNatively(b *testing.B, path, dir string) string {
	out, err := exec.Command(path, "speed", dir, strconv.Itoa(opensAtOnce)).Output()
	if err != nil {
		b.Fatal(string(out), err)
	}
	return string(out)
}

func openUnder(b *testing.B, e utrace.Engine, dir string) string {
	r, w, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	path := victim(b, "paths")
	c := supervisor.Command{Path: path, Args: []string{path, "speed", dir, strconv.Itoa(opensAtOnce)}, Files: []*os.File{nil, w, os.Stderr},
		Traceable: callSet("open", "openat"), Budget: -1}
	if e != nil {
		c.Engines = []supervisor.Engine{{Engine: e}}
	}
	j, err := c.Start()
	w.Close()
	if err != nil {
		b.Fatal(err)
	}
	if res, err := j.Wait(); err != nil || res.Status != (utrace.ExitStatus{}) {
		b.Fatal(res.Status, err)
	}
	out := make([]byte, 64)
	n, _ := r.Read(out)
	return string(out[:n])
}
