// Time-outs of calls: none of the model's has one yet.

package sim

import (
	"time"

	"jail/supervisor/utrace"
)

// Timeout is kernel.Kernel's.
func (k *Kernel) Timeout(tid int, r utrace.Registers) (time.Duration, int64, bool) {
	return 0, 0, false
}
