// Compiling limits, environment and descriptors: the supervisor carries them out.

package policy

import (
	"fmt"
	"strconv"
	"time"
)

// defaultGrace is how long after the signal everything is killed, if a policy does not say.
const defaultGrace = 5 * time.Second

// bounds compiles the map limits.
func (c *compiler) bounds() {
	b := c.policy.bounds
	out := &c.plan.Limits
	limitOf(c, &out.WallTime, b.wall, "wall-time", maxTime, durationText, "measured by the supervisor")
	limitOf(c, &out.CPUTime, b.cpu, "cpu-time", maxTime*1024, durationText, "measured by the supervisor and, for each process, RLIMIT_CPU")
	limitOf(c, &out.Memory, b.memory, "memory", maxSize, sizeText, "memory.max of a cgroup (version 2); without one RLIMIT_AS, which bounds each process for itself")
	limitOf(c, &out.OpenFiles, b.files, "open-files", 1<<20, func(v uint64) string { return strconv.FormatUint(v, 10) }, "RLIMIT_NOFILE")
	limitOf(c, &out.FileSize, b.fileSize, "file-size", maxSize, sizeText, "RLIMIT_FSIZE: SIGXFSZ, or EFBIG where that is ignored (setrlimit(2))")
	limitOf(c, &out.Output, b.output, "output", maxSize, sizeText, "counted by the supervisor, through which it goes")
	limitOf(c, &out.CoreSize, b.core, "core-size", maxSize, sizeText, "RLIMIT_CORE; where core_pattern names a program it gets images all the same, unless the limit is 0 or 1 (core(5))")
	out.Signal, out.Grace = b.ended()
}

// limitOf compiles one limit.
func limitOf[T ~int64 | ~uint64](c *compiler, out *Limit[T], b bound[T], key string, most T, text func(T) string, why string) {
	if !b.at.said() {
		return
	}
	bigger := fmt.Sprintf("limits: {%s: %s}", key, text(min(max(2*b.most, 1), most)))
	*out = Limit[T]{Set: true, Most: b.most, Rule: c.info(RuleInfo{
		Origin: c.origin(b.at), Text: fmt.Sprintf("limits: %s: %s", key, text(b.most)), Report: true,
		Layer: LayerKernel, Sound: true, Why: why, Cost: costNone,
		AllowHint: c.loosen(b.at, bigger, bigger),
	})}
}

// given compiles environment and descriptors.
func (c *compiler) given() {
	e := c.policy.environment
	if e.said() {
		c.plan.Environment = Environment{Restrict: e.keepAt.said() && !e.keepAll, Keep: e.keep, Remove: e.remove, Set: e.set}
		text := "environment:"
		if e.keepAt.said() && !e.keepAll {
			text += " keep " + shortList(e.keep)
		}
		if len(e.remove) > 0 {
			text += " remove " + shortList(e.remove)
		}
		if len(e.set) > 0 {
			text += fmt.Sprintf(" set %d", len(e.set))
		}
		c.plan.Environment.Rule = c.info(RuleInfo{Origin: c.origin(e.place), Text: cut(text), Layer: LayerKernel, Sound: true, Cost: costNone,
			Why:       "the first program is started without them; processes outside that hold them are out of reach while outside is sealed",
			AllowHint: c.loosen(e.place, "environment: {keep: [NAME]}, without it in remove", "environment: {+keep: [NAME], -remove: [PATTERN]}")})
	}
	d := c.policy.descriptors
	if d.said() {
		c.plan.Descriptors = d.fds
		c.info(RuleInfo{Origin: c.origin(d.place), Text: cut(fmt.Sprintf("descriptors: %v", d.fds)), Action: Action{Verb: Allow}, Layer: LayerKernel, Sound: true, Cost: costNone})
	}
}
