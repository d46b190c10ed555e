// Reading the map limits.

package policy

import (
	"time"

	"golang.org/x/sys/unix"
	"gopkg.in/yaml.v3"
)

// bound is a value of limits, and where it stands; it is not set where at is nowhere.
type bound[T any] struct {
	at   place
	most T
}

// boundsSection is the map limits, but for tasks, which is kept with clone's.
type boundsSection struct {
	place
	wall, cpu                             bound[time.Duration]
	memory, files, fileSize, output, core bound[uint64]
	tasks                                 bound[int]
	signal                                bound[Signal]
	grace                                 bound[time.Duration]
}

// What limits may be. A week is more than any build takes; sizes end where the kernel's signed numbers do.
const (
	maxTime  = 7 * 24 * time.Hour
	maxGrace = time.Hour
	maxSize  = 1 << 60
)

// bounds reads the map limits.
func (p *parser) bounds(n *yaml.Node, out *Policy) {
	before := len(p.errs)
	b := &out.bounds
	b.place = p.at(n)
	mapping(p, n, "limits", boundsFields(), b)
	if len(p.errs) > before {
		return
	}
	if len(n.Content) == 0 {
		p.errorf(n, ErrMissingKey, "write for example wall-time: 10m", "limits is empty")
	}
	if b.wall.at.said() && b.cpu.at.said() && b.cpu.most > b.wall.most*1024 {
		p.warn(b.cpu.at, "", "cpu-time can hardly be reached: wall-time, line %d, ends the run before", b.wall.at.line)
	}
}

// boundSize makes the setter of a size.
func boundSize(what string, low uint64, to func(*boundsSection) *bound[uint64]) func(*parser, *yaml.Node, *boundsSection) {
	return func(p *parser, n *yaml.Node, out *boundsSection) {
		if v, ok := p.size(n, what, low, maxSize); ok {
			*to(out) = bound[uint64]{p.at(n), v}
		}
	}
}

// boundTime makes the setter of a time.
func boundTime(what string, low, high time.Duration, to func(*boundsSection) *bound[time.Duration]) func(*parser, *yaml.Node, *boundsSection) {
	return func(p *parser, n *yaml.Node, out *boundsSection) {
		if v, ok := p.duration(n, what, low, high); ok {
			*to(out) = bound[time.Duration]{p.at(n), v}
		}
	}
}

// boundCount makes the setter of a number.
func boundCount(what string, low, high int, to func(*boundsSection, place, int)) func(*parser, *yaml.Node, *boundsSection) {
	return func(p *parser, n *yaml.Node, out *boundsSection) {
		if v, ok := p.number(n, what, low, high); ok {
			to(out, p.at(n), v)
		}
	}
}

// boundSignal reads the signal that is sent when a limit is reached.
func (p *parser) boundSignal(n *yaml.Node, out *boundsSection) {
	s, ok := p.signal(n)
	if !ok {
		return
	}
	if s == Signal(unix.SIGSTOP) || s == Signal(unix.SIGCONT) {
		p.errorf(n, ErrValue, "write SIGTERM", "%s ends nothing", s)
		return
	}
	out.signal = bound[Signal]{p.at(n), s}
}

// boundsFields are the keys of the map limits.
func boundsFields() []field[boundsSection] {
	const in = "limits"
	size := schema{"anyOf": []schema{{"type": "integer", "minimum": 0}, {"type": "string", "pattern": sizePattern}}}
	span := schema{"type": "string", "pattern": durationPattern}
	return []field[boundsSection]{
		{Key{Section: in, Name: "wall-time", Default: "none", Type: "time", Example: "wall-time: 10m", schema: span, Doc: "How long the run may take."},
			boundTime("wall-time", time.Millisecond, maxTime, func(b *boundsSection) *bound[time.Duration] { return &b.wall })},
		{Key{Section: in, Name: "cpu-time", Default: "none", Type: "time", Example: "cpu-time: 30m", schema: span,
			Doc: "How much processor time all tasks together may use, and each process for itself."},
			boundTime("cpu-time", time.Second, maxTime*1024, func(b *boundsSection) *bound[time.Duration] { return &b.cpu })},
		{Key{Section: in, Name: "memory", Default: "none", Type: "size", Example: "memory: 2GiB", schema: size,
			Doc: "How much memory all tasks together may use; without a cgroup, how much address space each process."},
			boundSize("memory", 1<<20, func(b *boundsSection) *bound[uint64] { return &b.memory })},
		{Key{Section: in, Name: "tasks", Default: "none", Type: "number", Example: "tasks: 500", schema: schema{"type": "integer", "minimum": 1, "maximum": 1 << 22},
			Doc: "The same as max-tasks of clone: how many threads may be alive at once."},
			boundCount("tasks", 1, 1<<22, func(b *boundsSection, at place, v int) { b.tasks = bound[int]{at, v} })},
		{Key{Section: in, Name: "open-files", Default: "jail's own", Type: "number", Example: "open-files: 1024", schema: schema{"type": "integer", "minimum": 3, "maximum": 1 << 20},
			Doc: "How many descriptors each process may have open."},
			boundCount("open-files", 3, 1<<20, func(b *boundsSection, at place, v int) { b.files = bound[uint64]{at, uint64(v)} })},
		{Key{Section: in, Name: "file-size", Default: "jail's own", Type: "size", Example: "file-size: 1GiB", schema: size, Doc: "How big a file may be made by writing to it."},
			boundSize("file-size", 0, func(b *boundsSection) *bound[uint64] { return &b.fileSize })},
		{Key{Section: in, Name: "output", Default: "none", Type: "size", Example: "output: 10MiB", schema: size, Doc: "How much may be written to standard output and error together."},
			boundSize("output", 1, func(b *boundsSection) *bound[uint64] { return &b.output })},
		{Key{Section: in, Name: "core-size", Default: "jail's own", Type: "size", Example: "core-size: 0", schema: size, Doc: "How big an image of a crashed process may be; 0 makes none."},
			boundSize("core-size", 0, func(b *boundsSection) *bound[uint64] { return &b.core })},
		{Key{Section: in, Name: "signal", Default: "none: killed at once", Type: "signal", Example: "signal: SIGTERM", schema: schema{"type": []string{"string", "integer"}},
			Doc: "What the first process is sent when wall-time, cpu-time or output is reached, before everything is killed. Without it everything is killed at once."}, (*parser).boundSignal},
		{Key{Section: in, Name: "grace", Default: "5s", Type: "time", Example: "grace: 5s", schema: schema{"anyOf": []schema{span, {"const": 0}}},
			Doc: "How long after the signal everything is killed. Without it: 5s."},
			boundTime("grace", 0, maxGrace, func(b *boundsSection) *bound[time.Duration] { return &b.grace })},
	}
}
