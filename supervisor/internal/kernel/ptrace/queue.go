// The queue of stops that were consumed ahead of being told.

//go:build linux && (amd64 || arm64)

package ptrace

import "jail/supervisor/internal/kernel"

// queue is a ring of stops that were consumed and not told yet. It grows with the number of tasks that stop at the same time.
type queue struct {
	stops      []kernel.Stop
	head, size int
}

// push appends s. A task that is in the queue already was killed since, and stopped anew on its way out: the old stop
// is no longer true, and telling both would make the owner resume a stop that it has not seen.
func (q *queue) push(s kernel.Stop) {
	for i := range q.size {
		if old := &q.stops[(q.head+i)%len(q.stops)]; old.TID == s.TID {
			*old = s
			return
		}
	}
	if q.size == len(q.stops) {
		q.grow()
	}
	q.stops[(q.head+q.size)%len(q.stops)] = s
	q.size++
}

// grow doubles the room. It is never given back: it is less than what else is known of as many tasks.
func (q *queue) grow() {
	more := make([]kernel.Stop, max(queueSize, 2*len(q.stops)))
	for i := range q.size {
		more[i] = q.stops[(q.head+i)%len(q.stops)]
	}
	q.stops, q.head = more, 0
}

func (q *queue) pop() kernel.Stop {
	s := q.stops[q.head]
	q.head = (q.head + 1) % len(q.stops)
	q.size--
	return s
}
