// Callbacks that run for too long: seen from outside, because the owner is inside of them.

package utrace

import (
	"cmp"
	"runtime"
	"slices"
	"time"
)

// A Callback is one that has not returned yet, or what an engine runs by Examine (Event is 0 then).
type Callback struct {
	Seq    uint64 // counts those of a Space; never 0
	Task   TaskID
	Engine string
	Event  Mask
	Lazy   bool          // it may come back late: an observer's, or Examine's
	Since  time.Duration // Host.Now when it began
}

// Watch has begun called before each callback, on the owner's goroutine, with the Space's mutex held: it must be quick, not
// block, and not call the Space. It is called before the first report.
func (s *Space) Watch(begun func()) { s.begun = begun }

// During calls look with the callback that runs now, and answers false if there is none. While look runs the owner does not get
// past the end of that callback, and what the owner did before it may be read. look must not call the Space. If it answers
// true the Space is given up: nobody waits for an answer of it any more, and when the callback comes back the owner's
// goroutine ends. Any goroutine.
func (s *Space) During(look func(Callback) (giveUp bool)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.callback.Seq == 0 || s.givenUp {
		return false
	}
	if look(s.callback) {
		s.giveUp()
	}
	return true
}

// Lost tells whether the owner's goroutine ends from within a callback: the Space was given up, or the engine called
// runtime.Goexit (as testing.T.FailNow does). It is for what is deferred there.
func (s *Space) Lost() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.givenUp || s.callback.Seq != 0
}

// giveUp lets everybody go who waits for the owner: Barrier and Examine answer ESRCH. The caller holds the mutex.
func (s *Space) giveUp() {
	s.givenUp = true
	s.requests = nil
	close(s.over)
}

// beginCallback notes that the engine of a begins to run. The caller holds the mutex.
func (s *Space) beginCallback(a *Attachment, event Mask, lazy bool) {
	s.callbacks++
	s.callback = Callback{Seq: s.callbacks, Task: a.task.id, Engine: a.cb.name, Event: event, Lazy: lazy, Since: s.host.Now()}
	if s.begun != nil {
		s.begun()
	}
}

// endCallback notes that it has come back, after a time. The caller holds the mutex; if the Space was given up meanwhile it does
// not get it back: the goroutine ends.
func (s *Space) endCallback(a *Attachment, took time.Duration) {
	if s.givenUp {
		s.mu.Unlock()
		runtime.Goexit()
	}
	s.callback.Seq = 0
	a.cb.spent.add(took)
}

// lend runs what an engine wants to look at, as a callback that may take its time. Inside of a callback it is a part of that.
func (s *Space) lend(a *Attachment, fn func(*Stopped) error, st *Stopped) error {
	s.mu.Lock()
	inside := s.callback.Seq != 0
	if !inside {
		s.beginCallback(a, 0, true)
	}
	s.mu.Unlock()
	if inside {
		return fn(st)
	}
	returned := false
	defer func() {
		p := recover()
		if p == nil && !returned {
			return // runtime.Goexit: it never comes back
		}
		s.mu.Lock()
		s.endCallback(a, s.host.Now()-s.callback.Since)
		s.mu.Unlock()
		if p != nil {
			panic(p)
		}
	}()
	err := fn(st)
	returned = true
	return err
}

// spentBy is where the time of all engines of a name is counted. The caller holds the mutex.
func (s *Space) spentBy(name string) *Spent {
	p := s.spent[name]
	if p == nil {
		p = &Spent{Engine: name}
		s.spent[name] = p
	}
	return p
}

// A Spent is what the callbacks of the engines of one name took.
type Spent struct {
	Engine  string
	Calls   int
	Total   time.Duration
	Longest time.Duration
}

func (p *Spent) add(took time.Duration) {
	p.Calls++
	p.Total += took
	p.Longest = max(p.Longest, took)
}

// Spent tells what engines that were called took so far, the longest total first. What it answers is the caller's. Any goroutine.
func (s *Space) Spent() []Spent {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Spent, 0, len(s.spent))
	for _, p := range s.spent {
		if p.Calls > 0 {
			list = append(list, *p)
		}
	}
	slices.SortFunc(list, func(a, b Spent) int {
		return cmp.Or(cmp.Compare(b.Total, a.Total), cmp.Compare(a.Engine, b.Engine))
	})
	return list
}
