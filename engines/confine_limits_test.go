// Resource limits, and who can raise them.

package engines

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestKeptCapabilityRaisesLimits(t *testing.T) {
	const limits = "limits: {open-files: 64, core-size: 0, wall-time: 1m}\n"
	root, user := modern(), modern()
	root.Capabilities = ^uint64(0)
	for _, c := range []struct {
		text string
		root bool
		want int
	}{
		{limits, true, 0},
		{limits + "capabilities: [CAP_CHOWN]", true, 0},
		{limits + "capabilities: [CAP_CHOWN, CAP_SYS_RESOURCE]", true, 2},
		{limits + "capabilities: keep", true, 2},
		{"capabilities: keep", true, 0},
		{limits + "capabilities: [CAP_SYS_RESOURCE]", false, 0},
		{limits + "capabilities: keep", false, 0},
	} {
		has := user
		if c.root {
			has = root
		}
		_, all, plan, _ := confined(t, has, c.text)
		n := 0
		for _, u := range Unsound(all) {
			if _, text := u.Of(plan); strings.HasPrefix(text, "limits: ") && strings.Contains(u.Missing, "CAP_SYS_RESOURCE") {
				n++
			}
		}
		if n != c.want {
			t.Errorf("%s, root %v: %d limits are unmet, want %d: %+v", c.text, c.root, n, c.want, all)
		}
	}
	root.Capabilities &^= 1 << unix.CAP_SYS_RESOURCE // a container's root
	if _, all, _, _ := confined(t, root, limits+"capabilities: keep"); len(all) != 0 {
		t.Errorf("without the capability: %+v", all)
	}
}
