// What a wait status says: a pure function from what waitid(2) fills in to a kernel.Stop.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// decode reads si_code and si_status. Stops are told apart by the status bits alone: a program can send itself any
// siginfo, so si_code of a SIGTRAP proves nothing (ptrace(2), "Signal-delivery-stop"). ok is false for what is no stop
// of a seized task: a status that no kernel we know of gives, or a job control stop of a child that is not traced.
func decode(tid int, code, status int32) (s kernel.Stop, ok bool) {
	s.TID = tid
	switch code {
	case cldExited:
		s.Kind = kernel.Death
		s.Status = utrace.ExitStatus{Code: int(status & 0xff)}
		return s, true
	case cldKilled, cldDumped:
		s.Kind = kernel.Death
		s.Status = utrace.ExitStatus{Signal: unix.Signal(status & 0x7f), Core: code == cldDumped}
		return s, status&0x7f != 0
	case cldTrapped:
		return decodeTrap(s, status)
	}
	return s, false
}

// decodeTrap reads the status of a ptrace-stop: event in the second byte, signal in the first.
func decodeTrap(s kernel.Stop, status int32) (kernel.Stop, bool) {
	sig := unix.Signal(status & 0xff)
	event := int(status >> 8)
	if status < 0 || sig == 0 {
		return s, false
	}
	if event == 0 {
		switch {
		case sig == unix.SIGTRAP|syscallStop:
			s.Kind = kernel.SyscallExit
		case sig < syscallStop:
			s.Kind, s.Signal = kernel.Signal, sig
		default:
			return s, false
		}
		return s, true
	}
	if event == unix.PTRACE_EVENT_STOP {
		s.Kind = kernel.Trap
		if sig != unix.SIGTRAP {
			s.Kind, s.Signal = kernel.Group, sig
		}
		return s, sig < syscallStop
	}
	switch event {
	case unix.PTRACE_EVENT_FORK, unix.PTRACE_EVENT_VFORK, unix.PTRACE_EVENT_CLONE:
		s.Kind, s.Flavor = kernel.Clone, event
	case unix.PTRACE_EVENT_EXEC:
		s.Kind = kernel.Exec
	case unix.PTRACE_EVENT_EXIT:
		s.Kind = kernel.Exit
	case unix.PTRACE_EVENT_SECCOMP:
		s.Kind = kernel.Seccomp
	default:
		return s, false
	}
	return s, sig == unix.SIGTRAP
}
