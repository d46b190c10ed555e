// What is found out about the kernel for a policy is what is asked about then.

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"jail/supervisor/confine"
	"jail/supervisor/launch"
)

// TestParts looks at what each rule needs: what nobody has looked for is said to be missing, and so would refuse the policy.
func TestParts(t *testing.T) {
	for _, rules := range []string{
		"limits: {memory: 1GiB}", "limits: {memory: 1GiB, tasks: 5}\nfilesystem: {read: [/], write: [/]}", "filesystem: {deny: [/etc/passwd]}", "filesystem: {tmp: private, dev: private}",
		"filesystem: {read: [/], write: [/], protect: [/etc/passwd]}", "network: loopback", "network: none", "outside: sealed", `network: {connect: ["203.0.113.7:443"], bind: ["*:80"]}`,
	} {
		name := filepath.Join(t.TempDir(), "p.yaml")
		if err := os.WriteFile(name, []byte("version: 1\ndefault: allow\n"+rules+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		plan, err := loadPlan(name)
		if err != nil {
			t.Fatal(err)
		}
		has := confine.ProbeOnly(launch.Parts(plan))
		if p := launch.Parts(plan); p&confine.PartCgroup != 0 { // as if there were one, wherever this runs
			has.Cgroup, has.CgroupMounts = confine.Feature{}, []string{t.TempDir()}
		}
		_, unmet, _, err := examine(plan, has)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range unmet {
			if strings.Contains(u.Missing, "nobody has looked") {
				t.Errorf("%s: %s", rules, u.Missing)
			}
		}
	}
}
