// What is kept of a run: its trace, and what the policy decided.

package harness

import (
	"encoding/json"
	"strings"
	"sync"

	"jail/engines/trace"
	"jail/supervisor/report"
	"jail/supervisor/utrace"
)

// mostEvents is how many events of a trace are kept; some hundreds of megabytes.
const mostEvents = 500_000

// log is both. The jail's thread fills it.
type log struct {
	*report.Recorder // the supervisor.Sink
	engine           *trace.Engine
	first            utrace.TaskID // the jail's thread's, until it has ended

	sink func(*trace.Event) // nil: nobody

	mu       sync.Mutex
	events   []trace.Event
	left     []*trace.Process
	lost     int // events that were too many
	denials  []report.Event
	failures []report.Event
	odd      error // a line of the report that could not be read
}

func newLog() *log {
	l := new(log)
	l.Recorder = report.New(report.Config{Lines: l})
	return l
}

// Birth is supervisor.Sink's.
func (l *log) Birth(child, parent utrace.TaskID, thread bool) {
	if parent.Serial == 0 {
		l.first = child
		l.engine.First(child)
	}
	l.Recorder.Birth(child, parent, thread)
}

// tell is the trace's sink.
func (l *log) tell(ev trace.Event) {
	if l.sink != nil {
		l.sink(&ev)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if survived(&ev) {
		l.left = append(l.left, ev.Process)
	}
	if len(l.events) >= mostEvents {
		l.lost++
		return
	}
	l.events = append(l.events, ev)
}

// Write takes one line of the report.
func (l *log) Write(line []byte) (int, error) {
	var ev report.Event
	if err := json.Unmarshal(line, &ev); err != nil {
		l.odd = err
		return len(line), nil
	}
	switch {
	case ev.Event == report.KindFailure:
		l.failures = append(l.failures, ev)
	case strings.HasPrefix(ev.Engine, faultEngine): // that is what was asked for
	case ev.Event == report.KindDenial, ev.Event == report.KindSignal && ev.Strictness != "":
		l.denials = append(l.denials, ev)
	}
	return len(line), nil
}
