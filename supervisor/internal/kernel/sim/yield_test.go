// Commands of other goroutines also between any two locks of the protocol. Only with the tag yield, in a build whose
// overlay gives utrace a mutex that calls Yield: TestBetweenLocks and TestMutations make it.

//go:build yield

package sim_test

import "jail/supervisor/utrace"

func init() {
	onWorld = func(w *world) {
		utrace.Yield = func() {
			if w.owner && w.checking == 0 && !w.returning {
				w.k.Land()
			}
			w.returning = w.returning && !w.owner
		}
	}
}
