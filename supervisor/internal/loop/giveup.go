// A callback that never comes back keeps the owner: what can be done from outside.

package loop

import "golang.org/x/sys/unix"

// KillKnown sends SIGKILL to all that the owner knows of, and answers whether the first process is among them. It is for any
// goroutine, but only while Space.During keeps the owner from going on: what is born meanwhile stands before its first
// instruction, and what has died is not reaped, so no number can be somebody else's. Nobody is resumed: the dead stay in
// PTRACE_EVENT_EXIT, and children that nobody told of before they have run anything, until the owner's thread ends
// (PTRACE_O_EXITKILL).
func (l *Loop) KillKnown() (first bool) {
	for _, t := range l.tasks {
		if t.tgid == t.tid || l.tasks[t.tgid] == nil {
			_ = l.k.Kill(t.tgid, unix.SIGKILL) // ESRCH: it is dead already
		}
		first = first || t.tgid == l.first
	}
	l.killLimbo()
	return first
}

// Refuse makes Do answer false from now on: the owner will not serve anything any more. Any goroutine.
func (l *Loop) Refuse() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed, l.todo = true, nil
}
