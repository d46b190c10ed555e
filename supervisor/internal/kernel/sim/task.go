// Tasks and processes of the model.

package sim

import (
	"sort"
	"time"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

type state uint8

const (
	running   state = iota + 1
	stopped         // in a ptrace-stop
	listening       // in a group-stop that the supervisor let it have
	zombie
)

// phase says where a running task stands in the present step of its script.
type phase uint8

const (
	user     phase = iota // before the step
	entering              // in the kernel, before the filter; its syscall-entry-stop is told here
	entered               // past the filter
	inside                // in a blocking call
	execing               // waits for its siblings to die
	made                  // the kernel has acted
	leave                 // past the syscall-exit-stop
	paving                // back in user mode, before the instructions of its pad
	broken                // a blocking call was broken off; signals are dealt with now
)

// process is a thread group.
type process struct {
	tgid, parent int
	actions      map[unix.Signal]utrace.Disposition // what differs from the default
	pending      []utrace.Siginfo
	stopSig      unix.Signal // it is in a group-stop, because of this
	status       *utrace.ExitStatus
	memory       *memory
}

// A task is a thread.
type task struct {
	uid, tid int
	proc     *process
	creator  int // uid
	script   Script
	pc       int
	phase    phase
	after    phase // of leave: what comes then

	state state
	stop  kernel.Stop
	told  bool // Wait has told of the stop
	occ   int  `hash:"-"`
	msg   uint64
	info  utrace.Siginfo

	regs      utrace.Registers
	frames    []utrace.Registers // what handlers that run interrupted
	exitTrace bool               // PTRACE_SYSCALL
	stepping  bool
	trap      bool // PTRACE_INTERRUPT was accepted
	trapLate  bool // and came when the next step had begun
	kicked    bool // and there is something to be looked at on the way to user mode (TIF_SIGPENDING), trap or not
	notify    bool // SIGCONT was sent: a trap tells of it
	stopping  bool // it has to take part in a group-stop
	inGroup   bool // it does
	continued bool // SIGCONT was sent since it took its present signal: a stop signal stops nobody any more (JOBCTL_STOP_DEQUEUED)
	deliver   unix.Signal
	pending   []utrace.Siginfo
	handled   bool          // a handler ran in the present step
	since     time.Duration // when the present step began
	wakes     time.Duration // of a Timed call: when its time is up, as it was made last
	limit     time.Duration // when that must be at the latest
	remade    bool          // the present step was begun before
	remakes   bool          // Remake: it makes the call again when it goes on
	rewound   bool          // its next instruction is the call
	spurred   bool          // a call of its was broken off for nothing: not again
	dozes     bool          // it has fallen asleep just now
	excused   bool          // it was stopped and continued in it (signal(7), "Interruption … by stop signals")

	vforked  *task // child that it waits for
	released bool  // as a vfork child: has called exec or ended

	killed   bool // SIGKILL is pending
	leaving  bool // it called exit
	exitTold bool
	status   utrace.ExitStatus
	execer   *task // whose exec kills it
	vanishes bool  // without a status of its own
}

func (k *Kernel) newTask(p *process, s Script, creator *task) *task {
	tid := k.next
	if k.cfg.ReuseTIDs && len(k.freed) > 0 && k.choose(2) == 1 {
		tid, k.freed = k.freed[0], k.freed[1:]
	} else {
		k.next++
	}
	k.uid++
	if p == nil {
		p = &process{tgid: tid, parent: creator.proc.tgid, actions: map[unix.Signal]utrace.Disposition{}}
		p.memory = creator.proc.memory // as vfork leaves it
		for sig, d := range creator.proc.actions {
			p.actions[sig] = d
		}
	}
	t := &task{uid: k.uid, tid: tid, proc: p, script: s, state: running}
	t.regs.Nr = -1
	parent := 0
	if creator != nil {
		t.creator, parent = creator.uid, creator.tid
	}
	k.tasks[tid] = t
	k.known[tid] = true
	k.cfg.Watch.Born(tid, p.tgid, parent)
	return t
}

func (k *Kernel) sorted() []int {
	tids := make([]int, 0, len(k.tasks))
	for tid := range k.tasks {
		tids = append(tids, tid)
	}
	sort.Ints(tids)
	return tids
}

// group lists the tasks of a process that are not reaped, by tid.
func (k *Kernel) group(p *process) []*task {
	var g []*task
	for _, tid := range k.sorted() {
		if t := k.tasks[tid]; t.proc == p {
			g = append(g, t)
		}
	}
	return g
}

func (t *task) leader() bool { return t.tid == t.proc.tgid }

func (t *task) step() Step {
	switch {
	case t.pc < 0: // exec is about to return
		return step(opCall, -1)
	case t.pc < len(t.script):
		return t.script[t.pc]
	}
	return ExitGroup(0)
}

// atUser tells whether signals and traps are looked at now.
func (t *task) atUser() bool { return t.phase == user || t.phase == broken || t.phase == paving }

// aboutToEndGroup: the next thing it does takes its siblings' lives, with no stop before.
func (t *task) aboutToEndGroup() bool {
	if t.state != running || t.killed || t.leaving || t.trap || t.notify || t.stopping || len(t.pending)+len(t.proc.pending) > 0 {
		return false
	}
	s := t.step()
	early := (t.phase == user || t.phase == entering) && !t.exitTrace && !s.traced
	return (s.op == opExitGroup || s.op == opExec) && (t.phase == entered || early)
}

// stand puts t into a stop that Wait will tell of. Any stop clears a pending PTRACE_INTERRUPT (ptrace_stop() in
// kernel/signal.c), but not the mark that breaks off calls.
func (k *Kernel) stand(t *task, kind kernel.Kind, sig unix.Signal) {
	k.occ++
	t.occ = k.occ
	t.state, t.told, t.trap, t.trapLate = stopped, false, false, false
	t.stop = kernel.Stop{TID: t.tid, Kind: kind, Signal: sig}
}

// ready tells whether Wait may tell of t. A leader's death is told when its other threads are reaped (wait(2), P23).
func (k *Kernel) ready(t *task) bool {
	switch t.state {
	case stopped:
		return !t.told
	case zombie:
		return !t.vanishes && (!t.leader() || len(k.group(t.proc)) == 1)
	}
	return false
}
