// A fake world for the tests of the protocol: a host, a machine, and an engine that does as it is told.

package utrace_test

import (
	"errors"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// host is the test as owner: the goroutine that made it, which is locked to its thread.
type host struct {
	owner int
	fixed bool          // no call that makes a task stops
	now   time.Duration // of the owner's goroutine only

	mu       sync.Mutex
	rings    int
	rung     chan struct{}
	detached []string
	machines map[uint64]utrace.Machine
}

const budget = 10 * time.Millisecond

// newSpace makes a Space that the calling goroutine owns.
func newSpace(t testing.TB) (*utrace.Space, *host) {
	t.Helper()
	runtime.LockOSThread()
	t.Cleanup(runtime.UnlockOSThread)
	h := &host{owner: unix.Gettid(), rung: make(chan struct{}, 1), machines: map[uint64]utrace.Machine{}}
	return utrace.New(h, budget), h
}

func (h *host) Ring() {
	h.mu.Lock()
	h.rings++
	h.mu.Unlock()
	select {
	case h.rung <- struct{}{}:
	default:
	}
}

// passing is a call that does not stop.
const passing = 4711

func (h *host) Stops(set *utrace.SyscallSet, clones bool) error {
	var err error
	if clones && h.fixed {
		err = utrace.ErrDeaf
	}
	set.Each(func(_ uint32, nr int64) {
		if nr == passing {
			err = utrace.ErrDeaf
		}
	})
	return err
}
func (h *host) OnOwner() bool      { return unix.Gettid() == h.owner }
func (h *host) Now() time.Duration { return h.now }

func (h *host) Machine(id utrace.TaskID) utrace.Machine {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.machines[id.Serial]
}

func (h *host) Detached(id utrace.TaskID, engine, why string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.detached = append(h.detached, engine+": "+why)
}

// gone is what was told of detached engines so far.
func (h *host) gone() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.detached)
}

func (h *host) ringCount() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.rings
}

// machine is one stopped task. err is what every method answers.
type machine struct {
	regs utrace.Registers
	mem  []byte // at address 0x1000
	disp utrace.Disposition
	err  error
	asks int // how often a disposition was looked at
}

func (m *machine) Registers() (utrace.Registers, error)  { return m.regs, m.err }
func (m *machine) SetRegisters(r utrace.Registers) error { m.regs = r; return m.err }
func (m *machine) WriteMem(uint64, []byte) (int, error)  { return 0, m.err }
func (m *machine) ReadMem(a uint64, p []byte) (int, error) {
	if m.err != nil || a < 0x1000 || a > 0x1000+uint64(len(m.mem)) {
		return 0, errors.Join(m.err)
	}
	return copy(p, m.mem[a-0x1000:]), nil
}
func (m *machine) Disposition(unix.Signal) (utrace.Disposition, error) {
	m.asks++
	return m.disp, m.err
}

// engine has every callback. What is nil lets things go on; every callback is written into heard.
type engine struct {
	name  string
	mask  utrace.Mask // 0: All
	calls *utrace.SyscallSet
	log   *[]string // shared by engines whose order matters; may be nil

	quiesce func(*utrace.Stopped, *utrace.QuiesceEvent) utrace.QuiesceVerdict
	clone   func(*utrace.Stopped, *utrace.CloneEvent) utrace.CloneVerdict
	making  func(*utrace.Stopped, *utrace.CloneEntryEvent) utrace.CloneEntryVerdict
	exec    func(*utrace.Stopped, *utrace.ExecEvent) utrace.ExecVerdict
	entry   func(*utrace.Stopped, *utrace.EntryEvent) utrace.EntryVerdict
	exited  func(*utrace.Stopped, *utrace.ExitedEvent) utrace.ExitedVerdict
	signal  func(*utrace.Stopped, *utrace.SignalEvent) utrace.SignalVerdict
	jctl    func(*utrace.Stopped, *utrace.JctlEvent) utrace.JctlVerdict
	exit    func(*utrace.Stopped, *utrace.ExitEvent) utrace.ExitVerdict
	death   func(utrace.TaskID, *utrace.DeathEvent)
	reap    func(utrace.TaskID)

	heard []string
}

func (e *engine) hear(what string) {
	e.heard = append(e.heard, what)
	if e.log != nil {
		*e.log = append(*e.log, e.name+" "+what)
	}
}

func (e *engine) Name() string { return e.name }
func (e *engine) Events() utrace.Mask {
	if e.mask == 0 {
		return utrace.All
	}
	return e.mask
}
func (e *engine) Syscalls() *utrace.SyscallSet {
	if e.calls == nil {
		return new(utrace.SyscallSet).AddAll()
	}
	return e.calls
}

// told answers with f if there is one, else with otherwise.
func told[S, E, V any](f func(S, E) V, st S, ev E, otherwise func() V) V {
	if f != nil {
		return f(st, ev)
	}
	return otherwise()
}

func (e *engine) ReportQuiesce(st *utrace.Stopped, ev *utrace.QuiesceEvent) utrace.QuiesceVerdict {
	if ev.Before == 0 {
		e.hear("Quiesce")
	}
	return told(e.quiesce, st, ev, ev.Continue)
}
func (e *engine) ReportClone(st *utrace.Stopped, ev *utrace.CloneEvent) utrace.CloneVerdict {
	e.hear("Clone")
	return told(e.clone, st, ev, ev.Continue)
}
func (e *engine) ReportCloneEntry(st *utrace.Stopped, ev *utrace.CloneEntryEvent) utrace.CloneEntryVerdict {
	e.hear("CloneEntry")
	return told(e.making, st, ev, ev.Continue)
}
func (e *engine) ReportExec(st *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
	e.hear("Exec")
	return told(e.exec, st, ev, ev.Continue)
}
func (e *engine) ReportSyscallEntry(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	e.hear("SyscallEntry")
	return told(e.entry, st, ev, ev.Continue)
}
func (e *engine) ReportSyscallExit(st *utrace.Stopped, ev *utrace.ExitedEvent) utrace.ExitedVerdict {
	e.hear("SyscallExit")
	return told(e.exited, st, ev, ev.Continue)
}
func (e *engine) ReportSignal(st *utrace.Stopped, ev *utrace.SignalEvent) utrace.SignalVerdict {
	e.hear(ev.Disposition().EventOf().String())
	return told(e.signal, st, ev, ev.Deliver)
}
func (e *engine) ReportJctl(st *utrace.Stopped, ev *utrace.JctlEvent) utrace.JctlVerdict {
	e.hear("Jctl")
	return told(e.jctl, st, ev, ev.Continue)
}
func (e *engine) ReportExit(st *utrace.Stopped, ev *utrace.ExitEvent) utrace.ExitVerdict {
	e.hear("Exit")
	return told(e.exit, st, ev, ev.Continue)
}
func (e *engine) ReportDeath(id utrace.TaskID, ev *utrace.DeathEvent) {
	e.hear("Death")
	if e.death != nil {
		e.death(id, ev)
	}
}
func (e *engine) ReportReap(id utrace.TaskID) {
	e.hear("Reap")
	if e.reap != nil {
		e.reap(id)
	}
}

// attach fails the test if Attach fails.
func attach(t testing.TB, task *utrace.Task, e utrace.Engine, opts ...utrace.AttachOption) *utrace.Attachment {
	t.Helper()
	a, err := task.Attach(e, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// want checks an errno; 0 is nil.
func want(t testing.TB, what string, err error, errno unix.Errno) {
	t.Helper()
	if errno == 0 && err != nil || errno != 0 && !errors.Is(err, errno) {
		t.Errorf("%s answered %v, want %v", what, err, errno)
	}
}

// elsewhere runs f on another goroutine and waits for it.
func elsewhere(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
}

// entry reports a call.
func (s site) entry(nr int64) utrace.Outcome {
	return s.space.SyscallEntry(s.task, utrace.Call{Arch: 1, Nr: nr, Args: [6]uint64{1, 2, 3}}, s.m)
}

// site is a Space with one task.
type site struct {
	space *utrace.Space
	host  *host
	task  *utrace.Task
	m     *machine
}

func newSite(t testing.TB) site {
	s, h := newSpace(t)
	task := s.Add(100, 100)
	m := &machine{}
	h.machines[task.ID().Serial] = m
	return site{space: s, host: h, task: task, m: m}
}

// end tells Death and Reap.
func (s site) end() {
	s.space.Death(s.task, utrace.DeathEvent{})
	s.space.Reap(s.task)
}

// hold makes an engine hold the task, as from a report of Quiesce, and parks it.
func (s site) hold(t testing.TB, a *utrace.Attachment) {
	t.Helper()
	e := a.Engine().(*engine)
	e.quiesce = func(_ *utrace.Stopped, ev *utrace.QuiesceEvent) utrace.QuiesceVerdict {
		return ev.Continue().Then(utrace.Stop)
	}
	out := s.space.Quiesce(s.task, s.m)
	e.quiesce = nil
	if out.Action != utrace.Stop || !s.space.Park(s.task) {
		t.Fatalf("the task is not held: %v", out.Action)
	}
	s.space.Settle(s.task)
}
