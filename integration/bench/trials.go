// All trials, in the order of the tables.

package main

// Groups of trials: real work, what one event costs, and what grows.
const (
	groupWork = "work"
	groupCost = "cost"
	groupSize = "size"
)

// Names of entries that many trials have.
const (
	native  = "native"
	floor   = "floor"
	strict  = "ci-build" // the policy that goals speak of
	library = "jail"     // the supervisor as a library, with an engine that only looks
)

func (b *bench) trials() []trial {
	all := b.works()
	all = append(all, b.stops()...)
	all = append(all, b.placement()...)
	all = append(all, b.crowds())
	all = append(all, b.lives(), b.signals("ping-pong", "SIGUSR1 to another process and back", "pingpong"),
		b.signals("urgent", "SIGURG to itself, as Go programs send it", "urgent"))
	all = append(all, b.goSignals(), b.reports(), b.reportedLives())
	return append(all, b.fairness(), b.memory(), b.growth(), b.rules(), b.ruledCalls())
}
