// Who caused a death: what is told of it, and that nothing is told that is not known.

package integration

import (
	"os"
	"strings"
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

// The core flag of a wait status is told, and stands in the report as it does natively (wait(2), WCOREDUMP).
func TestCoreFlag(t *testing.T) {
	pattern, err := os.ReadFile("/proc/sys/kernel/core_pattern")
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(string(pattern), "|") {
		t.Skip("the kernel pipes core images to a program (core_pattern), which may be anything")
	}
	dir := t.TempDir()
	script := []string{"/bin/sh", "-c", `cd "$0" && ulimit -c $(ulimit -H -c) && kill -SEGV $$`, dir}
	want := native(t, script[0], script[1:]...)
	got := jailed(t, supervisor.Command{}, script[0], script[1:]...)
	compare(t, want, got.outcome)
	if !want.Status.Core {
		t.Skip("this kernel writes no core image here: its hard limit is 0")
	}
	if !got.result.Status.Core {
		t.Error("no core flag in the jail")
	}
}
