// Lines without reflection: births and deaths of all tasks have one each, and a fifth of a birth's time went into json.Marshal.

package report

import (
	"math"
	"strconv"
	"time"
)

// appendLine appends the event's line to b: what MarshalLine makes of it, byte for byte (TestLinesAreThoseOfJSON).
func appendLine(b []byte, e *Event) ([]byte, error) {
	p := plain{b: b}
	if p.event(e); !p.odd {
		return append(p.b, "}\n"...), nil
	}
	line, err := MarshalLine(e)
	return append(b, line...), err
}

// plain writes JSON of what needs no thought. odd: there was something that does, so that what was written is worth nothing.
type plain struct {
	b   []byte
	odd bool
}

// event writes all fields in their order, but for those of the few lines that sum something up.
func (p *plain) event(e *Event) {
	if e.Untold != nil || e.Exit != nil || e.Totals != nil || len(e.Engines) > 0 {
		p.odd = true
		return
	}
	p.b = strconv.AppendInt(append(p.b, `{"v":`...), int64(e.V), 10)
	p.b = append(p.b, `,"run":"`...)
	p.string(e.Run)
	p.b = append(p.b, `","time":"`...)
	p.time(e.Time)
	p.b = append(p.b, `","event":"`...)
	p.string(e.Event)
	p.b = append(p.b, '"')
	p.task("task", e.Task)
	p.text("program", e.Program)
	p.text("policy", e.Policy)
	p.number("pid", int64(e.PID))
	p.texts("argv", e.Argv)
	p.flag("cut", e.Cut)
	p.text("missing", e.Missing)
	p.text("holds", e.Holds)
	p.task("parent", e.Parent)
	p.flag("thread", e.Thread)
	p.text("path", e.Path)
	p.text("name", e.Name)
	p.task("former", e.Former)
	p.decision(e)
	p.text("why", e.Why)
	p.text("signal", e.Signal)
	p.status(e.Status)
	p.killer(e.Killer)
	p.usage(e.Usage)
	p.text("error", e.Error)
}

// decision writes what denials, rewrites, traces, signals and failures have.
func (p *plain) decision(e *Event) {
	p.text("engine", e.Engine)
	p.text("on", e.On)
	p.text("strictness", e.Strictness)
	p.text("what", e.What)
	p.text("raw", e.Raw)
	p.text("rule", e.Rule)
	p.text("allow", e.Allow)
	p.flag("observed", e.Observed)
	p.flag("quiet", e.Quiet)
	p.number("times", int64(e.Times))
	p.text("failure", e.Failure)
	p.text("stack", e.Stack)
	if len(e.Ancestry) == 0 {
		return
	}
	p.key("ancestry")
	for i, a := range e.Ancestry {
		p.element(i)
		p.b = strconv.AppendInt(append(p.b, `{"pid":`...), int64(a.PID), 10)
		p.b = append(p.b, `,"name":"`...)
		p.string(a.Name)
		p.b = append(p.b, `"}`...)
	}
	p.b = append(p.b, ']')
}

func (p *plain) task(key string, t *Task) {
	if t == nil {
		return
	}
	p.key(key)
	p.b = strconv.AppendUint(append(p.b, `{"serial":`...), t.Serial, 10)
	p.b = strconv.AppendInt(append(p.b, `,"tid":`...), int64(t.TID), 10)
	p.b = strconv.AppendInt(append(p.b, `,"tgid":`...), int64(t.TGID), 10)
	p.b = append(p.b, '}')
}

func (p *plain) status(s *Status) {
	if s == nil {
		return
	}
	p.b = strconv.AppendInt(append(p.b, `,"status":{"code":`...), int64(s.Code), 10)
	p.text("signal", s.Signal)
	p.flag("core", s.Core)
	p.b = append(p.b, '}')
}

func (p *plain) killer(k *Killer) {
	if k == nil {
		return
	}
	p.b = append(p.b, `,"killer":{"by":"`...)
	p.string(k.By)
	p.b = append(p.b, '"')
	p.number("pid", int64(k.PID))
	p.text("engine", k.Engine)
	p.text("what", k.What)
	p.text("rule", k.Rule)
	p.b = append(p.b, '}')
}

func (p *plain) usage(u *Usage) {
	if u == nil {
		return
	}
	p.b = append(p.b, `,"usage":{"user":`...)
	p.seconds(u.User)
	p.b = append(p.b, `,"system":`...)
	p.seconds(u.System)
	p.b = strconv.AppendInt(append(p.b, `,"maxrss":`...), u.MaxRSS, 10)
	p.b = append(p.b, '}')
}

// key begins a field that is not the first of its object.
func (p *plain) key(name string) { p.b = append(append(append(p.b, `,"`...), name...), `":`...) }

// element begins the element i of a list.
func (p *plain) element(i int) {
	if i == 0 {
		p.b = append(p.b, '[')
	} else {
		p.b = append(p.b, ',')
	}
}

// text, texts, number and flag write a field unless it says nothing.
func (p *plain) text(key, s string) {
	if s == "" {
		return
	}
	p.key(key)
	p.b = append(p.b, '"')
	p.string(s)
	p.b = append(p.b, '"')
}

func (p *plain) texts(key string, list []string) {
	if len(list) == 0 {
		return
	}
	p.key(key)
	for i, s := range list {
		p.element(i)
		p.b = append(p.b, '"')
		p.string(s)
		p.b = append(p.b, '"')
	}
	p.b = append(p.b, ']')
}

func (p *plain) number(key string, n int64) {
	if n != 0 {
		p.key(key)
		p.b = strconv.AppendInt(p.b, n, 10)
	}
}

func (p *plain) flag(key string, is bool) {
	if is {
		p.key(key)
		p.b = append(p.b, "true"...)
	}
}

// string writes what stands for itself in JSON, and in the JSON of json.Marshal, which is fit for HTML.
func (p *plain) string(s string) {
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c > '~', c == '"', c == '\\', c == '<', c == '>', c == '&':
			p.odd = true
			return
		}
	}
	p.b = append(p.b, s...)
}

// time writes a time of day in UTC (RFC 3339).
func (p *plain) time(t time.Time) {
	if year := t.Year(); t.Location() != time.UTC || year < 0 || year > 9999 {
		p.odd = true
		return
	}
	p.b = t.AppendFormat(p.b, time.RFC3339Nano)
}

// seconds writes a number that json.Marshal writes without an exponent.
func (p *plain) seconds(f float64) {
	if abs := math.Abs(f); f != 0 && !(abs >= 1e-6 && abs < 1e21) {
		p.odd = true
		return
	}
	p.b = strconv.AppendFloat(p.b, f, 'f', -1, 64)
}
