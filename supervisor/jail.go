// Jail: a started program and its tree.

package supervisor

import (
	"slices"

	"golang.org/x/sys/unix"

	"jail/seccomp"
	"jail/supervisor/internal/kernel/ptrace"
	"jail/supervisor/internal/loop"
	"jail/supervisor/utrace"
)

// A Jail is a running program with its tree. All methods may be called from any goroutine.
type Jail struct {
	launch ptrace.Config
	bounds *bounds
	spec   *traceSpec
	loop   *loop.Loop
	tap    *tap
	first  int
	done   chan struct{}
	err    error
	result Result // written by the owner, or by the watchdog in its place, before done is closed
}

// A Result is how a jail ended.
type Result struct {
	Status utrace.ExitStatus // of the first process
	Killer utrace.Killer     // who ended it, as far as is known
	Usage  utrace.Usage      // of the first process and what it waited for
	// Engines tells what each engine's callbacks took, the longest total first; not the one that never came back.
	Engines []utrace.Spent
	Left    error // what could not be removed: the private folder for temporary files, the cgroup

	// Of Confine.Cgroup (memory.events and pids.events, cgroup-v2.rst): how often a process was killed because the tree had used
	// its memory up, where the kernel may count one twice; and tasks that were not made because it had as many as it may.
	MemoryKills, TaskRefusals uint64
}

// Wait blocks until every task of the tree is dead and reaped, and tells how the first process ended. An error means that
// supervision itself failed; it wraps ErrHung when an engine did not come back, and then the tasks were killed, but not
// reaped.
func (j *Jail) Wait() (Result, error) {
	<-j.done
	return j.result, j.err
}

// Done is closed when Wait does not block any more.
func (j *Jail) Done() <-chan struct{} { return j.done }

// Skipped are the paths of Confine.Domain that gave no rights, because nothing was there when the program was started.
func (j *Jail) Skipped() []string { return slices.Clone(j.bounds.skipped) }

// PID is the first process.
func (j *Jail) PID() int { return j.first }

// Tasks are the tasks that live now, to attach engines to (utrace.Task.Attach); a task that is made meanwhile is missing, and
// hears of what follows its parent (utrace.Follow). It blocks until the jail's thread has looked, and answers none once the
// jail has ended. Not from the jail's own thread: a callback has its task.
func (j *Jail) Tasks() []*utrace.Task {
	answer := make(chan []*utrace.Task, 1)
	if !j.loop.Do(func() { answer <- j.loop.Tasks() }) {
		return nil
	}
	select {
	case all := <-answer:
		return all
	case <-j.done:
		return nil
	}
}

// Signal sends a signal to the first process; ESRCH once it has been reaped. It blocks until it is sent.
func (j *Jail) Signal(sig unix.Signal) error {
	answer := make(chan error, 1)
	if !j.loop.Do(func() { answer <- j.loop.Signal(j.first, sig) }) {
		return unix.ESRCH
	}
	select {
	case err := <-answer:
		return err
	case <-j.done:
		return unix.ESRCH
	}
}

// end lets those go who wait for the jail.
func (j *Jail) end(err error) {
	j.err = err
	j.result.Engines = j.loop.Space().Spent()
	j.result.MemoryKills, j.result.TaskRefusals = j.bounds.reached()
	j.result.Left = j.bounds.remove()
	close(j.done)
}

// Kill ends the whole tree; why stands in the reports. It does not wait for the deaths.
func (j *Jail) Kill(why utrace.Why) { j.KillAs(utrace.Killer{By: "supervisor", Why: why}) }

// KillAs is Kill in the name of who: of a policy, one of whose limits was reached. Any goroutine, also the jail's own.
func (j *Jail) KillAs(who utrace.Killer) { j.loop.Do(func() { j.loop.KillTree(who) }) }

// Do has f run on the jail's thread, between two events; false if the jail has ended. It does not wait for f,
// which never runs if an engine hangs first (ErrHung; Done is closed then).
func (j *Jail) Do(f func()) bool { return j.loop.Do(f) }

// killed explains a death by the filter.
func (j *Jail) killed(explain func(utrace.Call, int) utrace.Why) func(utrace.Call) (utrace.Why, bool) {
	return func(c utrace.Call) (utrace.Why, bool) {
		act, rule := j.spec.decide(c)
		if act.Kind() != seccomp.KillProcess.Kind() {
			return utrace.Why{}, false
		}
		if explain == nil {
			return utrace.Why{What: "a system call that the filter kills for"}, true
		}
		return explain(c, rule), true
	}
}

// tap keeps the first process's end for Wait.
type tap struct {
	Sink
	j     *Jail
	first int
	dead  bool // the first process is
}

// Death is Sink's.
func (s *tap) Death(id utrace.TaskID, ev utrace.DeathEvent, u utrace.Usage) {
	if id.TID == s.first && id.TGID == s.first && ev.Killer.By != "exec" {
		s.dead = true
		s.j.result = Result{Status: ev.Status, Killer: ev.Killer, Usage: u}
	}
	s.Sink.Death(id, ev, u)
}

// nobody is the Sink when nobody listens.
type nobody struct{}

func (nobody) Birth(_, _ utrace.TaskID, _ bool)                     {}
func (nobody) Exec(_, _ utrace.TaskID)                              {}
func (nobody) Decided(utrace.TaskID, utrace.Decision)               {}
func (nobody) Stopped(utrace.TaskID, unix.Signal)                   {}
func (nobody) Continued(utrace.TaskID)                              {}
func (nobody) Death(utrace.TaskID, utrace.DeathEvent, utrace.Usage) {}
func (nobody) Reap(utrace.TaskID)                                   {}
func (nobody) Detached(_ utrace.TaskID, _, _ string)                {}
