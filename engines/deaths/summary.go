// What is said in the end.

package deaths

import (
	"fmt"
	"slices"
	"strings"

	"jail/supervisor/utrace"
)

// A Summary is what happened in a jail so far.
type Summary struct {
	Processes int   // that there were
	Tasks     int   // threads that there were, those of one-threaded processes too
	MostAlive int   // tasks at once
	Execs     int   // programs started; the first is not among them when the jail began with it
	Alive     int   // processes that have not ended
	Ends      []End // ways in which processes ended, the most frequent first
}

// An End is one way to end, and the processes that did.
type End struct {
	Status utrace.ExitStatus
	// By is who caused a death by signal: "kernel", "pid", "outside", "policy", "unknown", as in utrace.Killer, or "" if nobody
	// did.
	By     string
	Engine string     // if By is "policy": which engine
	Why    utrace.Why // the first one's, if By is "policy"
	Count  int
	PIDs   []int // the first few, in the order of their ends
}

// end is what makes two Ends the same. It has only so many values: a hostile program must not make the summary grow.
type end struct {
	status     utrace.ExitStatus
	by, engine string
}

// mostPIDs is how many numbers are kept of one way to end.
const mostPIDs = 8

// ended counts a process that is gone.
func (e *Engine) ended(tgid int, ev *utrace.DeathEvent) {
	by := ev.Killer.By
	if ev.Killer.PID != 0 || strings.HasPrefix(by, "pid") {
		by = "pid"
	}
	key := end{status: ev.Status, by: by, engine: ev.Killer.Engine}
	way := e.ends[key]
	if way == nil {
		way = &End{Status: ev.Status, By: by, Engine: ev.Killer.Engine, Why: ev.Killer.Why}
		e.ends[key] = way
	}
	way.Count++
	if len(way.PIDs) < mostPIDs {
		way.PIDs = append(way.PIDs, tgid)
	}
}

// Summary says how things are. See Engine for when it may be called. What it returns is the caller's.
func (e *Engine) Summary() Summary {
	sum := e.sum
	sum.Alive = len(e.processes)
	for _, way := range e.ends {
		w := *way
		w.PIDs = slices.Clone(w.PIDs)
		sum.Ends = append(sum.Ends, w)
	}
	slices.SortFunc(sum.Ends, func(a, b End) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return strings.Compare(a.order(), b.order())
	})
	return sum
}

// order sorts Ends that are as frequent as each other.
func (w *End) order() string {
	return fmt.Sprintf("%04d %04d %v %s %s", w.Status.Signal, w.Status.Code, w.Status.Core, w.By, w.Engine)
}

// String is the summary in a few lines.
func (s Summary) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s, at most %d at once, %s started\n",
		count(s.Processes, "process", "processes"), count(s.Tasks, "task", "tasks"), s.MostAlive, count(s.Execs, "program", "programs"))
	for _, w := range s.Ends {
		b.WriteString(strings.TrimRight(fmt.Sprintf("%5d  %-16s %s%s", w.Count, w.Status, w.numbers(), w.cause()), " "))
		b.WriteByte('\n')
	}
	if s.Alive > 0 {
		fmt.Fprintf(&b, "%5d  still running\n", s.Alive)
	}
	return b.String()
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// numbers are the processes of an end that somebody may want to know.
func (w *End) numbers() string {
	if w.Status == (utrace.ExitStatus{}) {
		return ""
	}
	var list []string
	for _, pid := range w.PIDs {
		list = append(list, fmt.Sprint(pid))
	}
	if w.Count > len(w.PIDs) {
		list = append(list, "…")
	}
	return strings.Join(list, " ")
}

// cause says who did it.
func (w *End) cause() string {
	switch w.By {
	case "", "unknown":
		return ""
	case "policy":
		text := "  by policy"
		if w.Engine != "" {
			text += ", engine " + w.Engine
		}
		if w.Why.What != "" {
			text += ": " + w.Why.What
		}
		return text
	case "pid":
		return "  by another process"
	}
	return "  by " + w.By
}
