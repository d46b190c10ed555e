// What SIGCHLD tells of, and that stops do without it.

package ptrace

import (
	"os"
	"os/signal"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
)

// TestQuietStops: stops are signalled to this process until it says otherwise, and deaths after that too.
func TestQuietStops(t *testing.T) {
	var before sigaction
	if err := getSigaction(unix.SIGCHLD, &before); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = setSigaction(unix.SIGCHLD, &before) })
	if n := childSignals(t, false); n == 0 {
		t.Error("stops are not signalled: there is nothing for QuietStops to do")
	}
	for range 2 { // twice is as good as once
		if err := QuietStops(); err != nil {
			t.Fatal(err)
		}
	}
	if n := childSignals(t, false); n != 0 {
		t.Errorf("%d SIGCHLD for stops", n)
	}
	if n := childSignals(t, true); n == 0 {
		t.Error("no SIGCHLD for a death")
	}
}

// childSignals counts what SIGCHLD this process hears of while a task stops a hundred times, or dies.
func childSignals(t *testing.T, dies bool) (n int) {
	cfg := victim(t, "spin")
	cfg.Filter = tracing(unix.SYS_GETPPID)
	jail(t, cfg, func(j *jailed) {
		j.reachSeccomp()
		heard := make(chan os.Signal, 1000)
		signal.Notify(heard, unix.SIGCHLD, unix.SIGWINCH)
		defer signal.Stop(heard)
		if dies {
			j.ok(unix.Kill(j.first, unix.SIGKILL))
			for s, err := j.Wait(); s.Kind != kernel.Death; s, err = j.Wait() {
				j.ok(err)
				j.goOn(s)
			}
		} else {
			for range 100 {
				j.reachSeccomp()
			}
		}
		// The kernel and os/signal deliver the lesser number first, so SIGWINCH comes after all that was there before it.
		j.ok(unix.Kill(os.Getpid(), unix.SIGWINCH))
		for sig := range heard {
			if sig == unix.SIGWINCH {
				return
			}
			n++
		}
	})
	return n
}
