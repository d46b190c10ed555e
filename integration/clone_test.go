// Engines at the birth of a task: holding the parent, holding the child, holding a vfork's either side.

package integration

import (
	"context"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor"
	"jail/supervisor/utrace"
)

// A nurse holds every child before its first instruction, looks at it from another goroutine, and lets it go.
type nurse struct {
	t     *testing.T
	mu    sync.Mutex
	born  map[uint64]uint64 // where its parent stood, by serial
	held  int
	under sync.WaitGroup
}

func (*nurse) Name() string        { return "nurse" }
func (*nurse) Events() utrace.Mask { return utrace.On(utrace.Quiesce, utrace.Clone) }

func (n *nurse) ReportClone(st *utrace.Stopped, ev *utrace.CloneEvent) utrace.CloneVerdict {
	a, err := ev.Child.Match(n.Name())
	if err != nil {
		n.t.Errorf("an engine that follows is not on the child: %v", err)
		return ev.Continue()
	}
	if regs, err := st.Registers(); err == nil {
		n.mu.Lock()
		n.born[ev.Child.ID().Serial] = regs.PC
		n.mu.Unlock()
	}
	if err := a.Control(utrace.Stop); err != nil && err != unix.EINPROGRESS {
		n.t.Errorf("stopping a child at its birth: %v", err)
	}
	return ev.Continue()
}

func (n *nurse) ReportQuiesce(st *utrace.Stopped, ev *utrace.QuiesceEvent) utrace.QuiesceVerdict {
	n.mu.Lock()
	pc, first := n.born[st.ID().Serial]
	delete(n.born, st.ID().Serial)
	n.mu.Unlock()
	if !first {
		return ev.Continue()
	}
	if regs, err := st.Registers(); err == nil && (regs.PC != pc || regs.Result != 0) {
		n.t.Errorf("child %v has run: it stands at %#x, was born at %#x, result %d", st.ID(), regs.PC, pc, regs.Result)
	}
	a, err := st.Task().Match(n.Name())
	if err != nil {
		n.t.Error(err)
		return ev.Continue()
	}
	n.held++
	n.under.Add(1)
	go n.look(a)
	return ev.Continue().Then(utrace.Stop)
}

func (n *nurse) look(a *utrace.Attachment) {
	defer n.under.Done()
	_ = a.Barrier(context.Background())
	err := a.Examine(func(st *utrace.Stopped) error {
		regs, err := st.Registers()
		if err == nil {
			_, err = st.ReadMem(regs.PC, make([]byte, 8))
		}
		return err
	})
	if err != nil && err != unix.ESRCH && err != unix.EAGAIN {
		n.t.Errorf("examining a child before its first instruction: %v", err)
	}
	_ = a.Control(utrace.Resume)
}

func TestChildIsHeldBeforeItRuns(t *testing.T) {
	for _, v := range [][]string{{"vfork"}, {"exec_thread"}, {"storm", "8", "4", "2"}, {"leader"}} {
		t.Run(v[0], func(t *testing.T) {
			n := &nurse{t: t, born: make(map[uint64]uint64)}
			same(t, []mode{{"nursed", func(*testing.T) []supervisor.Engine { return one(n) }}}, v[0], v[1:]...)
			n.under.Wait()
			if n.held == 0 {
				t.Error("no child was held")
			}
		})
	}
}

// The parent of a vfork is held at the clone report until its child is dead, and only then goes into its wait (P41).
func TestVforkParentIsHeldPastItsChild(t *testing.T) {
	var mu sync.Mutex
	waiting := make(map[int]*utrace.Attachment) // by the child's tid
	dead := make(map[int]bool)
	release := func(child int) { // when both have come; under mu
		if a := waiting[child]; a != nil && dead[child] {
			delete(waiting, child)
			delete(dead, child)
			go func() {
				_ = a.Barrier(context.Background())
				_ = a.Control(utrace.Resume)
			}()
		}
	}
	held := 0
	hold := &onClone{name: "hold"}
	hold.do = func(st *utrace.Stopped, ev *utrace.CloneEvent) utrace.CloneVerdict {
		a, err := st.Task().Match("hold")
		if err != nil || !ev.VFork {
			return ev.Continue()
		}
		held++
		mu.Lock()
		defer mu.Unlock()
		waiting[ev.Child.ID().TID] = a
		release(ev.Child.ID().TID)
		return ev.Continue().Then(utrace.Stop)
	}
	sink := &onDeath{do: func(id utrace.TaskID) {
		mu.Lock()
		defer mu.Unlock()
		dead[id.TID] = true
		release(id.TID)
	}}
	path := victim(t, "vfork")
	want := native(t, path)
	compare(t, want, jailed(t, supervisor.Command{Engines: one(hold), Sink: sink}, path).outcome)
	if held == 0 {
		t.Error("no parent was held")
	}
}

// onDeath is a Sink that hears of deaths.
type onDeath struct {
	quiet
	do func(utrace.TaskID)
}

func (o *onDeath) Death(id utrace.TaskID, _ utrace.DeathEvent, _ utrace.Usage) { o.do(id) }

// The child of a vfork is held until its parent sleeps in the kernel for it; that is no deadlock (P41).
func TestVforkChildIsHeldWhileItsParentWaits(t *testing.T) {
	var held int
	hold := &vforkHolder{held: &held}
	path := victim(t, "vfork")
	want := native(t, path)
	compare(t, want, jailed(t, supervisor.Command{Engines: one(hold)}, path).outcome)
	hold.under.Wait()
	if held == 0 {
		t.Error("no child was held")
	}
}

type vforkHolder struct {
	held   *int
	parent int // of the child that was born last
	child  uint64
	under  sync.WaitGroup
}

func (*vforkHolder) Name() string        { return "vfork-holder" }
func (*vforkHolder) Events() utrace.Mask { return utrace.On(utrace.Quiesce, utrace.Clone) }
func (h *vforkHolder) ReportClone(st *utrace.Stopped, ev *utrace.CloneEvent) utrace.CloneVerdict {
	if a, err := ev.Child.Match(h.Name()); err == nil && ev.VFork {
		h.parent, h.child = st.ID().TID, ev.Child.ID().Serial
		_ = a.Control(utrace.Stop)
	}
	return ev.Continue()
}
func (h *vforkHolder) ReportQuiesce(st *utrace.Stopped, ev *utrace.QuiesceEvent) utrace.QuiesceVerdict {
	a, err := st.Task().Match(h.Name())
	if st.ID().Serial != h.child || err != nil {
		return ev.Continue()
	}
	*h.held++
	h.child = 0
	parent := h.parent
	h.under.Add(1)
	go func() {
		defer h.under.Done()
		for taskState(parent) == 'R' || taskState(parent) == 't' { // until it sleeps (D), or is gone
		}
		_ = a.Barrier(context.Background())
		_ = a.Control(utrace.Resume)
	}()
	return ev.Continue().Then(utrace.Stop)
}

// taskState is the letter in /proc/<tid>/stat; 0 for none.
func taskState(tid int) byte {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(tid) + "/stat")
	if err != nil {
		return 0
	}
	return stat[strings.LastIndexByte(string(stat), ')')+2]
}
