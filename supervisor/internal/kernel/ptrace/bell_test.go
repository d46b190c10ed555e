// The bell: no ring is lost, whoever rings, and whoever kills it.

package ptrace

import (
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
)

// TestRingsAreNotLost has goroutines that post something and ring. If the ring after the last post were lost, the
// loop would never see that post, and the test would hang.
func TestRingsAreNotLost(t *testing.T) {
	const ringers, each = 8, 10_000
	jail(t, program("/bin/true"), func(j *jailed) {
		var posted atomic.Int64
		for range ringers {
			go func() {
				for range each {
					posted.Add(1)
					j.Ring()
				}
			}()
		}
		told := 0
		for seen := int64(0); seen < ringers*each; seen = posted.Load() {
			j.next(kernel.Ring)
			told++
		}
		t.Logf("%d rings were told as %d", ringers*each, told)
	})
}

// TestEachRingIsAnswered has each goroutine wait for the answer to its ring before it rings again.
func TestEachRingIsAnswered(t *testing.T) {
	const ringers, each = 8, 500
	jail(t, program("/bin/true"), func(j *jailed) { answerAll(j, ringers, each, func(int) {}) })
}

// TestBellIsKilled has somebody kill the bell again and again, by its number, while others ring.
func TestBellIsKilled(t *testing.T) {
	jail(t, program("/bin/true"), func(j *jailed) {
		first := j.bell.tid
		answerAll(j, 4, 50, func(told int) {
			if told%8 == 0 {
				_ = unix.Kill(j.bell.tid, unix.SIGKILL)
			}
		})
		if j.bell.tid == first {
			t.Error("the bell is still the same")
		}
		j.runs(nil)
	})
}

// answerAll plays the loop until all are answered; see is called at each ring.
func answerAll(j *jailed, ringers, each int, see func(told int)) {
	type question chan struct{}
	var mu sync.Mutex
	var asked []question
	var left sync.WaitGroup
	for range ringers {
		left.Go(func() {
			for range each {
				q := make(question)
				mu.Lock()
				asked = append(asked, q)
				mu.Unlock()
				j.Ring()
				<-q
			}
		})
	}
	for told, answered := 0, 0; answered < ringers*each; told++ {
		see(told)
		j.next(kernel.Ring)
		mu.Lock()
		for _, q := range asked {
			close(q)
			answered++
		}
		asked = nil
		mu.Unlock()
	}
	left.Wait()
}

func TestBellHasNothing(t *testing.T) {
	jail(t, program("/bin/true"), func(j *jailed) {
		proc := "/proc/" + itoa(j.bell.tid)
		for _, name := range []string{"environ"} {
			if p, err := os.ReadFile(proc + "/" + name); err != nil || len(p) != 0 {
				t.Errorf("its %s is %q (%v)", name, p, err)
			}
		}
		if p, err := os.ReadFile(proc + "/cmdline"); err != nil || strings.Trim(string(p), "\x00") != bellName {
			t.Errorf("its command line is %q (%v)", p, err)
		}
		if wd, err := os.Readlink(proc + "/cwd"); err != nil || wd != "/" {
			t.Errorf("it is in %q (%v)", wd, err)
		}
		if l, err := os.ReadDir(proc + "/fd"); err != nil || len(l) != 0 {
			t.Errorf("it has descriptors %v (%v)", l, err)
		}
		if pgid, err := unix.Getpgid(j.bell.tid); err != nil || pgid != j.bell.tid {
			t.Errorf("its process group is %d (%v)", pgid, err)
		}
	})
}

func TestRingAfterClose(t *testing.T) {
	var k *Kernel
	jail(t, program("/bin/true"), func(j *jailed) { k = j.Kernel })
	k.Ring()
	if err := k.Close(); err != nil {
		t.Error(err)
	}
}
