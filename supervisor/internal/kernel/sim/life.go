// Births, exec, exits and deaths.

package sim

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// birth makes a child: it stands before its first instruction, and its parent in the event that tells of it. Which
// of the two Wait tells first is a choice there.
func (k *Kernel) birth(t *task, s Step) {
	var p *process
	flavor := unix.PTRACE_EVENT_FORK
	switch s.op {
	case opThread:
		p, flavor = t.proc, unix.PTRACE_EVENT_CLONE
	case opVFork:
		flavor = unix.PTRACE_EVENT_VFORK
	}
	c := k.newTask(p, s.script, t)
	if s.op == opFork {
		c.proc.memory = k.forked(t.proc.memory)
	}
	k.stand(c, kernel.Trap, 0)
	if s.op == opVFork {
		t.vforked = c
	}
	t.regs.Result = int64(c.tid)
	t.msg = uint64(c.tid)
	k.stand(t, kernel.Clone, 0)
	t.stop.Flavor = flavor
}

// execBegin kills the other threads (de_thread() in fs/exec.c). Those that are not the leader either die a death that
// has to be reaped before exec goes on, or are dropped without a status when it has succeeded.
func (k *Kernel) execBegin(t *task) {
	t.phase = execing
	var others []*task
	for _, o := range k.group(t.proc) {
		if o != t {
			others = append(others, o)
		}
	}
	threads := 0
	for _, o := range others {
		if !o.leader() {
			threads++
		}
	}
	vanish := threads > 0 && k.choose(2) == 1
	for _, o := range others {
		o.execer = t
		o.vanishes = o.leader() || vanish
		k.kill(o, utrace.ExitStatus{Signal: unix.SIGKILL})
	}
}

func (k *Kernel) execAlone(t *task) bool {
	for _, o := range k.group(t.proc) {
		if o != t && (!o.vanishes || o.state != zombie) {
			return false
		}
	}
	return true
}

// execDone starts the new program. A thread that was not the leader takes the leader's tid; neither its old tid nor the
// old leader gives a status (ptrace(2), "execve(2) under ptrace"; P20).
func (k *Kernel) execDone(t *task) {
	s := t.step()
	t.msg = uint64(t.tid)
	for _, o := range k.group(t.proc) {
		if o != t {
			k.remove(o)
		}
	}
	if !t.leader() {
		k.cfg.Watch.Renamed(t.tid, t.proc.tgid)
		delete(k.tasks, t.tid)
		k.freed = append(k.freed, t.tid)
		t.tid = t.proc.tgid
		k.tasks[t.tid] = t
		k.unfree(t.tid)
	}
	for sig, d := range t.proc.actions {
		if d == utrace.ToHandler {
			delete(t.proc.actions, sig)
		}
	}
	t.script, t.pc, t.phase, t.released = s.script, -1, made, true
	t.proc.memory = new(memory)
	t.regs.Result = 0
	if k.kills > 0 && k.choose(2) == 1 { // before it stands there, so nobody is told (ptrace_stop() in kernel/signal.c)
		k.kills--
		k.killGroup(t.proc, utrace.ExitStatus{Signal: unix.SIGKILL})
		return
	}
	k.stand(t, kernel.Exec, 0)
}

// die takes a task that was killed or called exit out of the world. A task that was killed either tells
// PTRACE_EVENT_EXIT or does not (P25).
func (k *Kernel) die(t *task) {
	if !t.exitTold {
		t.exitTold = true
		if t.leaving && !t.killed || k.choose(2) == 0 {
			t.msg = encode(t.status)
			k.stand(t, kernel.Exit, 0)
			return
		}
	}
	t.state, t.released = zombie, true
	k.reparent(t.proc)
	k.occ++
	t.occ = k.occ
	if p := t.proc; p.status != nil && t.leader() {
		t.status = *p.status
	}
	if k.cfg.SIGCHLD && len(k.group(t.proc)) == 1 {
		if parent := k.tasks[t.proc.parent]; parent != nil && parent.leader() {
			k.send(parent.proc, nil, utrace.Siginfo{Signo: unix.SIGCHLD, Code: 1})
		}
	}
}

func encode(s utrace.ExitStatus) uint64 {
	if s.Signal != 0 {
		return uint64(s.Signal)
	}
	return uint64(s.Code) << 8
}

// exitGroup is exit_group by t, or a deadly signal that t took.
func (k *Kernel) exitGroup(t *task, status utrace.ExitStatus) {
	if t.proc.status == nil {
		t.proc.status = &status
	}
	t.leaving, t.status = true, *t.proc.status
	for _, o := range k.group(t.proc) {
		if o != t {
			k.kill(o, status)
		}
	}
}

// killGroup is SIGKILL to a process.
func (k *Kernel) killGroup(p *process, status utrace.ExitStatus) {
	if p.status == nil {
		p.status = &status
	}
	for _, t := range k.group(p) {
		k.kill(t, *p.status)
	}
}

// kill makes SIGKILL pending for one task. It leaves whatever stop it is in, told or not; since Linux 6.1 the
// Exit stop excepted (P25).
func (k *Kernel) kill(t *task, status utrace.ExitStatus) {
	if t.killed || t.state == zombie {
		return
	}
	k.log("  %d gets SIGKILL", t.tid)
	for _, o := range k.group(t.proc) {
		if o.execer == t { // its exec comes to nothing
			o.vanishes = false
		}
	}
	t.killed = true
	if !t.leaving {
		t.status = status
	}
	if t.state == stopped && t.stop.Kind == kernel.Exit {
		if k.modern == 0 {
			k.modern = 1 + k.choose(2)
		}
		if k.modern == 1 {
			return
		}
	}
	t.state = running
}

// remove forgets a task.
func (k *Kernel) remove(t *task) {
	delete(k.tasks, t.tid)
	k.freed = append(k.freed, t.tid)
	k.cfg.Watch.Gone(t.tid)
}

func (k *Kernel) unfree(tid int) {
	for i, f := range k.freed {
		if f == tid {
			k.freed = append(k.freed[:i:i], k.freed[i+1:]...)
			return
		}
	}
}

// describe lists the tasks for a message.
func (k *Kernel) describe() string {
	var b strings.Builder
	states := [...]string{"?", "running", "stopped", "listening", "zombie"}
	for _, tid := range k.sorted() {
		t := k.tasks[tid]
		fmt.Fprintf(&b, "[%d of %d %s", tid, t.proc.tgid, states[t.state])
		if t.state == stopped || t.state == listening {
			fmt.Fprintf(&b, " %s", t.stop.Kind)
		}
		if t.killed {
			b.WriteString(" killed")
		}
		fmt.Fprintf(&b, " step %d]", t.pc)
	}
	return b.String()
}
