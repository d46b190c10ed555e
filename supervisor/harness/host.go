// Limits of a policy that are kept by the one who runs the program: wall time, processor time, output.

package harness

import (
	"golang.org/x/sys/unix"

	"jail/engines/limits"
	"jail/supervisor"
	"jail/supervisor/report"
	"jail/supervisor/utrace"
)

// host is the limits.Host of a run.
type host struct {
	jail *supervisor.Jail
	rec  *report.Recorder
	log  *log
}

// PID is limits.Host's.
func (h *host) PID() int { return h.jail.PID() }

// Do is limits.Host's.
func (h *host) Do(f func()) bool { return h.jail.Do(f) }

// Signal is limits.Host's.
func (h *host) Signal(sig unix.Signal) { go func() { _ = h.jail.Signal(sig) }() }

// KillTree is limits.Host's.
func (h *host) KillTree(who utrace.Killer) { h.jail.KillAs(who) }

// Tell is limits.Host's.
func (h *host) Tell(id utrace.TaskID, d utrace.Decision) {
	if id == (utrace.TaskID{}) {
		id = h.log.first
	}
	h.rec.Decided(id, d)
}

// limitsOf finds the engine of the limits among a command's, and has the one that only tells, tell.
func (r *Run) limitsOf(c *supervisor.Command) (found *limits.Engine) {
	for _, e := range c.Engines {
		switch e := e.Engine.(type) {
		case *limits.Engine:
			found = e
		case *limits.FileSize:
			e.TellTo(r.host.Tell)
		}
	}
	return found
}
