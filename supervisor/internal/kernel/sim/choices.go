// Choices: written down, replayed, and searched.

package sim

import (
	"fmt"
	"strconv"
	"strings"
)

// A Chooser answers choose(n) from a list, and with 0 when the list is at its end. It writes down what it answered.
type Chooser struct {
	prefix []int
	taken  []int
	among  []int
	seen   map[uint64]struct{} // nil: states are not compared
	fresh  int                 // states that were not in seen
	path   []passed            // states of this run, those of the prefix too
	circle bool                // the last state is one of path
}

// passed is a state that a run came through, after so many choices.
type passed struct {
	choices int
	hash    uint64
}

// NewChooser replays a choice string such as "1.0.2.2". A number that is too big counts as the biggest that is allowed.
func NewChooser(choices string) (*Chooser, error) {
	c := &Chooser{}
	if choices == "" {
		return c, nil
	}
	for _, f := range strings.Split(choices, ".") {
		n, err := strconv.Atoi(f)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("choices %q: %q is not a number; numbers with dots between them are expected, such as 1.0.2.2", choices, f)
		}
		c.prefix = append(c.prefix, n)
	}
	return c, nil
}

// Choose is the choose(n) of a Config.
func (c *Chooser) Choose(n int) int {
	i := 0
	if len(c.taken) < len(c.prefix) {
		i = min(c.prefix[len(c.taken)], n-1)
	}
	c.Note(i, n)
	return i
}

// Note writes down a choice that somebody else made.
func (c *Chooser) Note(i, n int) {
	c.taken = append(c.taken, i)
	c.among = append(c.among, n)
}

// String is what replays this run. Zeroes at the end are left out: they are what comes by itself.
func (c *Chooser) String() string {
	last := len(c.taken)
	for last > 0 && c.taken[last-1] == 0 {
		last--
	}
	s := make([]string, last)
	for i := range s {
		s[i] = strconv.Itoa(c.taken[i])
	}
	return strings.Join(s, ".")
}

// New tells whether a state is worth going on from: it was not seen before, or a known prefix is being replayed.
func (c *Chooser) New(state func() uint64) bool {
	if c.seen == nil || len(c.taken) < len(c.prefix) {
		return true
	}
	hash := state()
	if _, ok := c.seen[hash]; ok {
		for _, p := range c.path {
			c.circle = c.circle || p.hash == hash
		}
		return false
	}
	c.seen[hash] = struct{}{}
	c.path = append(c.path, passed{len(c.taken), hash})
	c.fresh++
	return true
}

// Circle tells whether the state that New said no to was passed in the same run: it can go on like this for ever.
func (c *Chooser) Circle() bool { return c.circle }

// Stats is what Explore did.
type Stats struct {
	Runs, States int
	Choices      int  // the longest run's
	Complete     bool // everything was seen; else the limit came first
}

// String says it in one line.
func (s Stats) String() string {
	how := "all"
	if !s.Complete {
		how = "a part"
	}
	return fmt.Sprintf("%d states in %d runs, up to %d choices each: %s", s.States, s.Runs, s.Choices, how)
}

// Explore calls run with every course of choices, depth first, leaving out what follows from states that were seen
// already: run has to ask its Chooser's New at each point where it knows the hash of the whole state. It stops when
// run answers an error, or after limit runs (0: no limit). The Chooser of the last run is returned, to be printed.
func Explore(limit int, run func(*Chooser) error) (Stats, *Chooser, error) {
	return explore(limit, make(map[uint64]struct{}), run)
}

// ExploreAll is Explore without leaving anything out. Only for the smallest scenarios.
func ExploreAll(limit int, run func(*Chooser) error) (Stats, *Chooser, error) {
	return explore(limit, nil, run)
}

func explore(limit int, seen map[uint64]struct{}, run func(*Chooser) error) (Stats, *Chooser, error) {
	var st Stats
	c := &Chooser{seen: seen}
	for {
		st.Runs++
		err := run(c)
		st.States += c.fresh
		st.Choices = max(st.Choices, len(c.taken))
		if err != nil {
			return st, c, err
		}
		i := len(c.taken) - 1
		for i >= 0 && c.taken[i]+1 >= c.among[i] {
			i--
		}
		if i < 0 {
			st.Complete = true
			return st, c, nil
		}
		if limit > 0 && st.Runs >= limit {
			return st, c, nil
		}
		last := len(c.path)
		for last > 0 && c.path[last-1].choices > i {
			last--
		}
		c = &Chooser{prefix: append(c.taken[:i:i], c.taken[i]+1), seen: seen, path: c.path[:last:last]}
	}
}
