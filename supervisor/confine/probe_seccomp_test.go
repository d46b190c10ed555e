// Why there are no filters: of a kernel without them, and of a place without /proc.

package confine

import (
	"os"
	"strings"
	"testing"
)

func TestSeccompActions(t *testing.T) {
	for _, c := range []struct{ name, folder, actions, says string }{
		{"has them", "/sys/kernel/seccomp", "kill_process errno trace allow\n", ""},
		{"before Linux 4.8", "/sys/kernel/seccomp", "kill errno allow\n", "no action"},
		{"none built in", "/sys/kernel", "", "CONFIG_SECCOMP_FILTER"},
		{"no /proc", "", "", "without /proc/sys"},
	} {
		t.Run(c.name, func(t *testing.T) {
			proc := t.TempDir()
			if err := os.MkdirAll(proc+c.folder, 0o700); err != nil {
				t.Fatal(err)
			}
			if c.actions != "" {
				if err := os.WriteFile(proc+c.folder+"/actions_avail", []byte(c.actions), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if f := seccompActions(proc); f.OK() != (c.says == "") || !strings.Contains(f.Missing, c.says) {
				t.Errorf("%+v", f)
			}
		})
	}
}
