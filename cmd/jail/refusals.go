// What the kernel refuses without a reason: the reason, for people and the report.

package main

import "jail/supervisor/utrace"

// refused hears of a file that was kept from the program.
func (k *keeper) refused(id utrace.TaskID, why utrace.Why) { k.rec.Refused(id, "refusals", why) }
