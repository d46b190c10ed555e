// Room for the strings of a vfork child, which runs in its parent's memory.

package exec

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

const vfork = unix.CLONE_VM | unix.CLONE_VFORK | uint64(unix.SIGCHLD)

// vforked makes a jail and its vfork child. The child has this process's number, so that it has a main stack in /proc; what
// is on it is the fake machine's.
func vforked(t *testing.T) (*enginetest.Jail, *utrace.Task, span) {
	t.Helper()
	stack, err := mainStack(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	j, err := enginetest.Start(New(rewriting(policy.ExecRewrite{Path: "/**", To: "/bin/other"}), infos()))
	if err != nil {
		t.Fatal(err)
	}
	j.M.Map(stack.start, make([]byte, stack.end-stack.start))
	return j, child(j), stack
}

func child(j *enginetest.Jail) *utrace.Task {
	j.NextTID = os.Getpid()
	c, _ := j.Birth(j.First, vfork)
	return c
}

// exec has a task call execve with a stack pointer and returns where the new path is; 0 if it was refused.
func exec(j *enginetest.Jail, t *utrace.Task, sp uint64) uint64 {
	c := enginetest.Call("execve", j.M.MapString(pathAt, "/bin/one"))
	c.SP = sp
	out := j.Call(t, c)
	if out.Strict != utrace.Rewritten {
		return 0
	}
	return out.Call.Args[0]
}

const elsewhere = 0xc000012345 // a stack pointer in the middle of other memory

func TestVforkOffStack(t *testing.T) {
	j, task, stack := vforked(t)
	j.M.Map(elsewhere-0x10000, make([]byte, 0x20000))
	at := exec(j, task, elsewhere)
	if at != stack.start+header {
		t.Errorf("written to %#x, want the unused end of the main stack, %#x", at, stack.start)
	}
}

func TestVforkOnStack(t *testing.T) {
	j, task, stack := vforked(t)
	sp := stack.end - 0x1000
	at := exec(j, task, sp)
	if at < stack.start || at > sp-farAway {
		t.Errorf("written to %#x, want it far below %#x", at, sp)
	}
}

// TestVforkMany: children one after the other, some begin before the exec of the one before is told.
func TestVforkMany(t *testing.T) {
	j, first, stack := vforked(t)
	tasks := []*utrace.Task{first}
	ends := func(n int) { // the oldest n have run their program, and are gone
		for _, task := range tasks[:n] {
			j.Exec(task)
			j.Die(task, utrace.ExitStatus{})
		}
		tasks = tasks[n:]
	}
	begins := func() uint64 {
		tasks = append(tasks, child(j))
		at := exec(j, tasks[len(tasks)-1], elsewhere)
		if at == 0 {
			t.Fatal("refused for want of room")
		}
		return at
	}
	a := exec(j, first, elsewhere)
	b := begins()
	c := begins()
	if a == b || b == c || a == c || a < stack.start {
		t.Errorf("three at a time at %#x, %#x, %#x", a, b, c)
	}
	ends(3)
	if again := begins(); again != a {
		t.Errorf("alone at %#x, want %#x as before", again, a)
	}
	for range 5 {
		begins()
	}
	ends(4)
	for range 3 {
		begins()
	}
	ends(len(tasks))
	begins()
}

// TestVforkUsedStack: a stack that has been used to its end is left alone.
func TestVforkUsedStack(t *testing.T) {
	j, task, stack := vforked(t)
	j.M.Map(stack.start+20, []byte{1})
	before := len(j.M.Writes)
	if at := exec(j, task, elsewhere); at != 0 || len(j.M.Writes) != before {
		t.Errorf("written to %#x", at)
	}

	// A lie of the program's about what was used does harm to nobody else.
	j, task, stack = vforked(t)
	lie := append(marker[:], 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
	j.M.Map(stack.start, lie)
	if at := exec(j, task, elsewhere); at != stack.start+header {
		t.Errorf("with a forged length: %#x", at)
	}
}

// TestVforkFails: the child's failed call leaves the stack as it was, but for the note that it is used.
func TestVforkFails(t *testing.T) {
	j, task, stack := vforked(t)
	at := exec(j, task, elsewhere)
	j.Return(task, enginetest.Call("execve"), -int64(unix.ENOENT))
	left := make([]byte, 64)
	if _, err := j.M.ReadMem(at, left); err != nil {
		t.Fatal(err)
	}
	for _, b := range left {
		if b != 0 {
			t.Fatalf("left behind at %#x: %q", at-stack.start, left)
		}
	}
}

// TestOwnMemoryAfterExec: the new program of a vfork child has memory of its own.
func TestOwnMemoryAfterExec(t *testing.T) {
	j, task, _ := vforked(t)
	j.Exec(task)
	j.M.Map(elsewhere-0x10000, make([]byte, 0x20000))
	if at := exec(j, task, elsewhere); at == 0 || at > elsewhere-redZone || at < elsewhere-0x1000 {
		t.Errorf("written to %#x, want it just below %#x", at, uint64(elsewhere))
	}
}
