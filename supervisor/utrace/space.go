// A Space holds the tasks of one jail, and what its owner must do about them.

package utrace

import (
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// A Host is what a Space needs of the world around it. All methods may be called from any goroutine and never block.
type Host interface {
	Ring()              // make the owner call Space.Serve soon
	OnOwner() bool      // is the caller on the owner's goroutine?
	Now() time.Duration // a monotonic clock, for what callbacks take
	Machine(TaskID) Machine
	// Stops tells why an engine would not hear of calls that it asks for, or (clones) of those that make a task before they
	// are made: an error that wraps ErrDeaf; nil if it would.
	Stops(calls *SyscallSet, clones bool) error
	// Detached is told of every attachment that ends before its task does. It must not call back into the Space.
	Detached(id TaskID, engine, why string)
}

// A Space is one jail's tasks and engines. Unless a comment says "any goroutine", a method is for the owner alone.
type Space struct {
	host   Host
	budget time.Duration

	mu       sync.Mutex
	serial   uint64
	current  *Task // whose report is under way
	poked    []*Task
	requests []*examination
	entry    EntryEvent
	exited   ExitedEvent
	sealed   []sealing // of entry
	sig      SignalEvent
	born     CloneEvent `hash:"-"` // of the callback that runs: engines are given each its own, and one after the other
	dead     DeathEvent `hash:"-"` // the same

	givenUp bool
	over    chan struct{} // closed when it is given up
	begun   func()        // of Watch

	// What callbacks take. It decides nothing here, so package sim does not count it among what makes two states different.
	callback  Callback          `hash:"-"` // that runs now; Seq is 0 if none does
	callbacks uint64            `hash:"-"` // that have begun
	spent     map[string]*Spent `hash:"-"`

	// Of the owner alone.
	version uint64        // of the call or signal that is told of: each rewrite makes the next one
	opened  uint64        // version that the present report began with
	second  bool          // engines are being asked once more, because of a rewrite
	out     Outcome       `hash:"-"` // of the present report
	took    time.Duration `hash:"-"` // by the callback that has just returned
}

// New makes an empty Space. budget is the time that one callback may take; 0 is no bound.
func New(host Host, budget time.Duration) *Space {
	return &Space{host: host, budget: budget, spent: make(map[string]*Spent), over: make(chan struct{})}
}

// A Task is the handle of one task. It never comes to name another, even after the kernel reuses the tid.
type Task struct {
	space *Space
	id    TaskID // Serial never changes; TID does when a non-leader execs

	attached   []*Attachment // copied on write: a report walks the slice it began with
	told       []*Attachment // whom the report under way was told to
	parked     bool          // an engine holds it, and the owner knows
	poked      bool
	entering   bool // it stands before a call that engines decide about
	redone     bool // that call is made again; of the owner alone
	dying      bool
	deathBegun bool
	reapBegun  bool
}

// ID is the task's name. Any goroutine.
func (t *Task) ID() TaskID {
	t.space.mu.Lock()
	defer t.space.mu.Unlock()
	return t.id
}

// Mask is the union of what the task's engines ask for. Any goroutine.
func (t *Task) Mask() Mask {
	t.space.mu.Lock()
	defer t.space.mu.Unlock()
	return t.mask()
}

func (t *Task) mask() Mask {
	var m Mask
	for _, a := range t.attached {
		m |= a.mask
	}
	return m
}

// Wants tells whether an engine asks for the entry (or the exit) of this call. Any goroutine.
func (t *Task) Wants(event Mask, arch uint32, nr int64) bool {
	t.space.mu.Lock()
	defer t.space.mu.Unlock()
	for _, a := range t.attached {
		if a.mask.Has(event) && a.cb.heard(event).Has(arch, nr) {
			return true
		}
	}
	return false
}

// WantsExit tells whether an engine asks for the end of call c, which the task stands before: for SyscallSet.AddIf, with these
// arguments. Any goroutine.
func (t *Task) WantsExit(c Call) bool {
	t.space.mu.Lock()
	defer t.space.mu.Unlock()
	for _, a := range t.attached {
		if a.mask.Has(SyscallExit) && a.cb.heard(SyscallExit).worth(c) {
			return true
		}
	}
	return false
}

// Redo is said by the owner before it tells of a call that the task makes again: see EntryEvent.Redone.
func (t *Task) Redo() { t.redone = true }

// WantsCloneEntry tells whether an engine wants to decide about clone before it happens. Any goroutine.
func (t *Task) WantsCloneEntry() bool {
	t.space.mu.Lock()
	defer t.space.mu.Unlock()
	for _, a := range t.attached {
		if a.mask.Has(Clone) && a.cb.cloneEntry != nil {
			return true
		}
	}
	return false
}

// Add makes the handle of a first task; the children of known tasks come by Clone.
func (s *Space) Add(tid, tgid int) *Task {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(tid, tgid)
}

func (s *Space) add(tid, tgid int) *Task {
	s.serial++
	return &Task{space: s, id: TaskID{Serial: s.serial, TID: tid, TGID: tgid}}
}

// A Need is what the owner must do about a task that somebody poked.
type Need uint8

// The needs. A task that is running and needs Quiesce must be interrupted first.
const (
	NeedNothing   Need = iota
	NeedInterrupt      // running: make it stop
	NeedQuiesce        // parked: tell Quiesce alone, then ask again
	NeedResume         // parked: nobody holds it any more
)

// Serve runs what other goroutines asked for since the last Serve, and returns the tasks that something may have to be
// done about. The owner calls it whenever the Host's Ring was heard.
func (s *Space) Serve() []*Task {
	s.mu.Lock()
	reqs := s.requests
	s.requests = nil
	tasks := s.poked
	s.poked = nil
	for _, t := range tasks {
		t.poked = false
	}
	s.mu.Unlock()
	for _, r := range reqs {
		r.run()
	}
	return tasks
}

// Need says what the owner must do about a task now.
func (s *Space) Need(t *Task) Need {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.deathBegun {
		return NeedNothing
	}
	owed := false
	for _, a := range t.attached {
		owed = owed || a.owed != 0
	}
	switch {
	case t.parked && owed:
		return NeedQuiesce
	case t.parked && !t.heldLocked():
		return NeedResume
	case !t.parked && owed:
		return NeedInterrupt
	}
	return NeedNothing
}

// Park is asked before a task is left stopped: true if an engine still holds it. Once it was true the task stays
// parked until Unpark.
func (s *Space) Park(t *Task) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t.parked = t.heldLocked() && !t.deathBegun
	return t.parked
}

// Wants is the smallest resume action that an engine has outstanding: what Control asked for while t was parked.
func (s *Space) Wants(t *Task) Action {
	s.mu.Lock()
	defer s.mu.Unlock()
	act := Resume
	for _, a := range t.attached {
		act = min(act, a.wants())
	}
	return act
}

// Unpark is said before a parked task is resumed, or when it turns out to be dying.
func (s *Space) Unpark(t *Task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t.parked, t.entering = false, false
}

// Settle is said when the effect of a report is in place: the task goes on, or is parked. It wakes Barriers.
func (s *Space) Settle(t *Task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range t.told { // those detached meanwhile as well
		a.idle()
	}
	for _, a := range t.attached { // and those attached meanwhile
		a.fresh = false
	}
	t.told = nil
	if s.current == t {
		s.current = nil
	}
}

// Dying is said when a ptrace call answered ESRCH: the task was killed, its Death will come.
func (s *Space) Dying(t *Task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t.dying = true
	t.parked = false
}

func (t *Task) heldLocked() bool {
	for _, a := range t.attached {
		if a.hold {
			return true
		}
	}
	return false
}

// poke asks the owner to look at t. The caller holds the mutex and rings after giving it back.
func (s *Space) poke(t *Task) {
	if !t.poked {
		t.poked = true
		s.poked = append(s.poked, t)
	}
}

// examination is one Examine on its way to the owner.
type examination struct {
	a    *Attachment
	fn   func(*Stopped) error
	done chan struct{}
	err  error

	panicked any // what fn panicked with
}

// run looks, on the owner's goroutine, which must outlive what fn does.
func (r *examination) run() {
	r.err = unix.EAGAIN // what holds if fn does not return
	defer close(r.done)
	defer func() {
		if p := recover(); p != nil {
			r.panicked = fmt.Sprintf("%v, in the function that Examine was given\n%s", p, debug.Stack())
		}
	}()
	r.err = r.a.examine(r.fn)
}

func (a *Attachment) examine(fn func(*Stopped) error) error {
	t := a.task
	s := t.space
	s.mu.Lock()
	err := a.examinable()
	if err == nil && !t.parked && s.current != t {
		err = unix.EAGAIN // it was to be parked, and was killed instead
	}
	id := t.id
	s.mu.Unlock()
	if err != nil {
		return err
	}
	m := s.host.Machine(id)
	if m == nil {
		return unix.EAGAIN
	}
	st := &Stopped{task: t, machine: m, by: a}
	defer st.over.Store(true)
	err = s.lend(a, fn, st)
	if _, gone := m.Registers(); gone != nil {
		return unix.EAGAIN
	}
	if mover, ok := m.(interface{ Moved() bool }); ok && mover.Moved() { // killed, and at its Exit stop already
		return unix.EAGAIN
	}
	return err
}

// examinable is asked on any goroutine. A task that is held and not parked yet will be by the time the owner comes to look.
func (a *Attachment) examinable() error {
	switch {
	case a.task.deathBegun:
		return unix.ESRCH
	case !a.gone && a.hold && a.task.dying && !a.task.parked:
		return unix.EAGAIN
	case a.gone || !a.hold:
		return unix.EINVAL
	}
	return nil
}
