// Calls with a time-out in a program that gets ignored signals all the time: they end when they are to end.

package integration

import "testing"

func TestTimeoutsUnderIgnoredSignals(t *testing.T) { same(t, allModes, "timeout") }
