// The observer of what the kernel refuses.

package engines

import (
	"strings"

	"jail/engines/refusals"
	"jail/policy"
	"jail/supervisor/confine"
	"jail/supervisor/utrace"
)

// Refusals makes the observer that says what the kernel refuses of files, by which rule of the plan: Landlock gives no reasons.
// spec is what Confine made of plan and at; with all, calls that only read are looked at too, and each costs a stop. tell is
// called on the jail's own thread and must not block. It is false where nothing is refused. Any goroutine; it looks at files,
// right before the start.
func Refusals(plan *policy.Plan, at *policy.Located, spec *confine.Spec, all bool, tell func(utrace.TaskID, utrace.Why)) (Built, bool) {
	s := refusals.Settings{Domain: spec.Domain, Files: at.Files, Rules: plan.Rules, All: all, Tell: tell, Cgroups: plan.OutsideRule, Fixed: spec.Fixed, Absent: at.Absent}
	if spec.Cgroup != nil {
		s.Cgroups = plan.Limits.Memory.Rule
	}
	for _, m := range spec.Mounts {
		switch m.Kind {
		case confine.Bind:
			if spec.Tmp == "" {
				continue
			}
			if m.Source == spec.Tmp {
				s.Tmp = append(s.Tmp, m.Target)
			} else if strings.HasPrefix(m.Target, spec.Tmp+"/") {
				s.Kept = append(s.Kept, m.Source)
			}
		case confine.Mask:
			s.Masks = append(s.Masks, m.Target)
		case confine.ReadOnly:
			s.ReadOnly = append(s.ReadOnly, m.Target)
		}
	}
	if !s.Needed() {
		return Built{}, false
	}
	return Built{Engine: refusals.New(s), Observe: true}, true
}
