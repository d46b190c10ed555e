// Tests that each policy printed in the reference starts as it is printed.

package policy

import (
	"strings"
	"testing"

	"jail/seccomp"
)

// What is advisory keeps a strict policy from starting, so an example with such a rule must say enforce: best-effort. What this
// kernel has or lacks is not asked.
func TestExamplesOfTheReferenceStart(t *testing.T) {
	for _, text := range examples(t) {
		p, err := load(text)
		if err != nil {
			t.Errorf("%v in\n%s", err, text)
			continue
		}
		plan, err := p.Compile(seccomp.X86_64)
		if err != nil {
			t.Errorf("%v in\n%s", err, text)
			continue
		}
		for _, d := range plan.Files.Deny {
			for _, w := range plan.Files.Write {
				if strings.ContainsAny(d.Path, "*?") && under(d.Path, w.Path) && plan.Enforce == EnforceStrict {
					t.Errorf("nothing is started: %s may match what appears later in\n%s", d.Path, text)
				}
			}
		}
		for _, r := range plan.Rules {
			if !r.Sound && plan.Enforce == EnforceStrict {
				t.Errorf("nothing is started: %s is advisory in\n%s", r.Text, text)
			}
		}
	}
}
