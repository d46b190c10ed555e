// The engines of the role: each hears of getppid, and nothing else.

package main

import (
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"jail/seccomp"
	"jail/supervisor/utrace"
)

// A watcher is an engine that has something to tell at the end.
type watcher interface {
	utrace.Engine
	tell(io.Writer)
}

// watcher is the engine that was asked for; nil for none.
func (p *part) watcher() (watcher, error) {
	switch p.engine {
	case "":
		return nil, nil
	case "look":
		return new(looker), nil
	case "refuse":
		return new(refuser), nil
	case "fair":
		return &fair{most: p.most, last: make(map[int]int)}, nil
	case "heap":
		return new(heap), nil
	}
	return nil, fmt.Errorf("no engine %q", p.engine)
}

// parent is what the engines have in common.
type parent struct{}

func (parent) Name() string        { return "bench" }
func (parent) Events() utrace.Mask { return utrace.SyscallEntry }
func (parent) tell(io.Writer)      {}

func (parent) Syscalls() *utrace.SyscallSet {
	return new(utrace.SyscallSet).Add(seccomp.Native().AuditArch(), unix.SYS_GETPPID)
}

// A looker looks at the call, as every engine does, and lets it be.
type looker struct {
	parent
	seen uint64
}

func (l *looker) ReportSyscallEntry(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	l.seen += uint64(ev.Call().Nr)
	return ev.Continue()
}

// A refuser refuses each call, which is a decision, and so an event of a report.
type refuser struct{ parent }

func (refuser) ReportSyscallEntry(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	return ev.Abort(unix.EPERM, utrace.Why{What: "getppid()", Rule: "bench.yaml:1:1  syscalls: [getppid]: errno EPERM"})
}

// A fair counts how many stops of others lie between two of each task, from the time on when all have been seen.
type fair struct {
	parent
	most    int
	stops   int
	last    map[int]int // by task: the stop that was its latest
	gaps    []int
	settled int // the stop at which the last new task was seen
	began   time.Time
	took    time.Duration
}

func (f *fair) ReportSyscallEntry(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	f.stops++
	tid := st.Task().ID().TID
	last, known := f.last[tid]
	if !known {
		f.settled, f.gaps, f.began = f.stops, f.gaps[:0], time.Now()
	} else if last >= f.settled {
		f.gaps = append(f.gaps, f.stops-last)
	}
	f.last[tid] = f.stops
	if f.stops-f.settled >= f.most {
		f.took = time.Since(f.began)
		return ev.KillTree(utrace.Why{What: "enough was seen"})
	}
	return ev.Continue()
}

// tell prints gaps as multiples of that which would be fair: as many stops as there are tasks. One who waits at the end counts too.
func (f *fair) tell(w io.Writer) {
	if f.took == 0 {
		return
	}
	for _, last := range f.last {
		f.gaps = append(f.gaps, f.stops-max(last, f.settled))
	}
	slices.Sort(f.gaps)
	tasks := float64(len(f.last))
	for _, q := range []struct {
		name string
		at   float64
	}{{"median", 0.5}, {"99%", 0.99}, {"99.9%", 0.999}, {"longest", 1}} {
		i := int(math.Ceil(q.at*float64(len(f.gaps)))) - 1
		fmt.Fprintf(w, "%s %g\n", q.name, float64(f.gaps[max(i, 0)])/tasks)
	}
	fmt.Fprintf(w, "tasks %g\nns %d\n", tasks, f.took.Nanoseconds()/int64(f.stops-f.settled))
}

// A heap measures what is reachable in this process's heap, at the first call and at the second.
type heap struct {
	parent
	marks []uint64
}

func (h *heap) ReportSyscallEntry(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	if len(h.marks) < 2 {
		runtime.GC()
		runtime.GC() // what the first found unreachable may have had finalizers
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		h.marks = append(h.marks, m.HeapAlloc)
	}
	return ev.Continue()
}

func (h *heap) tell(w io.Writer) {
	for i, bytes := range h.marks {
		fmt.Fprintf(w, "heap%d %d\n", i, bytes)
	}
}
