// A run, from its start to its end.

package harness

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"jail/engines"
	"jail/engines/clock"
	"jail/engines/fault"
	"jail/engines/limits"
	"jail/engines/trace"
	"jail/policy"
	"jail/supervisor"
	"jail/supervisor/launch"
	"jail/supervisor/report"
	"jail/supervisor/utrace"
)

// faultEngine is how names of engines of faults begin.
const faultEngine = "fault"

// A Run is a program that runs. Its methods may be called from any goroutine; Wait must be called, once.
type Run struct {
	argv   []string
	plan   *policy.Plan
	jail   *supervisor.Jail
	log    *log
	host   *host
	out    *outputs
	pipes  *pipes
	limits *limits.Engine // nil: there is none
	faults *fault.Engine  // nil: there are none
	traced []string
	blind  map[string]bool

	timeout  time.Duration
	timer    *time.Timer
	timedOut atomic.Bool
	mu       sync.Mutex
	doing    []string
	attached int
	silent   chan struct{} // closed when the output has ended
}

// Start starts a program. Errors wrap ErrConfig where the Config means nothing, else what policy.Loader, launch.Confine and
// supervisor.Command.Start answer; nothing runs and nothing is left then. It blocks until the program was executed.
func Start(cfg Config, argv ...string) (*Run, error) {
	if len(argv) == 0 || argv[0] == "" {
		return nil, fmt.Errorf("%w: no program is given", ErrConfig)
	}
	plan, err := cfg.plan()
	if err != nil {
		return nil, err
	}
	if len(plan.Descriptors) > 0 {
		return nil, fmt.Errorf("%w: the policy passes on descriptor %d, and a test has none to give; use one that extends it with descriptors: []", ErrConfig, plan.Descriptors[0])
	}
	r := &Run{argv: argv, log: newLog(), out: newOutputs(), timeout: cfg.Timeout, silent: make(chan struct{})}
	if r.timeout == 0 {
		r.timeout = DefaultTimeout
	}
	if r.pipes, err = newPipes(cfg.Feed || len(cfg.Stdin) > 0); err != nil {
		return nil, err
	}
	if err := r.start(&cfg, plan); err != nil {
		r.pipes.close()
		return nil, err
	}
	r.begin(&cfg)
	return r, nil
}

// start starts the program itself.
func (r *Run) start(cfg *Config, plan *policy.Plan) error {
	path, err := launch.Find(r.argv[0], cfg.Dir, cfg.Environ)
	if err != nil {
		return err
	}
	if err := engines.Check(plan, path, r.argv...); err != nil {
		return err
	}
	world, err := launch.Confine(plan, launch.World{Dir: cfg.Dir, Environ: nonNil(cfg.Environ), Files: r.pipes.theirs, Tell: cfg.Tell})
	if err != nil {
		return err
	}
	r.plan = world.Plan
	refused := func(id utrace.TaskID, why utrace.Why) { r.log.Refused(id, "refusals", why) }
	c, err := world.Command(path, r.argv, launch.Hearer{Passed: r.log.Passed, Refused: refused, All: true})
	if err != nil {
		return err
	}
	r.host = &host{rec: r.log.Recorder, log: r.log}
	r.limits = r.limitsOf(c)
	if err := r.observe(c, cfg); err != nil {
		return errors.Join(err, world.Spec.RemoveTmp())
	}
	r.log.Start(cfg.Policy, r.argv[0], r.argv)
	r.jail, err = c.Start()
	return err
}

// nonNil is the environment: a nil one would be the caller's.
func nonNil(environ []string) []string {
	if environ == nil {
		return []string{}
	}
	return environ
}

// observe adds what a test adds to a command: faults, a clock, and the trace as the last.
func (r *Run) observe(c *supervisor.Command, cfg *Config) (err error) {
	if len(cfg.Faults) > 0 {
		if r.faults, err = fault.New(cfg.Faults, fault.Settings{Name: faultEngine, Filter: &r.plan.Filter}); err != nil {
			return fmt.Errorf("%w: %w", ErrConfig, err)
		}
		c.Engines = append(c.Engines, supervisor.Engine{Engine: r.faults.Attachable()})
	}
	if cfg.Clock != nil {
		e, err := clock.New(*cfg.Clock)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrConfig, err)
		}
		c.Engines = append(c.Engines, supervisor.Engine{Engine: e.Attachable()})
	}
	if r.traced, err = cfg.traced(r.faults); err != nil {
		return err
	}
	sel := trace.Select{Calls: r.traced}
	if len(r.traced) == 0 {
		sel.Calls = []string{"none"} // no words at all would be everything
	}
	if r.log.engine, err = trace.New(trace.Config{Sink: r.log.tell, Select: sel}); err != nil {
		return err
	}
	if c.Traceable, err = setOf(cfg.Traceable); err != nil {
		return err
	}
	c.Engines = append(c.Engines, supervisor.Engine{Engine: r.log.engine, Observe: true})
	c.Sink, r.log.sink = r.log, cfg.Sink
	r.blind, err = blind(c)
	return err
}

// begin lets pipes, limits and the clock run, when the program does.
func (r *Run) begin(cfg *Config) {
	r.host.jail = r.jail
	r.pipes.started()
	if r.limits != nil {
		if n := r.limits.OutputBound(); n > 0 {
			r.out.bound, r.out.reached = n, func() { r.limits.OutputReached(r.host) }
		}
		r.limits.Begin(r.host)
	}
	for i, f := range r.pipes.out {
		r.out.pass(i, f)
	}
	go func() {
		r.out.end()
		close(r.silent)
	}()
	if r.pipes.in != nil && !cfg.Feed {
		r.pipes.feed(cfg.Stdin)
	}
	if r.timeout > 0 {
		r.timer = time.AfterFunc(r.timeout, r.expire)
	}
}

// expire notes what the program is doing, and ends it.
func (r *Run) expire() {
	r.timedOut.Store(true)
	doing := r.portrait()
	r.mu.Lock()
	r.doing = doing
	r.mu.Unlock()
	r.Kill(fmt.Sprintf("it ran for more than %v", r.timeout))
}

// Kill ends the whole tree. It does not wait for its end.
func (r *Run) Kill(why string) { r.jail.Kill(utrace.Why{What: why}) }

// PID is the first process.
func (r *Run) PID() int { return r.jail.PID() }

// Write writes to the program's standard input (Config.Feed). It blocks while a pipe is full of it. The error is EPIPE when the program
// does not read any more.
func (r *Run) Write(p []byte) (int, error) {
	if r.pipes.in == nil {
		return 0, fmt.Errorf("%w: standard input is not open for writing", ErrConfig)
	}
	return r.pipes.in.Write(p)
}

// CloseInput ends the program's standard input.
func (r *Run) CloseInput() error {
	if r.pipes.in == nil {
		return nil
	}
	return r.pipes.in.Close()
}

// WaitStdout blocks until text is in what the program has written to its standard output; false: it has ended without.
func (r *Run) WaitStdout(text string) bool { return r.out.wait(0, text) }

// WaitStderr is WaitStdout for standard error.
func (r *Run) WaitStderr(text string) bool { return r.out.wait(1, text) }

// Wait blocks until everything in the jail is dead, and tells what happened. A program that
// reads its standard input to the end waits for CloseInput.
func (r *Run) Wait() *Result {
	res, err := r.jail.Wait()
	if r.timer != nil {
		r.timer.Stop()
	}
	select {
	case <-r.silent:
	case <-time.After(grace): // a descriptor went out of the jail, to somebody who keeps it
		for _, f := range r.pipes.out {
			_ = f.SetReadDeadline(time.Now())
		}
		<-r.silent
	}
	if r.pipes.in != nil {
		_ = r.pipes.in.Close() // it may be closed
	}
	return r.result(res, err)
}

// grace is how long the end of the output is waited for when every task of the jail is dead.
const grace = 5 * time.Second

// result is what happened.
func (r *Run) result(res supervisor.Result, err error) *Result {
	if r.limits != nil {
		if why, reached := r.limits.Reached(); reached {
			res.Killer = utrace.Killer{By: "policy", Engine: "limits", Why: why}
		}
	}
	r.log.End(res.Status, res.Killer, report.Exit{Code: res.Status.Code, Signal: report.SignalName(res.Status.Signal), By: "program"}, err)
	out := &Result{
		Argv: r.argv, Stdout: r.out.string(0), Stderr: r.out.string(1), Cut: r.out.cut, Status: res.Status, Killer: res.Killer,
		Events: r.log.events, Lost: r.log.lost, Traced: r.traced, Denials: r.log.denials,
		TimedOut: r.timedOut.Load(), Timeout: r.timeout, Doing: r.doing, blind: r.blind, left: r.log.left,
		Err: errors.Join(err, r.log.odd, res.Left),
	}
	for _, f := range r.log.failures {
		out.Err = errors.Join(out.Err, fmt.Errorf("the engine %s failed: %s", f.Engine, f.Failure))
	}
	if r.faults != nil {
		out.Faults = r.faults.Counts()
	}
	return out
}
