// What is to be run.

package harness

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"jail/engines/clock"
	"jail/engines/fault"
	"jail/engines/trace"
	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/launch"
	"jail/supervisor/utrace"
)

// Config says what a run is made of. Its zero value is a run under the policy observe, without faults, with DefaultTrace.
type Config struct {
	// Policy is a built-in policy's name, or a file's, as jail run takes it; "": observe. Plan, if not nil, takes its place.
	Policy string
	Plan   *policy.Plan

	Dir     string   // working folder, absolute; "": the caller's
	Environ []string // NAME=value, before the policy's rules; nil: none
	Stdin   []byte   // standard input, then its end
	Feed    bool     // standard input stays open for Run.Write instead

	Faults []fault.Rule
	Clock  *clock.Settings // the program's clocks and randomness; nil: the machine's
	// Trace are the calls that are told of, in the grammar of trace.Names; nil: DefaultTrace. Those of Faults are told, too. What is
	// not told costs nothing.
	Trace []string
	// Traceable are calls that faults may be attached to while the program runs (Run.Attach), beside those of Trace.
	Traceable []string

	// Sink is told of each event of the trace, too, on the jail's own thread and while the task waits: it must not block. nil: nobody.
	Sink func(*trace.Event)

	Timeout time.Duration // the tree is killed then; 0: DefaultTimeout, negative: none
	// Tell hears what does not keep the program from starting, such as a rule that this kernel can't hold. nil: nobody.
	Tell func(error)
}

// DefaultTimeout is how long a program may run.
const DefaultTimeout = time.Minute

// DefaultTrace is what is told if nobody says what: files, descriptors, sockets, processes, signals. Not among them are calls that are
// made often and that tests ask little about: futex, clocks, brk and the like.
func DefaultTrace() []string { return []string{"%file", "%desc", "%network", "%process", "%signal"} }

// ErrConfig is wrapped by the errors of Start for a Config that means nothing: they are the test's fault, not the program's.
var ErrConfig = errors.New("the test is wrong")

// plan is the policy's.
func (c *Config) plan() (*policy.Plan, error) {
	if c.Plan != nil {
		return c.Plan, nil
	}
	name := c.Policy
	if name == "" {
		name = "observe"
	}
	return launch.Plan(name)
}

// traced are the calls that are told of: names as trace.Names has them, sorted.
func (c *Config) traced(faults *fault.Engine) ([]string, error) {
	words := c.Trace
	if words == nil {
		words = DefaultTrace()
	}
	names, err := trace.Names(words)
	if err != nil {
		return nil, fmt.Errorf("%w: which calls to trace: %w", ErrConfig, err)
	}
	if faults != nil {
		names = append(names, namesOf(faults.Syscalls())...)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// namesOf are the names of calls.
func namesOf(set *utrace.SyscallSet) []string {
	var names []string
	set.Each(func(arch uint32, nr int64) {
		if name, ok := seccomp.ABIOf(arch, uint32(nr)).Name(int(nr)); ok {
			names = append(names, name)
		}
	})
	return names
}

// setOf is a set of calls of this machine's ABI.
func setOf(words []string) (*utrace.SyscallSet, error) {
	if len(words) == 0 {
		return nil, nil
	}
	names, err := trace.Names(words)
	if err != nil {
		return nil, fmt.Errorf("%w: which calls faults may be attached to: %w", ErrConfig, err)
	}
	set, abi := new(utrace.SyscallSet), seccomp.Native()
	for _, n := range names {
		if nr, ok := abi.Number(n); ok {
			set.Add(abi.AuditArch(), int64(nr))
		}
	}
	return set, nil
}
