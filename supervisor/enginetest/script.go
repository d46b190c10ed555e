// Telling an engine of many events, and looking at each of its answers.

package enginetest

import (
	"fmt"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

const (
	eperm = unix.EPERM
	eio   = unix.EIO

	lives    = 10000    // births and deaths after which nothing may be left
	mostRead = 64 << 20 // bytes of memory that one callback may read: more than execve(2) takes
)

// script is one engine in one jail, with what it answered.
type script struct {
	engine  utrace.Engine
	jail    *Jail
	machine machine
	made    string // the name of the machine that the jail has now
	fatal   int    // of each event's Machine
	refusal error  // of each event's Machine
	logs    bool   // keep a log, for comparing
	log     []string
	errs    []error
}

func newScript(e utrace.Engine, m machine) (*script, error) {
	j, err := Start(e)
	if err != nil {
		return nil, fmt.Errorf("can't be attached: %w", err)
	}
	return &script{engine: e, jail: j, machine: m}, nil
}

func (s *script) failf(format string, args ...any) {
	s.errs = append(s.errs, fmt.Errorf(format, args...))
}

// event names an event, when somebody wants to know.
type event struct {
	format string
	args   []any
}

func named(format string, args ...any) event { return event{format, args} }

func (e event) String() string { return fmt.Sprintf(e.format, e.args...) }

// fresh gives the task a machine as new for the next event.
func (s *script) fresh() {
	m := s.jail.M
	if s.made != s.machine.name || len(m.Writes) > 0 {
		m = s.machine.make()
		s.made = s.machine.name
	}
	m.Regs, m.Calls, m.Read = utrace.Registers{SP: stackTop}, 0, 0
	m.Fatal, m.Err = s.fatal, s.refusal
	s.jail.M = m
}

// answer judges what the engine made of one event.
func (s *script) answer(event event, out utrace.Outcome) {
	m := s.jail.M
	if s.logs {
		s.log = append(s.log, fmt.Sprintf("%s: %v %v %q result %d signal %d hold %v writes %d registers %v",
			event, out.Action, out.Strict, out.Why.What, out.Result, out.Signal, out.Hold, len(m.Writes), m.Regs))
	}
	for _, d := range out.Decisions {
		if d.Failure != nil {
			s.failf("%s, memory %s: the engine %v: %v\n%s", event, s.machine.name, d.Failure, d.Failure.Panic, d.Failure.Stack)
		}
	}
	if out.Action < utrace.Stop || out.Action > utrace.Detach {
		s.failf("%s: resume action %d is none", event, out.Action)
	}
	if out.Strict > utrace.KillTree {
		s.failf("%s: verdict %d is none", event, out.Strict)
	}
	if out.Strict >= utrace.Answered && out.Why.What == "" && !out.Why.Quiet {
		s.failf("%s: a denial that does not say what was denied", event)
	}
	if m.Read > mostRead {
		s.failf("%s, memory %s: read %d bytes", event, s.machine.name, m.Read)
	}
}

// called judges what is special to the entry of a call.
func (s *script) called(event event, out utrace.Outcome) {
	if out.Strict == utrace.Answered && out.Result < -4095 {
		s.failf("%s: result %d is neither a value nor a negated errno", event, out.Result)
	}
}

func (s *script) call(t *utrace.Task, c utrace.Call) {
	s.fresh()
	event := named("call %d of arch %#x with %#x, sp %#x", c.Nr, c.Arch, c.Args, c.SP)
	out := s.jail.Call(t, c)
	s.answer(event, out)
	s.called(event, out)
	for _, result := range []int64{0, -int64(unix.ENOENT), -512, 7} {
		s.fresh()
		back := s.jail.Return(t, c, result)
		s.answer(named("%s came back with %d", event, result), back)
	}
}

func (s *script) signal(t *utrace.Task, si utrace.Siginfo, d utrace.Disposition) {
	s.fresh()
	event := named("signal %d code %d rest %x disposition %d", si.Signo, si.Code, si.Rest[:8], d)
	s.answer(event, s.jail.Signal(t, si, d))
}

func (s *script) exec(t *utrace.Task) {
	s.fresh()
	event := named("exec by %v", t.ID())
	s.answer(event, s.jail.Exec(t))
}

func (s *script) clone(parent *utrace.Task, flags uint64) *utrace.Task {
	s.fresh()
	child, out := s.jail.Clone(parent, flags)
	s.answer(named("clone(%#x) by %v", flags, parent.ID()), out)
	return child
}

func (s *script) die(t *utrace.Task) {
	s.exit(t, utrace.ExitStatus{Code: 1})
	s.answer(named("death of %v", t.ID()), s.jail.Die(t, utrace.ExitStatus{Code: 1}))
}

// exit tells of the rest of what a task may go through.
func (s *script) exit(t *utrace.Task, status utrace.ExitStatus) {
	s.fresh()
	sp, m := s.jail.Space, s.jail.M
	s.answer(named("quiesce"), s.jail.done(t, sp.Quiesce(t, m)))
	s.answer(named("group stop"), s.jail.done(t, sp.Jctl(t, utrace.JctlEvent{Stopped: true, Signal: unix.SIGTSTP}, m)))
	s.answer(named("group stop by an odd signal"), s.jail.done(t, sp.Jctl(t, utrace.JctlEvent{Stopped: true, Signal: -1}, m)))
	s.answer(named("continued"), s.jail.done(t, sp.Jctl(t, utrace.JctlEvent{}, m)))
	s.answer(named("exit"), s.jail.done(t, sp.Exit(t, status, m)))
}
