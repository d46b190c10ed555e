// The part of a plan that is about signals.

package policy

import "slices"

// SignalRule says what happens to some signals before the program sees them.
type SignalRule struct {
	Signals []Signal     `json:"signals"` // any of these; never SIGKILL
	From    []Source     `json:"from"`    // sent by any of these; never empty
	Do      SignalAction `json:"do"`
	Replace Signal       `json:"replace,omitempty"` // what is delivered instead, if Do is ReplaceSignal
	Report  bool         `json:"report"`            // each use is reported
	Rule    int          `json:"rule"`              // index into Plan.Rules
}

// Matches tells whether the rule is about signal s sent by from.
func (r SignalRule) Matches(s Signal, from Source) bool {
	return slices.Contains(r.From, from) && slices.Contains(r.Signals, s)
}

// Source is who sent a signal.
type Source string

// The senders. Which one it was is told from siginfo (sigaction(2), si_code
// and si_pid).
const (
	FromInside  Source = "inside"  // a task of the jail
	FromOutside Source = "outside" // any other process
	FromKernel  Source = "kernel"  // the kernel: a fault, a timer, a dead child, a terminal
)

// SignalAction is what happens to a signal.
type SignalAction string

// What may happen to a signal.
const (
	Deliver        SignalAction = "deliver"   // the program gets it
	Ignore         SignalAction = "ignore"    // it is dropped
	ReplaceSignal  SignalAction = "replace"   // the program gets another one
	SignalKill     SignalAction = "kill"      // the process it was for dies of SIGKILL
	SignalKillTree SignalAction = "kill-tree" // everything in the jail dies
)
