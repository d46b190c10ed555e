// The queue: order, wrapping, and that a newer stop of a task takes the place of an older one.

package ptrace

import (
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
)

func TestQueueOrder(t *testing.T) {
	var q queue
	next, want := 1, 1
	for round := range 5 * queueSize {
		for range 1 + round%queueSize {
			q.push(kernel.Stop{TID: next})
			next++
		}
		for range 1 + round%7 {
			if q.size > 0 {
				if s := q.pop(); s.TID != want {
					t.Fatalf("popped %d, want %d", s.TID, want)
				}
				want++
			}
		}
	}
}

func TestQueueNewerStopReplacesOlder(t *testing.T) {
	var q queue
	for tid := range queueSize {
		q.push(kernel.Stop{TID: tid, Kind: kernel.Seccomp})
	}
	q.pop()
	q.pop()
	q.push(kernel.Stop{TID: 5, Kind: kernel.Exit})
	q.push(kernel.Stop{TID: 100, Kind: kernel.Signal, Signal: unix.SIGTERM})
	if q.size != queueSize-1 {
		t.Errorf("%d in the queue", q.size)
	}
	for q.size > 0 {
		if s := q.pop(); (s.TID == 5) != (s.Kind == kernel.Exit) {
			t.Errorf("%+v", s)
		}
	}
}
