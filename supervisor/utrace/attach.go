// Attaching engines to tasks, and the calls an attachment answers.

package utrace

import (
	"context"
	"fmt"

	"golang.org/x/sys/unix"
)

// An Attachment is one engine on one task. All methods may be called from any goroutine, and from any callback. Each engine has
// one for each living task: it is kept small (TestAttachmentIsSmall).
type Attachment struct {
	task    *Task
	cb      *callbacks // the same for all tasks that it was inherited by
	waiters []chan struct{}

	// Of the owner alone.
	saw   uint64 // version of what can be rewritten that it was asked about last
	wrote uint64 // version that it made last
	idles bool   // it need not be told of the Quiesce under way

	observer bool
	follow   bool
	busy     bool   // an answer of its is not in place yet
	hold     bool   // answered Stop, or asked for it when the task was stopped already
	fresh    bool   // that was at the stop under way: no answer at this stop takes it back
	gone     bool   // detached, or failed
	owed     Action // a Quiesce was asked for and not told yet: by Stop, or (Report) by anything else
	step     Action // SingleStep or BlockStep for the next resume
	mask     Mask
	running  Mask // the event whose callback runs now
}

// An AttachOption changes what Attach does.
type AttachOption func(*attachOptions)

type attachOptions struct {
	observer, follow, exclusive bool
	mask                        *Mask
}

// Observe attaches an engine whose verdicts count for nothing and that is detached when it overruns its budget.
func Observe() AttachOption { return func(o *attachOptions) { o.observer = true } }

// Follow attaches the engine to every child of the task too, and to theirs, before their Clone is told.
func Follow() AttachOption { return func(o *attachOptions) { o.follow = true } }

// Exclusive answers EEXIST if an engine of the same name is attached.
func Exclusive() AttachOption { return func(o *attachOptions) { o.exclusive = true } }

// WithEvents begins with another mask than the engine's Events; every event must have its method.
func WithEvents(m Mask) AttachOption { return func(o *attachOptions) { o.mask = &m } }

// Attach puts an engine on the task. It first hears the next report: one that is under way passes it by.
//
// Name, Events and Syscalls are asked here, on the caller's goroutine and under no lock, and what they answered is what
// counts from then on.
//
// Errors: ErrCallbacks when mask and methods do not fit; ErrDeaf when it asks for calls that never stop; EEXIST with
// Exclusive; EINVAL for a mask without methods, or no engine; ESRCH once the task has been reaped. Any goroutine; never blocks.
func (t *Task) Attach(e Engine, opts ...AttachOption) (*Attachment, error) {
	var o attachOptions
	for _, opt := range opts {
		opt(&o)
	}
	if e == nil {
		return nil, unix.EINVAL
	}
	cb, err := resolve(e)
	if err != nil {
		return nil, err
	}
	if err := t.space.host.Stops(cb.calls, cb.cloneEntry != nil); err != nil {
		return nil, fmt.Errorf("engine %s: %w", cb.name, err)
	}
	mask := cb.mask
	if o.mask != nil {
		mask = *o.mask
	}
	if mask&^cb.able != 0 {
		return nil, unix.EINVAL
	}
	t.space.mu.Lock()
	defer t.space.mu.Unlock()
	if t.reapBegun {
		return nil, unix.ESRCH
	}
	if o.exclusive && t.find(cb.name) != nil {
		return nil, unix.EEXIST
	}
	cb.spent = t.space.spentBy(cb.name)
	a := &Attachment{task: t, cb: cb, mask: mask, observer: o.observer, follow: o.follow}
	t.insert(a)
	return a, nil
}

// Match finds the attachment of the engine with this name: ENOENT if there is none, ESRCH once the task was reaped.
// Any goroutine; never blocks.
func (t *Task) Match(name string) (*Attachment, error) {
	t.space.mu.Lock()
	defer t.space.mu.Unlock()
	if t.reapBegun {
		return nil, unix.ESRCH
	}
	if a := t.find(name); a != nil {
		return a, nil
	}
	return nil, unix.ENOENT
}

func (t *Task) find(name string) *Attachment {
	for _, a := range t.attached {
		if a.cb.name == name {
			return a
		}
	}
	return nil
}

func (t *Task) insert(a *Attachment) {
	list := make([]*Attachment, len(t.attached), len(t.attached)+1)
	copy(list, t.attached)
	t.attached = append(list, a)
}

// inherit copies the following attachments of a parent. They live and die with the task: in one piece they are one allocation.
func (t *Task) inherit(parent *Task) {
	all := make([]Attachment, 0, len(parent.attached))
	for _, p := range parent.attached {
		if p.follow && !p.gone {
			all = append(all, Attachment{task: t, cb: p.cb, mask: p.mask, observer: p.observer, follow: true})
		}
	}
	t.attached = make([]*Attachment, len(all))
	for i := range all {
		t.attached[i] = &all[i]
	}
}

// Task is the task it is attached to.
func (a *Attachment) Task() *Task { return a.task }

// Engine is the engine.
func (a *Attachment) Engine() Engine { return a.cb.engine }

// SetEvents changes which events are told. nil means that no callback of a cleared event will be made any more. In a callback of
// SyscallEntry it decides about this very call's SyscallExit, too: an exit that nobody asks for by then is no stop.
//
// Errors: EINVAL for an event without method or on a detached attachment; EALREADY when it would clear Death (or Reap)
// once that report may have begun, or newly set Death or Quiesce on a dying task; EINPROGRESS when the mask was changed
// but a callback of an event that is not in it may be running now (Barrier waits for it); ESRCH after Reap. Never blocks.
func (a *Attachment) SetEvents(m Mask) error {
	onOwner := a.task.space.host.OnOwner()
	t := a.task
	t.space.mu.Lock()
	defer t.space.mu.Unlock()
	cleared, set := a.mask&^m, m&^a.mask
	switch {
	case t.reapBegun && cleared.Has(Reap), t.deathBegun && cleared.Has(Death):
		return unix.EALREADY
	case t.reapBegun:
		return unix.ESRCH
	case a.gone || m&^a.cb.able != 0:
		return unix.EINVAL
	case (t.dying || t.deathBegun) && set&(Death|Quiesce) != 0:
		return unix.EALREADY
	}
	a.mask = m
	if a.running&^m != 0 && !onOwner { // cleared now, or a moment ago
		return unix.EINPROGRESS
	}
	return nil
}

// Control asks for a resume action.
//
//   - Detach: nil: no callback of this engine runs now or ever again. EINPROGRESS: one is running (Barrier waits for it), no
//     other will come. EALREADY when Death may have begun, ESRCH when Reap may have: those callbacks still come, unless the
//     engine was detached before.
//   - Stop: nil only if the task is stopped already and now held by this engine too; else EINPROGRESS, and a Quiesce
//     callback will come in which Stop can be answered (a Signal callback may come first); EINVAL if the engine does not ask
//     for Quiesce, because nothing else is sure to come.
//   - Interrupt, Report, SingleStep, BlockStep: a Quiesce will be told; EINVAL if the engine does not ask for it.
//   - Resume: lets go.
//
// Linux has no way to stop a task that does not touch a blocking call, so Stop and Report interrupt one as Interrupt does;
// the owner has it made again, and the program can't tell. Any goroutine; never blocks.
func (a *Attachment) Control(act Action) error {
	host := a.task.space.host
	onOwner := host.OnOwner()
	ring, detached, err := a.control(act, onOwner)
	if detached {
		host.Detached(a.task.ID(), a.cb.name, "asked for")
	}
	if ring {
		host.Ring()
	}
	return err
}

func (a *Attachment) control(act Action, onOwner bool) (ring, detached bool, err error) {
	t := a.task
	s := t.space
	s.mu.Lock()
	defer s.mu.Unlock()
	if act == Detach {
		return a.detach(onOwner)
	}
	inReport := onOwner && s.current == t
	switch {
	case t.deathBegun:
		return false, false, unix.ESRCH
	case a.gone:
		return false, false, unix.EINVAL
	case act == Resume:
		a.hold, a.step, a.owed = false, 0, 0
	case act == Stop && (t.parked || inReport || a.hold):
		a.hold, a.fresh = true, s.current == t
		return false, false, nil
	case !a.mask.Has(Quiesce), act < Stop, act > Detach:
		return false, false, unix.EINVAL
	case act == SingleStep || act == BlockStep:
		a.step, a.hold = act, false
		if !t.parked { // a running task must stop before it can step
			a.owed = Report
		}
	case act == Stop:
		if a.owed == 0 {
			a.owed = Stop
		}
	default:
		a.owed, a.hold = Report, false
	}
	s.poke(t)
	if act == Stop {
		return true, false, unix.EINPROGRESS
	}
	return true, false, nil
}

// detach is Control(Detach) under the mutex.
func (a *Attachment) detach(onOwner bool) (ring, detached bool, err error) {
	t := a.task
	switch {
	case a.gone && a.running != 0 && !onOwner:
		return false, false, unix.EINPROGRESS
	case a.gone: // since before Death: nothing of it is left that could be told
		return false, false, nil
	case t.reapBegun:
		return false, false, unix.ESRCH
	case t.deathBegun:
		return false, false, unix.EALREADY
	}
	a.remove()
	t.space.poke(t)
	if a.running != 0 && !onOwner {
		return true, true, unix.EINPROGRESS
	}
	return true, true, nil
}

// remove takes a out of its task's list in one step: mask and callbacks go together.
func (a *Attachment) remove() {
	a.gone, a.hold, a.owed, a.step, a.mask = true, false, 0, 0, 0
	t := a.task
	list := make([]*Attachment, 0, len(t.attached))
	for _, b := range t.attached {
		if b != a {
			list = append(list, b)
		}
	}
	t.attached = list
}

// Barrier returns when no callback of this attachment is running and the effect of the last one's answer is in place.
// It works on a detached attachment and after the task is gone. From inside a callback it returns at once. It blocks
// until then, or answers ctx's error; ESRCH if the jail was given up, because a callback never came back. Any goroutine.
//
// Nobody has to wait inside a callback of another task either: reports are told one after another, so no callback of this
// attachment can be running then, and what its last answer asked for was carried out before the next report began.
func (a *Attachment) Barrier(ctx context.Context) error {
	if st, ok := ctx.Value(insideKey{}).(*Stopped); ok && st.task == a.task && !st.over.Load() || a.task.space.host.OnOwner() {
		return nil
	}
	s := a.task.space
	s.mu.Lock()
	if a.running == 0 && !a.busy {
		s.mu.Unlock()
		return nil
	}
	done := make(chan struct{})
	a.waiters = append(a.waiters, done)
	s.mu.Unlock()
	select {
	case <-done:
		return nil
	case <-s.over:
		return unix.ESRCH
	case <-ctx.Done():
		return ctx.Err()
	}
}

// idle marks the attachment as settled and wakes its Barriers. The caller holds the mutex.
func (a *Attachment) idle() {
	a.busy, a.fresh = false, false
	for _, w := range a.waiters {
		close(w)
	}
	a.waiters = nil
}

// Examine runs fn on the owner's goroutine with the task stopped, and blocks until it has run.
//
// Errors: EINVAL unless this attachment holds the task stopped; ESRCH when it is dead; EAGAIN when SIGKILL woke it before
// or while fn looked: what fn read is to be thrown away; else what fn answered. A panic of fn is the caller's: it goes on
// there. Any goroutine; but a callback that waits for another goroutine's Examine waits for ever, because it keeps the owner.
func (a *Attachment) Examine(fn func(*Stopped) error) error {
	s := a.task.space
	if s.host.OnOwner() {
		return a.examine(fn)
	}
	r := &examination{a: a, fn: fn, done: make(chan struct{})}
	s.mu.Lock()
	if err := a.examinable(); err != nil {
		s.mu.Unlock()
		return err
	}
	s.requests = append(s.requests, r)
	s.mu.Unlock()
	s.host.Ring()
	select {
	case <-r.done:
	case <-s.over:
		return unix.ESRCH
	}
	if r.panicked != nil {
		panic(r.panicked)
	}
	return r.err
}
