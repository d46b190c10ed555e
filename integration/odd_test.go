// Programs that do unusual things: secrets, terminals, calls past ptrace, namespaces.

package integration

import (
	"strings"
	"testing"

	"jail/supervisor"
)

// An undumpable program can't be looked into without privileges, and runs as well as any other (P33, P34).
func TestUndumpable(t *testing.T) { same(t, allModes, "dumpable") }

// Terminals inside of a jail: what is typed arrives, interrupts, suspends and hangs up.
func TestPseudoTerminal(t *testing.T) { same(t, allModes, "pty") }

// Calls that ptrace or seccomp do not see as others: dispatched to user space, through the vsyscall page (P31, P32).
func TestOddCalls(t *testing.T) { same(t, allModes, "odd") }

// A pid namespace inside of a jail has its own numbers; its first process dies of what it would die of (P44, T4). There is
// one difference: a fault of the first process kills nobody under a tracer (force_sig_info_to_task(), kernel/signal.c), so
// the jail kills it, and its parent sees SIGKILL instead of the fault's signal.
func TestPidNamespace(t *testing.T) {
	path := victim(t, "pidns")
	want := native(t, path)
	known := strings.NewReplacer("fault killed by 11", "fault killed by 9", "trap killed by 4", "trap killed by 9", "abort killed by 11", "abort killed by 9")
	want.Output = known.Replace(want.Output)
	for _, m := range allModes {
		t.Run(m.name, func(t *testing.T) {
			compare(t, want, jailed(t, supervisor.Command{Engines: m.engines(t)}, path).outcome)
		})
	}
}
