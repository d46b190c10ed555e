// Calls that signals interrupt: what is restarted natively is restarted under a jail, and what answers EINTR does so.

package integration

import "testing"

func TestInterruptedCalls(t *testing.T) { same(t, allModes, "restart") }
