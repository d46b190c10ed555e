// Events in the Trace Event Format (JSON Array Format) that chrome://tracing and Perfetto load.

package trace

import (
	"strings"

	"jail/supervisor/report"
)

// chrome is the Encoder for their viewers: a bar for each call, marks for the rest, and names for processes.
type chrome struct {
	names map[int]string // last told of a process
	some  bool           // an event was written
}

// mostNames bounds what is kept of processes whose death is not told; a name that is told twice does no harm.
const mostNames = 10_000

type chromeEvent struct {
	Name  string      `json:"name"`
	Cat   string      `json:"cat,omitempty"`
	Phase string      `json:"ph"`
	TS    float64     `json:"ts"` // microseconds
	Dur   *float64    `json:"dur,omitempty"`
	PID   int         `json:"pid"`
	TID   int         `json:"tid"`
	Scope string      `json:"s,omitempty"`
	Args  *chromeArgs `json:"args,omitempty"`
}

type chromeArgs struct {
	Name   string `json:"name,omitempty"` // of metadata
	Call   string `json:"call,omitempty"`
	Result string `json:"result,omitempty"`
	Text   string `json:"text,omitempty"`
}

// Begin implements Encoder. The format lets the ] at the end be missing: what was cut off by a kill can be loaded.
func (*chrome) Begin(b []byte) []byte { return append(b, '[') }

// End implements Encoder.
func (*chrome) End(b []byte) []byte { return append(b, "\n]\n"...) }

// Append implements Encoder.
func (c *chrome) Append(b []byte, ev *Event) []byte {
	if c.names[ev.Task.TGID] != ev.Program && ev.Program != "" {
		if len(c.names) >= mostNames {
			clear(c.names)
		}
		c.names[ev.Task.TGID] = ev.Program
		b = c.put(b, &chromeEvent{Name: "process_name", Phase: "M", PID: ev.Task.TGID, TID: ev.Task.TID, Args: &chromeArgs{Name: ev.Program}})
	}
	e := &chromeEvent{Cat: ev.Kind.String(), Phase: "i", TS: micros(ev.At.Seconds()), PID: ev.Task.TGID, TID: ev.Task.TID}
	switch {
	case ev.Kind == KindSyscall && ev.Call != nil:
		dur := micros(ev.Took.Seconds())
		result := ev.Result.Text
		if ev.Unfinished != "" {
			result += unfinishedText(ev.Unfinished)
		}
		e.Name, e.Phase, e.Dur = ev.Call.Name, "X", &dur
		e.Args = &chromeArgs{Call: ev.Call.String(), Result: result}
	case ev.Signal != nil:
		e.Name, e.Scope, e.Args = signalName(ev.Signal.Number), "t", &chromeArgs{Text: signalText(ev.Signal)}
	case ev.Job != nil:
		e.Name, e.Scope = strings.Trim(jobText(ev.Job), "- "), "p"
	case ev.Exec != nil:
		e.Name, e.Scope, e.Args = "exec", "p", &chromeArgs{Text: execText(ev.Exec)}
	case ev.Birth != nil:
		e.Name, e.Scope = strings.Trim(birthText(ev.Birth), "+ "), "t"
	case ev.Death != nil:
		e.Name, e.Scope = strings.Trim(deathText(ev.Death), "+ "), "t"
		if ev.Task.TID == ev.Task.TGID {
			delete(c.names, ev.Task.TGID)
		}
	}
	return c.put(b, e)
}

// micros are the microseconds of seconds, with three digits of fractions.
func micros(s float64) float64 { return float64(int64(s*1e9)) / 1e3 }

// put appends an element of the array.
func (c *chrome) put(b []byte, e *chromeEvent) []byte {
	line, err := report.MarshalLine(e)
	if err != nil {
		return b
	}
	if c.some {
		b = append(b, ',')
	}
	c.some = true
	return append(append(b, '\n'), line[:len(line)-1]...)
}
