// Package deaths is an observer that counts births and says in the end how every process died, and of whom.
//
//	e := deaths.New()
//	cmd := supervisor.Command{
//		Path:    "/usr/bin/make",
//		Engines: []supervisor.Engine{{Engine: e, Observe: true}},
//	}
//	jail, err := cmd.Start()
//	if err != nil {
//		return err
//	}
//	if _, err := jail.Wait(); err != nil {
//		return err
//	}
//	fmt.Print(e.Summary())
//
// prints for example
//
//	42 processes, 57 tasks, at most 9 at once, 40 programs started
//	   39  exit 0
//	    2  exit 1            2003 2017
//	    1  SIGKILL           2044  by policy, engine exec: exec of /usr/bin/curl
//
// Processes that ended in the same way are counted, not kept: what the engine needs does not grow with the number of
// births. A record of each stands in the report, with its CPU time.
package deaths

import (
	"jail/supervisor/utrace"
)

// An Engine counts the tasks of one jail. Summary must not be called while a callback runs: after Jail.Wait, or from a
// callback of any engine of the same jail.
type Engine struct {
	tasks     map[uint64]struct{} // living, by TaskID.Serial
	processes map[int]*process    // living, by TGID
	ends      map[end]*End
	sum       Summary
}

// process is one that has living tasks, or unreaped ones.
type process struct {
	tasks int // not reaped yet
	last  utrace.DeathEvent
	led   bool // last is the leader's
}

// New makes the engine.
func New() *Engine {
	return &Engine{tasks: make(map[uint64]struct{}), processes: make(map[int]*process), ends: make(map[end]*End)}
}

// Name is "deaths".
func (*Engine) Name() string { return "deaths" }

// Events are birth, exec, death and reaping: stops that a jail has anyhow.
func (*Engine) Events() utrace.Mask {
	return utrace.On(utrace.Clone, utrace.Exec, utrace.Death, utrace.Reap)
}

// Len is the number of tasks that something is kept about.
func (e *Engine) Len() int { return max(len(e.tasks), len(e.processes)) }

// know counts a task that is seen for the first time.
func (e *Engine) know(id utrace.TaskID) {
	if _, known := e.tasks[id.Serial]; known {
		return
	}
	e.tasks[id.Serial] = struct{}{}
	e.sum.Tasks++
	e.sum.MostAlive = max(e.sum.MostAlive, len(e.tasks))
	p := e.processes[id.TGID]
	if p == nil {
		p = new(process)
		e.processes[id.TGID] = p
		e.sum.Processes++
	}
	p.tasks++
}

// ReportClone counts a birth.
func (e *Engine) ReportClone(s *utrace.Stopped, ev *utrace.CloneEvent) utrace.CloneVerdict {
	e.know(s.ID())
	e.know(ev.Child.ID())
	return ev.Continue()
}

// ReportExec counts a start of a program.
func (e *Engine) ReportExec(s *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
	e.know(s.ID())
	e.sum.Execs++
	return ev.Continue()
}

// ReportDeath keeps the status: that of the leader is the process's (wait(2)), whenever it comes.
func (e *Engine) ReportDeath(id utrace.TaskID, ev *utrace.DeathEvent) {
	e.know(id)
	p := e.processes[id.TGID]
	if p == nil { // not after know
		return
	}
	if leads := id.TID == id.TGID; leads || !p.led {
		p.last, p.led = *ev, leads
	}
}

// ReportReap counts the end of a process with its last task. A leader that vanished because another thread called execve
// is not the last.
func (e *Engine) ReportReap(id utrace.TaskID) {
	if _, known := e.tasks[id.Serial]; !known {
		return
	}
	delete(e.tasks, id.Serial)
	p := e.processes[id.TGID]
	if p == nil {
		return
	}
	if p.tasks--; p.tasks == 0 {
		delete(e.processes, id.TGID)
		e.ended(id.TGID, &p.last)
	}
}
