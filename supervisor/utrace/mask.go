// Events, and masks of them.

package utrace

import "strings"

// A Mask is a set of events. The zero Mask is empty.
type Mask uint32

// The events of the protocol. See the Report… interfaces for what each callback may do.
const (
	Quiesce      Mask = 1 << iota // before each other report, and alone when somebody asked
	Clone                         // a child was created and has run nothing yet
	Exec                          // a new program is mapped and has run nothing yet
	SyscallEntry                  // before a system call
	SyscallExit                   // after it, before user mode
	Signal                        // a handler is about to run
	SignalIgn                     // a signal is about to be ignored
	SignalStop                    // a signal is about to stop the process
	SignalTerm                    // a signal is about to end the process
	SignalCore                    // the same, with core
	Jctl                          // job control: stopped or continued
	Exit                          // on its way out, memory still there
	Death                         // dead, the status is final
	Reap                          // waited for; the tid may be reused
)

// Signals is every event about a signal.
const Signals = Signal | SignalIgn | SignalStop | SignalTerm | SignalCore

// All is every event there is.
const All = Reap<<1 - 1

var eventNames = [...]string{"Quiesce", "Clone", "Exec", "SyscallEntry", "SyscallExit", "Signal", "SignalIgn",
	"SignalStop", "SignalTerm", "SignalCore", "Jctl", "Exit", "Death", "Reap"}

// On joins events to a mask.
func On(events ...Mask) Mask {
	var m Mask
	for _, e := range events {
		m |= e
	}
	return m
}

// Has tells whether every event of e is in m.
func (m Mask) Has(e Mask) bool { return m&e == e }

// some tells whether m has events of e, but not all.
func (m Mask) some(e Mask) bool { return m&e != 0 && m&e != e }

// String lists the events by name.
func (m Mask) String() string {
	switch m {
	case 0:
		return "none"
	case Signals:
		return "Signals"
	}
	var names []string
	for i, n := range eventNames {
		if m&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	if m&^All != 0 {
		names = append(names, "unknown")
	}
	return strings.Join(names, "|")
}

// EventOf is the signal event that tells of a disposition.
func (d Disposition) EventOf() Mask {
	switch d {
	case ToHandler:
		return Signal
	case ToIgnore:
		return SignalIgn
	case ToStop:
		return SignalStop
	case ToCore:
		return SignalCore
	}
	return SignalTerm // an unknown disposition is treated as the gravest that every engine expects
}

// An Action is what an engine wants of the task after a report, or through Control. Of all engines' the smallest wins; of one
// engine's the latest: a callback that answers anything but Stop (Continue answers Resume) lets go of what the same engine
// stopped before, as Control does. That is utrace's rule (finish_callback() of its kernel patches clears the engine's wish to
// stop). Two things keep that from happening by accident:
//
//   - What was stopped before is what stood stopped before. At one and the same stop more than one callback may come (Quiesce
//     before another event, the entry of clone and that of the call): one Stop among their answers, or a Stop that Control
//     answered nil to meanwhile, is enough.
//   - While an engine holds a task it is not told of a Quiesce that only others asked for: each believes that it is alone.
//
// What an engine that holds a task is still told of is the Quiesce that it asked for itself, and the task's end.
type Action uint8

// The resume actions, strongest first.
const (
	Stop       Action = iota + 1 // stay stopped until this engine lets go
	Interrupt                    // report Quiesce soon, breaking into a blocking call
	Report                       // report Quiesce soon
	SingleStep                   // run one instruction, then report Quiesce
	BlockStep                    // run to the next branch, then report Quiesce
	Resume                       // run
	Detach                       // run, and forget this engine
)

// String names the action.
func (a Action) String() string {
	names := [...]string{"none", "Stop", "Interrupt", "Report", "SingleStep", "BlockStep", "Resume", "Detach"}
	if int(a) < len(names) {
		return names[a]
	}
	return "unknown"
}
