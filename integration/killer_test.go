// Who caused a death: what is told of it, and that nothing is told that is not known.

package integration

import (
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor"
)

// The kernel tells no tracer who sent SIGKILL; of other signals the sender is told, to one thread, and all die of it.
func TestWhoKilled(t *testing.T) {
	for _, c := range []struct {
		name, by string
		sig      unix.Signal
		command  []string
	}{
		{"SIGKILL by itself", "unknown", unix.SIGKILL, []string{"/bin/sh", "-c", "kill -KILL $$"}},
		{"SIGKILL for RLIMIT_CPU", "unknown", unix.SIGKILL, []string{"/bin/sh", "-c", "ulimit -t 1; trap '' XCPU; while :; do :; done"}},
		{"SIGXCPU", "kernel", unix.SIGXCPU, []string{"/bin/sh", "-c", "ulimit -S -t 1; while :; do :; done"}},
		{"SIGTERM", "pid", unix.SIGTERM, []string{"/bin/sh", "-c", "kill -TERM $$"}},
		{"a thread's SIGTERM", "pid", unix.SIGTERM, []string{victim(t, "thread_term")}},
		{"nobody", "", 0, []string{"/bin/true"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := jailed(t, supervisor.Command{}, c.command[0], c.command[1:]...)
			if r.Status.Signal != c.sig || r.result.Killer.By != c.by {
				t.Errorf("%v by %q, want %v by %q", r.Status, r.result.Killer.By, c.sig, c.by)
			}
			for _, e := range r.ledger.tasks {
				if e.death.Killer.By != c.by && e.death.Status.Signal == c.sig {
					t.Errorf("%v: %v by %q", e.id, e.death.Status, e.death.Killer.By)
				}
			}
		})
	}
}
