// Scripts: what the programs of a scenario do, step by step.

package sim

import (
	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// A Script is one program. When it runs out of steps it calls exit_group(0).
type Script []Step

// op says what a step does.
type op uint8

const (
	opCall op = iota
	opSleep
	opPause
	opPoll
	opTimed
	opFault
	opFork
	opVFork
	opThread
	opExec
	opExit
	opExitGroup
	opRaise
	opKillParent
	opKillChild
	opHandle
	opIgnore
	opPoint
)

// A Step is one system call of a program.
type Step struct {
	op     op
	call   utrace.Call
	traced bool // the filter says RET_TRACE
	waits  bool // for a while, when the kernel has acted on it
	again  bool // at the same address as the step before
	result int64
	script Script // of a child, or of the program that exec starts
	code   int
	sig    unix.Signal
}

// Arch is the architecture of every call in the model.
const Arch = unix.AUDIT_ARCH_X86_64

// Numbers of the model's calls.
const (
	NrPlain     = 1000 // Call(i) is NrPlain+i
	NrClone     = 2000
	NrExec      = 2001
	NrExit      = 2002
	NrExitGroup = 2003
	NrSleep     = 2004
	NrPause     = 2005
	NrPoll      = 2006
	NrKill      = 2007
	NrSigaction = 2008
	NrTimed     = 2009
	NrPoint     = 2011
	NrFault     = 2010 // no call, but a number to know it by
)

func step(o op, nr int64) Step {
	return Step{op: o, call: utrace.Call{Arch: Arch, Nr: nr, Args: [6]uint64{uint64(nr), 2, 3, 4, 5, 6}}}
}

// Call makes the untraced call number i, which returns i.
func Call(i int) Step {
	s := step(opCall, NrPlain+int64(i))
	s.result = int64(i)
	return s
}

// Sleep is a blocking call that may end at any time, and that is restarted after a signal without handler.
func Sleep() Step { return step(opSleep, NrSleep) }

// Pause is a blocking call that only a signal with a handler ends.
func Pause() Step { return step(opPause, NrPause) }

// Poll is a blocking call that answers EINTR for any signal that wakes it, as epoll_wait does (signal(7)).
func Poll() Step { return step(opPoll, NrPoll) }

// Timed is a Poll that answers 1 at any time, or 0 when Patience has passed.
func Timed() Step { return step(opTimed, NrTimed) }

// Segv is an instruction that raises SIGSEGV, until a handler has seen to it.
func Segv() Step { return step(opFault, NrFault) }

// Fork makes a child process with its own script.
func Fork(s Script) Step { return child(opFork, s) }

// VFork does, and waits until the child has called exec or ended.
func VFork(s Script) Step { return child(opVFork, s) }

// Thread makes another thread of the process.
func Thread(s Script) Step { return child(opThread, s) }

func child(o op, s Script) Step {
	st := step(o, NrClone)
	st.script = s
	return st
}

// Exec starts another program.
func Exec(s Script) Step {
	st := step(opExec, NrExec)
	st.script = s
	return st
}

// Exit ends the thread.
func Exit(code int) Step {
	s := step(opExit, NrExit)
	s.code = code
	return s
}

// ExitGroup ends the process.
func ExitGroup(code int) Step {
	s := step(opExitGroup, NrExitGroup)
	s.code = code
	return s
}

// Raise sends the thread a signal.
func Raise(sig unix.Signal) Step { return signalling(opRaise, NrKill, sig) }

// KillParent sends the parent process a signal.
func KillParent(sig unix.Signal) Step { return signalling(opKillParent, NrKill, sig) }

// KillChild sends a signal to the youngest process that this thread made and that is not reaped.
func KillChild(sig unix.Signal) Step { return signalling(opKillChild, NrKill, sig) }

// Handle installs a handler.
func Handle(sig unix.Signal) Step { return signalling(opHandle, NrSigaction, sig) }

// Ignore sets SIG_IGN.
func Ignore(sig unix.Signal) Step { return signalling(opIgnore, NrSigaction, sig) }

func signalling(o op, nr int64, sig unix.Signal) Step {
	s := step(o, nr)
	s.sig = sig
	return s
}

// Again makes the step's call at the same place as the step before, as a loop does.
func (s Step) Again() Step { s.again = true; return s }

// Traced makes the filter stop for the step's call.
func (s Step) Traced() Step { s.traced = true; return s }

// Nr is the number of the step's call.
func (s Step) Nr() int64 { return s.call.Nr }
