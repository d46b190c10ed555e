// What an engine is: one small interface, and a callback interface for each event that it wants.

package utrace

import (
	"errors"
	"fmt"
	"maps"
)

// An Engine is a set of callbacks. Beside Name and Events it has a Report… method for every event of its mask
// and for no other; Attach fails otherwise, so that a misspelt method does not become a hole.
type Engine interface {
	// Name stands in reports, and is what Match looks for.
	Name() string
	// Events is the mask that an attachment begins with.
	Events() Mask
}

// The callback interfaces. All are called on the owner's goroutine, one at a time per Space, under no lock; the
// *Stopped is valid until the callback returns.
type (
	// QuiesceReporter hears Quiesce.
	QuiesceReporter interface {
		ReportQuiesce(*Stopped, *QuiesceEvent) QuiesceVerdict
	}
	// CloneReporter hears Clone, in the parent.
	CloneReporter interface {
		ReportClone(*Stopped, *CloneEvent) CloneVerdict
	}
	// CloneEntryReporter is for engines whose mask has Clone and that want to refuse or rewrite before there is a child.
	CloneEntryReporter interface {
		ReportCloneEntry(*Stopped, *CloneEntryEvent) CloneEntryVerdict
	}
	// ExecReporter hears Exec.
	ExecReporter interface {
		ReportExec(*Stopped, *ExecEvent) ExecVerdict
	}
	// EntryReporter hears SyscallEntry, for the calls that its Syscalls names.
	EntryReporter interface {
		Syscaller
		ReportSyscallEntry(*Stopped, *EntryEvent) EntryVerdict
	}
	// ExitedReporter hears SyscallExit, for the calls that its Syscalls names.
	ExitedReporter interface {
		Syscaller
		ReportSyscallExit(*Stopped, *ExitedEvent) ExitedVerdict
	}
	// SignalReporter hears Signal, SignalIgn, SignalStop, SignalTerm and SignalCore.
	SignalReporter interface {
		ReportSignal(*Stopped, *SignalEvent) SignalVerdict
	}
	// JctlReporter hears Jctl.
	JctlReporter interface {
		ReportJctl(*Stopped, *JctlEvent) JctlVerdict
	}
	// ExitReporter hears Exit.
	ExitReporter interface {
		ReportExit(*Stopped, *ExitEvent) ExitVerdict
	}
	// DeathReporter hears Death. The task has no memory any more; its entry in /proc is a zombie's.
	DeathReporter interface {
		ReportDeath(TaskID, *DeathEvent)
	}
	// ReapReporter hears Reap, always the last.
	ReapReporter interface {
		ReportReap(TaskID)
	}
	// Syscaller says which calls an engine wants to hear of. It is asked once, when the engine is attached.
	Syscaller interface {
		Syscalls() *SyscallSet
	}
	// ExitSyscaller says of which of its Syscalls an engine wants to hear the end, if not of all: each costs a stop. It is asked
	// once, when the engine is attached.
	ExitSyscaller interface {
		Exits() *SyscallSet
	}
)

// callbacks is an engine with its methods resolved once, at Attach; nothing changes it later.
type callbacks struct {
	engine     Engine
	spent      *Spent `hash:"-"` // of all engines of its name
	name       string
	mask       Mask
	quiesce    QuiesceReporter
	clone      CloneReporter
	cloneEntry CloneEntryReporter
	exec       ExecReporter
	entry      EntryReporter
	exited     ExitedReporter
	signal     SignalReporter
	jctl       JctlReporter
	exit       ExitReporter
	death      DeathReporter
	reap       ReapReporter
	calls      *SyscallSet
	exits      *SyscallSet // nil: those of calls
	seals      *SyscallSet // nil: it seals nothing
	able       Mask        // events there is a method for
}

// ErrCallbacks is wrapped by Attach's error when an engine's mask and its methods do not fit.
var ErrCallbacks = errors.New("mask and callbacks do not fit")

// heard are the calls of which an engine hears an event.
func (c *callbacks) heard(event Mask) *SyscallSet {
	if event == SyscallExit && c.exits != nil {
		return c.exits
	}
	return c.calls
}

// ErrDeaf is wrapped by Attach's error when an engine asks for calls that the filter, which is installed once and for all at
// the start (seccomp(2)), lets pass without a stop.
var ErrDeaf = errors.New("the filter does not stop for a call that it asks for")

// resolve finds the callbacks of an engine; what it has and what its mask asks for must be the same.
func resolve(e Engine) (*callbacks, error) {
	c := &callbacks{engine: e, name: e.Name(), mask: e.Events()}
	have, mask := c.find(e), c.mask
	if mask&^All != 0 {
		return c, fmt.Errorf("engine %s: %w: unknown event in its mask %v", c.name, ErrCallbacks, mask)
	}
	if have&Signals != 0 && mask&Signals != 0 { // one method serves all five: it is asked for by any of them
		have = have&^Signals | mask&Signals
	}
	c.able = have | mask&Signals
	if c.signal != nil {
		c.able |= Signals
	}
	if missing := mask &^ have; missing != 0 {
		return c, fmt.Errorf("engine %s: %w: its mask has %v but it lacks the method for it", c.name, ErrCallbacks, missing)
	}
	if deaf := have &^ mask; deaf != 0 {
		return c, fmt.Errorf("engine %s: %w: it has a method for %v that its mask never asks for", c.name, ErrCallbacks, deaf)
	}
	if c.cloneEntry != nil && !mask.Has(Clone) {
		return c, fmt.Errorf("engine %s: %w: it has ReportCloneEntry but its mask lacks Clone", c.name, ErrCallbacks)
	}
	if s, ok := e.(Syscaller); ok {
		c.calls = s.Syscalls().clone()
	}
	if s, ok := e.(ExitSyscaller); ok {
		c.exits = s.Exits().clone()
		for call := range c.exits.calls {
			if !c.calls.Has(call.arch, call.nr) {
				return c, fmt.Errorf("engine %s: %w: its Exits has call %d of %#x, of which its Syscalls has nothing", c.name, ErrCallbacks, call.nr, call.arch)
			}
		}
	}
	if s, ok := e.(ArgumentSealer); ok {
		c.seals = s.Seals().clone()
		for call := range c.seals.calls {
			if !c.calls.Has(call.arch, call.nr) {
				return c, fmt.Errorf("engine %s: %w: its Seals has call %d of %#x, of which its Syscalls has nothing", c.name, ErrCallbacks, call.nr, call.arch)
			}
		}
	}
	return c, nil
}

// find fills c and returns the events that the engine has methods for.
func (c *callbacks) find(e Engine) Mask {
	var have Mask
	note := func(ok bool, m Mask) {
		if ok {
			have |= m
		}
	}
	var ok bool
	c.quiesce, ok = e.(QuiesceReporter)
	note(ok, Quiesce)
	c.clone, ok = e.(CloneReporter)
	note(ok, Clone)
	if c.cloneEntry, ok = e.(CloneEntryReporter); ok && c.clone == nil {
		have |= Clone
	}
	c.exec, ok = e.(ExecReporter)
	note(ok, Exec)
	c.entry, ok = e.(EntryReporter)
	note(ok, SyscallEntry)
	c.exited, ok = e.(ExitedReporter)
	note(ok, SyscallExit)
	c.signal, ok = e.(SignalReporter)
	note(ok, Signals)
	c.jctl, ok = e.(JctlReporter)
	note(ok, Jctl)
	c.exit, ok = e.(ExitReporter)
	note(ok, Exit)
	c.death, ok = e.(DeathReporter)
	note(ok, Death)
	c.reap, ok = e.(ReapReporter)
	note(ok, Reap)
	return have
}

// A SyscallSet is a set of system calls, each an ABI's architecture and a number. The zero value is empty.
// It is filled before the engine is attached: Attach copies it.
type SyscallSet struct {
	all   bool
	calls map[archNr]narrow
}

// narrow is what makes a call worth a stop: a bit of some in an argument, and none of without. No some: whatever its arguments are.
type narrow struct {
	arg           int
	some, without uint32
}

type archNr struct {
	arch uint32
	nr   int64
}

// Add puts a call into the set and returns the set.
func (s *SyscallSet) Add(arch uint32, nr int64) *SyscallSet {
	return s.add(arch, nr, narrow{})
}

// AddIf is Add for calls that have one of the bits of some, and none of without, in argument arg (0–5), an int: open's flags,
// for one. The others do not stop for this engine, and so cost nothing; it is told of them only if another engine wants the
// call without that condition. The last Add or AddIf of a call holds.
func (s *SyscallSet) AddIf(arch uint32, nr int64, arg int, some, without uint32) *SyscallSet {
	if arg < 0 || arg > 5 || some == 0 { // nothing that a filter could look at
		return s.add(arch, nr, narrow{})
	}
	return s.add(arch, nr, narrow{arg, some, without})
}

func (s *SyscallSet) add(arch uint32, nr int64, n narrow) *SyscallSet {
	if s.calls == nil {
		s.calls = make(map[archNr]narrow)
	}
	s.calls[archNr{arch, nr}] = n
	return s
}

// When is what AddIf was given for a call; some is 0 for one that is wanted whatever its arguments are, or not at all.
func (s *SyscallSet) When(arch uint32, nr int64) (arg int, some, without uint32) {
	if s == nil {
		return 0, 0, 0
	}
	n := s.calls[archNr{arch, nr}]
	return n.arg, n.some, n.without
}

// AddAll makes the set hold every call that the filter stops for whatever reason.
func (s *SyscallSet) AddAll() *SyscallSet { s.all = true; return s }

// clone copies the set: what an engine does to its own later does not matter.
func (s *SyscallSet) clone() *SyscallSet {
	if s == nil {
		return new(SyscallSet)
	}
	return &SyscallSet{all: s.all, calls: maps.Clone(s.calls)}
}

// Has tells whether the call is in the set.
func (s *SyscallSet) Has(arch uint32, nr int64) bool {
	if s == nil {
		return false
	}
	if s.all {
		return true
	}
	_, ok := s.calls[archNr{arch, nr}]
	return ok
}

// worth tells whether call c is in the set with arguments that are worth a stop.
func (s *SyscallSet) worth(c Call) bool {
	if !s.Has(c.Arch, c.Nr) {
		return false
	}
	n, listed := s.calls[archNr{c.Arch, c.Nr}]
	arg := uint32(c.Args[n.arg])
	return s.all || !listed || n.some == 0 || arg&n.some != 0 && arg&n.without == 0
}

// Each calls f for every call that was added by number, in no order.
func (s *SyscallSet) Each(f func(arch uint32, nr int64)) {
	if s == nil {
		return
	}
	for c := range s.calls {
		f(c.arch, c.nr)
	}
}
