// Small engines with one callback each, for tests that say in place what it does.

package integration

import "jail/supervisor/utrace"

// An onEntry is an engine for SyscallEntry.
type onEntry struct {
	name  string
	calls *utrace.SyscallSet
	do    func(*utrace.Stopped, *utrace.EntryEvent) utrace.EntryVerdict
}

func (e *onEntry) Name() string                 { return e.name }
func (*onEntry) Events() utrace.Mask            { return utrace.SyscallEntry }
func (e *onEntry) Syscalls() *utrace.SyscallSet { return e.calls }
func (e *onEntry) ReportSyscallEntry(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	return e.do(st, ev)
}

// An onExited is an engine for SyscallExit.
type onExited struct {
	name  string
	calls *utrace.SyscallSet
	do    func(*utrace.Stopped, *utrace.ExitedEvent) utrace.ExitedVerdict
}

func (e *onExited) Name() string                 { return e.name }
func (*onExited) Events() utrace.Mask            { return utrace.SyscallExit }
func (e *onExited) Syscalls() *utrace.SyscallSet { return e.calls }
func (e *onExited) ReportSyscallExit(st *utrace.Stopped, ev *utrace.ExitedEvent) utrace.ExitedVerdict {
	return e.do(st, ev)
}

// An onSignal is an engine for all signals.
type onSignal struct {
	name string
	do   func(*utrace.Stopped, *utrace.SignalEvent) utrace.SignalVerdict
}

func (e *onSignal) Name() string      { return e.name }
func (*onSignal) Events() utrace.Mask { return utrace.Signals }
func (e *onSignal) ReportSignal(st *utrace.Stopped, ev *utrace.SignalEvent) utrace.SignalVerdict {
	return e.do(st, ev)
}

// An onClone is an engine for Clone; entry may be nil.
type onClone struct {
	name string
	do   func(*utrace.Stopped, *utrace.CloneEvent) utrace.CloneVerdict
}

func (e *onClone) Name() string      { return e.name }
func (*onClone) Events() utrace.Mask { return utrace.Clone }
func (e *onClone) ReportClone(st *utrace.Stopped, ev *utrace.CloneEvent) utrace.CloneVerdict {
	return e.do(st, ev)
}

// An onCloneEntry is an engine that is asked before there is a child.
type onCloneEntry struct {
	name string
	do   func(*utrace.Stopped, *utrace.CloneEntryEvent) utrace.CloneEntryVerdict
}

func (e *onCloneEntry) Name() string      { return e.name }
func (*onCloneEntry) Events() utrace.Mask { return utrace.Clone }
func (e *onCloneEntry) ReportCloneEntry(st *utrace.Stopped, ev *utrace.CloneEntryEvent) utrace.CloneEntryVerdict {
	return e.do(st, ev)
}
