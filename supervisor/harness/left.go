// Processes that ran still when the first one had ended.

package harness

import (
	"fmt"
	"strings"

	"jail/engines/trace"
)

// survived tells whether the event is the end of a process that was killed because the first one had ended (survivors: kill).
func survived(ev *trace.Event) bool {
	return ev.Kind == trace.KindDeath && ev.Task.TID == ev.Task.TGID && ev.Death.Killer.By == "policy" && ev.Death.Killer.Why.Rule == "survivors: kill"
}

// LeftBehind is a sentence about the processes that ran still when the first one had ended, and were killed then: a program that outlives
// its test. "": there is none. One that was only just made has its parent's name.
func (r *Result) LeftBehind() string {
	const most = 5
	var list []string
	for _, p := range r.left {
		list = append(list, fmt.Sprintf("%s[%d]", trace.Word(p.Program), p.PID))
	}
	n := len(list)
	switch {
	case n == 0:
		return ""
	case n == 1:
		return list[0] + " outlived the program, and was killed"
	case n > most:
		return fmt.Sprintf("%s and %d more outlived the program, and were killed", strings.Join(list[:most], ", "), n-most)
	}
	return strings.Join(list, ", ") + " outlived the program, and were killed"
}
