// Faults that come while the program runs, and go.

package harness

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"jail/engines/fault"
	"jail/seccomp"
	"jail/supervisor/utrace"
)

// An Attached is a set of faults on tasks of a run. Its methods may be called from any goroutine.
type Attached struct {
	run    *Run
	name   string
	engine *fault.Engine
}

// Filter is the filter that the program runs under: what it refuses by itself can't be a fault (fault.Check). It is not to be changed.
func (r *Run) Filter() *seccomp.Spec { return &r.plan.Filter }

// Attach puts faults on every task of the process pid, or of all if it is 0, and on what they make. What can't fire any more on a task
// goes away from it by itself. Errors wrap ErrConfig for what is wrong with the rules, utrace.ErrDeaf where a call does not stop
// because neither Trace nor Traceable has it, and unix.ESRCH if there is no such task.
func (r *Run) Attach(pid int, rules ...fault.Rule) (*Attached, error) {
	r.mu.Lock()
	r.attached++
	name := fmt.Sprintf("%s-%d", faultEngine, r.attached)
	r.mu.Unlock()
	e, err := fault.New(rules, fault.Settings{Name: name, Filter: r.Filter(), Once: true})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	at, some := &Attached{r, name, e}, false
	for _, t := range r.jail.Tasks() {
		if pid != 0 && t.ID().TGID != pid {
			continue
		}
		switch _, err := t.Attach(e.Attachable(), utrace.Follow()); {
		case errors.Is(err, unix.ESRCH): // it dies
		case err != nil:
			return nil, errors.Join(err, at.Detach(context.Background()))
		default:
			some = true
		}
	}
	if !some {
		return nil, fmt.Errorf("there is nothing to attach faults to: %w", unix.ESRCH)
	}
	return at, nil
}

// Detach takes the faults away. When it returns nil none of them is at work any more, and what they did is in place. It blocks until
// then, or until ctx is done.
func (a *Attached) Detach(ctx context.Context) error {
	for {
		some := false
		for _, t := range a.run.jail.Tasks() {
			at, err := t.Match(a.name)
			if err != nil {
				continue
			}
			if err := at.Control(utrace.Detach); err == nil || errors.Is(err, unix.EINPROGRESS) {
				some = true
				if err := at.Barrier(ctx); err != nil {
					return err
				}
			}
		}
		if !some {
			return nil // a task that was made meanwhile had its engine from one that has none any more
		}
	}
}

// Counts tells what became of the faults.
func (a *Attached) Counts() []fault.Count { return a.engine.Counts() }
