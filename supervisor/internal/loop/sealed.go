// Sealed arguments: bringing the kernel's sealed pages into address spaces, and places in them for the calls under way.
//
// An address space gets the pages when one of its tasks first makes a call of which an engine seals arguments. At its
// seccomp-stop another call is made of it, one of those that bring the pages; at the exit of that the task is put back onto its call
// instruction, and comes with its own call again. Whatever happens in between, signals and their handlers, group-stops, other
// threads, happens as to a program that has not made its call yet. It need not even come back: what was reached is
// kept with the process, and the next task that comes goes on from there. The loop waits for nobody.

package loop

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// addressSpace is how far a process has come with the pages. One that shares its memory with another process (vfork,
// CLONE_VM) or has a copy (fork) finds the pages there, and makes sure of them by itself: between a fork and this, the
// program could have taken them away (MADV_DONTFORK) and put its own memory there.
type addressSpace struct {
	step    kernel.PageStep // the next; 0: look what is there
	fd      uint64          // of the pages, from MapPages on; noFile
	addr    uint64          // from LockPages on
	sure    bool            // the pages are locked at addr
	pads    bool            // and tasks can come back over pads there
	ready   bool            // sure, and the descriptor is closed
	carrier *task           // in the call of step
	waiting []*task         // at their calls, until the carrier is through
	failed  int             // how often in a row
	err     error           // why
}

const (
	noFile       = ^uint64(0)
	mostFailures = 3 // until a call is refused: other threads may close the descriptor, for one
)

// prepared is asked before engines are told of a call whose arguments they may seal. False: the task will come again.
func (l *Loop) prepared(t *task, c utrace.Call) bool {
	t.space, t.unfit = l.spaces[t.tgid], nil
	if t.space == nil {
		t.space = &addressSpace{fd: noFile}
		l.spaces[t.tgid] = t.space
	}
	a := t.space
	switch {
	case !l.k.Sealable(c.Arch):
		t.unfit = fmt.Errorf("%w: its call is of an ABI that is not the native one", utrace.ErrUnsealed)
		return true
	case a.ready:
		return true
	case a.failed >= mostFailures:
		t.unfit, a.failed = a.err, 0
		return true
	case a.carrier != nil:
		a.waiting = append(a.waiting, t)
		return false
	}
	page, err := l.nextPage(t, a)
	if err == nil && a.ready {
		return true
	}
	if err == nil {
		err = l.k.SetSyscall(t.tid, page)
	} else if !errors.Is(err, unix.ESRCH) {
		t.unfit = err
		return true
	}
	if err != nil {
		l.gone(t)
		return false
	}
	t.inCall, t.rewrote, t.how = true, true, kernel.ToSyscallExit
	a.carrier = t
	if l.resume(t, kernel.ToSyscallExit, 0) && l.space.Need(t.u) == utrace.NeedInterrupt {
		l.interrupt(t)
	}
	l.space.Settle(t.u)
	return false
}

// nextPage is the call that has to be made next; none if a is ready.
func (l *Loop) nextPage(t *task, a *addressSpace) (utrace.Call, error) {
	if a.step == 0 {
		addr, _, err := l.k.PagesAt(t.tid, 0)
		if err != nil {
			return utrace.Call{}, err
		}
		a.step = kernel.TakePages
		if addr != 0 {
			a.step, a.addr = kernel.LockPages, addr
		}
	}
	at := a.fd
	if a.step == kernel.PavePages || a.step == kernel.LockPages {
		at = a.addr
	}
	c, err := l.k.PageCall(t.tid, a.step, at)
	if err != nil && a.step == kernel.DropPages { // somebody has closed it
		a.dropped()
		if a.ready {
			return utrace.Call{}, nil
		}
		return l.nextPage(t, a)
	}
	return c, err
}

// carried serves the exit of a call that brings the pages.
func (l *Loop) carried(t *task, info kernel.SyscallInfo, err error) {
	a := t.space
	a.carrier, t.inCall, t.rewrote, t.how = nil, false, false, kernel.Cont
	if err == nil && !elsewhere(info) {
		l.reached(t, a, info.Result)
		err = l.k.Remake(t.tid, t.call)
	}
	if err != nil || elsewhere(info) {
		l.gone(t)
	} else {
		l.proceed(t, utrace.Outcome{Action: l.space.Wants(t.u)}, kernel.Cont, 0)
	}
	l.passOn(a)
}

// reached takes the result of a step. Results can be wrong, by other threads' doing: a is sure only of what /proc shows.
func (l *Loop) reached(t *task, a *addressSpace, result int64) {
	const restarts, most = -516, -512 // ERESTART_RESTARTBLOCK, ERESTARTSYS: broken off
	switch {
	case result >= restarts && result <= most, result == -int64(unix.EINTR):
		return
	case result < 0 && result >= -4095 && a.step != kernel.PavePages:
		a.fails(fmt.Errorf("%w: %v: %w", utrace.ErrUnsealed, a.step, unix.Errno(-result)))
		return
	}
	switch a.step {
	case kernel.TakePages:
		a.fd, a.step = uint64(result), kernel.MapPages
	case kernel.MapPages:
		a.addr, a.step = uint64(result), kernel.PavePages
	case kernel.PavePages: // whether it did is seen when they are locked
		a.step = kernel.LockPages
	case kernel.LockPages:
		at, pads, err := l.k.PagesAt(t.tid, a.addr)
		switch {
		case err != nil:
			a.fails(err)
		case at != a.addr || at == 0:
			a.fails(fmt.Errorf("%w: the program has mapped something else where the sealed pages were to be", utrace.ErrUnsealed))
		default:
			a.sure, a.pads = true, pads
			a.drop()
		}
	case kernel.DropPages:
		a.dropped()
	}
}

// fails begins anew, after having closed what is open.
func (a *addressSpace) fails(err error) {
	a.err = err
	if a.step == kernel.DropPages {
		a.dropped()
		return
	}
	a.failed++
	a.drop()
}

// drop goes on to the last step, or past it.
func (a *addressSpace) drop() {
	a.step = kernel.DropPages
	if a.fd == noFile {
		a.dropped()
	}
}

func (a *addressSpace) dropped() {
	a.fd, a.step, a.ready = noFile, 0, a.sure
}

// passOn lets those go on who wait for a: one of them carries the next step, if there is one.
func (l *Loop) passOn(a *addressSpace) {
	for a.carrier == nil && len(a.waiting) > 0 {
		t := a.waiting[0]
		a.waiting = a.waiting[1:]
		if l.tasks[t.tid] == t && t.space == a && t.at == kernel.Seccomp { // else it was killed meanwhile
			l.entry(t)
		}
	}
}

// Seal is utrace.Sealer's.
func (t *task) Seal(size int) (uint64, []byte, error) {
	switch {
	case t.unfit != nil:
		return 0, nil, t.unfit
	case t.space == nil || !t.space.ready:
		return 0, nil, fmt.Errorf("%w: the engine did not say that it would seal arguments of this call", utrace.ErrUnsealed)
	}
	offset, place, err := t.l.k.Seal(size)
	if err != nil {
		return 0, nil, err
	}
	t.sealed = append(t.sealed, offset)
	return t.space.addr + offset, place, nil
}

// unseal gives up what was sealed for a call that has ended, or is not made.
func (t *task) unseal() {
	if t.pad.At != 0 {
		t.l.k.DropPad(t.pad)
		t.pad = kernel.Pad{}
	}
	for _, offset := range t.sealed {
		t.l.k.Unseal(offset)
	}
	t.sealed = t.sealed[:0]
}

// leaves is said when a task is gone, from l.tasks too.
func (l *Loop) leaves(t *task) {
	t.unseal()
	if t.tid == t.tgid {
		delete(l.spaces, t.tgid)
	}
	if a := t.space; a != nil && a.carrier == t {
		a.carrier = nil
		l.passOn(a)
	}
}

// executes is said when t's process has a new address space.
func (l *Loop) executes(t *task) {
	t.unseal()
	t.space = nil
	delete(l.spaces, t.tgid)
}
