// The tree of tasks: which place each has, and what it is counted by.

package fault

import (
	"os"
	"strconv"
	"strings"

	"jail/engines/decode"
	"jail/engines/internal/place"
	"jail/supervisor/utrace"
)

// task is what is known of one.
type task struct {
	place    place.Place
	children uint64
	proc     *process
	counts   map[counter]uint64
	now      doing
	broken   bool // the call in now was broken off, and will be made again if no handler runs
}

// process is what its tasks have in common.
type process struct {
	depth, child int
	children     int
	program      string
	known        bool // program is
	tasks        int
	serial       uint64 // of its first task
	counts       map[counter]uint64
}

// counter is what matching calls of a rule are counted in; call is empty where all are counted together.
type counter struct {
	rule int
	call string
}

// taskOf finds a task, or makes it the first of a tree: who attaches the engine to one that runs begins there.
func (e *Engine) taskOf(id utrace.TaskID) *task {
	if t := e.tasks[id.Serial]; t != nil {
		return t
	}
	return e.add(id, place.Root(), &process{})
}

func (e *Engine) add(id utrace.TaskID, at place.Place, p *process) *task {
	if have := e.procs[id.TGID]; have != nil {
		p = have
	} else {
		p.counts, p.serial = make(map[counter]uint64), id.Serial
		e.procs[id.TGID] = p
	}
	p.tasks++
	t := &task{place: at, proc: p, counts: make(map[counter]uint64)}
	e.tasks[id.Serial] = t
	return t
}

// ReportClone gives the child its place.
func (e *Engine) ReportClone(s *utrace.Stopped, ev *utrace.CloneEvent) utrace.CloneVerdict {
	parent, id := e.taskOf(s.ID()), ev.Child.ID()
	parent.children++
	p := parent.proc
	if !ev.Thread {
		p.children++
		p = &process{depth: p.depth + 1, child: p.children}
		delete(e.procs, id.TGID) // the kernel uses numbers again
	}
	e.add(id, parent.place.Child(parent.children), p)
	return ev.Continue()
}

// ReportExec forgets the program.
func (e *Engine) ReportExec(s *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
	e.taskOf(s.ID()).proc.known = false
	return ev.Continue()
}

// ReportSignal notes that a handler runs: a call that it broke off is over for the program.
func (e *Engine) ReportSignal(s *utrace.Stopped, ev *utrace.SignalEvent) utrace.SignalVerdict {
	e.taskOf(s.ID()).broken = false
	return ev.Deliver()
}

// ReportReap forgets the task.
func (e *Engine) ReportReap(id utrace.TaskID) { e.forget(id) }

func (e *Engine) forget(id utrace.TaskID) {
	t := e.tasks[id.Serial]
	if t == nil {
		return
	}
	delete(e.tasks, id.Serial)
	e.forgetBytes(id.Serial, PerTask)
	if t.proc.tasks--; t.proc.tasks > 0 {
		return
	}
	e.forgetBytes(t.proc.serial, PerProcess)
	if e.procs[id.TGID] == t.proc {
		delete(e.procs, id.TGID)
	}
}

// Len is how many tasks and processes something is kept about.
func (e *Engine) Len() int { return len(e.tasks) + len(e.procs) }

// programOf is the file that the task's process runs, "" if it can't be told.
func (t *task) programOf(id utrace.TaskID) string {
	if !t.proc.known {
		name, err := os.Readlink("/proc/" + strconv.Itoa(id.TGID) + "/exe") // proc_pid_exe(5)
		if err != nil {
			name = ""
		}
		t.proc.program, t.proc.known = strings.TrimSuffix(name, " (deleted)"), true
	}
	return t.proc.program
}

// count counts a matching call, or only says how many there were.
func (e *Engine) count(t *task, r *rule, call *decode.Call, again bool) uint64 {
	in, key := t.counts, counter{rule: r.index}
	switch r.scope {
	case PerCall:
		key.call = call.Name
	case PerProcess:
		in = t.proc.counts
	case PerTree, PerFile:
		in = e.counts
	}
	if !again {
		in[key]++
	}
	return in[key]
}

// roll is a number from 0 to 1, the latter not included, for the nth matching call of a task.
func roll(seed uint64, rule int, at place.Place, n uint64) float64 {
	return float64(place.Mix(place.Mix(place.Mix(seed)^uint64(rule))^place.Mix(uint64(at))^n)>>11) / (1 << 53)
}
