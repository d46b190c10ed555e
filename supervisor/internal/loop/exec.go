// Exec: the new program, and who vanishes for it.

package loop

import (
	"cmp"
	"slices"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// exec serves PTRACE_EVENT_EXEC. It comes with the leader's tid whoever called execve (P20): the caller has become the
// leader, and the old leader vanished without a status of its own.
func (l *Loop) exec(stop kernel.Stop) {
	msg, err := l.k.EventMsg(stop.TID)
	caller := l.tasks[stop.TID]
	if err == nil && int(msg) != stop.TID && l.tasks[int(msg)] != nil {
		caller = l.tasks[int(msg)]
	}
	if caller == nil {
		l.unknown(stop)
		return
	}
	former := caller.u.ID()
	l.leads(caller)
	caller.at = kernel.Exec
	if err != nil {
		l.gone(caller)
		return
	}
	l.sink.Exec(caller.u.ID(), former)
	out := l.space.Exec(caller.u, former, caller)
	if !caller.u.WantsExit(caller.call) { // any more: that it has succeeded is known
		caller.inCall = false
	}
	how := kernel.Cont
	if caller.inCall {
		how = caller.how
	}
	l.proceed(caller, out, how, 0)
}

// leads makes the task that called exec the leader of its process: all others are gone, those that gave no status too (P20), and it has
// the leader's number.
func (l *Loop) leads(caller *task) {
	for _, o := range l.siblings(caller) {
		o.killer = utrace.Killer{PID: caller.tgid, By: "exec"}
		l.bury(o, utrace.ExitStatus{Signal: unix.SIGKILL}, func() (utrace.Usage, error) { return utrace.Usage{}, nil })
		if o.tid != caller.tgid { // that number is the caller's
			l.k.Vanished(o.tid)
		}
	}
	if former := caller.tid; former != caller.tgid {
		delete(l.tasks, former)
		l.space.Renumber(caller.u, caller.tgid)
		caller.tid = caller.tgid
		l.tasks[caller.tid] = caller
		l.k.Vanished(former)
	}
	caller.rewound, caller.rewrote = nil, false
	caller.forget()
	l.crowds[caller.tgid] = crowd{tasks: 1}
	l.executes(caller)
}

// heir is whose stop, or death, is told with the number of a leader who has told that itself, or who can't be dead while others of its
// process live: one of these called exec, has the number by now, and was killed before PTRACE_EVENT_EXEC was told (ptrace_stop() in
// kernel/signal.c tells nothing of who has SIGKILL pending). That the others are gone is sure: a leader's death is told last
// (delay_group_leader() in kernel/exit.c), and exec waits for them all.
func (l *Loop) heir(leader *task) *task {
	list := l.siblings(leader)
	if len(list) == 0 {
		return leader
	}
	heir := slices.MinFunc(list, func(a, b *task) int { // who has not told its own exit yet
		return cmp.Or(cmp.Compare(ord(a.left), ord(b.left)), cmp.Compare(a.u.ID().Serial, b.u.ID().Serial))
	})
	l.leads(heir)
	heir.at, heir.parked = leader.at, false
	l.space.Unpark(heir.u)
	return heir
}

func ord(b bool) int {
	if b {
		return 1
	}
	return 0
}

// siblings lists the other tasks of t's process. t is one of l.tasks.
func (l *Loop) siblings(t *task) []*task {
	if l.crowds[t.tgid].tasks == 1 {
		return nil
	}
	var list []*task
	for _, o := range l.tasks {
		if o != t && o.tgid == t.tgid {
			list = append(list, o)
		}
	}
	return list
}
