// Patterns made ready: a list of conditions, each with a sentence for when it does not hold.

package expect

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"jail/engines/decode"
	"jail/engines/trace"
	"jail/policy"
	"jail/supervisor/report"
)

// ErrPattern is wrapped by the errors of patterns and expectations that mean nothing.
var ErrPattern = errors.New("not a pattern")

// A condition is one thing that a pattern wants of an event of its kind.
type condition struct {
	holds func(ev *trace.Event) bool
	not   func(ev *trace.Event) string // what is otherwise, in a few words
}

// matcher is a Pattern made ready.
type matcher struct {
	text  string
	kind  trace.Kind
	names map[string]bool // nil: any call
	more  bool            // threads, too
	list  []condition
}

func glob(pattern, s string) bool { return policy.MatchArgv([]string{pattern}, []string{s}) }

// compile makes a pattern ready. The error says all that is wrong with it.
func (p *Pattern) compile() (*matcher, error) {
	m := &matcher{text: p.String(), kind: p.kind(), more: p.Threads}
	var errs []error
	if err := p.fits(); err != nil {
		errs = append(errs, err)
	}
	if p.Calls != nil {
		names, err := trace.Names(p.Calls)
		errs = append(errs, err)
		m.names = make(map[string]bool, len(names))
		for _, n := range names {
			m.names[n] = true
		}
		if err == nil {
			errs = append(errs, p.possible(names))
		}
	}
	errs = append(errs, p.absolute())
	for _, c := range p.Args {
		if !slices.Contains([]string{"==", "!=", "<", "<=", ">", ">=", "&"}, c.Op) || c.Arg == "" {
			errs = append(errs, fmt.Errorf("%q %q is %w: a number is compared with == != < <= > >= or &", c.Arg, c.Op, ErrPattern))
		}
		m.list = append(m.list, c.condition())
	}
	if p.kind() == trace.KindSyscall {
		m.ofCall(p)
	} else {
		m.ofOther(p)
	}
	m.ofProcess(p)
	return m, errors.Join(errs...)
}

// fits tells of conditions that no event of the pattern's kind could fulfil, or that would be passed over.
func (p *Pattern) fits() error {
	call := p.Calls != nil || p.FD != nil || p.Addr != "" || p.Flags != nil || p.Args != nil || p.Outcome != 0 || p.Errno != 0
	kind := p.kind()
	wrong := ""
	switch {
	case call && kind != trace.KindSyscall:
		wrong = "conditions of a call"
	case p.Path != "" && kind != trace.KindSyscall && kind != trace.KindExec:
		wrong = "a path"
	case p.Argv != nil && kind != trace.KindExec:
		wrong = "arguments of a program"
	case p.Signal != 0 && kind != trace.KindSignal && kind != trace.KindDeath:
		wrong = "a signal"
	case p.Exit != nil && kind != trace.KindDeath:
		wrong = "an exit code"
	case p.Exit != nil && p.Signal != 0:
		wrong = "an exit code and a signal"
	case p.Errno != 0 && p.Outcome != AnyOutcome && p.Outcome != Fails:
		wrong = "an errno and success"
	case kind > trace.KindDeath:
		wrong = "no kind that there is"
	}
	if wrong == "" {
		return nil
	}
	return fmt.Errorf("%s is %w: a %s has not %s", p, ErrPattern, kind, wrong)
}

// add adds a condition on a text of events.
func (m *matcher) add(holds func(ev *trace.Event) bool, not func(ev *trace.Event) string) {
	m.list = append(m.list, condition{holds, not})
}

func (m *matcher) ofCall(p *Pattern) {
	if p.Path != "" {
		m.add(func(ev *trace.Event) bool {
			return slices.ContainsFunc(trace.Files(ev.Call), func(f string) bool { return glob(p.Path, f) })
		}, func(ev *trace.Event) string { return "the path is " + either(trace.Files(ev.Call)) })
	}
	if p.FD != nil {
		m.add(func(ev *trace.Event) bool {
			return slices.ContainsFunc(ev.Call.Args, func(a decode.Arg) bool { return a.Kind == decode.Descriptor && a.FD == *p.FD })
		}, func(*trace.Event) string { return fmt.Sprintf("the descriptor is not %d", *p.FD) })
	}
	if p.Addr != "" {
		m.add(func(ev *trace.Event) bool {
			return slices.ContainsFunc(addrs(ev.Call), func(a string) bool { return glob(p.Addr, a) })
		}, func(ev *trace.Event) string { return "the address is " + either(addrs(ev.Call)) })
	}
	for _, f := range p.Flags {
		name, unset := strings.CutPrefix(f, "!")
		m.add(func(ev *trace.Event) bool {
			return unset != slices.ContainsFunc(ev.Call.Args, func(a decode.Arg) bool { return slices.Contains(a.Flags, name) })
		}, func(*trace.Event) string {
			if unset {
				return name + " is set"
			}
			return name + " is not set"
		})
	}
	if p.Outcome != AnyOutcome || p.Errno != 0 {
		m.add(func(ev *trace.Event) bool { return p.ended(ev) }, func(ev *trace.Event) string { return "the result is " + ev.Result.Text })
	}
}

// ended tells whether a call ended as the pattern wants.
func (p *Pattern) ended(ev *trace.Event) bool {
	switch {
	case p.Errno != 0:
		return ev.Failed() && ev.Result.Errno == p.Errno
	case p.Outcome == Succeeds:
		return ev.Returned()
	case p.Outcome == Fails:
		return ev.Failed()
	}
	return !ev.Returned() && !ev.Failed()
}

func (m *matcher) ofOther(p *Pattern) {
	switch p.kind() {
	case trace.KindExec:
		if p.Path != "" {
			m.add(func(ev *trace.Event) bool { return glob(p.Path, ev.Exec.Path) }, func(ev *trace.Event) string { return "the program is " + ev.Exec.Path })
		}
		if p.Argv != nil {
			m.add(func(ev *trace.Event) bool { return policy.MatchArgv(p.Argv, ev.Exec.Argv) }, func(ev *trace.Event) string { return fmt.Sprintf("argv is %q", ev.Exec.Argv) })
		}
	case trace.KindSignal:
		if p.Signal != 0 {
			m.add(func(ev *trace.Event) bool { return ev.Signal.Number == p.Signal }, func(ev *trace.Event) string { return "it is " + report.SignalName(ev.Signal.Number) })
		}
	case trace.KindDeath:
		status := func(ev *trace.Event) string { return "it ended with " + ev.Death.Status.String() }
		if p.Exit != nil {
			m.add(func(ev *trace.Event) bool { return ev.Death.Status.Signal == 0 && ev.Death.Status.Code == *p.Exit }, status)
		}
		if p.Signal != 0 {
			m.add(func(ev *trace.Event) bool { return ev.Death.Status.Signal == p.Signal }, status)
		}
	}
}

func (m *matcher) ofProcess(p *Pattern) {
	if p.Program != "" {
		m.add(func(ev *trace.Event) bool { return runs(ev, p.Program) }, func(ev *trace.Event) string { return "the program is " + ev.Program })
	}
	if p.Depth.Limited {
		m.add(func(ev *trace.Event) bool { return ev.Process != nil && p.Depth.has(ev.Process.Depth) },
			func(ev *trace.Event) string {
				return "the depth is " + number(ev, func(q *trace.Process) int { return q.Depth })
			})
	}
	if p.Nth.Limited {
		m.add(func(ev *trace.Event) bool {
			return ev.Process != nil && ev.Process.Nth > 0 && p.Nth.has(ev.Process.Nth)
		},
			func(ev *trace.Event) string {
				return "it is child " + number(ev, func(q *trace.Process) int { return q.Nth })
			})
	}
}

// runs tells whether the process runs a program: by the name it has, or by its file's.
func runs(ev *trace.Event, pattern string) bool {
	file := ""
	if ev.Process != nil {
		file = ev.Process.Path
	}
	if strings.Contains(pattern, "/") {
		return glob(pattern, file)
	}
	return glob(pattern, ev.Program) || file != "" && glob(pattern, path.Base(file))
}

func number(ev *trace.Event, of func(*trace.Process) int) string {
	if ev.Process == nil {
		return "not known"
	}
	return strconv.Itoa(of(ev.Process))
}

func addrs(c *decode.Call) []string {
	var list []string
	for i := range c.Args {
		if a := c.Args[i].Addr; a != "" {
			list = append(list, a)
		}
	}
	return list
}

// either lists what something is.
func either(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, " and ")
}

// about tells whether the event is of the pattern's kind, and of its calls: the rest is conditions.
func (m *matcher) about(ev *trace.Event) bool {
	if ev.Kind != m.kind {
		return false
	}
	switch m.kind {
	case trace.KindSyscall:
		return ev.Call != nil && (m.names == nil || m.names[ev.Call.Name])
	case trace.KindSignal:
		return ev.Signal != nil
	case trace.KindExec:
		return ev.Exec != nil && !ev.Exec.Found
	case trace.KindClone:
		return ev.Birth != nil && (m.more || !ev.Birth.Thread)
	case trace.KindDeath:
		return ev.Death != nil && (m.more || ev.Task.TID == ev.Task.TGID && ev.Death.Killer.By != "exec")
	}
	return true
}

func (m *matcher) matches(ev *trace.Event) bool {
	return m.about(ev) && !slices.ContainsFunc(m.list, func(c condition) bool { return !c.holds(ev) })
}

// far is how many of the conditions an event does not fulfil that the pattern is about.
func (m *matcher) far(ev *trace.Event) int {
	n := 0
	for _, c := range m.list {
		if !c.holds(ev) {
			n++
		}
	}
	return n
}

// misses are the conditions that an event which the pattern is about does not fulfil.
func (m *matcher) misses(ev *trace.Event) []string {
	var list []string
	for _, c := range m.list {
		if !c.holds(ev) {
			list = append(list, c.not(ev))
		}
	}
	return list
}
