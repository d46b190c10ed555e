// Dead processes that their parents may not have waited for.

package loop

import "slices"

// sweepAt is how many a parent may have before those are forgotten that it has waited for.
const sweepAt = 64

// remember keeps a dead process's number for the end of its parent.
func (l *Loop) remember(parent, child int) {
	list := append(l.unwaited[parent], child)
	if n := len(list); n >= sweepAt && n&(n-1) == 0 { // a look for each death, on the average
		list = slices.DeleteFunc(list, func(c int) bool { return !l.waits(parent, c) })
	}
	l.unwaited[parent] = list
}

// waits tells whether a process that is dead and reaped still waits for its parent.
func (l *Loop) waits(parent, child int) bool {
	if l.tasks[child] != nil {
		return false // it is gone: somebody else has its number
	}
	_, p, err := l.k.TGID(child)
	return err == nil && p == parent
}

// collect is said when a process is dead: its zombie is remembered, and the children that it has not waited for itself, which
// are the supervisor's now, are taken away. Their numbers may be somebody else's by now: Kernel.Collect looks.
func (l *Loop) collect(t *task) {
	for _, child := range l.unwaited[t.tgid] {
		if l.tasks[child] == nil {
			l.k.Collect(child)
		}
	}
	delete(l.unwaited, t.tgid)
	if l.tasks[t.from] != nil {
		l.remember(t.from, t.tgid)
	}
}
