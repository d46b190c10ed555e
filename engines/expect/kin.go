// Calls of the same family as one that did not come: libraries choose among them.

package expect

import (
	"fmt"
	"slices"
	"strings"

	"jail/engines/trace"
)

// shortest name that makes a family: read and readlink are none.
const shortest = 5

// kin is a hint at a call that was made in the place of one that is expected: renameat2 for rename. "": there is none.
func (m *matcher) kin(events []*trace.Event) string {
	if m.kind != trace.KindSyscall || m.names == nil {
		return ""
	}
	var hints []string
	for _, ev := range events {
		if ev.Call == nil || m.names[ev.Call.Name] {
			continue
		}
		for want := range m.names {
			short, long := want, ev.Call.Name
			if len(short) > len(long) {
				short, long = long, short
			}
			if (len(short) >= shortest || short == "open") && strings.HasPrefix(long, short) {
				hints = append(hints, fmt.Sprintf("; there is %s, though: %s* means both", ev.Call.Name, short))
			}
		}
	}
	if len(hints) == 0 {
		return ""
	}
	return slices.Min(hints)
}
