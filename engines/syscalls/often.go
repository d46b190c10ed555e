// Which decisions are worth a look into the program's memory: a loop of denied calls is to be no slower for what nobody reads.

package syscalls

import "sync"

const (
	maxEach  = 100  // decisions alike that are looked at each, as many as have lines of their own in a report
	maxAlike = 1024 // kinds of decisions that are counted
)

// often is what makes decisions alike.
type often struct {
	tgid, by int
	arch     uint32
	nr       int32
}

// counts counts decisions. Its memory is bounded: who makes up too many kinds of them has all counts begin again. What it
// answers changes nothing but words. Any goroutine.
type counts struct {
	mu   sync.Mutex
	seen map[often]int
}

// tells counts a decision, and answers whether it may be one that is told: the first maxEach, then whenever their number has
// doubled, as supervisor/report sums them up.
func (c *counts) tells(o often) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil {
		c.seen = make(map[often]int)
	}
	n := c.seen[o] + 1
	if n == 1 && len(c.seen) == maxAlike {
		clear(c.seen)
	}
	c.seen[o] = n
	if n <= maxEach {
		return true
	}
	times := n / maxEach
	return n%maxEach == 0 && times&(times-1) == 0
}
