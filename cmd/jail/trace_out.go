// Where a trace is written: a buffer that the jail's thread fills, and a goroutine that empties it.

package main

import (
	"errors"
	"fmt"
	"os/signal"
	"sync"

	"jail/engines/trace"
	"jail/supervisor"
	"jail/supervisor/utrace"
)

// Of the buffer, in bytes: how much is in it when the program has to wait, and when it may go on.
const (
	traceFull = 1 << 20
	traceLow  = traceFull / 2
)

// traceOut is the output of a trace. The jail's thread calls tell and full, which never block.
type traceOut struct {
	engine *trace.Engine
	enc    trace.Encoder
	write  func([]byte) error
	close  func() error
	jail   tracedJail

	mu    sync.Mutex
	some  *sync.Cond
	buf   []byte
	waits bool  // full said that a task has to wait
	ended bool  // nothing more comes
	err   error // of write: nothing is written any more
	done  chan struct{}
}

// tracedJail is what a traceOut needs of a supervisor.Jail.
type tracedJail interface {
	Do(func()) bool
	Tasks() []*utrace.Task
}

func newTraceOut(f traceFlags) (*traceOut, error) {
	enc, err := trace.NewEncoder(f.format, f.coloured())
	if err != nil {
		return nil, fmt.Errorf("--format: %w", err)
	}
	if f.times {
		if f.format != "text" {
			return nil, fmt.Errorf("--times is of the format text; %s has the times anyhow", f.format)
		}
		enc = trace.NewText(f.coloured(), true)
	}
	o := &traceOut{enc: enc, done: make(chan struct{})}
	if o.write, o.close, err = f.place(); err != nil {
		return nil, fmt.Errorf("the trace can't be written: %w", err)
	}
	o.some = sync.NewCond(&o.mu)
	o.buf = enc.Begin(nil)
	return o, nil
}

// observer is the engine, as a jail takes it. It has to be the last one.
func (o *traceOut) observer() supervisor.Engine {
	return supervisor.Engine{Engine: o.engine, Observe: true}
}

// tell is the engine's sink.
func (o *traceOut) tell(ev trace.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.buf = o.enc.Append(o.buf, &ev)
		o.some.Signal()
	}
}

// full tells the engine to have the task wait.
func (o *traceOut) full() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil && len(o.buf) >= traceFull {
		o.waits = true
	}
	return o.waits
}

// begin writes what comes, once the program runs.
func (o *traceOut) begin(j tracedJail) {
	o.jail = j
	go func() {
		defer close(o.done)
		for o.pass() {
		}
	}()
}

// pass writes what is there; false at the end.
func (o *traceOut) pass() bool {
	o.mu.Lock()
	for len(o.buf) == 0 && !o.ended {
		o.some.Wait()
	}
	piece := o.buf
	o.buf = nil
	o.mu.Unlock()
	if len(piece) == 0 {
		return false
	}
	err := o.write(piece)
	o.mu.Lock()
	if err != nil {
		o.err, o.buf = err, nil
	}
	waits := o.waits && len(o.buf) < traceLow
	if waits {
		o.waits = false
	}
	o.mu.Unlock()
	if err != nil {
		o.lose(err)
		return false
	}
	if waits {
		o.jail.Do(o.engine.Resume)
	}
	return true
}

// lose lets the program go on without a trace. A reader that went away is no news; everything else is.
func (o *traceOut) lose(err error) {
	if !ignorable(err) {
		complain(fmt.Errorf("the trace ends here, the program goes on: %w", err))
	}
	o.mu.Lock()
	o.waits = false
	o.mu.Unlock()
	o.jail.Do(o.engine.Resume)
	for _, t := range o.jail.Tasks() {
		if a, err := t.Match(o.engine.Name()); err == nil {
			_ = a.Control(utrace.Detach) // of one that dies it answers an error, and needs none
		}
	}
}

// end waits until all is written, and answers what was wrong. From here on signals end jail: the program has ended, and who does not
// read may never do.
func (o *traceOut) end() error {
	signal.Reset()
	o.mu.Lock()
	if o.err == nil {
		o.buf = o.enc.End(o.buf)
	}
	o.ended = true
	o.some.Signal()
	o.mu.Unlock()
	<-o.done
	err := o.err
	if closing := o.close(); err == nil {
		err = closing
	}
	if err == nil || ignorable(err) {
		return nil
	}
	if o.err != nil {
		return errors.New("the trace is not whole") // why was said
	}
	return fmt.Errorf("the trace may not be whole: %w", err)
}

// detached tells of the engine's end that nobody asked for.
func (o *traceOut) detached(engine, why string) {
	if o.engine.Name() == engine && why != "asked for" {
		go complain(fmt.Errorf("the trace lacks a task from here on: %s", why))
	}
}
