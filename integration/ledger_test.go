// The ledger: a Sink that keeps account of births, deaths and reaps, and complains when they do not add up.

package integration

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor"
	"jail/supervisor/utrace"
)

// An entry is what happened to one task.
type entry struct {
	id     utrace.TaskID
	parent utrace.TaskID
	thread bool
	execs  int
	death  *utrace.DeathEvent
	reaped bool
	pidfd  int // of a leader; -1: none
}

// A ledger is a Sink. Its methods may be called from any goroutine.
type ledger struct {
	next supervisor.Sink // told too; may be nil

	mu        sync.Mutex
	tasks     map[uint64]*entry
	order     []uint64
	wrong     []string
	failures  []string // of engines
	decisions []utrace.Decision
	detached  []string
	stops     chan unix.Signal // group stops of the first process
	continues chan struct{}
}

func newLedger(next supervisor.Sink) *ledger {
	return &ledger{next: next, tasks: make(map[uint64]*entry), stops: make(chan unix.Signal, 1024), continues: make(chan struct{}, 1024)}
}

func (l *ledger) complain(format string, args ...any) {
	l.wrong = append(l.wrong, fmt.Sprintf(format, args...))
}

func (l *ledger) Birth(child, parent utrace.TaskID, thread bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tasks[child.Serial] != nil {
		l.complain("task %v was born twice", child)
	}
	if p := l.tasks[parent.Serial]; parent.Serial != 0 && p == nil {
		l.complain("task %v was born of %v, which never was", child, parent)
	}
	e := &entry{id: child, parent: parent, thread: thread, pidfd: -1}
	if !thread {
		if fd, err := unix.PidfdOpen(child.TID, 0); err == nil {
			e.pidfd = fd
		}
	}
	l.tasks[child.Serial] = e
	l.order = append(l.order, child.Serial)
	if l.next != nil {
		l.next.Birth(child, parent, thread)
	}
}

// alive finds the account of a task that something is told of; nothing may be told after its death.
func (l *ledger) alive(id utrace.TaskID, what string) *entry {
	e := l.tasks[id.Serial]
	switch {
	case e == nil:
		l.complain("%s of %v, which was never born", what, id)
		return &entry{}
	case e.reaped:
		l.complain("%s of %v after its reap", what, id)
	case e.death != nil && what != "reap" && what != "decision" && what != "detach":
		l.complain("%s of %v after its death", what, id)
	}
	return e
}

func (l *ledger) Exec(id, former utrace.TaskID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.alive(id, "exec").execs++
	if id.Serial != former.Serial || id.TGID != former.TGID || id.TID != id.TGID {
		l.complain("exec by %v made it %v", former, id)
	}
	if l.next != nil {
		l.next.Exec(id, former)
	}
}

func (l *ledger) Decided(id utrace.TaskID, d utrace.Decision) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.alive(id, "decision")
	if d.Failure != nil {
		l.failures = append(l.failures, fmt.Sprintf("engine %s %v at %v: %v\n%s", d.Engine, d.Failure, d.Event, d.Failure.Panic, d.Failure.Stack))
	}
	l.decisions = append(l.decisions, d)
	if l.next != nil {
		l.next.Decided(id, d)
	}
}

func (l *ledger) Stopped(id utrace.TaskID, sig unix.Signal) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.alive(id, "stop")
	l.stops <- sig
	if l.next != nil {
		l.next.Stopped(id, sig)
	}
}

func (l *ledger) Continued(id utrace.TaskID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.alive(id, "continue")
	l.continues <- struct{}{}
	if l.next != nil {
		l.next.Continued(id)
	}
}

func (l *ledger) Death(id utrace.TaskID, ev utrace.DeathEvent, u utrace.Usage) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.alive(id, "death")
	e.death = &ev
	if l.next != nil {
		l.next.Death(id, ev, u)
	}
}

func (l *ledger) Reap(id utrace.TaskID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.alive(id, "reap")
	if e.death == nil {
		l.complain("reap of %v before its death", id)
	}
	e.reaped = true
	if l.next != nil {
		l.next.Reap(id)
	}
}

func (l *ledger) Detached(id utrace.TaskID, engine, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.detached = append(l.detached, engine+": "+why)
	if l.next != nil {
		l.next.Detached(id, engine, why)
	}
}

// settle checks the account at the end of a jail: who was born has died once and was reaped once, and is no more.
// failing is how many engines are to have failed.
func (l *ledger) settle(t *testing.T, failing int) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.failures) != failing {
		t.Errorf("%d engines failed, want %d: %s", len(l.failures), failing, l.failures)
	}
	for _, serial := range l.order {
		e := l.tasks[serial]
		if e.death == nil || !e.reaped {
			l.complain("task %v (child of %v) was born, and at the end: dead %t, reaped %t", e.id, e.parent, e.death != nil, e.reaped)
		}
		if e.pidfd >= 0 {
			p := []unix.PollFd{{Fd: int32(e.pidfd), Events: unix.POLLIN}}
			if n, err := unix.Poll(p, 0); n != 1 && err != unix.EINTR {
				l.complain("process %v lives on after the jail's end", e.id)
			}
			unix.Close(e.pidfd)
			e.pidfd = -1
		}
	}
	for i, w := range l.wrong {
		if i == 8 {
			t.Errorf("… and %d complaints more", len(l.wrong)-i)
			break
		}
		t.Error(w)
	}
}

// counts tells how many tasks were born, died and were reaped so far.
func (l *ledger) counts() (births, deaths, reaps int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.tasks {
		births++
		if e.death != nil {
			deaths++
		}
		if e.reaped {
			reaps++
		}
	}
	return births, deaths, reaps
}

// living lists the tasks that were told of and are not dead, in order of birth.
func (l *ledger) living() []utrace.TaskID {
	l.mu.Lock()
	defer l.mu.Unlock()
	var ids []utrace.TaskID
	for _, s := range l.order {
		if e := l.tasks[s]; e.death == nil {
			ids = append(ids, e.id)
		}
	}
	return ids
}

// decided tells whether a decision fulfils a condition.
func (l *ledger) decided(is func(utrace.Decision) bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.decisions, is)
}

// portrait says where the living tasks are, for a test that hangs.
func (l *ledger) portrait() string {
	var b strings.Builder
	for _, id := range l.living() {
		fmt.Fprintf(&b, "%v:", id)
		for _, file := range []string{"comm", "syscall", "wchan"} {
			p, _ := os.ReadFile(fmt.Sprintf("/proc/%d/%s", id.TID, file))
			fmt.Fprintf(&b, " %s", strings.TrimSpace(string(p)))
		}
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", id.TID))
		for _, line := range strings.Split(string(status), "\n") {
			for _, key := range []string{"State:", "SigPnd:", "ShdPnd:", "SigBlk:", "SigIgn:", "SigCgt:"} {
				if strings.HasPrefix(line, key) {
					fmt.Fprintf(&b, " %s", line)
				}
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}
