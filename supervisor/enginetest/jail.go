// A jail without a kernel: it tells an engine of events in the order in which the supervisor's loop tells them.

package enginetest

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"jail/seccomp"
	"jail/supervisor/utrace"
)

// FirstTID is the number of a Jail's first task. It is the kernel's PID_MAX_LIMIT, so no real task ever has it
// (proc(5), /proc/sys/kernel/pid_max).
const FirstTID = 1 << 22

// A Host is a utrace.Host whose clock stands still and on which every goroutine is the owner.
type Host struct {
	Rings  int                  // how often it was rung
	Gone   []string             // "task engine: why" of each attachment that ended before its task
	Looked *Machine             // what Machine answers; nil: the task was killed
	Clock  func() time.Duration // nil: always 0
}

// Ring implements utrace.Host.
func (h *Host) Ring() { h.Rings++ }

// OnOwner implements utrace.Host.
func (h *Host) OnOwner() bool { return true }

// Stops implements utrace.Host: every call stops.
func (h *Host) Stops(*utrace.SyscallSet, bool) error { return nil }

// Now implements utrace.Host.
func (h *Host) Now() time.Duration {
	if h.Clock == nil {
		return 0
	}
	return h.Clock()
}

// Machine implements utrace.Host.
func (h *Host) Machine(utrace.TaskID) utrace.Machine {
	if h.Looked == nil {
		return nil
	}
	return h.Looked
}

// Detached implements utrace.Host.
func (h *Host) Detached(id utrace.TaskID, engine, why string) {
	h.Gone = append(h.Gone, fmt.Sprintf("%v %s: %s", id, engine, why))
}

// A Jail is a tree of tasks with engines on each of them. All tasks share the Machine M, which a test may change or
// replace between two events.
type Jail struct {
	Space *utrace.Space
	Host  *Host
	First *utrace.Task
	M     *Machine

	// NextTID is the number of the next child. A test that sets it back sees numbers used again.
	NextTID int
}

// Start makes a jail with one task, and attaches the engine to it and to all that will come. Its error is Attach's.
func Start(e utrace.Engine, opts ...utrace.AttachOption) (*Jail, error) {
	j := StartAt(FirstTID)
	return j, j.Attach(e, opts...)
}

// StartAt makes a jail without engines whose first task has a certain number: a real one, for an engine that is to find
// something in /proc.
func StartAt(tid int) *Jail {
	j := &Jail{Host: new(Host), M: new(Machine), NextTID: FirstTID + 1}
	j.Space = utrace.New(j.Host, 0)
	j.First = j.Space.Add(tid, tid)
	return j
}

// Attach attaches one more engine to the first task, and to the children that it will have.
func (j *Jail) Attach(e utrace.Engine, opts ...utrace.AttachOption) error {
	_, err := j.First.Attach(e, append([]utrace.AttachOption{utrace.Follow()}, opts...)...)
	return err
}

// done ends a report.
func (j *Jail) done(t *utrace.Task, out utrace.Outcome) utrace.Outcome {
	j.Space.Settle(t)
	return out
}

// Call tells that t is about to make a call, if an engine asks for it. For clone, fork and vfork CloneEntry is told first.
func (j *Jail) Call(t *utrace.Task, c utrace.Call) utrace.Outcome {
	out := utrace.Outcome{Action: utrace.Resume}
	if makesTask(c) && t.WantsCloneEntry() {
		out = j.done(t, j.Space.CloneEntry(t, c, j.M))
		switch {
		case out.Strict >= utrace.Answered:
			return out
		case out.Strict == utrace.Rewritten:
			c = out.Call
		}
	}
	if t.Wants(utrace.SyscallEntry, c.Arch, c.Nr) {
		later := j.done(t, j.Space.SyscallEntry(t, c, j.M))
		if later.Strict > utrace.AsIs || out.Strict == utrace.AsIs {
			return later
		}
	}
	return out
}

// Return tells that t made a call, if an engine asks for it.
func (j *Jail) Return(t *utrace.Task, c utrace.Call, result int64) utrace.Outcome {
	if !t.Wants(utrace.SyscallExit, c.Arch, c.Nr) {
		return utrace.Outcome{Action: utrace.Resume, Result: result}
	}
	return j.done(t, j.Space.SyscallExit(t, c, result, j.M))
}

// Fork tells that parent makes a child process: entry, birth and exit of the call. No child (nil) when it is refused.
func (j *Jail) Fork(parent *utrace.Task) (*utrace.Task, utrace.Outcome) {
	return j.Clone(parent, uint64(unix.SIGCHLD))
}

// Thread tells that parent makes another thread of its process.
func (j *Jail) Thread(parent *utrace.Task) (*utrace.Task, utrace.Outcome) {
	return j.Clone(parent, unix.CLONE_VM|unix.CLONE_FS|unix.CLONE_FILES|unix.CLONE_SIGHAND|unix.CLONE_THREAD)
}

// Clone tells that parent calls clone with these flags.
func (j *Jail) Clone(parent *utrace.Task, flags uint64) (*utrace.Task, utrace.Outcome) {
	c := Call("clone", flags)
	if out := j.Call(parent, c); out.Strict >= utrace.Answered {
		j.Return(parent, c, out.Result)
		return nil, out
	}
	child, out := j.Birth(parent, flags)
	j.Return(parent, c, int64(child.ID().TID))
	return child, out
}

// Birth tells of a child alone, as if its call had not been stopped.
func (j *Jail) Birth(parent *utrace.Task, flags uint64) (*utrace.Task, utrace.Outcome) {
	tid := j.NextTID
	j.NextTID++
	tgid, thread := tid, flags&unix.CLONE_THREAD != 0
	if thread {
		tgid = parent.ID().TGID
	}
	child := j.Space.NewChild(parent, tid, tgid)
	ev := utrace.CloneEvent{Child: child, Thread: thread, VFork: flags&unix.CLONE_VFORK != 0, Flags: flags}
	return child, j.done(parent, j.Space.Clone(parent, ev, j.M))
}

// Exec tells that t runs a new program. When t is not the leader, leader must be dead and reaped already, or nil.
func (j *Jail) Exec(t *utrace.Task) utrace.Outcome {
	former := t.ID()
	if former.TID != former.TGID {
		j.Space.Renumber(t, former.TGID)
	}
	return j.done(t, j.Space.Exec(t, former, j.M))
}

// Signal tells that t is about to act on a signal.
func (j *Jail) Signal(t *utrace.Task, si utrace.Siginfo, d utrace.Disposition) utrace.Outcome {
	return j.done(t, j.Space.Signal(t, si, d, j.M))
}

// Die tells of the death of t and of its reaping.
func (j *Jail) Die(t *utrace.Task, status utrace.ExitStatus) utrace.Outcome {
	out := j.Space.Death(t, utrace.DeathEvent{Status: status})
	if reap := j.Space.Reap(t); reap.Strict > out.Strict {
		out = reap
	}
	return out
}

// Call makes a call of the native ABI by name. It panics for a name that the ABI lacks: a mistake in a test.
func Call(name string, args ...uint64) utrace.Call { return CallOf(seccomp.Native(), name, args...) }

// CallOf makes a call of any ABI by name.
func CallOf(abi seccomp.ABI, name string, args ...uint64) utrace.Call {
	nr, ok := abi.Number(name)
	if !ok {
		panic(fmt.Sprintf("enginetest: the ABI %v has no call %q", abi, name))
	}
	c := utrace.Call{Arch: abi.AuditArch(), Nr: int64(nr), IP: 0x401000, SP: 0x7ffffffde000}
	copy(c.Args[:], args)
	return c
}

// makesTask tells clone, clone3, fork and vfork of any ABI.
func makesTask(c utrace.Call) bool {
	name, _ := seccomp.ABIOf(c.Arch, uint32(c.Nr)).Name(int(c.Nr))
	switch name {
	case "clone", "clone3", "fork", "vfork":
		return true
	}
	return false
}

// Sent makes the siginfo of a signal that process pid sent with kill(2) (code utrace.SIUser), tgkill, sigqueue or
// whatever else the code says.
func Sent(sig unix.Signal, code int32, pid int) utrace.Siginfo {
	si := utrace.Siginfo{Signo: sig, Code: code}
	for i := range 4 {
		si.Rest[4+i] = byte(uint32(pid) >> (8 * i))
	}
	return si
}
