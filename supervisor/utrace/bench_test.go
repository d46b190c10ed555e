// What the protocol costs for one call: to be compared with benchstat, run by run.

package utrace_test

import (
	"fmt"
	"reflect"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// looking is an engine that wants one call and lets it be; its kind has nothing else to do, unlike engine.
type looking struct {
	name string
	seen int64
}

func (l *looking) Name() string      { return l.name }
func (*looking) Events() utrace.Mask { return utrace.SyscallEntry }
func (*looking) Syscalls() *utrace.SyscallSet {
	return new(utrace.SyscallSet).Add(1, unix.SYS_GETPPID)
}
func (l *looking) ReportSyscallEntry(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	l.seen += ev.Call().Nr
	return ev.Continue()
}

// BenchmarkEntry is all that the protocol does at a call that some engines ask for: the questions of the owner, the report, and
// letting the task go on.
func BenchmarkEntry(b *testing.B) {
	for _, n := range []int{0, 1, 5} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			space, _ := newSpace(b)
			task := space.Add(100, 100)
			for i := range n {
				if _, err := task.Attach(&looking{name: fmt.Sprint(i)}); err != nil {
					b.Fatal(err)
				}
			}
			c := utrace.Call{Arch: 1, Nr: unix.SYS_GETPPID}
			b.ReportAllocs()
			for b.Loop() {
				space.Unpark(task)
				if task.Wants(utrace.SyscallEntry, c.Arch, c.Nr) {
					space.SyscallEntry(task, c, nil)
				}
				task.WantsExit(c)
				if !space.Park(task) {
					space.Unpark(task)
				}
				space.Settle(task)
			}
		})
	}
}

// TestAllocations: of a call that an engine looks at nothing is allocated but what it is given, which must be new, since it
// answers nothing once the callback is over.
func TestAllocations(t *testing.T) {
	space, _ := newSpace(t)
	task := space.Add(100, 100)
	for _, name := range []string{"a", "b"} {
		if _, err := task.Attach(&looking{name: name}); err != nil {
			t.Fatal(err)
		}
	}
	c := utrace.Call{Arch: 1, Nr: unix.SYS_GETPPID}
	n := testing.AllocsPerRun(100, func() {
		space.SyscallEntry(task, c, nil)
		space.Settle(task)
	})
	if n > 2 {
		t.Errorf("%v allocations for two engines", n)
	}
}

// followed is a task with engines that follow to its children.
func followed(tb testing.TB, engines int) (*utrace.Space, *utrace.Task) {
	tb.Helper()
	space, _ := newSpace(tb)
	task := space.Add(100, 100)
	for i := range engines {
		if _, err := task.Attach(&looking{name: fmt.Sprint(i)}, utrace.Follow()); err != nil {
			tb.Fatal(err)
		}
	}
	return space, task
}

// BenchmarkLife is a task with engines that follow, from its birth to its reaping.
func BenchmarkLife(b *testing.B) {
	for _, n := range []int{1, 5} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			space, parent := followed(b, n)
			b.ReportAllocs()
			for b.Loop() {
				child := space.NewChild(parent, 101, 101)
				space.Death(child, utrace.DeathEvent{})
				space.Settle(child)
				space.Reap(child)
			}
		})
	}
}

// TestBirthAllocations: what a task has is allocated in three pieces however many engines follow to it: itself, and what it has of
// them, and their list.
func TestBirthAllocations(t *testing.T) {
	space, parent := followed(t, 5)
	if n := testing.AllocsPerRun(100, func() { space.NewChild(parent, 101, 101) }); n > 3 {
		t.Errorf("%v allocations at a birth with five engines", n)
	}
}

// counting is an engine that hears of births, deaths and reaping, as those do that count tasks.
type counting struct{ name string }

func (c *counting) Name() string      { return c.name }
func (*counting) Events() utrace.Mask { return utrace.On(utrace.Clone, utrace.Death, utrace.Reap) }
func (*counting) ReportClone(_ *utrace.Stopped, ev *utrace.CloneEvent) utrace.CloneVerdict {
	return ev.Continue()
}
func (*counting) ReportDeath(utrace.TaskID, *utrace.DeathEvent) {}
func (*counting) ReportReap(utrace.TaskID)                      {}

// TestLifeAllocations: beside what a task has, engines are given one thing at its birth, to look at its parent, and nothing when it
// is gone.
func TestLifeAllocations(t *testing.T) {
	space, _ := newSpace(t)
	parent := space.Add(100, 100)
	for _, name := range []string{"a", "b"} {
		if _, err := parent.Attach(&counting{name}, utrace.Follow()); err != nil {
			t.Fatal(err)
		}
	}
	n := testing.AllocsPerRun(100, func() {
		child := space.NewChild(parent, 101, 101)
		space.Clone(parent, utrace.CloneEvent{Child: child}, nil)
		space.Settle(parent)
		space.Death(child, utrace.DeathEvent{})
		space.Reap(child)
	})
	if n > 3+2 {
		t.Errorf("%v allocations for a task's life with two engines", n)
	}
}

// TestAttachmentIsSmall: a jail of thousands of tasks has some engines on each of them.
func TestAttachmentIsSmall(t *testing.T) {
	if size := reflect.TypeFor[utrace.Attachment]().Size(); size > 96 {
		t.Errorf("%d bytes for an engine on a task", size)
	}
}
