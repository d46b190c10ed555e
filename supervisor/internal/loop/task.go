// What the loop knows of one task, and the task as engines' machine.

package loop

import (
	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

type task struct {
	l    *Loop
	u    *utrace.Task
	tid  int
	tgid int
	from int // tgid of the process that made it

	at       kernel.Kind // where it stands; 0: it runs
	fresh    bool        // its first stop has not come yet
	copied   *copied     // of a fresh one: arguments in its registers that are not its parent's own
	listens  bool        // in a group stop that we let it have
	nudged   bool        // interrupted while it listened: its next Group is the same stop
	owing    bool        // Interrupt was sent, its Trap has not come
	stepping bool

	call    utrace.Call // being made, from the Seccomp stop until its SyscallExit
	inCall  bool
	rewrote bool // call differs from what the registers said: put them back at the exit
	how     kernel.How
	redoOn  unix.Errno    // with which the rewritten call has to fail for the task to make its own again
	redoes  bool          // its next call is that one
	space   *addressSpace // of a call whose arguments engines may seal
	sealed  []uint64      // places in the sealed pages, for this call
	pad     kernel.Pad    // that it comes back over from the call that it was let make last
	unfit   error         // why this call's arguments can't be sealed

	parkHow kernel.How // how to go on when the engines that hold it let go
	parkSig unix.Signal
	parked  bool
	left    bool        // its Exit was told
	doomed  bool        // SIGKILL is on its way: nobody holds it any more
	again   bool        // a held signal: tell it again
	held    unix.Signal // which one

	rewound    *utrace.Registers // registers before a Rewind, while no instruction has run since
	retry      *retry            // the call that is made again and again, and has a deadline; else nil
	last       utrace.Siginfo    // the signal it was given last
	lastShared bool              // all threads of the process have the same one in last: they die of it
	faulted    fault             // the fault it was given last
	killer     utrace.Killer     // known cause of its death

	stood    place // where it was told of its last signal
	struckAt place // and of the first of a row of them
	struck   int   // how many there were
	slowed   bool  // it raised a storm, and stops at its calls for a while
	slow     int   `hash:"-"` // how many stops are left of that
}

func (l *Loop) enter(u *utrace.Task, tid, tgid int) *task {
	t := &task{l: l, u: u, tid: tid, tgid: tgid, how: kernel.Cont}
	l.tasks[tid] = t
	c := l.crowds[tgid]
	l.crowds[tgid] = crowd{tasks: c.tasks + 1, ever: c.tasks > 0}
	return t
}

// leave drops a task that is reaped.
func (l *Loop) leave(t *task) {
	delete(l.tasks, t.tid)
	c := l.crowds[t.tgid]
	if c.tasks--; c.tasks == 0 {
		delete(l.crowds, t.tgid)
		return
	}
	l.crowds[t.tgid] = c
}

// crowd is how many tasks a process has, and whether it ever had more than one since it executed its program.
type crowd struct {
	tasks int
	ever  bool
}

// watched tells that t is to stop at the entries and exits of its calls.
func (t *task) watched() bool { return t.retry != nil || t.slowed }

func (l *Loop) find(u *utrace.Task) *task {
	t := l.tasks[u.ID().TID]
	if t == nil || t.u != u {
		return nil
	}
	return t
}

// Moved tells whether SIGKILL has brought the task from where it stands to its Exit stop, where commands succeed again. The
// model has no time in which that could happen.
func (t *task) Moved() bool {
	k, ok := t.l.k.(interface{ AtExit(tid int) bool })
	return ok && t.at != kernel.Exit && k.AtExit(t.tid)
}

// The machine that engines reach into; on the owner's goroutine only.

func (t *task) Registers() (utrace.Registers, error)        { return t.l.k.Registers(t.tid) }
func (t *task) SetRegisters(r utrace.Registers) error       { return t.l.k.SetRegisters(t.tid, r) }
func (t *task) ReadMem(addr uint64, p []byte) (int, error)  { return t.l.k.ReadMem(t.tid, addr, p) }
func (t *task) WriteMem(addr uint64, p []byte) (int, error) { return t.l.k.WriteMem(t.tid, addr, p) }
func (t *task) Disposition(s unix.Signal) (utrace.Disposition, error) {
	return t.l.k.Disposition(t.tid, s)
}
