// Command: what to run, and how to start it.

package supervisor

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"jail/seccomp"
	"jail/supervisor/confine"
	"jail/supervisor/internal/kernel/ptrace"
	"jail/supervisor/internal/loop"
	"jail/supervisor/utrace"
)

// A Sink hears what happens in a jail as it happens: births, execs, decisions, stops, deaths. Its methods are called on
// the jail's own thread (Detached, and Decided of a callback that never came back: on any), while the task that they tell of waits, so they must not block for long.
type Sink = loop.Sink

// An Engine to attach to the whole tree from its first task on.
type Engine struct {
	utrace.Engine
	Observe bool // its verdicts count for nothing (utrace.Observe)
}

// A Beginner is an engine of a Command that is told of its attachment to the first task, which has run no instruction of the
// program yet: an exec before there were engines to tell. It may ask for a Quiesce (Control with utrace.Report), which is told before
// the first instruction. Begin is called on the jail's own thread, must not block, and a Stop is not for it.
type Beginner interface {
	Begin(*utrace.Attachment)
}

// A Command says what to run. It may be started once. It is not safe for use by several goroutines at a time.
type Command struct {
	Path  string     // the program; found in $PATH by Start if it has no slash
	Args  []string   // argv, with its own name first; nil: Path alone
	Env   []string   // nil: the caller's
	Dir   string     // working folder; "": the caller's
	Files []*os.File // descriptors 0, 1, 2, …; nothing else is inherited. nil: the caller's first three

	// Filter is what the filter decides; nil: everything is allowed and only engines' calls stop. It must not be changed until the
	// jail has ended.
	Filter *seccomp.Spec
	// Explain says what to tell of a death by the filter: the call, and the index of the rule or one of seccomp.By…. May be nil.
	Explain func(c utrace.Call, rule int) utrace.Why
	Engines []Engine
	// Traceable are further calls that stop, for engines that are attached while the program runs (utrace.Task.Attach). While no
	// engine asks for one it costs its stop and nothing else: a seccomp-stop that is gone on from (integration/bench). nil: none.
	Traceable *utrace.SyscallSet
	// Confine is what the tree may reach of the machine. What this kernel can't hold of it is an error of Start.
	Confine confine.Spec
	Sink    Sink // nil: nobody listens
	// Before is called when all is prepared and the program's process is made next, on the jail's own thread. It may wait for what the
	// caller does meanwhile, and must not start processes. Not called by a Start that fails before. nil: nothing is called.
	Before func()

	// Budget is the time that one callback of an engine may take; 0 is ten seconds, negative no bound. It is meant for engines that
	// hang: on a machine with twenty times more to do than it can, honest ones have taken longer than one second. One that does not come
	// back at all is seen after it, and given up after two (an observer's after ten): see ErrHung.
	Budget time.Duration
	// WaitSurvivors: when the first process has ended, wait for the others instead of killing them.
	WaitSurvivors bool
}

// ErrStart is wrapped by every error of Start: nothing has run, and nothing was left behind.
var ErrStart = errors.New("cannot start")

// Start starts the program; when it returns nil the program runs. It blocks until the program was executed and the filter
// is in force, some milliseconds. Any goroutine: the jail gets a thread of its own.
//
// Errors wrap ErrStart, and the cause: fs.ErrNotExist, fs.ErrPermission, unix.ENOEXEC and so on for the program,
// ErrPtraceRefused when this process may not trace, ErrNoProc, ErrShortage when a limit leaves no descriptor, process or
// memory to start with, seccomp's errors for the filter, confine.ErrNoLandlock, ErrNoNamespace or
// ErrNoCgroup for what Confine asks for in vain.
func (c *Command) Start() (*Jail, error) {
	prepared, started := make(chan *Jail, 1), make(chan error, 1)
	idle := ptrace.Own(func() { c.own(prepared, started) }) // it makes what it needs while the filter is compiled
	j, err := c.prepare()
	if err != nil {
		close(prepared)
		<-idle
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrStart, err), c.Confine.RemoveTmp())
	}
	prepared <- j
	select {
	case err = <-started:
	case <-j.done: // an engine hung while the program was taken back
		err = j.err
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStart, errors.Join(err, j.bounds.remove()))
	}
	return j, nil
}

// Errors of Start that are not the program's: what the kernel refuses, and what is not there.
var (
	ErrPtraceRefused = ptrace.ErrPtraceRefused
	ErrForeignABI    = ptrace.ErrForeignABI
	ErrNoProc        = ptrace.ErrNoProc
	ErrShortage      = ptrace.ErrShortage
	ErrNoLandlock    = confine.ErrNoLandlock
	ErrNoNamespace   = confine.ErrNoNamespace
	ErrNoCgroup      = confine.ErrNoCgroup
)

// prepare does all that can fail without the owner's thread.
func (c *Command) prepare() (*Jail, error) {
	path, err := lookPath(c.Path)
	if err != nil {
		return nil, err
	}
	spec, err := c.spec()
	if err != nil {
		return nil, err
	}
	program, err := seccomp.Compile(spec.traced)
	if err != nil {
		return nil, err
	}
	j := &Jail{done: make(chan struct{}), spec: spec}
	j.launch.Before = c.Before
	raw := program.Raw()
	j.launch.Filter = make([]unix.SockFilter, 0, len(raw))
	for _, i := range raw {
		j.launch.Filter = append(j.launch.Filter, unix.SockFilter{Code: i.Op, Jt: i.Jt, Jf: i.Jf, K: i.K})
	}
	j.launch.Path, j.launch.Args, j.launch.Env, j.launch.Dir = path, c.Args, c.Env, c.Dir
	if c.Args == nil {
		j.launch.Args = []string{c.Path}
	}
	if c.Env == nil {
		j.launch.Env = os.Environ()
	}
	files := c.Files
	if files == nil {
		files = []*os.File{os.Stdin, os.Stdout, os.Stderr}
	}
	for _, f := range files {
		fd := ^uintptr(0) // closed in the program too
		if f != nil {
			fd = f.Fd()
		}
		j.launch.Files = append(j.launch.Files, fd)
	}
	j.bounds, err = bound(&c.Confine, &j.launch)
	return j, err
}

// lookPath finds a program as execvp(3) does; unlike exec.LookPath it leaves the judgement of a file with a slash to execve.
func lookPath(name string) (string, error) {
	if name == "" {
		return "", &os.PathError{Op: "exec", Path: name, Err: unix.ENOENT}
	}
	if strings.Contains(name, "/") {
		return name, nil
	}
	return exec.LookPath(name)
}

// own is the jail's goroutine: it keeps its thread for ever, because the kernel knows the tracer by its thread and kills
// the jail when that ends (PTRACE_O_EXITKILL, ptrace(2); P02).
func (c *Command) own(prepared <-chan *Jail, started chan<- error) {
	k, err := ptrace.Prepare(seals(c.Engines))
	j := <-prepared
	if j == nil { // that has failed
		if err == nil {
			_ = k.Close()
		}
		return
	}
	if err != nil {
		j.bounds.launched()
		started <- err
		return
	}
	j.run(c, k, started)
}

// run is the jail from its program's start to its end.
func (j *Jail) run(c *Command, k *ptrace.Kernel, started chan<- error) {
	owner := unix.Gettid()
	tid, err := k.Launch(j.launch)
	j.bounds.launched()
	if err != nil {
		started <- err
		return
	}
	sink := c.Sink
	if sink == nil {
		sink = nobody{}
	}
	begun := time.Now()
	now := func() time.Duration { return time.Since(begun) }
	j.tap = &tap{Sink: sink, j: j, first: tid}
	j.loop = loop.New(loop.Config{
		Kernel: k, Sink: j.tap, Budget: budget(c.Budget),
		Now:     now,
		OnOwner: func() bool { return unix.Gettid() == owner },
		CloneNr: unix.SYS_CLONE, Clone3Nr: unix.SYS_CLONE3, IsClone: isClone,
		Unclaimed: j.spec.unclaimed, Stops: j.spec.stopsFor, Killed: j.killed(c.Explain),
		WaitSurvivors: c.WaitSurvivors,
	})
	j.first = tid
	stop := j.watch(budget(c.Budget), now)
	if err := j.attach(c.Engines, tid); err != nil {
		_ = k.Kill(tid, unix.SIGKILL)
		j.loop.Abandon()
		_ = k.Close()
		stop()
		started <- err
		return
	}
	started <- nil
	err = j.loop.Run()
	stop() // not deferred: an engine may end this goroutine
	if closeErr := k.Close(); err == nil {
		err = closeErr
	}
	j.end(err)
}

func (j *Jail) attach(list []Engine, tid int) error {
	t := j.loop.First(tid)
	for _, e := range list {
		opts := []utrace.AttachOption{utrace.Follow()}
		if e.Observe {
			opts = append(opts, utrace.Observe())
		}
		a, err := t.Attach(e.Engine, opts...)
		if err != nil {
			return fmt.Errorf("attach engine %s: %w", e.Name(), err)
		}
		if b, ok := e.Engine.(Beginner); ok {
			b.Begin(a)
		}
	}
	return nil
}

func budget(d time.Duration) time.Duration {
	switch {
	case d == 0:
		return 10 * time.Second
	case d < 0:
		return 0
	}
	return d
}
