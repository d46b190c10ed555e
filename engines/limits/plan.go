// From a policy's plan to the engine's settings.

package limits

import (
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"jail/engines/internal/reason"
	"jail/policy"
)

// Of are the settings that a plan asks for.
func Of(p *policy.Plan) Settings {
	l := p.Limits
	return Settings{
		WallTime: bound(p, l.WallTime), CPUTime: bound(p, l.CPUTime), Output: bound(p, l.Output),
		Signal: unix.Signal(l.Signal), Grace: l.Grace, Survivors: p.Survivors == policy.SurvivorsWait,
	}
}

// bound is one limit, in the words of its rule: "limits: wall-time: 10m".
func bound[T uint64 | time.Duration](p *policy.Plan, l policy.Limit[T]) Bound {
	if !l.Set {
		return Bound{}
	}
	rule := reason.Rule(p.Rules, l.Rule)
	text := rule.Text
	if i := strings.LastIndex(text, ": "); i >= 0 {
		text = text[i+2:]
	}
	return Bound{Most: max(1, uint64(l.Most)), Text: text, Why: reason.Of(rule, "", "")}
}

// Memory is what a plan says of memory, for processes that the kernel killed for it.
func Memory(p *policy.Plan) Bound { return bound(p, p.Limits.Memory) }

// FileSizeOf is the engine that tells of a plan's limit on the size of files.
func FileSizeOf(p *policy.Plan) *FileSize {
	b := bound(p, p.Limits.FileSize)
	return NewFileSize(b.Why, b.Text)
}
